"""The columns that observed profiles have: names, units, ranges.

Four tables. A *site* is a place; a *profile* is a pit or core on it, of one survey; a *layer* is a depth interval of a
profile; a *fraction* is a part of a layer's soil. Depths count in cm from the surface of the mineral soil, negative
above it; in a profile that is organic throughout (`peat`) from the surface. Everything relates to the fine earth, below
2 mm.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["number", "text", "flag"]


class Field(NamedTuple):
    """A column.

    Attributes
    ----------
    name, table : str
    unit : str
        Empty for texts and flags.
    kind : {"number", "text", "flag"}
    lower, upper : float
        Physically possible range, both ends included; a value outside is set missing and reported.
    description : str
    """

    name: str
    table: str
    unit: str
    kind: Kind
    lower: float
    upper: float
    description: str


_NONE = float("-inf"), float("inf")


def _number(table: str, name: str, unit: str, lower: float, upper: float, description: str) -> Field:
    return Field(name, table, unit, "number", lower, upper, description)


def _text(table: str, name: str, description: str) -> Field:
    return Field(name, table, "", "text", *_NONE, description)


def _flag(table: str, name: str, description: str) -> Field:
    return Field(name, table, "", "flag", *_NONE, description)


SITE = (
    _text("site", "site_id", "name of the place, unique within the set"),
    _number("site", "latitude", "degrees_north", -90, 90, "WGS 84"),
    _number("site", "longitude", "degrees_east", -180, 180, "WGS 84"),
    _number("site", "elevation_m", "m", -500, 9000, "above sea level"),
    _number("site", "mean_annual_temperature_c", "degC", -40, 45, "of the air"),
    _number("site", "mean_annual_precipitation_mm", "mm", 0, 15_000, "of a year"),
    _text("site", "country", "name or code"),
    _text("site", "source", "study or data set, for citation"),
    _text("site", "doi", "of the source, without resolver"),
    _text("site", "licence", "of the source"),
)

PROFILE = (
    _text("profile", "profile_id", "name of the profile, unique within the set"),
    _text("profile", "site_id", "its site"),
    _number("profile", "sampling_year", "year", 1800, 2100, "calendar year"),
    _text("profile", "land_cover", "as reported"),
    _text("profile", "treatment", "experimental treatment; empty or 'control' where there is none"),
    _flag("profile", "peat", "organic throughout: depths count from the surface"),
    _text("profile", "wrb", "reference soil group of the World Reference Base"),
    _text("profile", "usda", "order or lower class of Soil Taxonomy"),
    _text("profile", "fao", "unit of the FAO legend of 1974 or 1988"),
    _text("profile", "climate_class", "Köppen and Geiger"),
    _text("profile", "parent_material", "as reported"),
)

LAYER = (
    _text("layer", "layer_id", "name of the layer, unique within the set"),
    _text("layer", "profile_id", "its profile"),
    _number("layer", "top_cm", "cm", -500, 10_000, "upper depth"),
    _number("layer", "bottom_cm", "cm", -500, 10_000, "lower depth"),
    _text("layer", "horizon", "designation"),
    _flag("layer", "organic", "organic material: above the mineral soil, or by its horizon or carbon"),
    _number("layer", "soc_percent", "% by mass of fine earth", 0, 65, "organic carbon"),
    _number("layer", "soc_percent_sd", "% by mass of fine earth", 0, 30, "its standard uncertainty"),
    _number("layer", "total_carbon_percent", "% by mass of fine earth", 0, 70, "organic and inorganic carbon"),
    _number("layer", "inorganic_carbon_percent", "% by mass of fine earth", 0, 13, "carbon of carbonates"),
    _text("layer", "carbon_method", "how organic carbon was measured; the decade where that is all that is known"),
    _number("layer", "bulk_density_g_cm3", "g cm-3", 0.01, 2.65, "dry mass of fine earth per volume of fine earth"),
    _number("layer", "bulk_density_g_cm3_sd", "g cm-3", 0, 1, "its standard uncertainty"),
    _text("layer", "bulk_density_method", "measured, or how it was estimated"),
    _number("layer", "coarse_fragments_percent", "% by volume", 0, 100, "stones and gravel above 2 mm"),
    _number("layer", "clay_percent", "% by mass of fine earth", 0, 100, "below 0.002 mm"),
    _number("layer", "silt_percent", "% by mass of fine earth", 0, 100, "0.002 to 0.05 (or 0.063) mm"),
    _number("layer", "sand_percent", "% by mass of fine earth", 0, 100, "0.05 (or 0.063) to 2 mm"),
    _number("layer", "ph", "1", 1.5, 12, "in water"),
    _number("layer", "cation_exchange_capacity_cmol_kg", "cmol kg-1", 0, 400, "at pH 7 or as reported"),
    _number("layer", "base_saturation_percent", "%", 0, 100, "of the exchange capacity"),
    _number("layer", "nitrogen_percent", "% by mass of fine earth", 0, 6, "total nitrogen"),
    _number("layer", "oxalate_iron_mg_g", "mg g-1", 0, 400, "extractable by acid oxalate"),
    _number("layer", "oxalate_aluminium_mg_g", "mg g-1", 0, 400, "extractable by acid oxalate"),
    _number("layer", "delta14c_permil", "permil", -1000, 1500, "Delta14C"),
    _number("layer", "delta14c_permil_sd", "permil", 0, 200, "its standard uncertainty"),
    _number("layer", "delta13c_permil", "permil", -60, 30, "against VPDB"),
    _number("layer", "root_mass_g_m2", "g m-2", 0, 100_000, "dry mass of roots in the layer, as sampled"),
    _number("layer", "soc_stock_kg_m2", "kg m-2", 0, 300, "as reported, coarse fragments taken out"),
)

FRACTION = (
    _text("fraction", "fraction_id", "name of the fraction, unique within the set"),
    _text("fraction", "layer_id", "its layer, where that is known"),
    _text("fraction", "profile_id", "its profile"),
    _number("fraction", "top_cm", "cm", -500, 10_000, "upper depth"),
    _number("fraction", "bottom_cm", "cm", -500, 10_000, "lower depth"),
    _text("fraction", "scheme", "how the soil was fractionated"),
    _text("fraction", "fraction", "what the fraction is"),
    _number("fraction", "mass_percent", "% of the soil's mass", 0, 105, "mass recovered in it"),
    _number("fraction", "carbon_share_percent", "% of the soil's carbon", 0, 105, "carbon recovered in it"),
    _number("fraction", "soc_percent", "% by mass of the fraction", 0, 100, "its organic carbon"),
    _number("fraction", "delta14c_permil", "permil", -1000, 1500, "Delta14C"),
)

FIELDS: dict[str, tuple[Field, ...]] = {"site": SITE, "profile": PROFILE, "layer": LAYER, "fraction": FRACTION}
"""The columns of every table, in order."""


def field_of(table: str, name: str) -> Field:
    """A column by name.

    Raises
    ------
    KeyError
        No such column.
    """
    for field in FIELDS[table]:
        if field.name == name:
            return field
    raise KeyError(f"the {table} table has no column {name!r}")
