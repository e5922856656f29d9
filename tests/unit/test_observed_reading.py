"""Readers: formats recognised by their heads, mappings, units, and what is derived from what."""

import zipfile

import numpy as np
import pytest
from observed_files import nothing_lost, read_text, reasons

from pedozone.observations.carbon_method import WALKLEY_BLACK_FACTOR, walkley_black_corrected
from pedozone.observations.errors import ObservationError
from pedozone.observations.fields import FIELDS
from pedozone.observations.mapping import formats, load_mapping, parse_mapping, recognised
from pedozone.observations.quantities import convert
from pedozone.observations.reading import read_profiles
from pedozone.observations.reading_report import report_text

MINIMAL = {"columns": {"pit": "profile_id", "from": "top_cm", "to": "bottom_cm", "C": "soc_percent"}}


def mapped(**sections):
    return parse_mapping({**MINIMAL, **sections, "columns": {**MINIMAL["columns"], **sections.get("columns", {})}})


@pytest.mark.parametrize(
    "unit, target, factor",
    [
        ("g/kg", "% by mass of fine earth", 0.1),
        ("g kg-1", "% by mass of fine earth", 0.1),
        ("mg/kg", "% by mass of fine earth", 1e-4),
        ("kg m-3", "g cm-3", 1e-3),
        ("kg/dm3", "g cm-3", 1.0),
        ("meq/100g", "cmol kg-1", 1.0),
        ("cmol(c)/kg", "cmol kg-1", 1.0),
        ("t C/ha", "kg m-2", 0.1),
        ("g m-2", "kg m-2", 1e-3),
        ("m", "cm", 100.0),
        ("g/kg CaCO3", "% by mass of fine earth", 0.1 * 12.011 / 100.087),
        ("cm3/100cm3", "% by volume", 1.0),
        ("%", "mg g-1", 10.0),
    ],
)
def test_units_are_converted(unit, target, factor):
    np.testing.assert_allclose(convert(np.array([1.0, 7.0]), unit, target), np.array([1.0, 7.0]) * factor, rtol=1e-12)


def test_a_temperature_has_another_zero():
    np.testing.assert_allclose(convert(np.array([32.0, 50.0]), "degF", "degC"), [0.0, 10.0], atol=1e-9)


@pytest.mark.parametrize("unit", ["kg", "bananas", "((", "g/kg/m"])
def test_a_unit_of_another_kind_is_refused(unit):
    with pytest.raises(ValueError):
        convert(np.ones(1), unit, "% by mass of fine earth")


@pytest.mark.parametrize(
    "change, said",
    [
        ({"columns": {"C": {"field": "soc_procent"}}}, "soc_percent"),
        ({"columns": {"C": {"field": "soc_percent", "unit": "kg"}}}, "becomes"),
        ({"columns": {"C": {"field": "soc_percent", "basis": "mass"}}}, "none for this field"),
        ({"columns": {"C": {"field": "soc_percent", "factor": -1}}}, "above 0"),
        ({"columns": {"C": {"field": "soc_percent", "units": "%"}}}, "Did you mean 'unit'"),
        ({"columns": {"C": 3}}, "name of a field"),
        ({"constants": {"sampling_year": 3000}}, "1800 to 2100"),
        ({"constants": {"country": 3}}, "a text"),
        ({"file": {"decimal": ";"}}, "'.' or ','"),
        ({"file": {"missing": -9999}}, "a list"),
        ({"identifiers": {"profile_id": "pit"}}, "a list"),
        ({"treatment": {"columns": ["a"]}}, "columns, control and values"),
        ({"colums": {}}, "Did you mean 'columns'"),
        ({"flags": [{"column": "qc"}]}, "contains"),
        ({"columns": 3}, "a section"),
    ],
)
def test_mistakes_in_a_mapping_are_named(change, said):
    with pytest.raises(ObservationError) as caught:
        parse_mapping({**MINIMAL, **change})
    assert said in str(caught.value)


def test_a_mapping_that_names_no_depths_or_no_column_of_the_file_is_refused(tmp_path):
    with pytest.raises(ObservationError, match="no top_cm"):
        parse_mapping({"columns": {"pit": "profile_id"}})
    with pytest.raises(ObservationError, match="Did you mean 'frm'"):
        read_text(tmp_path, "pit,frm,to,C\np,0,10,1\n", mapped())
    broken = tmp_path / "m.toml"
    broken.write_text("[columns\n")
    for file in (broken, tmp_path / "absent.toml"):
        with pytest.raises(ObservationError, match="toml"):
            load_mapping(file)


