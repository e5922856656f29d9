"""Tables of sites: their columns, cells and rows, and what is said of those that cannot be used."""

import math
import tomllib
from pathlib import Path

import batch_cases as cases
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.config.errors import InputError
from pedozone.landscape.fields import field_of, known_columns, put_value
from pedozone.landscape.kept import USUAL, chosen, known
from pedozone.landscape.rows import reason, site_of_row
from pedozone.landscape.table import open_table, survey

TEMPLATE = tomllib.loads(cases.full_template())


def row(columns: dict, template=TEMPLATE):
    fields = [field_of(name) for name in columns]
    return site_of_row(template, Path("template.toml"), fields, list(columns.values()), "sites.csv, row 2")


def table(tmp_path, text):
    path = tmp_path / "sites.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_cells_become_fields_of_the_site():
    site = row(
        {
            "site.latitude": "12.5",
            "temperature_7": "21",
            "climate.precipitation_mm[2]": " 80 ",
            "soil.horizon.1.clay_percent": "30",
            "soil.horizon[1].silt_percent": "50",
            "start.year": "1990.0",
            "start.inputs_kg_c_m2_yr": "{ leaf = 0.1, root = 0.2, exudate = 0.05 }",
            "parameters.mortality_rate": "3.5",
            "modes.oxygen": "off",
            "soil.wrb": "",
            "run.end_year": "NA",
        }
    )
    assert site.site.latitude == 12.5
    assert site.climate.temperature_c[6] == 21.0
    assert site.climate.precipitation_mm[1] == 80.0
    assert site.soil.horizon[0].clay_percent == 30.0
    assert (site.start.year, site.run.end_year) == (1990, 2009)
    assert site.parameters == {"mortality_rate": 3.5}
    assert site.modes == {"oxygen": "off"}
    assert site.folder == Path()


def test_a_list_grows_entry_by_entry():
    data: dict = {}
    put_value(data, ("soil", "horizon", 0, "ph"), 6.0)
    put_value(data, ("soil", "horizon", 1, "ph"), 7.0)
    assert data == {"soil": {"horizon": [{"ph": 6.0}, {"ph": 7.0}]}}
    with pytest.raises(InputError, match="entry 4 of a list that has 2"):
        row({"soil.horizon.4.ph": "6"})
    with pytest.raises(InputError, match="which is one value"):
        row({"modes": "off", "modes.oxygen": "off"})


