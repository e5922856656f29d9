"""What is wrong with a site, before it is put into words."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """Something that does not fit, with the path of its field."""

    path: tuple[str | int, ...]
    value: object
    allowed: str
    mend: str