def test_a_mapping_declares_units_codes_constants_and_names(tmp_path):
    mapping = mapped(
        file={"delimiter": ";", "decimal": ",", "missing": ["-99"], "encoding": "cp1252"},
        columns={
            "C": {"field": "soc_percent", "unit": "g/kg"},
            "rho": {"field": "bulk_density_g_cm3", "unit": "kg/m3"},
        },
        constants={"sampling_year": 1998, "carbon_method": "dry combustion"},
        identifiers={"profile_id": ["farm", "pit"]},
    )
    text = "farm;pit;from;to;C;rho\nHöf;1;0;10;12,5;1250\nHöf;1;10;30;-99;1400\nB;1;0;10;8;\n"
    reading = read_text(tmp_path, text.encode("cp1252"), mapping)
    nothing_lost(reading)
    layer = reading.profiles.layer
    np.testing.assert_allclose(layer["soc_percent"], [1.25, np.nan, 0.8])
    np.testing.assert_allclose(layer["bulk_density_g_cm3"], [1.25, 1.4, np.nan])
    assert reading.profiles.profile["profile_id"].tolist() == ["Höf/1", "B/1"]
    assert (reading.profiles.profile["sampling_year"] == 1998).all()
    assert "converted from g/kg" in reasons(reading, "converted")


def test_organic_matter_needs_a_stated_factor(tmp_path):
    mapping = mapped(columns={"C": {"field": "soc_percent", "factor": 0.58}})
    reading = read_text(tmp_path, "pit,from,to,C\np,0,10,10\n", mapping)
    assert reading.profiles.layer["soc_percent"][0] == pytest.approx(5.8)
    assert "multiplied by 0.58, as declared" in reasons(reading, "converted")


def test_units_in_the_heads(tmp_path):
    text = "profile_id,top_cm [m],bottom_cm (m),soc_percent [g/kg]\np,0,0.1,20\n"
    layer = read_text(tmp_path, text).profiles.layer
    assert layer[["top_cm", "bottom_cm", "soc_percent"]].to_numpy().tolist() == [[0, 10, 2]]
    with pytest.raises(ObservationError, match="soc_percent"):
        read_text(tmp_path, text.replace("g/kg", "m"))


def test_every_built_in_format_is_recognised_by_its_own_columns():
    for name, mapping in formats().items():
        heads = [c.head for c in mapping.columns] + [h for hs in mapping.identifiers.values() for h in hs]
        found = recognised(heads)
        assert found is not None and found.name == name
        assert mapping.title and mapping.source
    assert recognised(["a", "b"]) is None


def test_organic_carbon_is_total_minus_inorganic_where_that_is_declared(tmp_path):
    heads = "profile_id,top_cm,bottom_cm,soc_percent,total_carbon_percent,inorganic_carbon_percent,ph\n"
    rows = "p,0,10,,3,0.5,8\np,10,20,,3,,5.5\np,20,30,,3,,8\np,30,40,,1,2,8\np,40,50,1,3,0.5,8\n"
    reading = read_text(tmp_path, heads + rows)
    np.testing.assert_allclose(reading.profiles.layer["soc_percent"], [2.5, 3, np.nan, np.nan, 1])
    assert "total minus inorganic" in reasons(reading, "converted")
    assert "carbonates do not last" in reasons(reading, "assumed")
    assert "carbonates cannot be excluded" in reasons(reading, "flagged")


def test_coarse_fragments_by_mass_become_volume(tmp_path):
    mapping = mapped(
        columns={
            "stones": {"field": "coarse_fragments_percent", "basis": "mass"},
            "rho": {"field": "bulk_density_g_cm3", "basis": "fine earth"},
            "whole": {"field": "bulk_density_g_cm3", "basis": "whole soil"},
        }
    )
    text = "pit,from,to,C,stones,rho,whole\np,0,10,2,20,1.3,\np,10,20,2,20,,1.45\np,20,30,2,20,,\np,30,40,2,,,1.5\n"
    reading = read_text(tmp_path, text, mapping)
    layer = reading.profiles.layer
    # A litre of soil with a fifth of its mass in stones of 2.6 g cm-3.
    share = layer["coarse_fragments_percent"].to_numpy() / 100
    fine = layer["bulk_density_g_cm3"].to_numpy()
    mass = share * 2.6 + (1 - share) * np.where(np.isnan(fine), 1.3, fine)
    np.testing.assert_allclose((share * 2.6 / mass)[:3], 0.2)
    assert mass[1] == pytest.approx(1.45)
    assert np.isnan(share[3]) and fine[3] == 1.5
    assert "whose density is not known" in reasons(reading, "assumed")


