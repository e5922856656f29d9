"""From a site to the arrays of a column: what it is made of and what drives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pedozone.column.geometry import Soil, layer_faces
from pedozone.config.site import Site
from pedozone.config.soil import Soil as SoilSection
from pedozone.models.pedon_forcing import Forcing
from pedozone.physics.evapotranspiration import thornthwaite
from pedozone.physics.groundwater import NO_WATER_TABLE, seasonal_water_table
from pedozone.physics.pedotransfer import mineral_bulk_density
from pedozone.plants.cover import LandCover
from pedozone.plants.production import NITROGEN_RESIDENCE
from pedozone.processes.minerals import REFERENCE, weathered_capacity

CAPILLARY_FRINGE = 0.5
"""Height (m) above the highest water table to which groundwater sets the exchangeable cations; by judgement."""
CALCIUM_SHARE = 0.8
"""Calcium as a share of the exchangeable bases other than sodium, where it is not measured; recalled."""
HIGHEST = 2.5
"""When groundwater stands highest in the north, months since the start of the year; half a year later in the south."""


def soil_of(site: Site, parameters: Mapping[str, float]) -> Soil:
    """Describe the column of a site, organic slots first, batch of one.

    The mineral mass of a layer is what its nominal thickness holds at the bulk density of the mineral constituent:
    the modelled one, or the measured bulk density where there is one (the organic matter then adds to the volume).

    Parameters
    ----------
    site : Site
    parameters : mapping of str to float

    Returns
    -------
    Soil
        NumPy arrays [cells, 1]; oxides and cations are NaN where the site does not tell them, and in organic slots.
    """
    soil = site.soil
    slots = soil.organic_slots
    faces = layer_faces(soil.depth_m, soil.layers)
    top, bottom = faces[:-1], faces[1:]
    texture = {name: soil.profile(f"{name}_percent", top, bottom) / 100.0 for name in ("sand", "silt", "clay")}
    coarse = soil.profile("coarse_fragments_percent", top, bottom) / 100.0
    centre = 0.5 * (top + bottom)
    modelled = np.asarray(mineral_bulk_density(texture["sand"], texture["clay"], centre))
    measured = 1000.0 * soil.profile("bulk_density_g_cm3", top, bottom)
    density = np.where(np.isnan(measured), modelled, measured)
    key = "capacity_high_activity" if soil.mineral_activity == "high" else "capacity_low_activity"
    mass = density * (bottom - top) * (1.0 - coarse)

    def cells(values: np.ndarray | float, organic: float = 0.0) -> Any:
        layers = np.broadcast_to(np.asarray(values, dtype=float), (soil.layers,))
        return np.concatenate([np.full(slots, organic), layers])[:, None]

    column = Soil(
        mineral_mass=cells(mass),
        sand=cells(texture["sand"]),
        silt=cells(texture["silt"]),
        clay=cells(texture["clay"]),
        coarse=cells(coarse),
        ph=cells(soil.profile("ph", top, bottom), organic=float(soil.horizon[0].ph)),
        mineral_density=cells(density, organic=1000.0),
        capacity=cells(parameters[key] / 1000.0),
        clay_activity=cells(
            REFERENCE.clay_activity if soil.mineral_activity == "high" else REFERENCE.low_clay_activity
        ),
        **{name: cells(values, organic=np.nan) for name, values in _surfaces(soil, top, bottom).items()},
    )
    if soil.age_years is None:
        return column
    return column._replace(capacity=np.asarray(weathered_capacity(column, soil.age_years, dict(parameters))))


def _surfaces(soil: SoilSection, top: np.ndarray, bottom: np.ndarray) -> dict[str, np.ndarray]:
    """Oxides, cations and salt of the mineral layers in the units of `Soil`, NaN where they are not known."""
    bases = _with_groundwater(
        soil,
        soil.profile("base_saturation_percent", top, bottom) / 100.0,
        soil.groundwater_base_saturation_percent,
        REFERENCE.base_saturation,
        bottom,
    )
    sodium = _with_groundwater(
        soil,
        soil.profile("exchangeable_sodium_percent", top, bottom) / 100.0,
        soil.groundwater_sodium_percent,
        REFERENCE.exchangeable_sodium,
        bottom,
    )
    exchange = soil.profile("cation_exchange_capacity_cmol_kg", top, bottom)
    calcium = soil.profile("exchangeable_calcium_cmol_kg", top, bottom)
    others = np.maximum(bases - np.where(np.isnan(sodium), REFERENCE.exchangeable_sodium, sodium), 0.0)
    return {
        "oxides": soil.profile("oxides_percent", top, bottom) / 100.0,
        "base_saturation": bases,
        "cation_exchange_capacity": exchange,
        "exchangeable_sodium": sodium,
        "exchangeable_calcium": np.where(np.isnan(calcium), CALCIUM_SHARE * others * exchange, calcium),
        "salinity": soil.profile("electrical_conductivity_ds_m", top, bottom),
    }


def _with_groundwater(
    soil: SoilSection, share: np.ndarray, percent: float | None, otherwise: float, bottom: np.ndarray
) -> np.ndarray:
    """A share of the exchange sites, that of the groundwater below the mean water table and fading out above it."""
    if percent is None or soil.water_table_m is None:
        return share
    rise = CAPILLARY_FRINGE + (soil.water_table_amplitude_m or 0.0)
    reached = np.clip(1.0 + (bottom - soil.water_table_m) / rise, 0.0, 1.0)
    known = np.where(np.isnan(share), otherwise, share)
    return np.where(reached > 0.0, (1.0 - reached) * known + reached * percent / 100.0, share)


def water_table_of(site: Site) -> np.ndarray:
    """Depth of the water table in the middle of every month, m below the ground (litter or peat included).

    A wave about the mean with its highest stand at the end of winter, when recharge has refilled the groundwater. What
    changes it in the course of years is an alteration of the time line.

    Returns
    -------
    numpy.ndarray [12]
        `NO_WATER_TABLE` where the site has none; below 0 where water stands on the surface.
    """
    soil = site.soil
    if soil.water_table_m is None:
        return np.full(12, NO_WATER_TABLE)
    mean, amplitude = np.array([soil.water_table_m]), np.array([soil.water_table_amplitude_m or 0.0])
    highest = HIGHEST + (6.0 if site.site.latitude < 0 else 0.0)
    return np.asarray(seasonal_water_table(mean, amplitude, highest))[:, 0]


def forcing_of(site: Site, cover: LandCover) -> Forcing:
    """The repeated year of a site under a land cover, batch of one.

    Returns
    -------
    Forcing
        NumPy arrays [1], the monthly ones [12, 1].
    """
    climate = site.climate
    potential: Sequence[float] | np.ndarray | None = climate.potential_evapotranspiration_mm
    if potential is None:
        potential = thornthwaite(np.asarray(climate.temperature_c), site.site.latitude)
    given = {
        "temperature": climate.temperature_c,
        "precipitation": np.asarray(climate.precipitation_mm) / 1000.0,
        "potential_evapotranspiration": np.asarray(potential) / 1000.0,
    }
    named = [name for name in Forcing._fields if name not in Forcing._field_defaults]
    given |= {"water_table": water_table_of(site), "adjustment": 1.0}
    given |= {"nitrogen_residence": NITROGEN_RESIDENCE[cover.growth_form]}
    values: dict[str, Any] = {name: given[name] if name in given else getattr(cover, name) for name in named}
    arrays: dict[str, Any] = {name: np.asarray(value, dtype=float)[..., None] for name, value in values.items()}
    return Forcing(**arrays)
