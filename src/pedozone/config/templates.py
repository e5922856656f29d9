"""Site files to start from, one per preset."""

from __future__ import annotations

from string import Template
from typing import NamedTuple

from pedozone.config.errors import InputError
from pedozone.parameters.errors import did_you_mean


class _Preset(NamedTuple):
    title: str
    start_cover: str
    history: str
    start_year: int


_STAYS = """\
# The land cover of the start stays. To change it, remove the # below:
# [[history]]
# from_year = 1980
# cover = "cereal-cropland"
# crop = { name = "wheat", yield_t_ha = 6.0, residue_removed_fraction = 0.5 }
"""
_CROPPED = """\
[[history]]
from_year = 1960
cover = "cereal-cropland"
# Plant inputs from the yield (Bolinder et al. 2007): t dry matter per hectare and year; add
# moisture_percent = 15 for grain as it is sold. Delete the line for the preset's own inputs.
crop = { name = "wheat", yield_t_ha = 5.0, residue_removed_fraction = 0.5 }
# Or give the inputs yourself, instead of crop, in kg carbon per square metre and year:
# inputs_kg_c_m2_yr = { leaf = 0.16, root = 0.15, exudate = 0.03 }
# tillage_depth_cm = 23       # 0 for no tillage
# tillage_intensity = 1.56
"""
_FALLOW = """\
[[history]]
from_year = 1960
cover = "bare-fallow"
"""

PRESETS: dict[str, _Preset] = {
    "temperate-grassland": _Preset("Permanent grassland in temperate Europe", "temperate-grassland", _STAYS, 1950),
    "temperate-forest": _Preset("Deciduous forest in temperate Europe", "temperate-forest", _STAYS, 1950),
    "cereal-cropland": _Preset("Cereals after grassland in temperate Europe", "temperate-grassland", _CROPPED, 1950),
    "bare-fallow": _Preset("Bare fallow after grassland in temperate Europe", "temperate-grassland", _FALLOW, 1950),
}

_TEXT = Template("""\
# A site for pedozone: a soil profile, its climate, and what has grown on it.
# Change the values to those of your site. Lines that start with # are comments.
# Check it with 'pedozone validate', simulate it with 'pedozone run'.
schema_version = 1

[site]
name = "$title"
latitude = 50.0         # degrees north; negative in the south
longitude = 10.0        # degrees east; negative in the west
description = "A made-up site to start from."

[climate]
# Twelve monthly means or sums, January to December.
temperature_c = [2.0, 2.6, 5.0, 8.4, 12.7, 15.8, 17.6, 17.3, 13.9, 9.9, 5.6, 3.2]
precipitation_mm = [65, 52, 55, 50, 60, 65, 68, 66, 60, 66, 70, 73]
# Without this line, potential evapotranspiration is estimated from temperature (Thornthwaite).
# potential_evapotranspiration_mm = [8, 12, 30, 55, 85, 95, 100, 85, 55, 30, 12, 8]
source = "made up: 9.5 degC and 750 mm a year"

[soil]
# preset = "luvisol"    # a soil type instead of the horizons below (delete those): 'pedozone list soils'
depth_m = 3.0           # depth of the column
layers = 30             # 10 to 80 layers, thin at the surface
mineral_activity = "high"  # "high": most temperate soils; "low": kaolinite and oxides
# wrb = "Luvisol"       # soil group of the World Reference Base, for the record
# bedrock_depth_m = 1.5 # hard rock, if there is any
# water_table_m = 1.2   # mean depth of the water table; water_table_amplitude_m = 0.4 for its seasons

# Horizons from the top downward, without gaps; the last one reaches down to depth_m.
# Sand, silt and clay are percent of the fine earth and sum to 100.
[[soil.horizon]]
top_cm = 0
bottom_cm = 30
sand_percent = 20
silt_percent = 55
clay_percent = 25
ph = 6.5
coarse_fragments_percent = 0   # stones above 2 mm, percent of the volume
# bulk_density_g_cm3 = 1.3     # of the mineral fine earth; organic matter adds to the volume

[[soil.horizon]]
top_cm = 30
bottom_cm = 300
sand_percent = 20
silt_percent = 55
clay_percent = 25
ph = 6.5

[start]
# "steady": in balance with climate and cover; "pedogenesis": grown from bare parent material;
# "measured": the steady state scaled to carbon measured in [[start.measured]] tables.
mode = "steady"
year = $start_year             # first year simulated
cover = "$start_cover"
# What the preset assumes can be changed here as under [[history]], for instance:
# inputs_kg_c_m2_yr = { leaf = 0.15, root = 0.35, exudate = 0.08 }

# Land covers from then on: $covers; more with 'pedozone list plants'.
$history
# What happened in single years; repeat the table for each event.
# [[event]]
# year = 1995
# what = "manure"              # or "plough", "fire", "drought", "lime" and others
# carbon_t_ha = 3.0

[run]
end_year = 2020         # last year simulated
# model = "pedon"       # or "pedon-core", with fewer pools: 'pedozone list models'
# method = "auto"       # or "first_order": faster, a little less exact
# temperature_response = "lloyd-taylor"   # in place of the model's own; moisture_response
# moisture_response = "moyano"            # likewise: 'pedozone list responses'

# [parameters]          # values instead of those of the parameter set
# mortality_rate = 3.5

# [modes]
# nitrogen = "modelled" # off unless asked for; richards and weathering likewise
# structure = "off"     # or oxygen, rooting, or any process: 'pedozone list processes'

# Measurements to compare with; repeat the table for each value.
# [[observation]]
# variable = "soc_percent"     # or "soc_stock" (kg m-2), "delta14c" (permil)
# year = 2005
# top_cm = 0
# bottom_cm = 30
# value = 2.1
# unit = "%"
# standard_deviation = 0.2
# source = "where it was published"
""")


def new_site_text(preset: str) -> str:
    """A commented site file that is valid as it stands.

    Parameters
    ----------
    preset : str
        One of `PRESETS`.

    Raises
    ------
    InputError
        An unknown preset; the nearest ones are suggested.
    """
    if preset not in PRESETS:
        raise InputError(
            "pedozone new",
            "--preset",
            preset,
            "one of " + ", ".join(PRESETS),
            did_you_mean(preset, PRESETS, otherwise="Choose one of these."),
        )
    chosen = PRESETS[preset]
    return _TEXT.substitute(chosen._asdict(), covers=", ".join(sorted(PRESETS)))
