"""The main results of a run as plain numbers and texts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

from pedozone.column.geometry import PEAT_FROM

CARBON_TO_CO2 = 44.009 / 12.011
PER_HECTARE = 10.0  # kg m-2 to t ha-1
KG_HA = 1e4  # kg m-2 to kg ha-1


def is_peat(ds: xr.Dataset) -> bool:
    """Tell whether the column is peat, so that its mineral soil is not where most of its carbon is."""
    return "is_organic" in ds.variables and int(ds["is_organic"].values.sum()) >= PEAT_FROM


def whole_column(ds: xr.Dataset) -> np.ndarray:
    """Organic carbon of all layers, organic ones included, kg m-2 by `time`."""
    return ds["cSoilLevels"].sum("layer").values


def held_words(ds: xr.Dataset) -> list[str]:
    """What a run held that in a soil moves by itself: a boundary prescribed, or feedbacks of the boundary frozen."""
    given = json.loads(ds.attrs.get("prescribed_boundary", "{}"))
    words = []
    if given:
        years = given.get("year") or []
        depths = given["depth_cm"] if isinstance(given["depth_cm"], list) else [given["depth_cm"]]
        when = [f" in {year}" for year in years] or [""] * len(depths)
        course = ", ".join(f"{depth:g} cm{year}" for depth, year in zip(depths, when, strict=True))
        words.append(
            f"A boundary was prescribed ({course}; {given['width_cm']:g} cm wide), to test a hypothesis. What reads "
            f"it: {'; '.join(given['rates'])}. The boundary that is reported is still found from where dissolved "
            "carbon ends up."
        )
    if "frozen_from" in ds.attrs:
        what = "; ".join(json.loads(ds.attrs["frozen"]))
        words.append(f"A frozen twin: as before {ds.attrs['frozen_from']} were held: {what}.")
    return words


def summarise(ds: xr.Dataset) -> dict[str, Any]:
    """Summarise a run's dataset: stocks, boundary, zones, budget and status."""
    stocks = {}
    for interval in ds["interval"].values:
        series = ds["soc_stock"].sel(interval=interval).values
        if not np.isfinite(series).all():
            continue
        stocks[f"{interval} cm"] = {"start": _stock(series[0]), "end": _stock(series[-1])}
    above = ds["organic_layer_stock"].values
    last = ds.isel(year=-1)
    boundary = {
        str(c): {
            "status": str(last["boundary_status"].sel(criterion=c).item()),
            "depth_m": _number(last["boundary_depth"].sel(criterion=c)),
            "width_m": _number(last["boundary_width"].sel(criterion=c)),
            "depth_m_first_year": _number(ds["boundary_depth"].isel(year=0).sel(criterion=c)),
        }
        for c in ds["criterion"].values
    }
    if is_peat(ds):
        below = ds["boundary_below_top"].values
        boundary["dom_fate"]["depth_below_peat_surface_m"] = _number(below[-1])
        boundary["dom_fate"]["depth_below_peat_surface_m_first_year"] = _number(below[0])
    names = (
        "thickness",
        "stock",
        "input",
        "respiration",
        "leaching",
        "turnover",
        "age",
        "delta14c",
    )
    zones = {str(z): {name: _number(last[f"zone_{name}"].sel(zone=z)) for name in names} for z in ds["zone"].values}
    return {
        "site": ds.attrs["site"],
        "years": [int(ds["year"].values[0]), int(ds["year"].values[-1])],
        "soc_stock": stocks,
        "organic_layer": _course(above),
        "whole_column": _course(whole_column(ds)),
        "boundary": boundary,
        "zones": zones,
        **nitrogen_summary(ds),
        "modes": json.loads(ds.attrs.get("modes", "{}")),
        "held": held_words(ds),
        "spinup": {"status": ds.attrs["spinup_status"], "message": ds.attrs["spinup_message"]},
        "budget_closure": budget_closure(ds),
        "version": ds.attrs["version"],
        "parameter_set": ds.attrs["parameter_set"],
        "solver": ds.attrs["solver"],
        "method": ds.attrs["method"],
    }


def budget_closure(ds: xr.Dataset) -> dict[str, float]:
    """Accumulated residual of every tracer over its initial content plus cumulative input."""
    residual = np.abs(np.cumsum(ds["budget_residual"].values, axis=0)).max(axis=0)
    scale = np.abs(ds["budget_initial"].values) + np.abs(ds["budget_input"].values).sum(axis=0)
    scale = scale + np.maximum(-ds["budget_decay"].values, 0.0).sum(axis=0)
    return {
        str(t): float(r / s) if s > 0 else float(r)
        for t, r, s in zip(ds["tracer"].values, residual, scale, strict=True)
    }


def nitrogen_summary(ds: xr.Dataset) -> dict[str, Any]:
    """Production and nitrogen of the first and the last year under the key ``nitrogen``; empty where not modelled."""
    if "production_share" not in ds.variables:
        return {}
    share = ds["production_share"].values
    asked, taken = (ds[f"nitrogen_{name}"].sum("layer").values for name in ("demand", "uptake"))
    ends = {
        name: {
            "production_share": float(share[place]),
            "plant_demand_kg_n_ha": float(KG_HA * asked[place]),
            "plant_uptake_kg_n_ha": float(KG_HA * taken[place]),
        }
        for name, place in (("first_year", 0), ("last_year", -1))
    }
    return {"nitrogen": {**ends, "limits_production": bool((share < 1.0).any()), "closure": nitrogen_closure(ds)}}


def nitrogen_closure(ds: xr.Dataset) -> float:
    """Accumulated residual of the nitrogen budget over what the column held and was brought."""
    held = float((ds["organic_nitrogen"] + ds["mineral_nitrogen"]).isel(time=0).sum())
    layered = ("nitrogen_litter", "nitrogen_fixation")
    brought = sum(float(ds[name].sum()) for name in (*layered, "nitrogen_deposition", "nitrogen_fertiliser"))
    worst = float(np.abs(np.cumsum(ds["nitrogen_residual"].values)).max())
    return worst / (held + brought) if held + brought > 0.0 else worst


def _course(series: np.ndarray) -> dict[str, dict[str, float]]:
    """Stock at the start and at the end, and the change between them."""
    return {"start": _stock(series[0]), "end": _stock(series[-1]), "change": _stock(series[-1] - series[0])}


def _stock(value: float) -> dict[str, float]:
    return {
        "kg_c_m2": float(value),
        "t_c_ha": float(PER_HECTARE * value),
        "t_co2_ha": float(PER_HECTARE * CARBON_TO_CO2 * value),
    }


def _number(value: Any) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None
