"""The numbers of a land cover: their units and the ranges in which they are accepted."""

from __future__ import annotations

#: Unit, lower and upper bound of every number; the phenologies are checked by themselves.
RANGES: dict[str, tuple[str, float, float]] = {
    "leaf_input": ("kg C m-2 yr-1", 0.0, 5.0),
    "root_input": ("kg C m-2 yr-1", 0.0, 5.0),
    "exudate_input": ("kg C m-2 yr-1", 0.0, 5.0),
    "leaf_metabolic_fraction": ("1", 0.0, 1.0),
    "root_metabolic_fraction": ("1", 0.0, 1.0),
    "root_beta": ("1", 0.5, 0.9999),
    "rooting_depth": ("m", 0.01, 20.0),
    "residue_depth": ("m", 0.0, 1.0),
    "bioturbation_factor": ("1", 0.0, 20.0),
    "anecic_factor": ("1", 0.0, 20.0),
    "structural_decay_factor": ("1", 0.0, 5.0),
    "tillage_depth": ("m", 0.0, 1.0),
    "tillage_intensity": ("1", 0.0, 20.0),
    "canopy_cover": ("1", 0.0, 1.0),
    "surface_temperature_amplitude": ("1", 0.0, 3.0),
    "surface_temperature_offset": ("K", -10.0, 10.0),
    "transpiration_fraction": ("1", 0.0, 1.0),
    "ph_shift": ("pH units", -5.0, 5.0),
    "wood_input": ("kg C m-2 yr-1", 0.0, 5.0),
    "harvest": ("kg C m-2 yr-1", 0.0, 5.0),
    "net_primary_production": ("kg C m-2 yr-1", 0.0, 10.0),
    "reference_temperature": ("degC", -40.0, 40.0),
    "reference_precipitation": ("mm yr-1", 1.0, 15000.0),
    "trait_position": ("1", 0.0, 1.0),
    "mycorrhizal_fraction": ("1", 0.0, 1.0),
    "rooting_time": ("yr", 0.1, 200.0),
    "leaf_carbon_nitrogen": ("kg C (kg N)-1", 5.0, 500.0),
    "root_carbon_nitrogen": ("kg C (kg N)-1", 5.0, 500.0),
    "wood_carbon_nitrogen": ("kg C (kg N)-1", 20.0, 2000.0),
    "leaf_lignin": ("1", 0.0, 0.7),
    "root_lignin": ("1", 0.0, 0.7),
    "nitrogen_fixation": ("kg N m-2 yr-1", 0.0, 0.1),
    "nitrogen_deposition": ("kg N m-2 yr-1", 0.0, 0.05),
    "critical_nitrogen_load": ("kg N ha-1 yr-1", 1.0, 1000.0),
}

PHENOLOGIES = ("leaf_phenology", "root_phenology")

#: What a plant may look like; `pedozone.plants.traits` knows the ends of the trait axis for each.
GROWTH_FORMS = ("grass", "crop", "broadleaf", "needleleaf", "shrub", "moss")


def unit_of(name: str) -> str:
    """Unit of a field of a land cover."""
    return RANGES[name][0] if name in RANGES else "1"