@pytest.mark.parametrize(
    "columns, told",
    [
        ({"site.latitude": "99"}, "site.latitude = 99.0\n  allowed: a number, -90 to 90"),
        ({"site.latitude": "9,5"}, "site.latitude = '9,5'"),
        ({"start.cover": "temperate-gras"}, "Did you mean 'temperate-grassland'"),
        ({"run.end_year": "2009.5"}, "run.end_year = 2009.5"),
        ({"soil.horizon.1.clay_percent": "70"}, "soil.horizon[1]"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(columns, told):
    with pytest.raises(InputError) as error:
        row(columns)
    text = reason(error.value)
    assert text.startswith("sites.csv, row 2: ")
    assert told in text
    assert "mend:" in text


def test_all_problems_of_a_row_are_told():
    with pytest.raises(InputError) as error:
        row({"site.latitude": "99", "site.longitude": "999"})
    assert reason(error.value).count("mend:") == 2


def test_unknown_and_doubled_columns_are_told_before_anything_is_computed(tmp_path):
    with pytest.raises(InputError, match=r"Did you mean 'site\.latitude'"):
        open_table(table(tmp_path, "site.lattitude\n5\n"))
    with pytest.raises(InputError, match="a field other than that of 'temperature_1'"):
        open_table(table(tmp_path, "temperature_1,climate.temperature_c.1\n5,5\n"))
    with pytest.raises(InputError, match="--ignore"):
        open_table(table(tmp_path, "country,site.latitude\nNL,5\n"))
    found = open_table(table(tmp_path, "country,site.latitude\nNL,5\n"), ["country"])
    assert [(number, cells) for number, cells in found.rows()] == [(2, ["5"])]
    assert open_table(table(tmp_path, "site.latitude;soil.wrb\n5;a\n")).heads == 2


@pytest.mark.parametrize("text", ["", "site.latitude\n", "\xff\xfe".encode("latin1"), 'site.name\n"open\n'])
def test_tables_that_cannot_be_read_end_in_a_message(tmp_path, text):
    with pytest.raises(InputError) as error:
        survey(open_table(table(tmp_path, text)), TEMPLATE)
    assert "mend:" in error.value.message()
    with pytest.raises(InputError, match="no such file"):
        open_table(tmp_path / "none.csv")


def test_a_row_of_another_length_fails_alone(tmp_path):
    found = open_table(table(tmp_path, "site.name,site.latitude\na,1\nb\n\nc,3\n"))
    rows = list(found.rows())
    assert rows == [(2, ["a", "1"]), (3, "1 cells under 2 heads"), (5, ["c", "3"])]
    surveyed = survey(found, TEMPLATE)
    assert surveyed.names[::2] == ["a", "c"]
    assert (surveyed.first, surveyed.last) == (2000, 2009)
    with pytest.raises(InputError, match="1 cells under 2 heads"):
        site_of_row(TEMPLATE, Path("t.toml"), found.fields, rows[1][1], "sites.csv, row 3")


def test_a_climate_is_not_pieced_together_from_a_row_and_the_template():
    own = {f"temperature_{month}": "5" for month in range(1, 13)}
    for empty in ("", "NaN", math.nan):
        with pytest.raises(InputError, match="temperature_2 = \\(empty\\)"):
            row(own | {"temperature_2": empty})
    assert row(dict.fromkeys(own, "")).climate.temperature_c == list(cases.TEMPERATURE)


def test_sites_are_told_apart_by_name(tmp_path):
    twice = open_table(table(tmp_path, "site.name,site.latitude\na,1\nb,2\na,3\n"))
    with pytest.raises(InputError, match="Rows 2 and 4 have this one"):
        survey(twice, TEMPLATE)
    nameless = survey(open_table(table(tmp_path, "site.name,site.latitude\n,1\n,2\n")), TEMPLATE)
    assert len(set(nameless.names)) == 2
    assert all(name.endswith(f", row {number}") for name, number in zip(nameless.names, nameless.numbers, strict=True))


def test_parquet_gives_the_same_sites_as_csv(tmp_path):
    pytest.importorskip("pyarrow")
    cases.write_table(tmp_path / "sites.csv", 7)
    pd.read_csv(tmp_path / "sites.csv").to_parquet(tmp_path / "sites.parquet")
    pd.DataFrame({"climate.temperature_c": [list(cases.TEMPERATURE), None]}).to_parquet(tmp_path / "lists.parquet")
    sites = []
    for name in ("sites.csv", "sites.parquet"):
        found = open_table(tmp_path / name)
        rows = [cells for k, (_, cells) in enumerate(found.rows()) if k != 5]
        sites.append([site_of_row(TEMPLATE, Path("t.toml"), found.fields, cells, "row").model_dump() for cells in rows])
    assert sites[0] == sites[1]
    lists = open_table(tmp_path / "lists.parquet")
    whole = [site_of_row(TEMPLATE, Path("t.toml"), lists.fields, cells, "row") for _, cells in lists.rows()]
    assert whole[0].climate.temperature_c == whole[1].climate.temperature_c == list(cases.TEMPERATURE)


@given(st.sampled_from(known_columns()), st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.none()))
def test_no_cell_ends_in_a_traceback(column, cell):
    field = field_of(column)
    assert field is not None
    try:
        site_of_row(TEMPLATE, Path("template.toml"), [field], [cell], "row")
    except InputError as error:
        assert reason(error).startswith("row: ")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_exactly(value):
    field = field_of("parameters.mortality_rate")
    assert field.read(repr(value)) == value
    assert field.read(np.float64(value)) == value
    assert field.read(math.nan) is None


def test_variables_are_checked_by_name():
    assert [variable.name for variable in chosen(USUAL)] == list(USUAL)
    assert {"soc_stock", "boundary_depth", "zone_stock", "leaching", "delta14c_slice"} <= set(known())
    with pytest.raises(InputError, match="Did you mean 'soc_stock'"):
        chosen(["soc_stok"])
    with pytest.raises(InputError, match="at least one"):
        chosen([])
