"""What happened to the soil in single years: a table, and marks on the time axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pedozone.report.data import attribute_json
from pedozone.report.numbers import T_HA_PER_KG_M2, fixed, year_words
from pedozone.report.tables import Table

if TYPE_CHECKING:
    import xarray as xr

MOST_ROWS = 40
"""Rows of the table; a longer diary is cut, and the caption says so."""

NONE_MOVED = "\N{EN DASH}"
"""In the place of no carbon."""


@dataclass(frozen=True)
class Happening:
    """Events of one kind in successive years.

    Parameters
    ----------
    what : str
        As the site file calls them.
    first, last : int
        Years, both included.
    brought : float
        Carbon from outside, kg m-2 in all.
    taken : dict of str to float
        Carbon that left the soil by fate, kg m-2 in all; fates with none are left out.
    """

    what: str
    first: int
    last: int
    brought: float
    taken: dict[str, float]


def event_years(ds: xr.Dataset) -> np.ndarray:
    """Years in which something happened."""
    if "event" not in ds.variables:
        return np.zeros(0, dtype=int)
    return ds["year"].values[ds["event"].values.astype(str) != ""].astype(int)


def happenings(ds: xr.Dataset) -> list[Happening]:
    """The events of a run in order; the same ones in successive years are one item."""
    found: list[Happening] = []
    for year in event_years(ds):
        now = ds.sel(year=year)
        what = str(now["event"].values)
        brought = float(now["event_gain"].sel(tracer="carbon").sum())
        lost = now["event_loss"].sel(tracer="carbon").sum("layer")
        by_fate = zip(ds["fate"].values.astype(str), lost.values, strict=True)
        taken = {str(fate): float(amount) for fate, amount in by_fate if amount > 0.0}
        before = found[-1] if found else None
        if before is not None and before.what == what and before.last == year - 1:
            for fate, amount in before.taken.items():
                taken[fate] = taken.get(fate, 0.0) + amount
            found[-1] = Happening(what, before.first, int(year), before.brought + brought, taken)
        else:
            found.append(Happening(what, int(year), int(year), brought, taken))
    return found


def conditions(ds: xr.Dataset) -> list[tuple[int, int, str]]:
    """What only changed conditions: first year, last year, words; none in runs that did not record it."""
    found = attribute_json(ds, "conditions")
    return [(int(a), int(b), str(text)) for a, b, text in found] if isinstance(found, list) else []


def condition_years(ds: xr.Dataset) -> np.ndarray:
    """Years whose conditions alone differed, such as of a drought or of liming; not those of what lasts for years."""
    years = {first for first, last, _ in conditions(ds) if first == last}
    return np.array(sorted(years - set(event_years(ds).tolist())), dtype=int)


def event_table(ds: xr.Dataset) -> Table | None:
    """Events and changes of conditions by year, with the carbon brought and taken; None where nothing happened."""
    found: list[tuple[int, int, list[str]]] = []
    for item in happenings(ds):
        taken = "; ".join(f"{fixed(T_HA_PER_KG_M2 * amount, 2)} {fate}" for fate, amount in item.taken.items())
        brought = fixed(T_HA_PER_KG_M2 * item.brought, 2) if item.brought > 0.0 else NONE_MOVED
        found.append((item.first, item.last, [item.what, brought, taken or NONE_MOVED]))
    found += [(first, last, [text, NONE_MOVED, NONE_MOVED]) for first, last, text in conditions(ds)]
    if not found:
        return None
    found.sort(key=lambda item: item[:2])
    rows = [[year_words(first, last), *cells] for first, last, cells in found[:MOST_ROWS]]
    hidden = len(found) - len(rows)
    more = f" {hidden} more are in the run file." if hidden else ""
    return Table(
        "Events of the run, with the carbon that they brought to the soil and took from it outright; what they moved "
        "within it is not counted. What changed conditions only moved no carbon itself. Figures mark years by triangles"
        f" below the land covers, hollow ones where conditions of that year alone changed; what lasts has none.{more}",
        ["years", "event", "brought, t C/ha", "taken, t C/ha"],
        rows,
        frozenset({2}),
    )
