"""Views of a run's dataset that several figures and tables share."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pedozone.report.numbers import T_HA_PER_KG_M2

if TYPE_CHECKING:
    import xarray as xr

# Below this a layer's concentration is noise of a vanishing thickness.
THINNEST_M = 1e-3
MOST_POINTS = 300
# An organic layer thinner than this share of the depth axis cannot be seen at scale.
VISIBLE_SHARE = 0.012


def thinned(ds: xr.Dataset) -> xr.Dataset:
    """Keep at most `MOST_POINTS` evenly spaced states and years, first and last included."""
    chosen = {}
    for name in ("time", "year"):
        size = ds.sizes.get(name, 0)
        if size > MOST_POINTS:
            chosen[name] = np.unique(np.linspace(0, size - 1, MOST_POINTS).round().astype(int))
    return ds.isel(chosen) if chosen else ds


def middle_of_year(ds: xr.Dataset) -> np.ndarray:
    """Abscissa of a year's flux: its middle."""
    return ds["year"].values + 0.5


def state_label(ds: xr.Dataset, index: int) -> str:
    """Say which moment a state is: start of 1950, end of 2014."""
    time = float(ds["time"][index])
    if not math.isclose(time, round(time), abs_tol=1e-6):
        return f"{time:.1f}"
    first = index in (0, -ds.sizes["time"])
    return f"start of {time:.0f}" if first else f"end of {time - 1:.0f}"


def attribute_json(ds: xr.Dataset, name: str) -> Any:
    """Read an attribute that holds JSON; None where it is absent or is no JSON."""
    raw = ds.attrs.get(name)
    if not isinstance(raw, str):
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return None


@dataclass(frozen=True)
class ProfileState:
    """Layers of one state, drawn parts only.

    Attributes
    ----------
    index : int
        Place of the state along `time`.
    layers : numpy.ndarray
        Indices of the layers drawn, top to bottom.
    edges_cm : numpy.ndarray
        Their limits, one more than layers; negative above the mineral surface.
    thickness : numpy.ndarray
        m.
    organic_note : str
        What the organic layer holds where it is too thin to be drawn at scale; else empty.
    """

    index: int
    layers: np.ndarray
    edges_cm: np.ndarray
    thickness: np.ndarray
    organic_note: str

    def concentration(self, stock: np.ndarray) -> np.ndarray:
        """Stocks by layer (last axis, kg m-2) as kg m-3, NaN where a layer is all but gone."""
        part = np.asarray(stock)[..., self.layers]
        thick = self.thickness >= THINNEST_M
        return np.where(thick, part / np.where(thick, self.thickness, 1.0), np.nan)


def profile_state(ds: xr.Dataset, index: int, *, organic: bool = True) -> ProfileState:
    """Choose the layers of state `index` that a profile figure draws."""
    top = ds["depth_top"].values[index]
    bottom = ds["depth_bottom"].values[index]
    is_organic = ds["is_organic"].values.astype(bool)
    deepest = float(np.nanmax(bottom))
    organic_thickness = float(np.nansum(np.where(is_organic, bottom - top, 0.0)))
    to_scale = organic and organic_thickness >= VISIBLE_SHARE * deepest
    layers = np.flatnonzero(~is_organic | to_scale)
    note = ""
    if organic and is_organic.any() and not to_scale:
        stock = float(ds["cSoilLevels"].values[index][is_organic].sum())
        if organic_thickness < THINNEST_M:
            note = f"litter {stock:.2f} kg C m⁻²\n" if stock >= 0.005 else "no organic layer\n"
        else:
            note = f"organic layer {100 * organic_thickness:.1f} cm,\n{stock:.2f} kg C m⁻²"
    edges = 100 * np.append(top[layers], bottom[layers][-1])
    return ProfileState(index, layers, edges, (bottom - top)[layers], note)


def deepest_cm(ds: xr.Dataset) -> float:
    """Lower end of the column, cm."""
    return 100 * float(np.nanmax(ds["depth_bottom"].values))


def has_peat(ds: xr.Dataset) -> bool:
    """Tell whether the organic layer is peat, not the litter of a mineral soil."""
    from pedozone.simulation.summary import is_peat  # with JAX behind it, which figures do without

    return is_peat(ds)


def peat_surface(ds: xr.Dataset) -> np.ndarray:
    """Height of the peat's surface above the mineral soil by year, m: what is added to a depth to reckon from there.

    Zero in a mineral soil, where depths are reckoned from the mineral surface.
    """
    if not has_peat(ds):
        return np.zeros(ds.sizes["year"])
    return -ds["depth_top"].values[1:, 0]


