"""The spread between models in rows, their courses through the history, and where their parameters come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from pedozone.report.data import as_mapping, attribute_json
from pedozone.report.numbers import T_HA_PER_KG_M2, depth_words, fixed, signed
from pedozone.report.tables import Table
from pedozone.simulation.models_dataset import STATISTICS

if TYPE_CHECKING:
    import xarray as xr

ONE_MODEL = "(one model)"
"""In place of a spread where a single model has a value."""

FEW_MODELS = "(few models)"
"""In place of a deviation or of quartiles where too few models have a value: they would be made up between them."""

_FEWEST_DEVIATING, _FEWEST_QUARTERED = 3, 4

FENCE = 1.5
"""Quartile ranges beyond the quartiles from which on a model lies apart: Tukey (1977), Exploratory Data Analysis."""

MOSTLY = 0.5
"""Share of chosen values from which on a model counts as made of them."""

_FEWEST = 5  # models from which on one of them can be said to lie apart
_MOST_CHANGES = 6  # of land cover, in a table

ORIGINS = {
    "cited": "found",
    "recalled": "attributed",
    "calibrated": "fitted",
    "convention": "chosen",
    "user": "given",
}
"""What the status of a parameter is called in `origins_table`, whose caption says what it means."""


def apart(values: np.ndarray, decimals: int = 1) -> np.ndarray:
    """Which of the models [models] lie beyond the fences of all that have a value; of values as they are printed."""
    values = np.round(values, decimals)
    there = np.isfinite(values)
    if there.sum() < _FEWEST:
        return np.zeros(values.shape, dtype=bool)
    low, high = np.quantile(values[there], [0.25, 0.75])
    beyond = FENCE * (high - low)
    return there & ((values < low - beyond) | (values > high + beyond))


def spread_rows(
    values: np.ndarray,
    statistics: np.ndarray,
    words: Callable[[float, int], str],
    decimals: int,
    unsourced: np.ndarray | None = None,
) -> list[list[str]]:
    """Rows of a table with one column for each of the last axis.

    Parameters
    ----------
    values : numpy.ndarray [models, columns]
        NaN where a model has none.
    statistics : numpy.ndarray [statistics, columns]
        As in `STATISTICS`.
    words : callable
        Of a value and its decimals.
    unsourced : numpy.ndarray [models], optional
        Models whose values were mostly chosen: with any, mean and range are given without them, too.
    """
    of = dict(zip(STATISTICS, statistics, strict=True))
    there = np.isfinite(of["mean"])
    count = ["models with a value", *(str(int(n)) for n in of["models"])]
    if not there.any():
        return [count]

    def row(label: str, cells: Iterable[str], fewest: int = 2) -> list[str]:
        told = (text if n >= fewest else FEW_MODELS for text, n in zip(cells, of["models"], strict=True))
        return [label, *(text if ok else ONE_MODEL for text, ok in zip(told, there, strict=True))]

    def ends(low: np.ndarray, high: np.ndarray) -> list[str]:
        return [f"{words(a, decimals)} to {words(b, decimals)}" for a, b in zip(low, high, strict=True)]

    rows = [
        row("mean of the models", (words(v, decimals) for v in of["mean"])),
        row("median of the models", (words(v, decimals) for v in of["median"])),
        row("spread: standard deviation", (fixed(v, decimals) for v in of["standard deviation"]), _FEWEST_DEVIATING),
        row("spread: middle half of the models", ends(of["lower quartile"], of["upper quartile"]), _FEWEST_QUARTERED),
        row("spread: lowest to highest", ends(of["minimum"], of["maximum"])),
    ]
    rows = [cells for cells in rows if set(cells[1:]) - {ONE_MODEL, FEW_MODELS}]
    beyond = np.stack([apart(column, decimals) for column in values.T], axis=1)
    if beyond.any():
        out = [bool(column.any()) for column in beyond.T]
        kept = np.where(beyond, np.nan, values)
        low, high = (np.where(there, end(np.where(np.isnan(kept), fill, kept), axis=0), np.nan)
                     for end, fill in ((np.min, np.inf), (np.max, -np.inf)))  # fmt: skip
        cells = [text if some else "none apart" for text, some in zip(ends(low, high), out, strict=True)]
        rows.append(row("the same without models apart", cells))
    if unsourced is not None and np.isfinite(values[unsourced]).any():
        rows += _sourced_rows(values[~unsourced], words, decimals)
    return [*rows, count]


def _sourced_rows(values: np.ndarray, words: Callable[[float, int], str], decimals: int) -> list[list[str]]:
    """Mean and range of the models [models, columns] that run mostly on values from sources."""
    columns = [column[np.isfinite(column)] for column in values.T]

    def cells(text: Callable[[np.ndarray], str]) -> list[str]:
        return [text(column) if column.size > 1 else ONE_MODEL for column in columns]

    ends = cells(lambda v: f"{words(v.min(), decimals)} to {words(v.max(), decimals)}")
    return [
        ["mean without models of chosen values", *cells(lambda v: words(v.mean(), decimals))],
        ["lowest to highest without them", *ends],
    ]


def apart_words(models: Iterable[str], heads: Iterable[str], values: np.ndarray, decimals: int = 1) -> str:
    """Which models [models, columns] lie apart, and where; empty where none does."""
    names, columns, found = list(models), list(heads), {}
    for k, head in enumerate(columns):
        for m in np.flatnonzero(apart(values[:, k], decimals)):
            found.setdefault(names[m], []).append(head)
    if not found:
        return ""
    told = "; ".join(f"{name} ({', '.join(at)})" for name, at in found.items())
    return f" Apart, more than {FENCE} quartile ranges beyond the quartiles: {told}."


def share_depth(ds: xr.Dataset) -> bool:
    """Whether two models have a value on the same depth."""
    return bool((ds["spread_soc_stock"].sel(statistic="models").values >= 2).any())


def depth_advice(ds: xr.Dataset) -> str:
    """What is said where no depth is shared; empty otherwise."""
    if ds.sizes["model"] < 2 or share_depth(ds):
        return ""
    return (
        "No common depth: each of these models has a stock for its own depth alone, so that there is no spread between "
        "stocks. Compare their changes in percent, each to its own depth, or add models in layers (century-layered, "
        "rothc-layered, ecosse, somprof, comission, pedon), which have a value on every depth that they reach."
    )


def moments(ds: xr.Dataset) -> list[tuple[int, str]]:
    """The start, the beginning of every year with another land cover, and the end: indices in time, and words."""
    years, covers = ds["year"].values.astype(int), ds["land_cover"].values.astype(str)
    changed = [k for k in range(1, years.size) if covers[k] != covers[k - 1]]
    found = [(0, f"start of {years[0]}"), *((k, f"start of {years[k]}") for k in changed[:_MOST_CHANGES])]
    return [*found, (years.size, f"end of {years[-1]}")]


def _cover_words(ds: xr.Dataset) -> str:
    years, covers = ds["year"].values.astype(int), ds["land_cover"].values.astype(str)
    changed = [k for k in range(1, years.size) if covers[k] != covers[k - 1]]
    if not changed:
        return f" Land cover: {covers[0]} throughout."
    # a cover that grows into another one has a year in its own name
    told = ", ".join(f"{years[k]} {covers[k]}" for k in changed[:_MOST_CHANGES])
    more = len(changed) - _MOST_CHANGES
    return f" Land cover: {covers[0]}, {told}" + (f"; {more} more changes are in comparison.csv." if more > 0 else ".")


def course_tables(ds: xr.Dataset) -> list[Table]:
    """Stocks and changes whenever the land cover changes: on the depth that most models share, and to each's own."""
    when = moments(ds)
    at, heads = [index for index, _ in when], ["model", *(words for _, words in when)]
    covers, tables = _cover_words(ds), []
    models = ds["model"].values.astype(str)
    shared = ds["spread_soc_stock"].isel(time=0).sel(statistic="models").values
    if ds.sizes["model"] > 1 and shared.max(initial=0.0) >= 2 and len(when) > 2:
        k = int(np.argmax(shared))
        values = T_HA_PER_KG_M2 * ds["soc_stock"].values[:, at, k]
        spread = ds["spread_soc_stock"].values[:, at, k].copy()
        spread[:-1] *= T_HA_PER_KG_M2
        depth = depth_words(str(ds["interval"].values[k]))
        caption = f"Carbon stock through the history, {depth}, t C/ha.{covers}{apart_words(models, heads[1:], values)}"
        rows = [
            [name, *(fixed(v) for v in row)] for name, row in zip(models, values, strict=True) if np.isfinite(row).all()
        ]
        tables.append(
            Table(
                caption,
                heads,
                [*rows, *spread_rows(values, spread, fixed, 1, unsourced(ds))],
                frozenset(range(1, len(heads))),
            )
        )
    values = ds["own_change_relative"].values[:, at[1:]]
    own = [f"0–{100.0 * float(depth):.0f} cm" for depth in ds["own_depth"].values]
    names = [f"{name}, {depth}" for name, depth in zip(models, own, strict=True)]
    rows = [[name, *(signed(v) for v in row)] for name, row in zip(names, values, strict=True)]
    if ds.sizes["model"] > 1:
        rows += spread_rows(values, ds["spread_own_change_relative"].values[:, at[1:]], signed, 1, unsourced(ds))
    caption = (
        f"Change since the {when[0][1]} in percent of the stock then, each model to its own depth"
        f"{': as the depths differ, like is not compared with like' if len(set(own)) > 1 else ''}.{covers}"
        f"{apart_words(models, heads[2:], values)}"
    )
    tables.append(Table(caption, ["model", *heads[2:]], rows, frozenset(range(1, len(heads) - 1))))
    return tables


