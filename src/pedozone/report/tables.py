"""Tables of the report: rows of text, ready to be laid out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pedozone.report.data import (
    cover_marks,
    cover_periods,
    cover_words,
    main_criterion,
    years_by_status,
)
from pedozone.report.ledger import tracer_budgets
from pedozone.report.numbers import (
    CO2_PER_CARBON,
    NONE,
    T_HA_PER_KG_M2,
    depth_words,
    fixed,
    percent,
    periods,
    scientific,
    significant,
    year_words,
)
from pedozone.report.observed import comparisons, observations
from pedozone.report.wording import status_words

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Table:
    """A caption, column heads and rows of text.

    `numeric` holds the places of columns set flush right.
    """

    caption: str
    heads: list[str]
    rows: list[list[str]]
    numeric: frozenset[int] = field(default_factory=frozenset)

    @property
    def wide(self) -> bool:
        """Whether a phone has to lay each row out as a block of its own."""
        return len(self.heads) > 4


def stock_table(ds: xr.Dataset) -> Table | None:
    """Stocks by depth interval at the start and the end, in three units."""
    if "soc_stock" not in ds.variables:
        return None
    rows = []
    names = sorted(ds["interval"].values.astype(str), key=lambda n: [float(p) for p in n.split("-")])
    for name in names:
        series = ds["soc_stock"].sel(interval=name).values
        if np.isfinite(series[[0, -1]]).all():
            rows.append([depth_words(name), *_three_units(series[0], series[-1])])
    if "organic_layer_stock" in ds.variables:
        series = ds["organic_layer_stock"].values
        rows.append(["organic layer", *_three_units(series[0], series[-1])])
    first, last = int(ds["year"][0]), int(ds["year"][-1])
    return Table(
        "Modelled stocks of soil organic carbon, start and end of the run. Depth intervals are "
        "of the mineral soil; t CO₂/ha is the same carbon as carbon dioxide.",
        [
            "depth",
            f"start of {first}, t C/ha",
            f"end of {last}, t C/ha",
            f"end of {last}, t CO₂/ha",
            f"end of {last}, kg C m⁻²",
            "change, t C/ha",
        ],
        rows,
        frozenset(range(1, 6)),
    )


def _three_units(first: float, last: float) -> list[str]:
    a, b = first * T_HA_PER_KG_M2, last * T_HA_PER_KG_M2
    return [
        fixed(a),
        fixed(b),
        fixed(b * CO2_PER_CARBON),
        fixed(last, 2),
        fixed(b - a),
    ]


_ZONE_ROWS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("zone_thickness", "thickness, cm", lambda v: fixed(100 * v, 0)),
    ("zone_stock", "carbon stock, kg m⁻²", lambda v: fixed(v, 2)),
    ("zone_stock", "carbon stock, t C/ha", lambda v: fixed(10 * v)),
    ("zone_input", "plant input, g C m⁻² yr⁻¹", lambda v: significant(1000 * v)),
    ("zone_respiration", "CO₂, g C m⁻² yr⁻¹", lambda v: significant(1000 * v)),
    ("zone_leaching", "leaching, g C m⁻² yr⁻¹", lambda v: significant(1000 * v)),
    ("zone_turnover", "turnover time, yr", significant),
    ("zone_age", "mean age of carbon, yr", significant),
    ("zone_delta14c", "Δ¹⁴C, ‰", lambda v: fixed(v, 0)),
    ("zone_root_share", "carbon from roots", percent),
    ("zone_leaf_share", "carbon from leaves", percent),
    ("zone_exudate_share", "carbon from exudates", percent),
)


def _from_elsewhere(ds: xr.Dataset) -> xr.DataArray | None:
    """Share of the zones' carbon that has no tag of a source; None where nearly all has."""
    names = [f"zone_{source}_share" for source in ("root", "leaf", "exudate")]
    if not all(name in ds.variables for name in names):
        return None
    rest = 1.0 - ds[names[0]] - ds[names[1]] - ds[names[2]]
    return rest if bool((rest > 0.005).any()) else None


def zone_table(ds: xr.Dataset) -> Table | None:
    """Both zones in the first and the last year."""
    if "zone_stock" not in ds.variables:
        return None
    zones = ds["zone"].values.astype(str)
    years = ds["year"].values.astype(int)
    places = (0, -1) if years.size > 1 else (-1,)
    heads = ["", *(f"{zone}, {years[place]}" for zone in zones for place in places)]
    rows = [
        [
            label,
            *(say(float(ds[name].sel(zone=zone)[place])) for zone in zones for place in places),
        ]
        for name, label, say in _ZONE_ROWS
        if name in ds.variables
    ]
    rest = _from_elsewhere(ds)
    if rest is not None:
        cells = (percent(float(rest.sel(zone=zone)[place])) for zone in zones for place in places)
        rows.append(["carbon from elsewhere (manure, sediment, given stocks)", *cells])
    return Table(
        "The two zones, modelled: first and last year of the run.",
        heads,
        rows,
        frozenset(range(1, len(heads))),
    )


