"""A site year by year, as any model of soil carbon could want it: weather, soil climate, plant inputs, quality."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import Soil, layer_faces
from pedozone.config.radiocarbon import curve_of
from pedozone.config.references import parameters_of
from pedozone.config.site import Site
from pedozone.drivers.atmosphere import Curve
from pedozone.engine.precision import double_precision
from pedozone.history.alteration import Succession
from pedozone.history.amendment import Amendment
from pedozone.history.event import Event
from pedozone.history.harvest import ClearCut, Harvest
from pedozone.history.timeline import Plan
from pedozone.models.pedon import PH_SHIFT_DEPTH
from pedozone.models.pedon_forcing import Forcing
from pedozone.parameters import load_parameters
from pedozone.plants.cover import LandCover
from pedozone.simulation.columns import soil_of
from pedozone.simulation.histories import timeline_of
from pedozone.simulation.mapping.soil_climate import SoilClimate, fine_earth_density, soil_climate

MILLIMETRES = 1000.0
_PHYSICS = ("soil_damping_depth", "groundwater_lateral_depth")
_BRINGING = (ClearCut, Harvest, Amendment)
"""Events of which the carbon that they bring reaches every model."""


class Layers(NamedTuple):
    """The mineral soil of a site; [layers], from the surface down.

    Attributes
    ----------
    face : numpy.ndarray [layers + 1]
        Depths, m.
    sand, silt, clay : numpy.ndarray
        Shares of the fine earth.
    coarse : numpy.ndarray
        Share of the volume that is stones.
    bulk_density : numpy.ndarray
        Of the fine earth, kg m-3.
    """

    face: np.ndarray
    sand: np.ndarray
    silt: np.ndarray
    clay: np.ndarray
    coarse: np.ndarray
    bulk_density: np.ndarray

    @property
    def thickness(self) -> np.ndarray:
        """m [layers]."""
        return np.diff(self.face)

    def mean(self, values: np.ndarray, top: float, bottom: float, *, by_mass: bool = False) -> np.ndarray:
        """Mean of a property [..., layers] between two depths (m), by volume or by the mass of the fine earth."""
        covered = np.clip(np.minimum(self.face[1:], bottom) - np.maximum(self.face[:-1], top), 0.0, None)
        if by_mass:
            covered = covered * self.bulk_density * (1.0 - self.coarse)
        return (np.asarray(values) * covered).sum(axis=-1) / covered.sum()

    def regrid(self, values: np.ndarray, face: np.ndarray, *, by_mass: bool = False) -> np.ndarray:
        """Means of a property [..., layers] in other layers, between faces (m) [cells + 1]; [..., cells]."""
        parts = [self.mean(values, a, b, by_mass=by_mass) for a, b in itertools.pairwise(face)]
        return np.stack(parts, axis=-1)

    def share_above(self, share: np.ndarray, depth: float) -> float:
        """How much of a distribution over the layers, adding up to one, lies above a depth (m)."""
        return float(np.interp(depth, self.face, np.concatenate([[0.0], np.cumsum(share)])))


class Quality(NamedTuple):
    """Litter of a year: what mixes in a succession is weighted by the input.

    Attributes
    ----------
    leaf_lignin, root_lignin : float
        Share of dry matter.
    leaf_carbon_nitrogen, root_carbon_nitrogen, wood_carbon_nitrogen : float
        kg C per kg N.
    """

    leaf_lignin: float
    root_lignin: float
    leaf_carbon_nitrogen: float
    root_carbon_nitrogen: float
    wood_carbon_nitrogen: float


class SiteYear(NamedTuple):
    """One year of a site. Inputs are rates of each month, kg C m-2 yr-1: their mean is the year's sum.

    Attributes
    ----------
    year : int
    cover : str
    covers : tuple of (float, LandCover)
        Land covers with their shares: one, or two in a succession.
    temperature : numpy.ndarray [12]
        Of the air, degC.
    precipitation, evapotranspiration : numpy.ndarray [12]
        mm month-1; potential evapotranspiration.
    climate : SoilClimate
        Temperature and water of the soil and the distribution of roots, by layer.
    leaf, wood, root, exudate : numpy.ndarray [12]
        Plant carbon; `leaf` and `wood` onto the surface (or worked in to `residue_depth`), the others by the roots.
    manure : numpy.ndarray [12]
        Manure and compost, in January.
    quality : Quality
    forcing : Forcing
        Everything else that the zones model is driven by.
    ph : numpy.ndarray [layers]
    depth : float
        Of the site's column, m; roots that would go deeper are in it, as in the zones model.
    """

    year: int
    cover: str
    covers: tuple[tuple[float, LandCover], ...]
    temperature: np.ndarray
    precipitation: np.ndarray
    evapotranspiration: np.ndarray
    climate: SoilClimate
    leaf: np.ndarray
    wood: np.ndarray
    root: np.ndarray
    exudate: np.ndarray
    manure: np.ndarray
    quality: Quality
    forcing: Forcing
    ph: np.ndarray
    depth: float

    @property
    def above(self) -> np.ndarray:
        """Plant carbon given to the surface [12]."""
        return self.leaf + self.wood

    @property
    def below(self) -> np.ndarray:
        """Plant carbon given by roots [12]."""
        return self.root + self.exudate

    @property
    def carbon(self) -> float:
        """All carbon given to the soil in the year, kg C m-2."""
        return float(np.mean(self.above + self.below + self.manure))

    def over_covers(self, value: Any) -> float:
        """A property of land covers (a function of one), weighted by their shares."""
        return float(sum(share * value(cover) for share, cover in self.covers))


@dataclass(frozen=True)
class SiteYears:
    """A site as common ground of models.

    Parameters
    ----------
    site : Site
    layers : Layers
    start : SiteYear
        Climate and cover of the start, which models are in balance with; its water repeats itself.
    years : tuple of SiteYear
        From ``start.year`` to ``run.end_year``.
    curve : Curve
        Atmospheric 14C.
    ignored : tuple of str
        Events without effect on models beside the zones model, in words.
    """

    site: Site
    layers: Layers
    start: SiteYear
    years: tuple[SiteYear, ...]
    curve: Curve
    ignored: tuple[str, ...]

    @property
    def every(self) -> tuple[SiteYear, ...]:
        """The start, then the years."""
        return (self.start, *self.years)

    @property
    def carbon(self) -> np.ndarray:
        """Carbon given to the soil, kg C m-2 yr-1 [years]."""
        return np.array([year.carbon for year in self.years])

    def stack(self, what: Any) -> np.ndarray:
        """A property (a function of a `SiteYear`) of all years, the start left out [years, ...]."""
        return np.stack([what(year) for year in self.years])


def site_years(site: Site) -> SiteYears:
    """Describe a site year by year.

    Parameters
    ----------
    site : Site

    Returns
    -------
    SiteYears
        NumPy arrays.
    """
    with double_precision():
        timeline = timeline_of(site)
        values = {**load_parameters("pedon").values(), **parameters_of(site).values()}
        slots = site.soil.organic_slots
        whole = soil_of(site, values)
        soil = jax.tree.map(lambda a: np.asarray(a)[slots:], whole)
        face = layer_faces(site.soil.depth_m, site.soil.layers)
        measured = 1000.0 * site.soil.profile("bulk_density_g_cm3", face[:-1], face[1:])
        texture = {name: np.asarray(getattr(soil, name))[:, 0] for name in ("sand", "silt", "clay", "coarse")}
        layers = Layers(face=face, bulk_density=fine_earth_density(soil, face, measured), **texture)
        physics = {name: jnp.asarray(values[name]) for name in _PHYSICS}
        known = {cover.name: cover for _, cover in site.land_cover_segments()}
        ground = _Ground(soil, face, physics, known)
        first_cover = site.land_cover_segments()[0][1]
        first = Plan(site.start.year, first_cover.name, timeline.first, (), ())
        start = _year(ground, first, None)
        years, water = [], start.climate.water
        for number in site.years:
            now = _year(ground, timeline.year(number), water)
            water = now.climate.water
            years.append(now)
        return SiteYears(site, layers, start, tuple(years), curve_of(site), _ignored(timeline.events))


@dataclass(frozen=True)
class _Ground:
    soil: Soil
    face: np.ndarray
    physics: Mapping[str, Any]
    covers: Mapping[str, LandCover]


def _year(ground: _Ground, plan: Plan, water: np.ndarray | None) -> SiteYear:
    forcing = plan.forcing
    soil = plan.soil(ground.soil, ground.face[:, None])
    centre = 0.5 * (ground.face[1:] + ground.face[:-1])
    ph = np.asarray(soil.ph)[:, 0] + _one(forcing.ph_shift) * np.exp(-centre / PH_SHIFT_DEPTH)
    climate = soil_climate(soil, ground.face, jax.tree.map(jnp.asarray, forcing), ground.physics, water)
    covers = _covers(ground, plan)
    leaf, wood, root, manure = _brought(plan)
    by_leaf, by_root = 12.0 * _monthly(forcing.leaf_phenology), 12.0 * _monthly(forcing.root_phenology)
    return SiteYear(
        year=plan.year,
        cover=plan.cover,
        covers=covers,
        temperature=_monthly(forcing.temperature),
        precipitation=MILLIMETRES * _monthly(forcing.precipitation),
        evapotranspiration=MILLIMETRES * _monthly(forcing.potential_evapotranspiration),
        climate=climate,
        leaf=by_leaf * _one(forcing.leaf_input) + leaf,
        wood=np.full(12, _one(forcing.wood_input)) + wood,
        root=by_root * _one(forcing.root_input) + root,
        exudate=by_root * _one(forcing.exudate_input),
        manure=manure,
        quality=_quality(covers, forcing),
        forcing=forcing,
        ph=ph,
        depth=float(ground.face[-1]),
    )


def _monthly(values: Any) -> np.ndarray:
    return np.asarray(values, dtype=float)[:, 0]


def _one(value: Any) -> float:
    return float(np.asarray(value).reshape(-1)[0])


def _covers(ground: _Ground, plan: Plan) -> tuple[tuple[float, LandCover], ...]:
    """Land covers of a year by name; a succession mixes two."""
    passing = [a for a in plan.alterations if isinstance(a, Succession)]
    name = plan.cover.split(" to ")[0] if passing else plan.cover
    covers = [(1.0, ground.covers[name])]
    for succession in passing:
        share = succession.extent(plan.year)
        covers = [((1.0 - share) * weight, cover) for weight, cover in covers]
        covers.append((share, ground.covers.get(succession.name, covers[0][1])))
    return tuple(covers)


def _quality(covers: Sequence[tuple[float, LandCover]], forcing: Forcing) -> Quality:
    def lignin(part: str) -> float:
        weights = [share * getattr(cover, f"{part}_input") for share, cover in covers]
        lignins = [getattr(cover, f"{part}_lignin") for _, cover in covers]
        return float(np.average(lignins, weights=weights if sum(weights) > 0.0 else [share for share, _ in covers]))

    return Quality(
        lignin("leaf"),
        lignin("root"),
        _one(forcing.leaf_carbon_nitrogen),
        _one(forcing.root_carbon_nitrogen),
        _one(forcing.wood_carbon_nitrogen),
    )


def _brought(plan: Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Leaf, wood, root and manure carbon that events bring, as rates of January (kg C m-2 yr-1) [12]."""
    leaf = wood = root = manure = 0.0
    for event in plan.events:
        match event:
            case ClearCut():
                leaf += event.years * _one(plan.forcing.leaf_input) if event.leaf is None else _one(event.leaf)
                root += event.years * _one(plan.forcing.root_input) if event.root is None else _one(event.root)
                wood += event.wood
            case Harvest():
                leaf += event.residues
            case Amendment():
                manure += event.carbon
    january = np.zeros(12)
    january[0] = 12.0
    return leaf * january, wood * january, root * january, manure * january


def _ignored(events: Mapping[int, Sequence[Event]]) -> tuple[str, ...]:
    """What happens at the site that only the zones model knows of, with its years."""
    found: dict[str, list[int]] = {}
    for year in sorted(events):
        for event in events[year]:
            if not isinstance(event, _BRINGING):
                found.setdefault(event.what, []).append(year)
            elif isinstance(event, Harvest) and event.litter_removed > 0.0:
                found.setdefault("removal of litter", []).append(year)
    return tuple(
        f"{what} ({years[0] if len(set(years)) == 1 else f'{len(years)} times, {years[0]}-{years[-1]}'})"
        for what, years in found.items()
    )


def steady(site: Site) -> Site:
    """The same site, in balance with its start: without scaling to measured carbon and without soil formation."""
    if site.start.mode == "steady":
        return site
    start = site.start.model_copy(update={"mode": "steady", "measured": []})
    changed = site.model_copy(update={"start": start})
    return changed
