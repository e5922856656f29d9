"""Runs of several models on one site as one dataset: what each models, and the spread between them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from pedozone.parameters import load_parameters
from pedozone.simulation.starting import GROWN
from pedozone.version import __version__

if TYPE_CHECKING:
    from pedozone.config.site import Site
    from pedozone.simulation.mapping.site_years import SiteYears
    from pedozone.simulation.side_by_side import ModelRun

STANDARD_CM = (20.0, 30.0, 100.0, 200.0, 300.0)
"""Lower ends (cm) of the intervals compared, beside the depths of models of one layer."""

STATISTICS = (
    "mean", "standard deviation", "minimum", "lower quartile", "median", "upper quartile", "maximum", "models",
)  # fmt: skip
"""Over the models that have a value; the last is how many do."""

_QUARTERS = (0.25, 0.5, 0.75)

_EPSILON = 1e-6

DECLARED: dict[str, tuple[tuple[str, ...], str, str]] = {
    "soc_stock": (("time", "interval"), "kg m-2", "organic carbon to a fixed depth; missing where not modelled"),
    "soc_change": (("time", "interval"), "kg m-2", "organic carbon less that at the start"),
    "soc_change_relative": (("time", "interval"), "percent", "change of organic carbon over that at the start"),
    "delta14c_interval": (("time", "interval"), "1e-3", "Delta14C of organic carbon"),
    "own_stock": (("time",), "kg m-2", "organic carbon to the model's own depth"),
    "own_change_relative": (("time",), "percent", "change of organic carbon to the model's own depth over the start's"),
    "own_delta14c": (("time",), "1e-3", "Delta14C of organic carbon to the model's own depth"),
    "surface_stock": (("time",), "kg m-2", "carbon on the soil and in coarse wood"),
    "soc_concentration": (("time", "layer"), "kg m-3", "organic carbon of the model's layers"),
    "delta14c": (("time", "layer"), "1e-3", "Delta14C of organic carbon of the model's layers"),
    "depth_top": (("time", "layer"), "m", "top of the model's layers"),
    "depth_bottom": (("time", "layer"), "m", "base of the model's layers"),
    "plant_carbon": (("year",), "kg m-2 yr-1", "carbon that the model receives"),
    "co2_flux": (("year",), "kg m-2 yr-1", "CO2 from organic matter"),
    "leaching": (("year",), "kg m-2 yr-1", "carbon that leaves downward or sideways"),
    "own_depth": ((), "m", "depth that the model covers"),
    "transit_time": ((), "yr", "carbon that turns over at the start over its input"),
    "inert_stock": ((), "kg m-2", "carbon that does not turn over"),
}
"""Dimensions beside the model, units and words of what is written for every model."""

SPREAD = ("soc_stock", "soc_change", "soc_change_relative", "delta14c_interval", "own_change_relative")
"""Quantities of which the spread between models is given; the last is no comparison of like with like."""


def models_dataset(site: Site, years: SiteYears, runs: Sequence[ModelRun]) -> xr.Dataset:
    """Put runs of models side by side.

    Parameters
    ----------
    site : Site
    years : SiteYears
        Of that site, of which the models were run.
    runs : sequence of ModelRun

    Returns
    -------
    xarray.Dataset
        The quantities of :data:`DECLARED` by model, and ``spread_*`` by statistic (:data:`STATISTICS`) for those of
        :data:`SPREAD`; NaN where a model does not model a depth, and where fewer than two do.
    """
    bottoms = intervals_of(site.soil.depth_m, runs)
    layers = max(run.carbon.shape[1] for run in runs)
    measured = [_measured(run, bottoms, layers, site.soil.depth_m) for run in runs]
    numbers = np.array([year.year for year in years.years])
    data: dict[str, Any] = {}
    for name, (dims, units, words) in DECLARED.items():
        values = np.stack([one[name] for one in measured])
        data[name] = (("model", *dims), values, {"units": units, "long_name": words})
    for name in SPREAD:
        dims, units, words = DECLARED[name]
        data[f"spread_{name}"] = (
            ("statistic", *dims),
            _spread(data[name][1]),
            {"units": units, "long_name": f"{words}, over the models that have it"},
        )
    data["site_plant_carbon"] = (
        ("year",),
        years.carbon,
        {"units": "kg m-2 yr-1", "long_name": "carbon given to the soil of the site"},
    )
    delta = np.atleast_1d(years.curve.delta14c(numbers + 0.5))
    data["atmosphere_delta14c"] = (("year",), delta, {"units": "1e-3", "long_name": "Delta14C of the air"})
    data["land_cover"] = (("year",), np.array([year.cover for year in years.years]), {"long_name": "land cover"})
    for name, of in (("model_title", "title"), ("model_reach", "reach"), ("spinup_status", "status")):
        data[name] = (("model",), np.array([getattr(run, of) for run in runs]), {"long_name": name.replace("_", " ")})
    coords = {
        "model": [run.name for run in runs],
        "time": np.append(numbers[0], numbers + 1).astype(float),
        "year": numbers,
        "interval": [f"0-{100 * bottom:g}" for bottom in bottoms],
        "layer": np.arange(layers),
        "statistic": list(STATISTICS),
    }
    ds = xr.Dataset(data, coords=coords)
    ds.attrs = _attributes(site, years, runs)
    return ds


def intervals_of(depth: float, runs: Sequence[ModelRun]) -> list[float]:
    """Lower ends (m) of intervals that a model covers: standard ones, and the depths of models of one layer."""
    wanted = {0.01 * bottom for bottom in STANDARD_CM}
    wanted |= {round(float(run.face[0, -1]), 4) for run in runs if not run.layered}
    wanted = {bottom for bottom in wanted if bottom <= depth + _EPSILON}
    return sorted(bottom for bottom in wanted if any(covers(run, bottom, depth) for run in runs))


def covers(run: ModelRun, bottom: float, depth: float) -> bool:
    """Whether a model has a stock from the surface to a depth (m): its own where it has one layer.

    A model of several layers has it for every depth down to its base, carbon being even within a layer; one whose
    column is the site's whole has it for the site's depth too, however much the column has swollen or shrunk.
    """
    base = float(run.face[:, -1].min())
    if not run.layered:
        return abs(bottom - base) < 1e-4
    return bottom <= base + _EPSILON or (abs(bottom - depth) < _EPSILON and base > 0.9 * depth)


def _measured(run: ModelRun, bottoms: Sequence[float], layers: int, depth: float) -> dict[str, np.ndarray]:
    carbon, modern = run.carbon, run.carbon * np.nan_to_num(run.fraction_modern)
    stock, fraction = (np.full((carbon.shape[0], len(bottoms)), np.nan) for _ in range(2))
    for k, bottom in enumerate(bottoms):
        if covers(run, bottom, depth):
            held = _above(carbon, run.face, bottom)
            stock[:, k], fraction[:, k] = held, _above(modern, run.face, bottom) / np.where(held > 0.0, held, np.nan)
    volume = np.diff(run.face, axis=1)

    def padded(values: np.ndarray) -> np.ndarray:
        return np.pad(values, ((0, 0), (0, layers - values.shape[1])), constant_values=np.nan)

    first = np.where(stock[:1] > 0.0, stock[:1], np.nan)
    whole = carbon.sum(axis=1)
    return {
        "soc_stock": stock,
        "soc_change": stock - stock[:1],
        "soc_change_relative": 100.0 * (stock - stock[:1]) / first,
        "delta14c_interval": 1000.0 * (fraction - 1.0),
        "own_stock": whole,
        "own_change_relative": 100.0 * (whole / np.where(whole[0] > 0.0, whole[0], np.nan) - 1.0),
        "own_delta14c": 1000.0 * (modern.sum(axis=1) / np.where(whole > 0.0, whole, np.nan) - 1.0),
        "surface_stock": run.surface,
        "soc_concentration": padded(carbon / volume),
        "delta14c": padded(1000.0 * (run.fraction_modern - 1.0)),
        "depth_top": padded(run.face[:, :-1]),
        "depth_bottom": padded(run.face[:, 1:]),
        "plant_carbon": run.plant_carbon,
        "co2_flux": run.co2,
        "leaching": run.leached,
        "own_depth": np.asarray(run.face[0, -1]),
        "transit_time": np.asarray(run.transit_time),
        "inert_stock": np.asarray(run.inert),
    }


def _above(values: np.ndarray, face: np.ndarray, bottom: float) -> np.ndarray:
    """What lies above a depth (m), of amounts in layers [times, cells]; all of it where that is the base."""
    return np.array(
        [
            np.interp(bottom, faces, np.concatenate([[0.0], np.cumsum(amounts)]))
            for amounts, faces in zip(values, face, strict=True)
        ]
    )


def _spread(values: np.ndarray) -> np.ndarray:
    """The statistics of values [models, ...]; NaN where fewer than two models have one."""
    there = np.isfinite(values)
    count = there.sum(axis=0)
    enough = count >= 2
    filled = np.where(there, values, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    square = (np.where(there, values - mean, 0.0) ** 2).sum(axis=0) / np.maximum(count - 1, 1)
    lowest = np.where(there, values, np.inf).min(axis=0)
    highest = np.where(there, values, -np.inf).max(axis=0)
    quarters = np.nanquantile(np.where(enough, values, 0.0), _QUARTERS, axis=0)
    parts = (mean, np.sqrt(square), lowest, *quarters, highest)
    return np.stack([*(np.where(enough, part, np.nan) for part in parts), count.astype(float)])


def _attributes(site: Site, years: SiteYears, runs: Sequence[ModelRun]) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    return {
        "title": f"Models side by side at {site.site.name}",
        "site": site.site.name,
        "version": __version__,
        "created": now,
        "history": f"{now} pedozone {__version__}",
        "site_toml": site.to_toml(),
        "mapping": json.dumps({run.name: [list(line) for line in run.lines] for run in runs}),
        "parameter_sets": json.dumps({run.name: run.parameter_set for run in runs}),
        "parameter_statuses": json.dumps({run.name: _statuses(run.parameter_set) for run in runs}),
        "model_notes": json.dumps({run.name: run.note for run in runs if run.note}),
        "spinup_messages": json.dumps({run.name: run.message for run in runs}),
        "notes": json.dumps(_notes(site, years, runs)),
        "Conventions": "CF-1.11",
    }


def _statuses(name: str) -> dict[str, int]:
    """How many values of a set there are of each status."""
    values = load_parameters(name)
    return dict(Counter(values[key].status for key in values))


def _notes(site: Site, years: SiteYears, runs: Sequence[ModelRun]) -> list[str]:
    """What a reader has to know about what was compared."""
    grown = [run.name for run in runs if run.status == GROWN]
    notes = [
        "All models start in balance with the climate and land cover of the start, and then live through the same "
        "history." + (f" Not so {', '.join(grown)}, grown from bare ground under these conditions." if grown else "")
    ]
    if site.start.mode != "steady":
        notes.append(f"start.mode = '{site.start.mode}' is not followed here: it would change the zones model alone.")
    mapped = [run.name for run in runs if not run.name.startswith("pedon")]
    if years.ignored and mapped:
        notes.append(
            f"Events without effect on {', '.join(mapped)}: {'; '.join(years.ignored)}. Carbon that events bring "
            "reaches every model that is given its plant carbon."
        )
    if mapped and site.soil.water_table_m is not None:
        notes.append(
            "The water table wets the soil of all models; the lack of oxygen there is known to the zones model and, "
            f"only as far as their own equations have it, to {', '.join(mapped)}."
        )
    if mapped and site.soil.organic_slots > 1:
        notes.append(
            f"Organic layers (peat) are those of the zones model: {', '.join(mapped)} hold all carbon in or on the "
            "mineral soil."
        )
    if site.parameters or site.modes or site.prescribed:
        notes.append(
            f"[parameters], [modes] and [prescribed] of the site file are those of its own model, {site.run.model}; "
            "the other models run on the sets named."
        )
    if any(run.layered for run in runs):
        notes.append("Within a layer of a model carbon is taken as even.")
    return notes
