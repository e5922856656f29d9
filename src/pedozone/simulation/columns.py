"""From a site to the arrays of a column: what it is made of and what drives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pedozone.column.geometry import Soil, layer_faces
from pedozone.config.site import Site
from pedozone.models.pedon_forcing import NO_WATER_TABLE, Forcing
from pedozone.physics.evapotranspiration import thornthwaite
from pedozone.physics.pedotransfer import mineral_bulk_density
from pedozone.plants.cover import LandCover


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
        NumPy arrays [cells, 1].
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

    return Soil(
        mineral_mass=cells(mass),
        sand=cells(texture["sand"]),
        silt=cells(texture["silt"]),
        clay=cells(texture["clay"]),
        coarse=cells(coarse),
        ph=cells(soil.profile("ph", top, bottom), organic=float(soil.horizon[0].ph)),
        mineral_density=cells(density, organic=1000.0),
        capacity=cells(parameters[key] / 1000.0),
    )


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
    table = NO_WATER_TABLE if site.soil.water_table_m is None else site.soil.water_table_m
    given |= {"water_table": np.full(12, table), "adjustment": 1.0, "rooting_time": 10.0}
    given |= {"leaf_carbon_nitrogen": 30.0, "root_carbon_nitrogen": 45.0, "wood_carbon_nitrogen": 300.0}
    values: dict[str, Any] = {name: given[name] if name in given else getattr(cover, name, 0.0) for name in named}
    arrays: dict[str, Any] = {name: np.asarray(value, dtype=float)[..., None] for name, value in values.items()}
    return Forcing(**arrays)
