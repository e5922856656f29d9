"""What runs are compared by: stocks on two bases, zones, fluxes and 14C, on axes that all sites share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

EDGES_CM = (0, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300)
"""Limits of the depth slices in which profiles are compared."""

STANDARD_CM = (20.0, 30.0, 100.0, 200.0, 300.0)
"""Lower ends (cm) of the intervals compared."""

DEEP = 1.0
"""Depth (m) at which the flux of dissolved carbon is compared."""

# Name: dimensions, units, long name, CF's own words. Those of a run keep the names that a run gives them.
DECLARED: dict[str, tuple[tuple[str, ...], str, str]] = {
    "soc_stock": (("time", "interval"), "kg m-2", "organic carbon to a fixed depth"),
    "soc_stock_equal_mass": (("time", "interval"), "kg m-2", "organic carbon on an equivalent soil mass"),
    "organic_layer_stock": (("time",), "kg m-2", "carbon of the organic layer"),
    "delta14c_interval": (("time", "interval"), "1e-3", "Delta14C of organic carbon"),
    "soc_slice": (("time", "slice"), "kg m-3", "organic carbon concentration"),
    "delta14c_slice": (("time", "slice"), "1e-3", "Delta14C of organic carbon"),
    "boundary_depth": (("year", "criterion"), "m", "depth of the boundary"),
    "boundary_width": (("year", "criterion"), "m", "width of the boundary"),
    "zone_thickness": (("year", "zone"), "m", "thickness of the zone"),
    "zone_stock": (("year", "zone"), "kg m-2", "carbon of the zone"),
    "zone_input": (("year", "zone"), "kg m-2 yr-1", "plant carbon entering the zone"),
    "zone_respiration": (("year", "zone"), "kg m-2 yr-1", "CO2 from the zone"),
    "zone_leaching": (("year", "zone"), "kg m-2 yr-1", "carbon leached from the zone at the base of the column"),
    "zone_turnover": (("year", "zone"), "yr", "turnover time of the zone"),
    "zone_age": (("year", "zone"), "yr", "mean age of carbon"),
    "zone_delta14c": (("year", "zone"), "1e-3", "Delta14C of the zone"),
    "plant_carbon": (("year",), "kg m-2 yr-1", "plant carbon entering the soil"),
    "co2_flux": (("year",), "kg m-2 yr-1", "CO2 from organic matter"),
    "dissolved_flux_1m": (("year",), "kg m-2 yr-1", "dissolved carbon carried down through 1 m"),
    "leaching": (("year",), "kg m-2 yr-1", "dissolved carbon leached at the base of the column"),
    "transfer_flux_boundary": (("year",), "kg m-2 yr-1", "carbon carried down through the boundary"),
    "rezoning": (("year",), "kg m-2 yr-1", "carbon that changed zone because the boundary moved"),
    "delta14c_respired": (("year",), "1e-3", "Delta14C of respired CO2"),
}


@dataclass(frozen=True)
class Basis:
    """What all runs of a comparison are measured on.

    Parameters
    ----------
    years : tuple of int
        Years that all of them share.
    intervals : tuple of str
        Depth intervals from the surface, cm (``"0-30"``).
    masses : numpy.ndarray [intervals]
        Mineral mass of the fine earth above the lower end of each interval in the baseline at the start of the first
        shared year, kg m-2: the reference of equivalent soil mass.
    slices : numpy.ndarray [slices + 1]
        Limits of the depth slices, m.
    """

    years: tuple[int, ...]
    intervals: tuple[str, ...]
    masses: np.ndarray
    slices: np.ndarray

    @property
    def times(self) -> np.ndarray:
        """Decimal years of the states: one more than the years."""
        return np.arange(self.years[0], self.years[-1] + 2, dtype=float)


def common_years(runs: Sequence[xr.Dataset]) -> tuple[int, ...]:
    """Years that all runs have, ascending; empty where they have none in common."""
    shared = set.intersection(*({int(year) for year in run["year"].values} for run in runs))
    return tuple(sorted(shared))


def basis_of(runs: Sequence[xr.Dataset]) -> Basis:
    """What the runs can be compared on; the first one is the baseline.

    Raises
    ------
    ValueError
        If they have no year in common.
    """
    years = common_years(runs)
    if not years:
        raise ValueError("the runs have no year in common")
    baseline = runs[0].sel(time=float(years[0]))
    face, mass = _mineral(baseline)
    cumulative = np.concatenate([[0.0], np.cumsum(mass)])
    nominal = _nominal_depths(runs[0])
    intervals = tuple(name for name in map(str, runs[0]["interval"].values) if name in nominal)
    masses = [
        # the interval that ends at the base of the column is all of its mass, however it has swollen or shrunk
        cumulative[-1]
        if nominal[name] >= face[-1] - 1e-9 or _is_base(runs[0], name)
        else float(np.interp(nominal[name], face, cumulative))
        for name in intervals
    ]
    deepest = min(float(run["depth_bottom"].values[:, -1].min()) for run in runs)
    edges = np.array([0.01 * edge for edge in EDGES_CM if 0.01 * edge <= deepest + 0.02])
    edges[-1] = min(edges[-1], deepest)
    if deepest > edges[-1] + 0.02:
        edges = np.append(edges, deepest)
    return Basis(years, intervals, np.array(masses), edges)


def measure(run: xr.Dataset, basis: Basis) -> xr.Dataset:
    """Reduce a run to what is compared.

    Parameters
    ----------
    run : xarray.Dataset
        A run's dataset.
    basis : Basis
        Shared by all runs.

    Returns
    -------
    xarray.Dataset
        The variables of :data:`DECLARED`; NaN where a run cannot tell (a column that is too shallow or holds less
        mineral mass), and ``boundary_status`` as text.
    """
    states = run.sel(time=basis.times)
    years = run.sel(year=list(basis.years))
    known = set(map(str, run["interval"].values))
    by_interval: dict[str, list[np.ndarray]] = {"soc_stock": [], "delta14c_interval": []}
    for name in basis.intervals:
        for quantity, columns in by_interval.items():
            missing = np.full(basis.times.size, np.nan)
            columns.append(states[quantity].sel(interval=name).values if name in known else missing)
    data: dict[str, np.ndarray] = {name: np.stack(columns, axis=1) for name, columns in by_interval.items()}
    data["soc_stock_equal_mass"] = _on_equal_mass(states, basis.masses)
    data["soc_slice"], data["delta14c_slice"] = in_slices(states, basis.slices)
    data["plant_carbon"] = years["plant_input"].sum(("source", "layer")).values
    data["co2_flux"] = years["respiration"].sum("layer").values
    data["dissolved_flux_1m"] = flux_at(run, years, DEEP)
    data["transfer_flux_boundary"] = years["transfer_across_boundary"].sum("mechanism").values
    for name, (dims, _, _) in DECLARED.items():
        if name not in data:
            data[name] = (states if "time" in dims else years)[name].values
    variables = {
        name: (dims, data[name], {"units": units, "long_name": words})
        for name, (dims, units, words) in DECLARED.items()
    }
    middle = 0.5 * (basis.slices[1:] + basis.slices[:-1])
    return xr.Dataset(
        {**variables, "boundary_status": (("year", "criterion"), years["boundary_status"].values.astype(str))},
        coords={
            "time": basis.times,
            "year": list(basis.years),
            "interval": list(basis.intervals),
            "slice": ("slice", middle, {"units": "m", "long_name": "middle of the depth slice", "positive": "down"}),
            "slice_top": ("slice", basis.slices[:-1], {"units": "m", "long_name": "upper limit of the depth slice"}),
            "slice_bottom": ("slice", basis.slices[1:], {"units": "m", "long_name": "lower limit of the depth slice"}),
            "equal_mass": (
                "interval",
                basis.masses,
                {"units": "kg m-2", "long_name": "reference mineral mass of the fine earth"},
            ),
            "criterion": years["criterion"].values.astype(str),
            "zone": years["zone"].values.astype(str),
        },
    )


def _nominal_depths(run: xr.Dataset) -> dict[str, float]:
    """Lower ends (m) of the standard intervals; those of a site's own observations are no part of a comparison."""
    depths = {}
    for name in map(str, run["interval"].values):
        top, bottom = (float(part) for part in name.split("-"))
        if top == 0.0 and bottom in STANDARD_CM:
            depths[name] = 0.01 * bottom
    return depths


