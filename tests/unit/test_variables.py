"""The registry of what a run holds."""

from __future__ import annotations

import re

import numpy as np
import pint
import pytest
import xarray as xr

from pedozone import variables
from pedozone.variables import VariableError

# CF standard names in use, with their canonical units (table 93).
STANDARD_NAMES = {
    "depth": "m",
    "cell_thickness": "m",
    "dry_soil_density": "kg m-3",
    "mass_fraction_of_clay_in_soil": "1",
    "mass_fraction_of_sand_in_soil": "1",
    "mass_fraction_of_silt_in_soil": "1",
    "soil_water_ph": "1",
    "carbon_mass_content_of_soil_layer": "kg m-2",
    "surface_litter_mass_content_of_carbon": "kg m-2",
    "mass_flux_of_carbon_out_of_soil_due_to_leaching_and_runoff": "kg m-2 s-1",
    "soil_temperature": "K",
    "volume_fraction_of_condensed_water_in_soil": "1",
    "enrichment_of_14C_in_carbon_dioxide_in_air_expressed_as_uppercase_delta_14C": "1e-3",
}

REGISTRY = pint.UnitRegistry()
DECLARED = [variables.lookup(name) for name in variables.names()]


def parsed(units: str) -> pint.Quantity:
    text = re.sub(r"(?<=[A-Za-z])(-?\d+)", r"**\1", units).replace(" ", "*")
    return REGISTRY.Quantity(1.0, "percent") if units == "%" else REGISTRY.Quantity(text)


@pytest.mark.parametrize("variable", DECLARED, ids=lambda v: v.name)
def test_declaration_is_complete(variable):
    assert variable.long_name
    assert variable.description.endswith(".")
    assert (variable.units is None) == (variable.kind in ("text", "boolean"))
    spans = {v.name for v in variables.coordinates()}
    assert set(variable.dims) <= spans
    if variable.coordinate:
        assert variable.dims == (variable.name,)
    if variable.units is not None:
        parsed(variable.units)


@pytest.mark.parametrize("variable", [v for v in DECLARED if v.standard_name], ids=lambda v: v.name)
def test_standard_names_exist_and_fit_the_units(variable):
    canonical = STANDARD_NAMES[variable.standard_name]
    assert parsed(variable.units).is_compatible_with(parsed(canonical).units)


def test_names_are_unique_and_split_into_coordinates_and_data():
    names = variables.names()
    assert len(set(names)) == len(names)
    both = [v.name for v in (*variables.coordinates(), *variables.data_variables())]
    assert sorted(both) == sorted(names)


def test_attributes_are_what_netcdf_takes():
    found = variables.attributes("cSoilLevels")
    assert found["units"] == "kg m-2"
    assert found["standard_name"] == "carbon_mass_content_of_soil_layer"
    assert found["cmip_name"] == "cSoilLevels"
    assert all(isinstance(value, str) and value for value in found.values())
    assert "units" not in variables.attributes("land_cover")
    assert variables.attributes("boundary_depth")["positive"] == "down"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("respiration", "heterotrophic respiration of carbon (kg m⁻² yr⁻¹)"),
        ("delta14c", "Delta14C of organic carbon (‰)"),
        ("saturation", "saturation of the mineral capacity"),
        ("soil_temperature", "soil temperature (°C)"),
        ("soil_water", "soil water content (m³ m⁻³)"),
        ("pool", "carbon pool"),
    ],
)
def test_labels_are_legible(name, label):
    assert variables.lookup(name).label == label


def test_an_unknown_name_suggests():
    with pytest.raises(VariableError, match="cSoilLevels"):
        variables.lookup("cSoilLevel")
    with pytest.raises(VariableError, match="names\\(\\)"):
        variables.attributes("xyz")
    with pytest.raises(KeyError):
        variables.lookup("xyz")


def test_problems_of_a_dataset():
    good = xr.Dataset(
        {"leaching": ("year", np.zeros(2), variables.attributes("leaching"))},
        coords={"year": ("year", [2000, 2001], variables.attributes("year"))},
    )
    assert variables.problems(good) == []
    bad = xr.Dataset(
        {
            "leaching": ("time", np.zeros(2), {"units": "g m-2 yr-1"}),
            "leachin": ("time", np.zeros(2)),
        }
    )
    found = variables.problems(bad)
    assert len(found) == 3
    assert any("Did you mean 'leaching'" in problem for problem in found)


def test_markdown_tables_cover_every_variable():
    table = variables.markdown_table()
    assert all(f"| `{name}` |" in table for name in variables.names())
    rows = sum(variables.markdown_table(g).count("\n") - 2 for g in variables.groups())
    assert rows == len(variables.names())
    assert len({line.count("|") for line in table.splitlines()}) == 1
