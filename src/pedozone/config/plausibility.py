"""What is allowed in a site file and yet hardly meant: notes, not errors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pedozone.plants.cover import LandCover
from pedozone.plants.production import climate_scale

if TYPE_CHECKING:
    from pedozone.config.site import Site

DRIEST = 100.0
"""Precipitation (mm yr-1) below which a unit may be mistaken: hyperarid deserts have less."""

SEASONAL = 25.0
"""Latitude (degrees) from which on summer is in the hemisphere's own half of the year."""

SCALES = 0.3, 3.0
"""Production of the climate over that of the cover's own, outside of which the plant hardly belongs there."""

FAR = 12.0
"""Annual mean temperature (K) from that of the cover's own climate beyond which likewise."""

MOST_INPUT = 2.0
"""Plant carbon (kg m-2 yr-1) above which no ecosystem lies that reviews of net primary production know; recalled."""

MOST_STONES = 90.0
"""Coarse fragments (% by volume) above which there is hardly any soil."""


def plausibility_notes(site: Site) -> list[str]:
    """What a person may want to check: climate, plants and soil that hardly go together."""
    return [*_climate(site), *_plants(site), *_clear_cuts(site), *_soil(site)]


def _climate(site: Site) -> list[str]:
    climate, found = site.climate, []
    rain = math.fsum(climate.precipitation_mm)
    if rain < DRIEST:
        found.append(
            f"climate.precipitation_mm adds up to {rain:g} mm a year, a desert's: are these centimetres or metres?"
        )
    latitude = site.site.latitude
    summer = math.fsum(climate.temperature_c[3:9]) - math.fsum(climate.temperature_c[:3] + climate.temperature_c[9:])
    if abs(latitude) > SEASONAL and summer * latitude < 0.0:
        found.append(
            f"climate.temperature_c is warmest in the winter of latitude {latitude:g}: do the months begin in January, "
            "and has site.latitude the right sign?"
        )
    table, swing = site.soil.water_table_m, site.soil.water_table_amplitude_m
    if table is not None and swing is not None and swing > table + 0.5:
        found.append(
            f"soil.water_table_amplitude_m = {swing:g} lets water stand {swing - table:.2g} m above the ground."
        )
    return found


def _plants(site: Site) -> list[str]:
    found: list[str] = []
    told: set[str] = set()
    for year, cover in site.land_cover_segments():
        if cover.preset not in told and cover.total_input > 0.0:
            told.add(cover.preset)
            found += _one_cover(site, year, cover)
    return found


def _clear_cuts(site: Site) -> list[str]:
    """Fellings where nothing woody grows, neither in that year nor in the one before."""
    segments = site.land_cover_segments()

    def grows(year: int) -> LandCover:
        return [segments[0][1], *(cover for first, cover in segments if first <= year)][-1]

    found = []
    for number, event in enumerate(site.event, start=1):
        for year in event.all_years if event.what == "clear-cut" else ():
            before, now = grows(year - 1), grows(year)
            if before.wood_input == now.wood_input == 0.0:
                found.append(f"event[{number}] (clear-cut, {year}) falls on {now.preset}, which brings no wood.")
    return found


def _one_cover(site: Site, year: int, cover: LandCover) -> list[str]:
    which = f"{cover.preset} (from {year})"
    if cover.total_input > MOST_INPUT:
        return [f"{which} gives {cover.total_input:.3g} kg C m-2 a year to the soil; most ecosystems give 0.2 to 1.5."]
    if any(record.status == "user" for name, record in cover.records.items() if name.endswith("_input")):
        return []
    scale = climate_scale(cover, site.conditions)
    warmer = site.conditions.temperature - cover.reference_temperature
    if SCALES[0] <= scale <= SCALES[1] and abs(warmer) <= FAR:
        return []
    return [
        f"{which} keeps the inputs of its own climate, {cover.reference_temperature:g} degC and "
        f"{cover.reference_precipitation:g} mm; the climate here would let plants grow {scale:.2g} times as much. "
        "Choose another cover, write production = 'climate', or give inputs_kg_c_m2_yr."
    ]


def _soil(site: Site) -> list[str]:
    return [
        f"soil.horizon[{number}].coarse_fragments_percent = {horizon.coarse_fragments_percent:g}: hardly any soil "
        "is left between the stones; is this the share of the volume?"
        for number, horizon in enumerate(site.soil.horizon, start=1)
        if horizon.coarse_fragments_percent > MOST_STONES
    ]