def test_organic_layers_and_profiles_are_kept_and_marked(tmp_path):
    heads = "profile_id,top_cm,bottom_cm,horizon,soc_percent\n"
    rows = "bog,0,30,H,45\nbog,30,80,H2,50\nwood,-5,0,Oi,40\nwood,0,20,A,4\nfield,0,30,Ap,2\n"
    rows += "rich,0,10,A,25\nrich,10,60,B,2\n"
    reading = read_text(tmp_path, heads + rows)
    nothing_lost(reading)
    assert reading.files[0].refused == 0
    profiles = reading.profiles
    assert dict(zip(profiles.profile["profile_id"], profiles.profile["peat"], strict=True)) == {
        "bog": True, "wood": False, "field": False, "rich": False,
    }  # fmt: skip
    assert profiles.layer["organic"].tolist() == [True, True, True, False, False, True, False]


def test_the_carbon_method_is_flagged_and_corrected_on_request_only(tmp_path):
    heads = "profile_id,top_cm,bottom_cm,soc_percent,carbon_method,sampling_year\n"
    rows = "p,0,10,2,Walkley-Black,1975\np,10,20,1,dry combustion,1975\nq,0,10,3,,1968\n"
    reading = read_text(tmp_path, heads + rows)
    layer = reading.profiles.layer
    assert layer["soc_percent"].tolist() == [2, 1, 3]
    assert f"a factor of {WALKLEY_BLACK_FACTOR} is offered" in reasons(reading, "flagged")
    assert layer["carbon_method"].tolist()[2] == "not reported, 1960s"
    assert "wet oxidation" in reasons(reading, "assumed")
    once, said = walkley_black_corrected(reading.profiles)
    assert once.layer["soc_percent"].tolist() == pytest.approx([2 * WALKLEY_BLACK_FACTOR, 1, 3])
    assert len(said.table()) == 1
    twice, _ = walkley_black_corrected(once)
    assert twice.layer["soc_percent"].tolist() == once.layer["soc_percent"].tolist()
    with pytest.raises(ValueError, match="factor"):
        walkley_black_corrected(once, 0.9)


def test_values_that_cannot_be_are_left_out_and_their_rows_kept(tmp_path):
    heads = "profile_id,top_cm,bottom_cm,soc_percent,ph,clay_percent,silt_percent,sand_percent\n"
    reading = read_text(tmp_path, heads + "p,0,10,2,14,30,30,30\np,10,20,-1,5,20,30,50\np,20,30,<0.1,6,,,\n")
    nothing_lost(reading)
    assert reading.files[0].kept == 3
    assert np.isnan(reading.profiles.layer["ph"][0])
    assert "outside 1.5 to 12" in reasons(reading, "emptied")
    assert "a limit, not a value" in reasons(reading, "emptied")
    assert "add up to 100" in reasons(reading, "flagged")


def wosis_files(folder):
    shared = "profile_id\tlayer_id\tupper_depth\tlower_depth\tlayer_name\tdate\tlatitude\tlongitude\tcountry_name\t"
    shared += "dataset_code\tlicence\tvalue\tvalue_avg\tmethod\n"
    tail = "\tAp\t1998-05-??\t52\t5\tNetherlands\tNL-X\tCC-BY"
    values = {"orgc": ("12.5", "3"), "clay": ("20", "25"), "bdws33": ("1.4", ""), "cfvo": ("10", "0")}
    for code, pair in values.items():
        lines = [
            f'"7"\t{10 + k}\t{20 * k}\t{20 * k + 20}{tail}\t{{{v}}}\t{v}\tWalkley-Black\n' for k, v in enumerate(pair)
        ]
        (folder / f"wosis_202312_{code}.tsv").write_text(shared + "".join(lines))
    profiles = "profile_id\twrb_reference_soil_group\tusda_order_name\n7\tPodzols\tSpodosol\n8\tLuvisols\t\n"
    (folder / "wosis_202312_profiles.tsv").write_text(profiles)
    return folder


