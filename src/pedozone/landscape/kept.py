"""What can be kept of every site of a batch: variables of a run on axes that all sites share."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pedozone.config.errors import InputError
from pedozone.parameters.errors import did_you_mean
from pedozone.simulation.dataset import INTERVALS
from pedozone.simulation.measures import DECLARED, DEEP, flux_at, in_slices
from pedozone.simulation.setting import TRACERS
from pedozone.simulation.zoning import SOURCES
from pedozone.variables import attributes, data_variables
from pedozone.zones.boundary import BoundaryStatus
from pedozone.zones.budget import TERMS, ZONES
from pedozone.zones.criteria import CRITERIA, HORIZONS

SLICES_CM = (0.0, 5.0, 15.0, 30.0, 60.0, 100.0, 200.0, 300.0)
"""Limits of the depth slices: the standard depths of GlobalSoilMap, and 300 cm."""

FINE_CM = (
    *(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 7.5, 10.0, 12.5, 15.0, 17.5, 20.0, 22.5, 25.0, 27.5, 30.0, 35.0, 40.0, 45.0, 50.0),
    *(55.0, 60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0, 130.0, 140.0, 150.0, 160.0, 170.0, 180.0, 190.0, 200.0),
    *(220.0, 240.0, 260.0, 280.0, 300.0),
)
"""Limits of slices about as thin as the layers of a column, from which any layer that was sampled can be put "
"together."""

AXES: dict[str, list[Any]] = {
    "interval": [f"{top:g}-{bottom:g}" for top, bottom in INTERVALS],
    "slice": [f"{top:g}-{bottom:g}" for top, bottom in itertools.pairwise(SLICES_CM)],
    "fine_slice": [f"{top:g}-{bottom:g}" for top, bottom in itertools.pairwise(FINE_CM)],
    "zone": list(ZONES),
    "criterion": list(CRITERIA),
    "source": list(SOURCES),
    "horizon": [float(horizon) for horizon in HORIZONS],
    "tracer": ["carbon", *TRACERS],
    "budget_term": list(TERMS),
}
"""Axes that the runs of all sites share, with their coordinates; beside them ``time`` and ``year``."""

USUAL = (
    "soc_stock",
    "delta14c_interval",
    "delta14c_slice",
    "organic_layer_stock",
    "zone_stock",
    "boundary_depth",
    "boundary_status",
    "leaching",
    "dissolved_flux_1m",
    "co2_flux",
    "plant_carbon",
)
"""What is kept unless other variables are asked for."""

BOUNDARY = tuple(str(status) for status in BoundaryStatus)
"""Meanings of the codes of ``boundary_status``; 255 where there is none."""

NONE = 255


@dataclass(frozen=True)
class Kept:
    """A variable that is kept.

    Parameters
    ----------
    name : str
    dims : tuple of str
        Without the site; ``time`` or ``year``, then axes of `AXES`.
    attributes : mapping
    of : callable
        From the variables of a run to its values.
    codes : bool
        Whether the values are codes of `BOUNDARY`.
    """

    name: str
    dims: tuple[str, ...]
    attributes: Mapping[str, Any]
    of: Callable[[xr.Dataset], np.ndarray]
    codes: bool = False

    def shape(self, years: int) -> tuple[int, ...]:
        """Of one site over a number of years."""
        sizes = {"time": years + 1, "year": years} | {name: len(values) for name, values in AXES.items()}
        return tuple(sizes[dim] for dim in self.dims)

    def empty(self, *shape: int) -> np.ndarray:
        """An array without values."""
        return np.full(shape, NONE, dtype=np.uint8) if self.codes else np.full(shape, np.nan)


@functools.cache
def known() -> dict[str, Kept]:
    """All that can be kept, by name."""
    found = {}
    for variable in data_variables():
        fits = variable.dims[:1] in (("time",), ("year",)) and set(variable.dims[1:]) <= set(AXES)
        if fits and variable.kind == "float":
            found[variable.name] = Kept(variable.name, variable.dims, attributes(variable.name), _of_run(variable.name))
    meanings = {"flag_values": list(range(len(BOUNDARY))), "flag_meanings": " ".join(BOUNDARY)}
    status = attributes("boundary_status") | meanings
    found["boundary_status"] = Kept("boundary_status", ("year", "criterion"), status, _boundary_status, codes=True)
    for name, of in _DERIVED.items():
        dims, units, words = DECLARED.get(name) or _FINE[name]
        found[name] = Kept(name, dims, {"units": units, "long_name": words}, of)
    return found


