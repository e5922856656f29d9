"""What models say side by side, in rows: for the terminal, the report and a CSV file."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from pedozone.report.comparison_rows import GRAMS, aligned
from pedozone.report.data import as_mapping, attribute_json
from pedozone.report.models_spread import apart_words, course_tables, origins_table, share_depth, spread_rows, unsourced
from pedozone.report.numbers import NONE, T_HA_PER_KG_M2, depth_words, fixed, signed
from pedozone.report.tables import Table
from pedozone.simulation.models_dataset import DECLARED, SPREAD, STATISTICS

if TYPE_CHECKING:
    import xarray as xr

NOT_MODELLED = "not modelled"
WIDTH = 100
"""Letters in a line of the mapping on a terminal."""
_MANY = 3  # models from which on a line that they share is told once
MAPPING_HEADS = ["of the site", "to the model", "how", "source"]


def mapping_of(ds: xr.Dataset) -> dict[str, list[list[str]]]:
    """Lines of the mapping (what, to, how, source) by model."""
    return {
        name: [[str(part) for part in line] for line in lines]
        for name, lines in as_mapping(attribute_json(ds, "mapping")).items()
        if isinstance(lines, list)
    }


def mapping_tables(ds: xr.Dataset) -> list[Table]:
    """What of the site went where: what many models share, once; then a table per model."""
    titles, reach = (ds[name].values.astype(str) for name in ("model_title", "model_reach"))
    names, mapping = ds["model"].values.astype(str), mapping_of(ds)
    users: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name in names:
        for line in mapping.get(str(name), []):
            users[tuple(line)] = (*users.get(tuple(line), ()), str(name))
    shared = {line: who for line, who in users.items() if len(who) >= _MANY}
    together: dict[tuple[str, ...], list[list[str]]] = {}
    for line, who in shared.items():
        together.setdefault(who, []).append(list(line))
    first = [Table(f"The same for {', '.join(who)}.", MAPPING_HEADS, lines) for who, lines in together.items()]
    own = [
        Table(
            f"{titles[k]} ({name}): {reach[k]}.",
            MAPPING_HEADS,
            [line for line in mapping.get(str(name), []) if tuple(line) not in shared],
        )
        for k, name in enumerate(names)
    ]
    return [*first, *own]


def mapping_text(ds: xr.Dataset) -> str:
    """The mapping for the terminal: a block for what many models share, then one per model."""
    blocks = []
    for table in mapping_tables(ds):
        lines = [table.caption.rstrip(".")]
        for what, to, how, source in table.rows:
            said = f"{what} -> {to}" + (f": {how}" if how else "") + (f" [{source}]" if source else "")
            lines += textwrap.wrap(
                said, WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False,
                break_long_words=False,
            )  # fmt: skip
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def end_tables(ds: xr.Dataset) -> list[Table]:
    """Stocks at the start and the end, changes and radiocarbon: a row per model, a column per depth."""
    first, last = int(ds["year"].values[0]), int(ds["year"].values[-1])
    wanted = (
        (f"Carbon stock at the start of {first}, t C/ha.", "soc_stock", 0, T_HA_PER_KG_M2, 1, False),
        (f"Carbon stock at the end of {last}, t C/ha.", "soc_stock", -1, T_HA_PER_KG_M2, 1, False),
        (f"Change from the start of {first} to the end of {last}, t C/ha.", "soc_change", -1, T_HA_PER_KG_M2, 1, True),
        (f"The same change in percent of the stock at the start of {first}.", "soc_change_relative", -1, 1.0, 1, True),
        (f"Delta14C at the end of {last}, ‰.", "delta14c_interval", -1, 1.0, 0, False),
    )
    return [_end_table(ds, *one) for one in wanted]


def _end_table(
    ds: xr.Dataset, caption: str, name: str, moment: int, factor: float, decimals: int, with_sign: bool
) -> Table:
    intervals = ds["interval"].values.astype(str)
    words = signed if with_sign else fixed
    values = factor * ds[name].isel(time=moment).values
    modelled = np.isfinite(ds["soc_stock"].isel(time=moment).values)
    rows = [
        [
            str(model),
            *(words(values[m, i], decimals) if modelled[m, i] else NOT_MODELLED for i in range(len(intervals))),
        ]
        for m, model in enumerate(ds["model"].values.astype(str))
    ]
    heads = ["model", *(depth_words(str(interval)) for interval in intervals)]
    if ds.sizes["model"] > 1:
        spread = ds[f"spread_{name}"].isel(time=moment).values.copy()
        spread[:-1] *= factor
        rows += spread_rows(values, spread, words, decimals, unsourced(ds))
        caption += apart_words(ds["model"].values.astype(str), heads[1:], values, decimals)
        caption += "" if share_depth(ds) else " No two of the models share a depth."
    return Table(caption, heads, rows, frozenset(range(1, len(heads))))


def model_table(ds: xr.Dataset) -> Table:
    """Every model on its own depth: stock, change, time, carbon received."""
    last = ds.isel(time=-1, year=-1)
    start = ds.isel(time=0, year=0)
    site = GRAMS * float(ds["site_plant_carbon"].values[-1])
    rows = []
    for k, name in enumerate(ds["model"].values.astype(str)):
        own, now = start.isel(model=k), last.isel(model=k)
        before, after = (float(T_HA_PER_KG_M2 * part["own_stock"]) for part in (own, now))
        received = GRAMS * float(now["plant_carbon"])
        rows.append(
            [
                str(name),
                fixed(100.0 * float(now["own_depth"]), 0),
                fixed(before),
                fixed(after),
                f"{signed(100 * (after / before - 1.0))} %" if before > 0.0 else NONE,
                fixed(float(now["own_delta14c"]), 0),
                fixed(float(T_HA_PER_KG_M2 * now["surface_stock"])),
                fixed(received, 0),
                f"{100 * received / site:.0f} %" if site > 0.0 else NONE,
                fixed(float(now["transit_time"]), 0),
                fixed(float(T_HA_PER_KG_M2 * now["inert_stock"])),
            ]
        )
    heads = [
        "model", "depth, cm", "stock, start", "stock, end", "change", "Δ¹⁴C, ‰", "on the surface", "input",
        "of the site's", "mean time, yr", "inert",
    ]  # fmt: skip
    first, final = int(ds["year"].values[0]), int(ds["year"].values[-1])
    return Table(
        f"Every model to its own depth, {first} to {final}. Stocks and inert carbon in t C/ha; carbon on the surface, "
        f"input (g C m⁻² yr⁻¹) and Δ¹⁴C in {final}; mean time of carbon in the model at the start: what turns over, "
        "surface included, over its input.",
        heads,
        rows,
        frozenset(range(1, len(heads))),
    )


def terminal_text(ds: xr.Dataset) -> str:
    """The mapping, then the tables."""
    blocks = ["What of the site went where", mapping_text(ds)]
    for table in (*end_tables(ds), *course_tables(ds), model_table(ds), origins_table(ds)):
        lines = [tuple(table.heads), *(tuple(row) for row in table.rows)]
        blocks.append("\n".join([*textwrap.wrap(table.caption, WIDTH, break_on_hyphens=False), aligned(lines)]))
    return "\n\n".join(blocks)


CSV_HEAD = ("model", "quantity", "at", "year", "unit", "value", "remark")


def csv_text(ds: xr.Dataset) -> str:
    """Every quantity of every model and year, one a line, then the spread between models.

    ``year`` is the decimal year of a state, or the calendar year over which a flux is summed; ``at`` is the depth
    interval or the model's layer (cm). Where a model has no value there is a remark instead, once
    for a depth that it does not reach.
    """
    stream = io.StringIO()
    write = csv.writer(stream, lineterminator="\n").writerow
    write(CSV_HEAD)
    for k, model in enumerate(ds["model"].values.astype(str)):
        for name in DECLARED:
            if not name.startswith("depth_"):
                for line in _lines(ds, name, k):
                    write((model, name, *line))
    for name in SPREAD:
        array = ds[f"spread_{name}"]
        own = array.ndim == 2
        depths = ["own depth"] if own else list(ds["interval"].values.astype(str))
        for s, statistic in enumerate(STATISTICS):
            unit = "1" if statistic == "models" else array.attrs["units"]
            for t, moment in enumerate(ds["time"].values):
                for i, interval in enumerate(depths):
                    value = float(array.values[s, t] if own else array.values[s, t, i])
                    remark = "" if np.isfinite(value) else "fewer than two models"
                    write((f"({statistic})", name, interval, f"{float(moment):g}", unit, _cell(value), remark))
    return stream.getvalue()


def _lines(ds: xr.Dataset, name: str, k: int) -> Iterator[tuple[object, ...]]:
    array = ds[name].isel(model=k)
    unit = array.attrs["units"]
    if array.ndim == 0:
        yield "", "", unit, _cell(float(array.values)), ""
        return
    moments = [f"{float(moment):g}" for moment in ds[str(array.dims[0])].values]
    if array.ndim == 1:
        for moment, value in zip(moments, array.values, strict=True):
            yield "", moment, unit, _cell(float(value)), ""
        return
    by_interval = array.dims[1] == "interval"
    modelled = np.isfinite(ds["soc_stock"].values[k]) if by_interval else None
    if modelled is not None:
        for i in np.flatnonzero(~modelled.any(axis=0)):
            yield str(ds["interval"].values[i]), "", unit, "", NOT_MODELLED
    for t, moment in enumerate(moments):
        for i in range(array.shape[1]):
            value = float(array.values[t, i])
            if modelled is not None:
                if modelled[:, i].any():
                    at = str(ds["interval"].values[i])
                    yield at, moment, unit, _cell(value), "" if modelled[t, i] else NOT_MODELLED
            elif np.isfinite(float(ds["depth_top"].values[k, t, i])):
                top, bottom = (100.0 * float(ds[f"depth_{end}"].values[k, t, i]) for end in ("top", "bottom"))
                yield f"{top:.4g}-{bottom:.4g}", moment, unit, _cell(value), ""


def _cell(value: float) -> str:
    return f"{value:.8g}" if np.isfinite(value) else ""
