"""Ages and transit times of a model as a table."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np

from pedozone.engine.age_groups import AgeOf, ages_of_groups, by_cell, by_pool
from pedozone.engine.ages import CompartmentalSystem
from pedozone.report.comparison_rows import aligned
from pedozone.report.numbers import NONE, significant

SLICES_CM = (0.0, 10.0, 30.0, 60.0, 100.0, 200.0, 300.0)
"""Limits of the depths that a profile is told by."""

_HEADS = ("", "carbon (kg m⁻²)", "mean age (yr)", "quarter below", "half below", "three quarters below")


def slices(face: np.ndarray, surface: int) -> dict[str, np.ndarray]:
    """Shares of cells by depth, and of those on the soil.

    Parameters
    ----------
    face : numpy.ndarray [mineral cells + 1]
        Depths of the faces of the mineral cells, m.
    surface : int
        Number of cells above them.

    Returns
    -------
    dict of str to numpy.ndarray [cells]
        ``surface`` and depths; a depth that the column does not reach is left out, the last ends with it.
    """
    depth = 100.0 * np.asarray(face)
    found = {}
    if surface:
        found["surface"] = np.concatenate([np.ones(surface), np.zeros(depth.size - 1)])
    base = float(depth[-1])
    limits = [*(cm for cm in SLICES_CM if cm < 0.9 * base), base]
    for top, bottom in itertools.pairwise(limits):
        within = np.minimum(depth[1:], bottom) - np.maximum(depth[:-1], top)
        share = np.clip(within / np.diff(depth), 0.0, 1.0)
        found[f"{top:.0f}–{bottom:.0f} cm"] = np.concatenate([np.zeros(surface), share])
    return found


def age_rows(system: CompartmentalSystem, depths: dict[str, np.ndarray] | None = None) -> list[list[str]]:
    """Rows of the table by pool, by depth where depths are given, and of the transit time; heads first.

    Parameters
    ----------
    system : CompartmentalSystem
    depths : mapping of str to numpy.ndarray [cells], optional
        As `slices` gives them.
    """
    pools = by_pool(system)
    transit, found = ages_of_groups(system, {**pools, **by_cell(system, depths or {})})
    whole = found[len(pools) - 1]
    body = [*found[: len(pools) - 1], *found[len(pools) :], whole]
    rows = [_row(one) for one in body]
    last = _row(transit)
    return [list(_HEADS), *rows, ["transit time", "", *last[2:]]]


def age_text(rows: Iterable[Sequence[str]]) -> str:
    """The table in columns for a terminal."""
    return aligned([tuple(row) for row in rows])


def age_markdown(rows: Sequence[Sequence[str]]) -> str:
    """The table in Markdown."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|---|" + "--:|" * (len(rows[0]) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows[1:])])


def _row(one: AgeOf) -> list[str]:
    ages = [_years(age) for age in (one.mean, *one.quartiles)]
    return [one.name, significant(one.stock), *(ages if one.stock > 0.0 else [NONE] * len(ages))]


def _years(age: float) -> str:
    if math.isfinite(age) and age >= 100.0:
        return f"{float(f'{age:.3g}'):,.0f}"
    return significant(age, 2) if age < 10.0 else significant(age, 3)
