"""What drives a pedon for a year, and what it carries from year to year beside carbon."""

from __future__ import annotations

from typing import NamedTuple

import jax

from pedozone.processes.environment import Held
from pedozone.processes.mineral_nitrogen import Nitrogen

Array = jax.Array

AT_ONCE = 1e9
"""Years by which slow physical states adjust in a spin-up: to their target."""


class Forcing(NamedTuple):
    """Weather, cover and management of one year; [batch], the monthly ones [12, batch]."""

    temperature: Array  # degC
    precipitation: Array  # m month-1
    potential_evapotranspiration: Array  # m month-1
    leaf_input: Array  # kg C m-2 yr-1
    root_input: Array
    exudate_input: Array
    leaf_phenology: Array  # [12, batch], adding up to one
    root_phenology: Array  # [12, batch]
    leaf_metabolic_fraction: Array
    root_metabolic_fraction: Array
    root_beta: Array
    rooting_depth: Array  # m
    residue_depth: Array  # m, 0: onto the organic slot
    bioturbation_factor: Array
    anecic_factor: Array
    structural_decay_factor: Array
    tillage_depth: Array  # m
    tillage_intensity: Array
    surface_temperature_amplitude: Array
    surface_temperature_offset: Array  # K
    transpiration_fraction: Array
    ph_shift: Array
    wood_input: Array  # kg C m-2 yr-1
    mycorrhizal_fraction: Array
    rooting_time: Array  # yr
    water_table: Array  # [12, batch], m below the mineral surface
    adjustment: Array  # yr by which slow physical states adjust; `AT_ONCE` in a spin-up
    leaf_carbon_nitrogen: Array  # kg C per kg N
    root_carbon_nitrogen: Array
    wood_carbon_nitrogen: Array
    nitrogen_deposition: Array  # kg N m-2 yr-1
    nitrogen_fixation: Array
    nitrogen_fertiliser: Array
    nitrogen_limitation: Array  # 1: production is held back by the nitrogen that plants find, 0: it is not
    nitrogen_residence: Array  # yr, of nitrogen in plants
    held: Held | None = None


class Physical(NamedTuple):
    """What a column carries from year to year beside carbon; [cells, batch] unless said."""

    water: Array  # m
    connectivity: Array  # of macropores, logarithm relative to the reference
    porosity: Array  # of macropores, likewise
    swelling: Array  # of fine earth by structure, relative to the reference
    rooting_depth: Array  # [batch], m
    nitrogen: Nitrogen | None = None  # where it is modelled
