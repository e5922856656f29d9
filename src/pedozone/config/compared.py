"""Sites that are to be compared: how they are called, and whether they can be."""

from __future__ import annotations

from collections.abc import Sequence

from pedozone.config.errors import InputError
from pedozone.config.site import Site


def names_of(sites: Sequence[Site]) -> list[str]:
    """Short and different names: of the files, their folders where all are called site.toml, or of the places."""
    found: list[str] = []
    for site in sites:
        path = site.source_path
        if path is None:
            name = site.site.name
        else:
            name = path.stem if path.stem != "site" else path.resolve().parent.name
        name = name or "site"
        number = 2
        unique = name
        while unique in found:
            unique = f"{name} ({number})"
            number += 1
        found.append(unique)
    return found


def check_comparable(sites: Sequence[Site], ensemble: int, seed: int) -> None:
    """Raise an `InputError` where the sites cannot be compared, before anything is simulated."""
    if len(sites) < 2:
        raise InputError(
            "compare", "sites", len(sites), "two site files or more", "Name the baseline first, then what to compare."
        )
    for field, value in (("--ensemble", ensemble), ("--seed", seed)):
        if value < 0:
            raise InputError("compare", field, value, "0 or more", "Correct the number.")
    first, last = max(s.start.year for s in sites), min(s.run.end_year for s in sites)
    if first > last:
        spans = "; ".join(
            f"{name}: {s.start.year} to {s.run.end_year}" for name, s in zip(names_of(sites), sites, strict=True)
        )
        raise InputError(
            "compare",
            "years",
            f"({spans})",
            "sites with a year in common",
            "Change start.year or run.end_year of the site files.",
        )