def test_a_snapshot_of_wosis_is_joined_from_its_files(tmp_path):
    folder = tmp_path / "WoSIS"
    folder.mkdir()
    wosis_files(folder)
    archive = tmp_path / "WoSIS_2023_December.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in folder.iterdir():
            packed.write(file, f"WoSIS_2023_December/{file.name}")
    for source in (folder, archive):
        reading = read_profiles(source)
        nothing_lost(reading)
        layer = reading.profiles.layer
        np.testing.assert_allclose(layer["soc_percent"], [1.25, 0.3])
        np.testing.assert_allclose(layer["clay_percent"], [20, 25])
        np.testing.assert_allclose(layer["bulk_density_g_cm3"][0], (1.4 - 0.1 * 2.6) / 0.9)
        profile = reading.profiles.profile
        assert profile[["profile_id", "wrb", "usda", "sampling_year"]].to_numpy().tolist() == [
            ["7", "Podzols", "Spodosol", 1998]
        ]
        assert reading.profiles.site[["latitude", "country"]].to_numpy().tolist() == [[52, "Netherlands"]]
    single = read_profiles(folder / "wosis_202312_orgc.tsv")
    np.testing.assert_allclose(single.profiles.layer["soc_percent"], [1.25, 0.3])
    (folder / "wosis_202312_clay.tsv").write_text("profile_id\tvalue_avg\n7\t3\n")
    with pytest.raises(ObservationError, match="layer_id"):
        read_profiles(folder)


def test_israd_as_published_with_its_fractions(tmp_path):
    layers = "entry_name,doi,site_name,pro_name,lyr_name,lyr_obs_date_y,lyr_top,lyr_bot,lyr_c_org,lyr_bd_samp,lyr_14c,"
    layers += "lyr_all_org_neg,pro_lat,pro_long,lyr_soc\n"
    layers += "Smith_2001,10.1/x,Wood,P1,L1,1999,0,10,3.1,1.1,55,,50,8,0.34\n"
    layers += "Smith_2001,10.1/x,Wood,P1,L2,1999,10,Inf,1.0,1.3,-80,,50,8,\n"
    fractions = "entry_name,site_name,pro_name,lyr_name,lyr_obs_date_y,lyr_top,lyr_bot,frc_name,frc_input,frc_scheme,"
    fractions += "frc_property,frc_mass_perc,frc_c_perc,frc_14c\n"
    fractions += "Smith_2001,Wood,P1,L1,1999,0,10,F1,L1,density,heavy,90,60,20\n"
    fractions += "Smith_2001,Wood,P1,L2,1999,10,Inf,F2,L2,density,heavy,95,80,-150\n"
    (tmp_path / "layer.csv").write_text(layers)
    (tmp_path / "fraction.csv").write_text(fractions)
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    reading = read_profiles(tmp_path)
    nothing_lost(reading)
    assert {file.format for file in reading.files} == {"israd-published", "israd-published-fractions"}
    assert len(reading.profiles) == 1
    assert reading.profiles.layer["soc_stock_kg_m2"][0] == pytest.approx(3.4)
    assert "the lower depth is open" in reasons(reading, "refused")
    assert "its layer is not among the layers" in reasons(reading, "flagged")
    assert reading.profiles.fraction["layer_id"].tolist() == ["Smith_2001/Wood/P1/1999/L1", ""]
    assert "not read" in reasons(reading, "flagged")
    assert "2 fractions kept" in report_text(reading)


def test_two_files_with_the_same_names_stay_apart(tmp_path):
    text = "profile_id,top_cm,bottom_cm,soc_percent\np,0,10,1\n"
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(text)
    reading = read_profiles([tmp_path / "a.csv", tmp_path / "b.csv"])
    nothing_lost(reading)
    assert len(reading.profiles.layer) == 2
    assert "another file has" in reasons(reading, "flagged")


def test_every_table_has_its_columns(tmp_path):
    profiles = read_text(tmp_path, "profile_id,top_cm,bottom_cm,soc_percent\np,0,10,1\n").profiles
    for table, fields in FIELDS.items():
        assert list(getattr(profiles, table).columns) == [*(f.name for f in fields), "file", "row"]


@pytest.mark.parametrize(
    "columns, row, said",
    [
        ("clay_percent,silt_percent,sand_percent", "0.3,0.3,0.4", "add up to 1:"),
        ("clay_percent,silt_percent,sand_percent", "300,300,400", "add up to 1000"),
        ("bulk_density_g_cm3", "1300", "kg m-3"),
        ("soc_percent,nitrogen_percent", "15,0.13", "ratio of carbon to nitrogen is 115"),
        ("soc_percent,nitrogen_percent", "1.5,1.3", "nitrogen in g/kg"),
    ],
)
def test_columns_in_a_unit_that_was_not_declared_are_noticed(tmp_path, columns, row, said):
    rows = "".join(f"p{k},0,10,{row}\n" for k in range(5))
    reading = read_text(tmp_path, f"profile_id,top_cm,bottom_cm,{columns}\n{rows}")
    nothing_lost(reading)
    assert said in reasons(reading, "flagged")


