"""Sites that are to be compared: how they are called, and whether they can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pedozone.config.errors import InputError
from pedozone.config.site import Site
from pedozone.parameters.errors import did_you_mean


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
            "compare",
            "sites",
            len(sites),
            "two site files or more, or one with --models",
            "Name the baseline first, then what to compare; or models to run on one site: --models pedon,rothc.",
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


OPTION = "--models"


def check_models(
    wanted: Sequence[str], mapped: Sequence[str], known: Sequence[str], reasons: Mapping[str, str] | None = None
) -> list[str]:
    """The models to run side by side on a site.

    Parameters
    ----------
    wanted : sequence of str
        As asked for.
    mapped : sequence of str
        Those that a site file can be given to.
    known : sequence of str
        All models.
    reasons : mapping of str to str, optional
        Why a model has no mapping, by its name.

    Raises
    ------
    InputError
        No model, one that is not known or not mapped, or one named twice.
    """
    allowed = ", ".join(mapped)
    names = [name.strip() for name in wanted]
    if not any(names):
        raise InputError("compare", OPTION, "", f"one or more of {allowed}", "Name models, separated by commas.")
    problems = []
    for place, name in enumerate(names):
        if name in mapped and name not in names[:place]:
            continue
        if name in mapped:
            mend = "Name each model once."
        elif name in known:
            reason = (reasons or {}).get(name)
            mend = (
                f"This model has no mapping from a site file{f': {reason}' if reason else ''}. Choose from those named."
            )
        else:
            mend = did_you_mean(name, mapped, otherwise="Choose from those named.")
        problems.append(InputError("compare", OPTION, name, f"one or more of {allowed}", mend))
    if problems:
        first, *others = problems
        raise InputError(first.file, first.field, first.value, first.allowed, first.mend, others=others)
    return names