def organic_stocks(ds: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Carbon of the organic layer and of the whole column by state, t C/ha; none where the dataset has no layers."""
    if "cSoilLevels" not in ds.variables or "is_organic" not in ds.variables:
        return np.zeros(ds.sizes["time"]), np.zeros(ds.sizes["time"])
    levels = ds["cSoilLevels"].values * T_HA_PER_KG_M2
    return levels[:, ds["is_organic"].values.astype(bool)].sum(axis=1), levels.sum(axis=1)


def shallowest_cm(ds: xr.Dataset) -> float:
    """Upper end of a depth axis, cm: the top of an organic layer that can be seen at scale, else the mineral soil."""
    top = 100 * float(np.nanmin(ds["depth_top"].values))
    return top if -top >= VISIBLE_SHARE * deepest_cm(ds) else 0.0


def has_change(ds: xr.Dataset) -> bool:
    """Tell whether start and end of the run differ enough to be drawn twice."""
    total = ds["cSoilLevels"].values
    return bool(np.abs(total[-1] - total[0]).sum() > 1e-3 * np.abs(total[0]).sum())


def pool_roles(ds: xr.Dataset) -> list[str]:
    """Role of every pool, empty where the dataset does not tell."""
    if "pool_role" in ds.variables:
        return [str(role) for role in ds["pool_role"].values]
    return [""] * ds.sizes["pool"]


@dataclass(frozen=True)
class CoverPeriod:
    """A stretch of years under one land cover, both ends included."""

    cover: str
    first: int
    last: int


def cover_periods(ds: xr.Dataset) -> list[CoverPeriod]:
    """Land covers of the run in order."""
    if "land_cover" not in ds.variables:
        return []
    years = ds["year"].values.astype(int)
    covers = ds["land_cover"].values.astype(str)
    starts = np.flatnonzero(np.append(True, covers[1:] != covers[:-1]))
    ends = np.append(starts[1:], covers.size) - 1
    return [CoverPeriod(str(covers[i]), int(years[i]), int(years[j])) for i, j in zip(starts, ends, strict=True)]


def cover_marks(ds: xr.Dataset) -> dict[str, str]:
    """Letter that stands for each land cover where its name has no room, in order."""
    covers = dict.fromkeys(period.cover for period in cover_periods(ds))
    return {cover: chr(ord("A") + place % 26) for place, cover in enumerate(covers)}


def cover_base(cover: str) -> str:
    """Land cover without the year from which its settings differ: bare-fallow from 1967."""
    return cover.partition(" from ")[0]


def cover_words(cover: str) -> str:
    """Name of a land cover as words."""
    return cover.replace("_", " ").replace("-", " ")


def years_by_status(ds: xr.Dataset, criterion: str) -> dict[str, list[int]]:
    """Years with each status of one criterion's boundary, statuses in order of appearance."""
    found: dict[str, list[int]] = {}
    status = ds["boundary_status"].sel(criterion=criterion).values.astype(str)
    for year, name in zip(ds["year"].values.astype(int), status, strict=True):
        found.setdefault(str(name), []).append(int(year))
    return found


@dataclass(frozen=True)
class StatusPeriod:
    """A stretch of years with one status of the boundary, both ends included."""

    status: str
    first: int
    last: int


def status_periods(ds: xr.Dataset, criterion: str) -> list[StatusPeriod]:
    """Status of one criterion's boundary through the run."""
    years = ds["year"].values.astype(int)
    status = ds["boundary_status"].sel(criterion=criterion).values.astype(str)
    starts = np.flatnonzero(np.append(True, status[1:] != status[:-1]))
    ends = np.append(starts[1:], status.size) - 1
    return [StatusPeriod(str(status[i]), int(years[i]), int(years[j])) for i, j in zip(starts, ends, strict=True)]


def band_edges(ds: xr.Dataset, criterion: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Depths (m) where w = 3/4 and w = 1/4 around the boundary, by year; None where not given."""
    if "boundary_upper" not in ds.variables or "boundary_lower" not in ds.variables:
        return None
    chosen = ds.sel(criterion=criterion)
    return chosen["boundary_upper"].values, chosen["boundary_lower"].values


def main_criterion(ds: xr.Dataset) -> str:
    """Name of the criterion that defines the zones: `dom_fate`, or the dataset's first."""
    names = [str(name) for name in ds["criterion"].values]
    return "dom_fate" if "dom_fate" in names else names[0]


def main_horizon(ds: xr.Dataset) -> float:
    """Horizon T (yr) of the reported boundary: 10, or the dataset's first."""
    horizons = [float(value) for value in ds["horizon"].values]
    return 10.0 if 10.0 in horizons else horizons[0]


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return `value` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}
