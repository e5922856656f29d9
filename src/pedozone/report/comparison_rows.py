"""What a comparison says in rows: for the terminal, the report and a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pedozone.report.numbers import NONE, T_HA_PER_KG_M2, depth_words, fixed, signed
from pedozone.report.tables import Table
from pedozone.report.wording import status_words
from pedozone.simulation.measures import DECLARED

if TYPE_CHECKING:
    import xarray as xr

GRAMS = 1000.0
CENTIMETRES = 100.0


@dataclass(frozen=True)
class Row:
    """One quantity of every site at the end of the years compared.

    Attributes
    ----------
    group, label, unit : str
        Heading it stands under, its name, and the unit of the numbers.
    values : numpy.ndarray [sites]
    differences : numpy.ndarray [scenarios]
        To the baseline.
    spread : numpy.ndarray [quantiles, scenarios] or None
        Quantiles of the paired differences of an ensemble.
    decimals : int
    """

    group: str
    label: str
    unit: str
    values: np.ndarray
    differences: np.ndarray
    spread: np.ndarray | None
    decimals: int

    def difference(self, scenario: int) -> str:
        """The difference with its sign."""
        return signed(self.differences[scenario], self.decimals)

    def interval(self, scenario: int) -> str:
        """The 5-95 % interval of the difference, empty without an ensemble."""
        if self.spread is None or not np.isfinite(self.spread[:, scenario]).all():
            return ""
        low, _, high = self.spread[:, scenario]
        return f"{signed(low, self.decimals)} to {signed(high, self.decimals)}"

    def median(self, scenario: int) -> str:
        """The median of the paired differences, empty without an ensemble."""
        if self.spread is None or not np.isfinite(self.spread[1, scenario]):
            return ""
        return signed(self.spread[1, scenario], self.decimals)


def rows_at_end(ds: xr.Dataset) -> list[Row]:
    """Rows of the last state and the last year compared; quantities that no site has are left out."""
    found = []
    for group, label, unit, name, chosen, factor, decimals in _wanted(ds):
        last = ds.isel(time=-1, year=-1).sel(chosen)
        values = factor * last[name].values.astype(float)
        if not np.isfinite(values).any():
            continue
        spread = f"difference_{name}_quantile"
        found.append(
            Row(
                group,
                label,
                unit,
                values,
                factor * last[f"difference_{name}"].values.astype(float),
                factor * last[spread].values.astype(float) if spread in ds.variables else None,
                decimals,
            )
        )
    return found


_Wanted = tuple[str, str, str, str, dict[str, str], float, int]


def _wanted(ds: xr.Dataset) -> Iterator[_Wanted]:
    """Group, label, unit, variable, place, factor and decimals of every row."""
    intervals = [str(name) for name in ds["interval"].values]
    fixed_depth, equal_mass = "Carbon stock, fixed depth", "Carbon stock, equal soil mass"
    yield fixed_depth, "organic layer", "t C/ha", "organic_layer_stock", {}, T_HA_PER_KG_M2, 1
    for group, name in ((fixed_depth, "soc_stock"), (equal_mass, "soc_stock_equal_mass")):
        for interval in intervals:
            yield group, depth_words(interval), "t C/ha", name, {"interval": interval}, T_HA_PER_KG_M2, 1
    criterion = main_criterion(ds)
    boundary = f"Boundary ({criterion})"
    yield boundary, "depth", "cm", "boundary_depth", {"criterion": criterion}, CENTIMETRES, 1
    yield boundary, "width", "cm", "boundary_width", {"criterion": criterion}, CENTIMETRES, 1
    for zone in ds["zone"].values.astype(str):
        group, where = f"{zone.capitalize()} zone", {"zone": str(zone)}
        yield group, "thickness", "cm", "zone_thickness", where, CENTIMETRES, 1
        yield group, "carbon stock", "t C/ha", "zone_stock", where, T_HA_PER_KG_M2, 1
        yield group, "turnover time", "yr", "zone_turnover", where, 1.0, 0
        yield group, "mean age", "yr", "zone_age", where, 1.0, 0
        yield group, "Delta14C", "permil", "zone_delta14c", where, 1.0, 0
    flux = "g C m-2 yr-1"
    for label, name in (
        ("plant input", "plant_carbon"),
        ("CO2", "co2_flux"),
        ("dissolved carbon at 1 m", "dissolved_flux_1m"),
        ("leaching at the base", "leaching"),
        ("transfer across the boundary", "transfer_flux_boundary"),
        ("re-zoning", "rezoning"),
    ):
        yield "Fluxes of the last year", label, flux, name, {}, GRAMS, 1
    for interval in intervals:
        if interval in ("0-30", "0-100"):
            where = {"interval": interval}
            yield "Radiocarbon", f"Delta14C, {depth_words(interval)}", "permil", "delta14c_interval", where, 1.0, 0
    yield "Radiocarbon", "Delta14C of respired CO2", "permil", "delta14c_respired", {}, 1.0, 0


def main_criterion(ds: xr.Dataset) -> str:
    """Criterion that defines the zones."""
    names = [str(name) for name in ds["criterion"].values]
    return "dom_fate" if "dom_fate" in names else names[0]


def statuses_at_end(ds: xr.Dataset) -> list[str]:
    """Status of the boundary of every site in the last year, in words."""
    chosen = ds["boundary_status"].isel(year=-1).sel(criterion=main_criterion(ds))
    return [status_words(str(status)).short for status in chosen.values]


def terminal_text(ds: xr.Dataset) -> str:
    """The comparison as aligned columns, one block per scenario."""
    labels = [str(name) for name in ds["site"].values]
    rows = rows_at_end(ds)
    statuses = statuses_at_end(ds)
    year = int(ds["year"].values[-1])
    ensemble = any(row.spread is not None for row in rows)
    blocks = []
    for k, label in enumerate(labels[1:]):
        lines: list[tuple[str, ...]] = []
        group = ""
        for row in rows:
            if row.group != group:
                group = row.group
                lines += [("",), (group,)]
            numbers = (fixed(row.values[0], row.decimals), fixed(row.values[k + 1], row.decimals), row.difference(k))
            extra = (row.median(k), row.interval(k)) if ensemble else ()
            lines.append((f"  {row.label} ({_plain(row.unit)})", *numbers, *extra))
            if row.group.startswith("Boundary") and row.label == "depth":
                lines.append(("  status", statuses[0], statuses[k + 1], ""))
        heads = ("", labels[0], label, "difference", *(("median", "5-95 %") if ensemble else ()))
        blocks.append(f"{label} against {labels[0]}, end of {year}\n" + aligned([heads, *lines]))
    return "\n\n".join(blocks)


def _plain(unit: str) -> str:
    return "‰" if unit == "permil" else unit


def aligned(lines: list[tuple[str, ...]]) -> str:
    """Lines of cells in columns: the first flush left, the others flush right; a line of one cell stands by itself."""
    most = max(len(line) for line in lines)
    widths = [max((len(line[c]) for line in lines if c < len(line) and len(line) > 1), default=0) for c in range(most)]
    out = []
    for line in lines:
        cells = [line[0].ljust(widths[0])] + [cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=False)]
        out.append("  ".join(cells).rstrip())
    return "\n".join(out)


def tables_at_end(ds: xr.Dataset) -> list[Table]:
    """The same rows for the report, a table per group."""
    labels = [str(name) for name in ds["site"].values]
    rows = rows_at_end(ds)
    ensemble = any(row.spread is not None for row in rows)
    heads = ["", "unit", *labels]
    for label in labels[1:]:
        heads.append(f"{label} minus {labels[0]}")
        if ensemble:
            heads.append(f"{label}: median (5–95 %)")
    tables = []
    for group in dict.fromkeys(row.group for row in rows):
        cells = []
        for row in (r for r in rows if r.group == group):
            line = [printed(row.label), printed(row.unit), *(fixed(v, row.decimals) for v in row.values)]
            for k in range(len(labels) - 1):
                line.append(row.difference(k))
                if ensemble:
                    line.append(f"{row.median(k)} ({row.interval(k)})" if row.interval(k) else NONE)
            cells.append(line)
            if group.startswith("Boundary") and row.label == "depth":
                cells.append(["status", "", *statuses_at_end(ds), *[""] * (len(line) - 2 - len(labels))])
        tables.append(Table(f"{group}.", heads, cells, frozenset(range(2, len(heads)))))
    return tables


_PRINTED: dict[str, str] = {"permil": "‰", "g C m-2 yr-1": "g C m⁻² yr⁻¹"}


def printed(text: str) -> str:
    """Units and names as they are set in a report."""
    text = _PRINTED.get(text, text)
    return text.replace("Delta14C", "Δ¹⁴C").replace("CO2", "CO₂")


CSV_HEAD = (
    "site",
    "quantity",
    "at",
    "year",
    "unit",
    "value",
    "baseline",
    "difference",
    "difference_percent",
    "difference_p05",
    "difference_median",
    "difference_p95",
)


def csv_text(ds: xr.Dataset) -> str:
    """Every quantity of every site and year, one a line.

    ``year`` is the decimal year of a state, or the calendar year over which a flux is summed; ``at`` is the depth
    interval (cm), depth slice (cm), zone or criterion. Empty cells: not available, or the baseline's own lines.
    """
    stream = io.StringIO()
    write = csv.writer(stream, lineterminator="\n").writerow
    write(CSV_HEAD)
    for k, label in enumerate(ds["site"].values.astype(str)):
        for name in (n for n in DECLARED if n in ds.variables):
            for line in _csv_lines(ds, name, k):
                write((label, name, *line))
        status = ds["boundary_status"].isel(site=k)
        for c, criterion in enumerate(ds["criterion"].values.astype(str)):
            for t, year in enumerate(ds["year"].values):
                write((label, "boundary_status", criterion, int(year), "", status.values[t, c], *[""] * 6))
    return stream.getvalue()


def _csv_lines(ds: xr.Dataset, name: str, k: int) -> Iterator[tuple[object, ...]]:
    array = ds[name].isel(site=k)
    values, base = array.values, ds[name].isel(site=0).values
    places = _places(ds, array.dims[1]) if array.ndim > 1 else [""]
    spread = None
    if k and f"difference_{name}_quantile" in ds.variables:
        spread = ds[f"difference_{name}_quantile"].isel(scenario=k - 1).values
    for t, moment in enumerate(ds[str(array.dims[0])].values):
        for p, place in enumerate(places):
            at = (t, p) if array.ndim > 1 else (t,)
            value, reference = float(values[at]), float(base[at])
            own: list[object] = [place, f"{float(moment):g}", array.attrs.get("units", ""), _cell(value)]
            if k == 0:
                yield (*own, *[""] * 6)
                continue
            difference = value - reference
            percent = 100.0 * difference / abs(reference) if reference else np.nan
            intervals = [""] * 3 if spread is None else [_cell(float(s)) for s in spread[(slice(None), *at)]]
            yield (*own, _cell(reference), _cell(difference), _cell(percent), *intervals)


def _places(ds: xr.Dataset, dimension: object) -> list[str]:
    if dimension == "slice":
        pairs = zip(ds["slice_top"].values, ds["slice_bottom"].values, strict=True)
        return [f"{100 * top:.4g}-{100 * bottom:.4g}" for top, bottom in pairs]
    return [str(value) for value in ds[str(dimension)].values]


def _cell(value: float) -> str:
    return f"{value:.8g}" if np.isfinite(value) else ""