def status_table(ds: xr.Dataset) -> Table | None:
    """Years and depths of the boundary by status, for every criterion."""
    if "boundary_status" not in ds.variables:
        return None
    main = main_criterion(ds)
    years = ds["year"].values.astype(int)
    rows = []
    for criterion in ds["criterion"].values.astype(str):
        depth = 100 * ds["boundary_depth"].sel(criterion=criterion).values
        for status, its_years in years_by_status(ds, str(criterion)).items():
            words = status_words(status, str(criterion))
            rows.append(
                [
                    criterion + (" (defines the zones)" if criterion == main else ""),
                    words.short,
                    periods(its_years),
                    _range(depth[np.isin(years, its_years)]),
                    words.meaning,
                ]
            )
    return Table(
        "Status of the boundary.",
        ["criterion", "status", "years", "depth, cm", "what it means"],
        rows,
    )


def _range(values: np.ndarray) -> str:
    if not np.isfinite(values).any():
        return NONE
    low, high = fixed(np.nanmin(values), 0), fixed(np.nanmax(values), 0)
    return low if low == high else f"{low}–{high}"


def cover_table(ds: xr.Dataset) -> Table | None:
    """Land covers by period."""
    spans = cover_periods(ds)
    if not spans:
        return None
    marks = cover_marks(ds)
    return Table(
        "Land covers of the run (input). The marks stand in figures where a name has no room.",
        ["years", "mark", "land cover"],
        [[year_words(p.first, p.last), marks[p.cover], cover_words(p.cover)] for p in spans],
    )


def comparison_tables(ds: xr.Dataset) -> list[Table]:
    """Every measured value beside the modelled one, a table per quantity and depth."""
    tables = []
    for found in comparisons(ds):
        if not found.points:
            continue
        rows = [
            [
                f"{point.year:g}",
                fixed(point.value, 2) + _deviation(point.deviation),
                fixed(modelled, 2),
                fixed(modelled - point.value, 2),
            ]
            for point, modelled in zip(found.points, found.modelled, strict=True)
        ]
        sources = "; ".join(dict.fromkeys(p.source for p in found.points if p.source))
        tables.append(
            Table(
                f"{found.name} ({found.quantity.unit}). RMSE {significant(found.rmse)}, bias "
                f"{significant(found.bias)} over {found.dates} date(s)."
                + (f" Measured: {sources}." if sources else ""),
                ["year", "measured", "modelled", "difference"],
                rows,
                frozenset({1, 2, 3}),
            )
        )
    return tables


def _deviation(value: float) -> str:
    return f" ± {fixed(value, 2)}" if np.isfinite(value) else ""


def unused_observations(ds: xr.Dataset) -> list[str]:
    """Say which observations the report leaves out, and why."""
    read, unused = observations(ds)
    compared = {(c.quantity.variable, c.interval): c for c in comparisons(ds)}
    left_out = list(unused)
    for key in dict.fromkeys((p.quantity.variable, p.interval) for p in read):
        if key not in compared:
            left_out.append(f"{key[0]}, {key[1]} cm: the run has no such depth interval or quantity")
        elif compared[key].outside:
            left_out.append(f"{key[0]}, {key[1]} cm: {compared[key].outside} outside the run's years")
    return left_out


def budget_table(ds: xr.Dataset) -> Table | None:
    """Ledger of every tracer with its relative residual."""
    budgets = tracer_budgets(ds)
    if not budgets:
        return None
    eventful = any(b.event_gain or b.event_loss for b in budgets)
    rows = [
        [
            b.tracer,
            b.unit,
            *(significant(v, 4) for v in (b.initial, b.input, b.respired, b.leached, b.decay)),
            *((significant(b.event_gain, 4), significant(b.event_loss, 4)) if eventful else ()),
            significant(b.final, 4),
            scientific(b.relative),
            "closes" if b.closes else "DOES NOT CLOSE",
        ]
        for b in budgets
    ]
    return Table(
        "Ledger over the whole run, by tracer. Relative residual: what the ledger cannot account "
        "for, over initial stock plus cumulative input; it closes when that is at most 10⁻¹².",
        [
            "tracer",
            "unit",
            "start",
            "input",
            "respired",
            "leached",
            "decay",
            *(("brought by events", "taken by events") if eventful else ()),
            "end",
            "relative residual",
            "",
        ],
        rows,
        frozenset(range(2, 11 if eventful else 9)),
    )