def _is_base(run: xr.Dataset, interval: str) -> bool:
    """Whether a stock to this depth is all that the mineral soil holds."""
    organic = run["is_organic"].values.astype(bool)
    whole = run["cSoilLevels"].values[0][~organic].sum()
    return bool(abs(float(run["soc_stock"].sel(interval=interval)[0]) - whole) < 1e-9 * whole)


def _mineral(state: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Faces (m) and mineral masses (kg m-2) of the mineral layers in one state."""
    soil = ~state["is_organic"].values.astype(bool)
    face = np.append(state["depth_top"].values[soil], state["depth_bottom"].values[soil][-1])
    return face, state["mineral_mass"].values[soil]


def _on_equal_mass(states: xr.Dataset, masses: np.ndarray) -> np.ndarray:
    """Carbon above the reference masses [times, intervals]: linear in cumulative mineral mass within a layer."""
    soil = ~states["is_organic"].values.astype(bool)
    carbon = states["cSoilLevels"].values[:, soil]
    mass = np.broadcast_to(states["mineral_mass"].values[..., soil], carbon.shape)
    out = np.full((carbon.shape[0], masses.size), np.nan)
    for t in range(carbon.shape[0]):
        held = np.concatenate([[0.0], np.cumsum(mass[t])])
        cumulative = np.concatenate([[0.0], np.cumsum(carbon[t])])
        reached = masses <= held[-1] * (1.0 + 1e-9)
        out[t, reached] = np.interp(masses[reached], held, cumulative)
    return out


def in_slices(states: xr.Dataset, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean concentration (kg m-3) and Delta14C (permil) between depths, [times, slices]."""
    soil = ~states["is_organic"].values.astype(bool)
    carbon = states["cSoilLevels"].values[:, soil]
    radio = carbon * (1.0 + np.nan_to_num(states["delta14c"].values[:, soil]) / 1000.0)
    tops, bottoms = states["depth_top"].values[:, soil], states["depth_bottom"].values[:, soil]
    held, modern = (np.empty((carbon.shape[0], edges.size - 1)) for _ in range(2))
    for t in range(carbon.shape[0]):
        face = np.append(tops[t], bottoms[t, -1])
        for out, cells in ((held, carbon), (modern, radio)):
            out[t] = np.diff(np.interp(edges, face, np.concatenate([[0.0], np.cumsum(cells[t])])))
    some = np.where(held > 1e-12, held, np.nan)
    return held / np.diff(edges), 1000.0 * (modern / some - 1.0)


def flux_at(run: xr.Dataset, years: xr.Dataset, depth: float) -> np.ndarray:
    """Flux of dissolved carbon through a depth, that in macropores included, NaN below the column [years]."""
    if "dissolved" not in set(map(str, years["mechanism"].values)):
        return np.full(years.sizes["year"], np.nan)
    ways = [way for way in ("dissolved", "bypass") if way in set(map(str, years["mechanism"].values))]
    flux = years["face_flux"].sel(mechanism=ways).sum("mechanism").values
    ends = run.sel(time=years["year"].values + 1.0)
    faces = np.concatenate([ends["depth_top"].values, ends["depth_bottom"].values[:, -1:]], axis=1)
    return np.array(
        [np.interp(depth, z, f) if z[-1] >= depth - 1e-9 else np.nan for z, f in zip(faces, flux, strict=True)]
    )
