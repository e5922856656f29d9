"""Write runs to disk and read them back."""

from __future__ import annotations

from pedozone.output.atomic import write_atomically
from pedozone.output.netcdf import open_run, write_dataset

save_run = write_dataset

__all__ = ["open_run", "save_run", "write_atomically", "write_dataset"]
