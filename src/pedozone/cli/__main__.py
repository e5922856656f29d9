"""``python -m pedozone.cli``."""

import sys

from pedozone.cli import main

sys.exit(main())