def origins_of(ds: xr.Dataset) -> dict[str, dict[str, int]]:
    """How many values of each model's set there are of each status."""
    found = as_mapping(attribute_json(ds, "parameter_statuses"))
    return {str(name): {str(k): int(n) for k, n in as_mapping(of).items()} for name, of in found.items()}


def origins_table(ds: xr.Dataset) -> Table:
    """Where the values come from that each model ran with."""
    sets, origins = as_mapping(attribute_json(ds, "parameter_sets")), origins_of(ds)
    used = [status for status in ORIGINS if any(of.get(status) for of in origins.values())]
    rows = [
        [name, str(sets.get(name, "")), str(sum(of.values())), *(str(of.get(status, 0)) for status in used)]
        for name, of in origins.items()
    ]
    heads = ["model", "set", "values", *(ORIGINS[status] for status in used)]
    return Table(
        "Where the values of the parameters come from, counted in each model's set: found in the source named, be it a "
        "paper or its authors' program; attributed to a source that was not read itself; fitted or chosen by pedozone.",
        heads,
        rows,
        frozenset(range(2, len(heads))),
    )


def _chosen(ds: xr.Dataset) -> dict[str, float]:
    """Share of chosen values of the models other than the zones model."""
    return {
        name: of.get("convention", 0) / max(sum(of.values()), 1)
        for name, of in origins_of(ds).items()
        if not name.startswith("pedon")
    }


def unsourced(ds: xr.Dataset) -> np.ndarray:
    """Models [models] that run mostly on values that pedozone chose, whose levels are no verdict on them."""
    chosen = _chosen(ds)
    return np.array([chosen.get(str(name), 0.0) >= MOSTLY for name in ds["model"].values])


def origin_words(ds: xr.Dataset) -> str:
    """Models that run mostly on values that pedozone chose; empty where none does."""
    named = [f"{name} ({share:.0%})" for name, share in _chosen(ds).items() if share >= MOSTLY]
    if not named:
        return ""
    return (
        f"Values of {', '.join(named)} are mostly medians of wide priors that pedozone chose, because no published "
        "ones were found: their levels are no verdict on these models."
    )


def model_notes(ds: xr.Dataset) -> list[str]:
    """What has to be known before the level of a model is compared; the same for several models, once."""
    told: dict[str, list[str]] = {}
    for name, note in as_mapping(attribute_json(ds, "model_notes")).items():
        told.setdefault(str(note), []).append(str(name))
    return [f"{', '.join(names)}: {note}." for note, names in told.items()]