def chosen(names: Sequence[str]) -> list[Kept]:
    """The variables of some names.

    Raises
    ------
    InputError
        A name that is not known; the nearest ones are suggested.
    """
    for name in names:
        if name not in known():
            mend = did_you_mean(name, known(), otherwise="Choose of these.")
            raise InputError("pedozone batch", "--variables", name, "some of " + ", ".join(known()), mend)
    if not names:
        raise InputError("pedozone batch", "--variables", "(none)", "at least one", "Name one, or leave it out.")
    return [known()[name] for name in dict.fromkeys(names)]


def _of_run(name: str) -> Callable[[xr.Dataset], np.ndarray]:
    def of(run: xr.Dataset) -> np.ndarray:
        values = run[name].values
        if "interval" not in run[name].dims:
            return values
        # a run has those that its column reaches, and those of its observations
        there = [str(label) for label in run["interval"].values]
        missing = np.full(values.shape[:1], np.nan)
        return np.stack([values[:, there.index(i)] if i in there else missing for i in AXES["interval"]], axis=1)

    return of


def _boundary_status(run: xr.Dataset) -> np.ndarray:
    code = {name: k for k, name in enumerate(BOUNDARY)}
    texts = run["boundary_status"].values
    return np.array([code[str(text)] for text in texts.ravel()], dtype=np.uint8).reshape(texts.shape)


def _slices(which: int) -> Callable[[xr.Dataset], np.ndarray]:
    def of(run: xr.Dataset) -> np.ndarray:
        edges = 0.01 * np.array(SLICES_CM)
        values = in_slices(run, edges)[which]
        base = run["depth_bottom"].values[:, -1:]
        return np.where(edges[1:] <= base + _SWELLING, values, np.nan)

    return of


_FINE: dict[str, tuple[tuple[str, ...], str, str]] = {
    "carbon_fine": (("time", "fine_slice"), "kg m-2", "organic carbon of a slice"),
    "radiocarbon_fine": (("time", "fine_slice"), "kg m-2", "organic carbon of a slice times 1 + Delta14C / 1000"),
    "mineral_carbon_fine": (("time", "fine_slice"), "kg m-2", "mineral-associated organic carbon of a slice"),
    "fine_earth_fine": (("time", "fine_slice"), "kg m-2", "fine earth of a slice"),
}
# Of a run, by what is kept in fine slices: mass per area of every layer.
_OF_LAYERS: dict[str, Callable[[xr.Dataset], xr.DataArray]] = {
    "carbon_fine": lambda run: run["cSoilLevels"],
    "radiocarbon_fine": lambda run: run["cSoilLevels"] * (1.0 + run["delta14c"].fillna(0.0) / 1000.0),
    "mineral_carbon_fine": lambda run: run["cSoilLevels"] * run["mineral_associated_share"].fillna(0.0),
    "fine_earth_fine": lambda run: run["bulk_density"] * run["thickness"] * (1.0 - run["coarse_fraction"]),
}


def _fine(name: str) -> Callable[[xr.Dataset], np.ndarray]:
    def of(run: xr.Dataset) -> np.ndarray:
        soil = ~run["is_organic"].values.astype(bool)
        cells = _OF_LAYERS[name](run).transpose("time", "layer").values[:, soil]
        cumulative = np.concatenate([np.zeros((len(cells), 1)), np.cumsum(cells, axis=1)], axis=1)
        faces = np.concatenate([run["depth_top"].values[:, soil], run["depth_bottom"].values[:, soil][:, -1:]], axis=1)
        edges = 0.01 * np.array(FINE_CM)
        held = np.array([np.diff(np.interp(edges, face, sums)) for face, sums in zip(faces, cumulative, strict=True)])
        return np.where(edges[1:] <= faces[:, -1:] + _SWELLING, held, np.nan)

    return of


_SWELLING = 0.02
"""Depth (m) by which a slice may reach below the column, whose layers swell and shrink."""


def _summed(name: str, *over: str) -> Callable[[xr.Dataset], np.ndarray]:
    return lambda run: run[name].sum(over).values


_DERIVED: dict[str, Callable[[xr.Dataset], np.ndarray]] = {
    "soc_slice": _slices(0),
    "delta14c_slice": _slices(1),
    **{name: _fine(name) for name in _FINE},
    "plant_carbon": _summed("plant_input", "source", "layer"),
    "co2_flux": _summed("respiration", "layer"),
    "dissolved_flux_1m": lambda run: flux_at(run[["depth_top", "depth_bottom"]], run, DEEP),
    "transfer_flux_boundary": _summed("transfer_across_boundary", "mechanism"),
}