@pytest.mark.parametrize(
    "columns, rows, said",
    [
        ("clay_percent", ["200", "350", "180"], "all 3 values are above 100 % and none above 1000: are they g/kg?"),
        ("clay_percent", ["200"], "the value is above 100 %"),
        ("nitrogen_percent", ["11", "8"], "all 2 values are above 6 % and none above 60: are they g/kg?"),
        ("soc_percent", ["150", "90"], "are above 65 %, more than organic matter holds: are they g/kg?"),
        ("clay_percent,silt_percent,sand_percent", ["300,300,400", "200,400,400"], "add up to 1000"),
        ("bulk_density_g_cm3", ["1300", "1420"], "is it kg m-3?"),
    ],
)
def test_a_file_of_few_rows_or_one_property_is_asked_for_its_unit(tmp_path, columns, rows, said):
    text = f"profile_id,top_cm,bottom_cm,{columns}\n" + "".join(f"p{k},0,10,{row}\n" for k, row in enumerate(rows))
    reading = read_text(tmp_path, text)
    nothing_lost(reading)
    asked = reasons(reading, "flagged")
    assert said in asked
    name = columns.split(",")[0]
    unit = "kg m-3" if "kg m-3" in said else "g/kg"
    assert f'declare the unit in a mapping, as {{ field = "{name}", unit = "{unit}" }}' in asked
    if "add up" not in said:
        assert "see the doubt about the unit of this column" in reasons(reading, "emptied")
        assert reading.profiles.layer[name].isna().all()


@pytest.mark.parametrize("clay", [["20", "350"], ["200", "3500"], ["20", "35"], ["-999", "200"]])
def test_values_of_which_some_can_be_or_none_can_be_raise_no_doubt_about_their_unit(tmp_path, clay):
    text = "profile_id,top_cm,bottom_cm,clay_percent\n" + "".join(f"p{k},0,10,{v}\n" for k, v in enumerate(clay))
    assert "g/kg" not in reasons(read_text(tmp_path, text), "flagged")


def test_a_unit_declared_as_the_question_says_is_taken(tmp_path):
    mapping = mapped(columns={"Ton": {"field": "clay_percent", "unit": "g/kg"}})
    reading = read_text(tmp_path, "pit,from,to,C,Ton\np,0,10,1,200\np,10,30,1,350\n", mapping)
    assert reading.profiles.layer["clay_percent"].tolist() == pytest.approx([20, 35])
    assert "g/kg" not in reasons(reading, "flagged")


def test_carbon_whose_unit_is_in_doubt_makes_no_peat(tmp_path):
    rows = "".join(f"p{k},0,30,25\np{k},30,60,9\np{k},60,90,90\n" for k in range(5))
    reading = read_text(tmp_path, "profile_id,top_cm,bottom_cm,soc_percent\n" + rows)
    assert "are they g/kg?" in reasons(reading, "flagged")
    assert not reading.profiles.layer["organic"].any()


def test_flags_and_treatments_of_a_mapping(tmp_path):
    mapping = mapped(
        flags=[{"column": "qc", "contains": "est", "field": "carbon_method", "set": "estimated", "reason": "a guess"}],
        treatment={"columns": ["manure", "lime"], "control": "plain", "values": ["yes"]},
    )
    text = "pit,from,to,C,qc,manure,lime,plain\np,0,10,1,est;x,,,yes\nq,0,10,1,,20 t,none,no\n"
    reading = read_text(tmp_path, text, mapping)
    assert reading.profiles.layer["carbon_method"].tolist() == ["estimated", ""]
    assert reading.profiles.profile["treatment"].tolist() == ["control", "20 t/-"]
    assert "not read" not in " ".join(reading.findings.table()["reason"])
    assert "a guess" in reasons(reading, "flagged")


def test_a_site_with_several_places_becomes_several_sites(tmp_path):
    text = "site_id,profile_id,latitude,longitude,top_cm,bottom_cm,soc_percent\n"
    text += "s,p,50,8,0,10,1\ns,q,50.5,8,0,10,1\nt,r,40,8,0,10,1\nt,r,40,8,10,20,\n"
    reading = read_text(tmp_path, text)
    nothing_lost(reading)
    assert reading.profiles.site["site_id"].tolist() == ["s (50, 8)", "s (50.5, 8)", "t"]
