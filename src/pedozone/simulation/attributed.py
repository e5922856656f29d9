"""What the feedback of the boundary did to the carbon of layers, of depths and of both zones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from pedozone.simulation.frozen_twin import attribute
from pedozone.simulation.summary import is_peat
from pedozone.zones.attribution import attribution
from pedozone.zones.budget import ZONES

CRITERION = "dom_fate"
"""By which the zones are told apart."""

COLUMN, ORGANIC = "whole column", "organic layer"
"""Parts of a column that are no depths."""

DEPTHS_CM = (30, 100, 200)
"""Limits of the depths that are told apart, as far as a column reaches."""

_SWELLING_CM = 5.0

_CHANGES = {
    "change": ("full", "kg m-2", "change of organic carbon"),
    "change_frozen": ("frozen", "kg m-2", "change of organic carbon with the boundary's feedback frozen"),
    "boundary_effect": ("difference", "kg m-2", "change of organic carbon by the boundary's feedback"),
    "boundary_effect_share": ("share", "1", "share of the change by the boundary's feedback"),
}


def attribute_by_part(run: xr.Dataset, frozen: xr.Dataset) -> xr.Dataset:
    """Attribute a run's change of carbon to the feedback of its boundary, part by part.

    Parameters
    ----------
    run, frozen : xarray.Dataset
        A run and its frozen twin (`pedozone.simulate.simulate_with_twin`).

    Returns
    -------
    xarray.Dataset
        What `attribute` gives by depth interval; the same for the parts of the column, ``part_change`` and so on by
        time and part (the column, the organic layer, depths that do not overlap, the zones) and for every layer,
        ``layer_change`` and so on; what each held at first (``part_stock``, ``layer_stock``, kg m-2). The zones are
        those before the change, in the same soil throughout: layers hold the same minerals however the boundary moves.
        Slots of peat do not, they are split and merged: its parts are no zones, and boundaries lie below its surface.

    Raises
    ------
    ValueError
        If the second run is no frozen twin of the first.
    """
    found = attribute(run, frozen)
    since = int(found.attrs["frozen_from"])
    both = [_from(ds, since) for ds in (run, frozen)]
    boundary = _boundary_before(run, frozen, since)
    above = None if is_peat(run) else share_above(both[0], boundary)
    parts = [_parts(ds, above) for ds in both]
    layers = [ds["cSoilLevels"].transpose("time", "layer").values for ds in both]
    first = both[0].isel(time=0)
    found = found.assign_coords(
        part=list(parts[0]),
        layer=both[0]["layer"].values,
        is_organic=("layer", both[0]["is_organic"].values),
        depth_top=("layer", first["depth_top"].values, {"units": "m"}),
        depth_bottom=("layer", first["depth_bottom"].values, {"units": "m"}),
    )
    stacked = [np.stack(list(stocks.values()), axis=1) for stocks in parts]
    for prefix, (full, twin) in {"part": stacked, "layer": layers}.items():
        changes = attribution(full, twin)
        for name, (field, units, words) in _CHANGES.items():
            found[f"{prefix}_{name}"] = (
                ("time", prefix), getattr(changes, field), {"units": units, "long_name": words}
            )  # fmt: skip
        found[f"{prefix}_stock"] = (
            (prefix,), full[0], {"units": "kg m-2", "long_name": "organic carbon before the change"}
        )  # fmt: skip
    for name, ds in (("boundary_depth", run), ("boundary_depth_frozen", frozen)):
        found[name] = (("year",), _boundary(ds).values, {"units": "m", "long_name": "depth of the boundary"})
    found = found.assign_coords(year=run["year"].values)
    found.attrs |= {
        "boundary_before": boundary,
        "boundary_from": "surface of the peat" if is_peat(run) else "mineral surface",
        "criterion": CRITERION,
        "site": str(run.attrs.get("site", "")),
    }
    return found


def _boundary(ds: xr.Dataset) -> xr.DataArray:
    """Depth of the boundary (m) by year, in peat below its surface."""
    return ds["boundary_below_top"] if is_peat(ds) else ds["boundary_depth"].sel(criterion=CRITERION)


def _from(ds: xr.Dataset, since: int) -> xr.Dataset:
    return ds.isel(time=(ds["time"] >= since).values)


def _boundary_before(run: xr.Dataset, frozen: xr.Dataset, since: int) -> float:
    """Depth of the boundary (m) before the change; at the start of a run that of the twin's first year."""
    first = int(run["year"][0])
    return float(_boundary(run if since > first else frozen).sel(year=max(since - 1, first)))


def share_above(ds: xr.Dataset, depth: float) -> np.ndarray:
    """Share of every layer that lies above a depth (m) at the first time of a dataset, [layers]."""
    first = ds.isel(time=0)
    top, bottom = first["depth_top"].values, first["depth_bottom"].values
    thickness = np.maximum(bottom - top, 1e-12)
    return np.clip((depth - top) / thickness, 0.0, 1.0)


def _parts(ds: xr.Dataset, above: np.ndarray | None) -> Mapping[str, np.ndarray]:
    """Carbon (kg m-2) of the parts of a column, [times] each; zones by the share of layers above the boundary."""
    carbon = ds["cSoilLevels"].transpose("time", "layer").values
    organic = ds["is_organic"].values.astype(bool)
    parts = {COLUMN: carbon.sum(axis=1)}
    if organic.any():
        parts[ORGANIC] = carbon[:, organic].sum(axis=1)
    mineral = carbon[:, ~organic].sum(axis=1)
    base = 100.0 * float(ds["depth_bottom"].isel(time=0, layer=-1))
    counted, top = np.zeros_like(mineral), 0
    for bottom in DEPTHS_CM:
        if bottom > base - _SWELLING_CM:
            break
        stock = ds["soc_stock"].sel(interval=f"0-{bottom}").values
        parts[f"{top}-{bottom} cm"] = stock - counted
        counted, top = stock, bottom
    parts[f"below {top} cm" if top else "mineral soil"] = mineral - counted
    if above is None:
        return parts
    vegetation, lower = ZONES
    parts[f"{vegetation} zone before"] = carbon @ above
    parts[f"{lower} zone before"] = carbon @ (1.0 - above)
    return parts
