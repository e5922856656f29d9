"""The atmospheric radiocarbon curve that a site asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pedozone.config.problem import Problem
from pedozone.drivers.atmosphere import Curve, atmosphere

if TYPE_CHECKING:
    from pedozone.config.site import Site

TREND_HOLDS = 16
"""Years after the last observed one for which its trend is a fair guess; later ones need a scenario."""

FIELD = ("site", "radiocarbon_curve")


def curve_of(site: Site, folder: Path | None = None) -> Curve:
    """The user's curve, or the built-in one of the site's zone.

    Parameters
    ----------
    site : Site
    folder : pathlib.Path, optional
        Folder from which the path of the curve counts; that of the site file by default.

    Raises
    ------
    OSError, ValueError
        If the user's file cannot be read; `load_site` has checked that.
    """
    given = site.site.radiocarbon_curve
    if given is None:
        return atmosphere(site.site.radiocarbon_zone)
    if folder is None:
        folder = site.source_path.parent if site.source_path is not None else Path()
    return Curve.from_csv(folder / given)


def curve_problems(site: Site, folder: Path | None) -> Iterator[Problem]:
    """What is wrong with the user's curve."""
    given = site.site.radiocarbon_curve
    if given is None:
        return
    try:
        curve_of(site, folder)
    except OSError as error:
        yield Problem(FIELD, given, "a CSV file", f"{error.strerror}: give its path from the folder of the site file.")
    except ValueError as error:
        yield Problem(FIELD, given, "a CSV file with the columns year and delta14c", str(error))


def curve_notes(site: Site) -> list[str]:
    """What a person should know about the years that the curve does not cover."""
    last = curve_of(site).last_observed_year
    if site.run.end_year <= last + TREND_HOLDS:
        return []
    return [
        f"Atmospheric radiocarbon was observed until {last:.0f}; the years after it extrapolate its last trend, "
        "a scenario rather than a prediction. Give your own in site.radiocarbon_curve."
    ]
