"""The result of a run in a few lines for a newcomer."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pedozone.simulation.summary import held_words, is_peat, nitrogen_summary, whole_column

if TYPE_CHECKING:
    import xarray as xr

T_HA_PER_KG_M2 = 10.0
CO2_PER_CARBON = 44.009 / 12.011  # molar masses

_SHOWN_FROM = 0.005  # kg m-2; less than this of an organic layer rounds to none

_GOOD = ("converged", "none")  # "none": grown from parent material, without a spin-up
_INTERVALS = ("0-30", "0-100")
_STATUS = {
    "one": "",
    "many": "several crossings, the deepest counts",
    "all_vegetation": "the vegetation zone reaches down to the base of the column",
    "no_vegetation": "no vegetation zone: the boundary has risen to the surface",
    "not_defined": "not defined for this model",
}


def summary_text(ds: xr.Dataset, files: list[Path]) -> str:
    """What a run says: stocks, boundary, budget, spin-up, and where the rest is.

    Parameters
    ----------
    ds : xarray.Dataset
        A run's dataset.
    files : list of pathlib.Path
        The files written.

    Returns
    -------
    str
        Lines for a terminal. What the dataset lacks is left out.
    """
    years = [int(year) for year in ds["year"].values]
    name = str(ds.attrs.get("site", "") or ds.attrs.get("title", "Run"))
    lines = [f"{name}, {years[0]} to {years[-1]}", "", *_warning(ds)]
    lines += _stocks(ds, years)
    lines += _boundary(ds, years)
    lines += _budget(ds)
    lines += _nitrogen(ds, years)
    lines += _spinup(ds)
    lines += _files(files)
    return "\n".join(lines)


def _stocks(ds: xr.Dataset, years: list[int]) -> list[str]:
    if "soc_stock" not in ds:
        return []
    known = [str(value) for value in ds["interval"].values]
    mineral: list[str] = []
    for interval in (i for i in _INTERVALS if i in known):
        mineral += _course(f"{interval} cm", ds["soc_stock"].sel(interval=interval).values, years)
    if mineral:
        mineral = ["Organic carbon in the mineral soil", *mineral, ""]
    above = ds["organic_layer_stock"].values if "organic_layer_stock" in ds else np.zeros(1)
    if max(above[0], above[-1]) < _SHOWN_FROM:
        return mineral
    peat = is_peat(ds)
    column = whole_column(ds)
    base = 100 * float(ds["depth_bottom"].values[-1, -1])
    upper = "peat" if peat else "organic layer"
    whole = [
        f"Organic carbon in the whole column: {upper}, and mineral soil to {base:.0f} cm",
        *_course("column", column, years),
        *_course("peat" if peat else "organic", above, years),
        "",
    ]
    return whole + mineral if peat else mineral + whole


def _course(label: str, series: np.ndarray, years: list[int]) -> list[str]:
    """Stock at the start and at the end, and the change between them."""
    change = float(series[-1] - series[0])
    percent = 100 * change / series[0] if series[0] > 0 else math.nan
    small = "less than 0.5 %" if percent else "0 %"
    share = f" ({small if abs(percent) < 0.5 else f'{percent:+.0f} %'})" if math.isfinite(percent) else ""
    return [
        f"  {label:>9}  {f'start of {years[0]}':<14} {_amount(series[0])}",
        f"  {label:>9}  {f'end of {years[-1]}':<14} {_amount(series[-1])}",
        f"  {'':>9}  {'change':<14} {_amount(change, signed=True)}{share}",
    ]


def _amount(stock: float, *, signed: bool = False) -> str:
    if not math.isfinite(stock):
        return "not available (the column is shallower)"
    sign = "+" if signed else ""
    stock = 0.0 if abs(stock) < 0.005 else stock  # no "-0.00"
    carbon = stock * T_HA_PER_KG_M2
    return f"{stock:{sign}7.2f} kg m-2 = {carbon:{sign}7.1f} t C/ha = {carbon * CO2_PER_CARBON:{sign}7.1f} t CO2/ha"


def _boundary(ds: xr.Dataset, years: list[int]) -> list[str]:
    if "boundary_depth" not in ds:
        return []
    criteria = [str(value) for value in ds["criterion"].values]
    criterion = "dom_fate" if "dom_fate" in criteria else criteria[0]
    chosen = ds.sel(criterion=criterion)
    convention = ", T = 10 yr" if criterion == "dom_fate" else ""
    lines = [f"Boundary between the vegetation zone (above) and the mineral zone (below)  [{criterion}{convention}]"]
    peat = is_peat(ds)
    for index in (0, -1):
        depth = 100 * float(chosen["boundary_depth"].values[index])
        status = str(chosen["boundary_status"].values[index])
        text = f"{depth:.0f} cm" if math.isfinite(depth) else "none"
        if peat and math.isfinite(depth):
            height = -100 * float(ds["depth_top"].values[1:, 0][index])
            text = f"{depth + height:.0f} cm below the surface of the peat, which is {height:.0f} cm thick"
        if "boundary_width" in ds:
            width = 100 * float(chosen["boundary_width"].values[index])
            if math.isfinite(width):
                text += f", gradual over {width:.0f} cm"
        words = _STATUS.get(status, status)
        lines.append(f"  {years[index]}: {text}" + (f" ({status}: {words})" if words else ""))
    return [*lines, ""]


def _budget(ds: xr.Dataset) -> list[str]:
    if "budget_residual" not in ds:
        return []
    tracers = [str(value) for value in ds["tracer"].values]
    if "carbon" not in tracers:
        return []
    carbon = ds.sel(tracer="carbon")
    scale = float(carbon["budget_initial"]) + float(carbon["budget_input"].sum())
    residual = carbon["budget_residual"].values
    worst = max(abs(float(residual.sum())), float(abs(residual).max(initial=0.0)))
    closure = worst / scale if scale > 0 else worst
    verdict = "closed" if closure <= 1e-12 else "NOT CLOSED"
    return [f"Carbon budget  {verdict}: residual {closure:.0e} of stock and input"]


def _nitrogen(ds: xr.Dataset, years: list[int]) -> list[str]:
    """What nitrogen let plants grow, where it is modelled."""
    told = nitrogen_summary(ds).get("nitrogen")
    if told is None:
        return []
    first, last = told["first_year"], told["last_year"]
    asked, taken = (last[f"plant_{name}_kg_n_ha"] for name in ("demand", "uptake"))
    if asked <= 0.0:
        text = f"nothing grew in {years[-1]}"
    elif told["limits_production"]:
        shares = (
            f"{100 * end['production_share']:.0f} % in {year}" for end, year in ((first, years[0]), (last, years[-1]))
        )
        text = f"production held to {' and '.join(shares)} of what it would be without want of nitrogen"
    else:
        text = f"plants found {taken:.0f} of {asked:.0f} kg N/ha in {years[-1]}; this does not limit production here"
    verdict = "closed" if told["closure"] <= 1e-12 else "NOT CLOSED"
    return [
        f"Nitrogen       {text}",
        f"               budget {verdict}: residual {told['closure']:.0e} of stock and input",
    ]


def _spinup(ds: xr.Dataset) -> list[str]:
    status = str(ds.attrs.get("spinup_status", ""))
    if not status:
        return []
    message = str(ds.attrs.get("spinup_message", "")).removeprefix(f"{status}: ")
    lines = [f"Spin-up        {status}"]
    if message and status in _GOOD:
        lines.append(f"               {message}")
    if "solver" in ds.attrs:
        lines.append(f"Solver         {ds.attrs['solver']}, {ds.attrs.get('method', '')}")
    return lines


def _warning(ds: xr.Dataset) -> list[str]:
    """What has to be read before any figure: the start was no steady state of a living soil, or parameters ring."""
    ringing = json.loads(ds.attrs.get("oscillation", "{}")).get("warning")
    lines = [text for words in held_words(ds) for text in (f"NOTE: {words}", "")]
    lines += [f"WARNING: {ringing}", ""] if ringing else []
    status = str(ds.attrs.get("spinup_status", ""))
    if not status or status in _GOOD:
        return lines
    message = str(ds.attrs.get("spinup_message", status))
    return [f"WARNING: the spin-up did not find a steady state to start from. {message}", "", *lines]


def _files(files: list[Path]) -> list[str]:
    if not files:
        return []
    named = {file.name: file for file in files}
    report = named.pop("report.html", None)
    lines = [""]
    if report is not None:
        lines.append(f"Report         {report}  (open it in a web browser)")
    if named:
        lines.append(f"Data           {', '.join(str(file) for file in named.values())}")
    return lines
