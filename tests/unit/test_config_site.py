"""Site files: what they hold once they are read."""

from __future__ import annotations

import pickle
import re
import tomllib
from pathlib import Path

import pytest

from pedozone.config import InputError, load_site, parse_site, site_json_schema
from pedozone.config import references as site_references
from pedozone.config.site import Location
from pedozone.config.templates import PRESETS, new_site_text

EXAMPLES = Path(__file__).parents[2] / "examples"
BASE = new_site_text("cereal-cropland")


def write(folder: Path, text: str) -> Path:
    file = folder / "mysite.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("preset", PRESETS)
def test_a_new_site_file_is_valid(preset: str, tmp_path: Path) -> None:
    site = load_site(write(tmp_path, new_site_text(preset)))
    assert site.notes() == []
    assert site.soil.horizon[0].clay_percent == 25
    years = [year for year, _ in site.land_cover_segments()]
    assert years == sorted(years) and years[0] == site.start.year


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*/site.toml")), ids=lambda p: p.parent.name)
def test_the_examples_are_valid(file: Path) -> None:
    site = load_site(file)
    # Soil presets leave calcium to be reckoned, and a run into the future has no radiocarbon measured.
    expected = ("exchangeable_calcium_cmol_kg was taken as four fifths", "Atmospheric radiocarbon was observed until")
    assert not [note for note in site.notes() if not any(words in note for words in expected)]
    assert site.source_path == file
    assert site.source_text == file.read_text(encoding="utf-8")


def test_highfield_holds_what_was_measured() -> None:
    site = load_site(EXAMPLES / "highfield" / "site.toml")
    stocks = {o.year: o for o in site.observation if o.variable == "soc_stock"}
    contents = {o.year: o for o in site.observation if o.variable == "soc_percent"}
    assert list(stocks) == list(contents) == [1959, 1963, 1971, 1978, 1987, 2000, 2008, 2014]
    assert stocks[1959].value == pytest.approx(6.30, abs=0.01)
    assert stocks[2014].value == pytest.approx(3.07, abs=0.01)
    assert contents[2014].value / contents[1959].value == pytest.approx(0.37, abs=0.005)
    assert all("10.23637/rrs1-SOILCN1959-2014-01" in o.source for o in site.observation)
    assert sum(site.climate.temperature_c) / 12 == pytest.approx(9.125)
    covers = [cover for _, cover in site.land_cover_segments()]
    assert [c.preset for c in covers] == ["temperate-grassland"] + ["bare-fallow"] * 3
    assert len({c.name for c in covers}) == len(covers)
    assert [c.ph_shift for c in covers] == [0, 0, -0.6, -1.1]


def test_modes_are_checked_against_the_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["leaching", "sorption"]
    monkeypatch.setattr(site_references, "_process_names", lambda model: names)
    file = write(tmp_path, BASE.replace("[run]\n", '[modes]\nsorption = "off"\n[run]\n'))
    assert load_site(file).modes == {"sorption": "off"}
    file = write(tmp_path, BASE.replace("[run]\n", '[modes]\nsorptoin = "off"\n[run]\n'))
    with pytest.raises(InputError, match=r"modes\.sorptoin(.|\n)*Did you mean 'sorption'"):
        load_site(file)
    file = write(tmp_path, BASE.replace("[run]\n", '[modes]\nsorption = "of"\n[run]\n'))
    with pytest.raises(InputError, match=r"'modelled', 'prescribed', 'off'(.|\n)*mean 'off'"):
        load_site(file)


RATES = '[modes]\nsorption = "prescribed"\n[prescribed.{process}]\n{rates}\n[run]\n'


@pytest.mark.parametrize(
    ("process", "rates", "message"),
    [
        ("sorption", "", r"table of rates(.|\n)*prescribed\.sorption(.|\n)*dom->maom_exchangeable"),
        ("sorption", '"dom->maom_exchangable" = 2.0', r"mean \W?dom->maom_exchangeable"),
        ("sorption", '"dom->maom_exchangeable" = -2.0', r"0 to 10000 yr-1"),
        ("sorption", '"dom->maom_exchangeable" = [1.0, 2.0]', r"2 values(.|\n)*one for every cell"),
        ("uptake", '"dom->microbial" = 2.0', r"only processes that \[modes\] calls"),
    ],
)
def test_prescribed_rates_are_checked(tmp_path: Path, process, rates, message) -> None:
    file = write(tmp_path, BASE.replace("[run]\n", RATES.format(process=process, rates=rates)))
    with pytest.raises(InputError) as caught:
        load_site(file)
    assert re.search(message, "\n".join(problem.message() for problem in caught.value.all()))


def test_a_process_without_rates_cannot_be_prescribed(tmp_path: Path) -> None:
    file = write(tmp_path, BASE.replace("[run]\n", '[modes]\nleaching = "prescribed"\n[run]\n'))
    with pytest.raises(InputError, match=r"no rates between pools"):
        load_site(file)


def test_notes_name_assumptions(tmp_path: Path) -> None:
    text = BASE.replace("bottom_cm = 300", "bottom_cm = 120").replace("top_cm = 0\n", "top_cm = 3\n")
    text = text.replace("[run]\n", '[[history]]\nfrom_year = 2100\ncover = "bare-fallow"\n[run]\n')
    site = load_site(write(tmp_path, text))
    first, second, third = site.notes()
    assert "starts at 3 cm" in first and "ends at 120 cm" in second and "2100" in third
    assert len(site.land_cover_segments()) == 2


def test_depth_stops_at_the_bedrock(tmp_path: Path) -> None:
    text = BASE.replace("depth_m = 3.0", "bedrock_depth_m = 1.2")
    site = load_site(write(tmp_path, text.replace("bottom_cm = 300", "bottom_cm = 120")))
    assert site.soil.depth_m == 1.2


def test_measured_start() -> None:
    data = tomllib.loads(BASE)
    data["start"]["mode"] = "measured"
    data["start"]["measured"] = [
        {"top_cm": 0, "bottom_cm": 30, "soc_percent": 2.0},
        {"top_cm": 30, "bottom_cm": 100, "soc_kg_m2": 4.0},
    ]
    assert len(parse_site(data).start.measured) == 2
    data["start"]["measured"][1]["soc_percent"] = 1.0
    with pytest.raises(InputError, match=r"start\.measured\[2\](.|\n)*exactly one"):
        parse_site(data)
    data["start"]["measured"][1] = {"top_cm": 20, "bottom_cm": 100, "soc_kg_m2": 4.0}
    with pytest.raises(InputError, match=r"start\.measured\[2\]\.top_cm"):
        parse_site(data)
    data["start"].update(mode="steady")
    with pytest.raises(InputError, match="Set mode = 'measured'"):
        parse_site(data)


def test_overrides_of_a_cover() -> None:
    data = tomllib.loads(BASE)
    entry = data["history"][0]
    entry["crop"] = {"name": "wheat", "yield_t_ha": 4.0, "moisture_percent": 15}
    cover = parse_site(data).land_cover_segments()[1][1]
    assert cover.leaf_input == pytest.approx(4.0 * 0.85 * 0.045 / 0.322 * 0.482)
    assert cover.records["leaf_input"].status == "user"
    assert "Bolinder" in cover.records["leaf_input"].source
    del entry["crop"]
    entry["inputs_kg_c_m2_yr"] = {"leaf": 0.3}
    entry["tillage_depth_cm"] = 10.0
    cover = parse_site(data).land_cover_segments()[1][1]
    assert (cover.leaf_input, cover.root_input) == (0.3, 0.148)
    assert cover.tillage_depth == cover.residue_depth == pytest.approx(0.1)
    entry["tillage_depth_cm"] = 0
    cover = parse_site(data).land_cover_segments()[1][1]
    assert cover.tillage_depth == cover.residue_depth == cover.tillage_intensity == 0


def test_phenology_turns_over_south_of_the_equator() -> None:
    data = tomllib.loads(new_site_text("temperate-forest"))
    north = parse_site(data).land_cover_segments()[0][1]
    data["site"]["latitude"] = -40.0
    south = parse_site(data).land_cover_segments()[0][1]
    assert south.leaf_phenology[3] == north.leaf_phenology[9] == max(north.leaf_phenology)


@pytest.mark.parametrize(("latitude", "zone"), [(51.8, "NH1"), (30, "NH2"), (5, "NH3"), (-5, "SH3"), (-40, "SH12")])
def test_radiocarbon_zone(latitude: float, zone: str) -> None:
    place = {"name": "x", "latitude": latitude, "longitude": 0}
    assert Location.model_validate(place).radiocarbon_zone == zone
    chosen = Location.model_validate({**place, "hemisphere_zone": "NH2"})
    assert chosen.radiocarbon_zone == "NH2"


def test_written_and_read_again_it_is_the_same_site(tmp_path: Path) -> None:
    for file in EXAMPLES.glob("*/site.toml"):
        site = load_site(file)
        for beside in file.parent.glob("*.csv"):
            (tmp_path / beside.name).write_bytes(beside.read_bytes())
        again = load_site(write(tmp_path, site.to_toml()))
        assert again.model_dump() == site.model_dump()


def test_errors_and_sites_pass_between_processes() -> None:
    inner = InputError("a.toml", "b", 2, "c", "d", line=3)
    error = InputError("a.toml", "x", 1, "y", "z", others=[inner])
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and again.others[0].line == 3
    site = parse_site(tomllib.loads(BASE))
    assert pickle.loads(pickle.dumps(site)).model_dump() == site.model_dump()


def test_schema_is_json_schema_and_accepts_the_examples() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = site_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for file in EXAMPLES.glob("*/site.toml"):
        validator.validate(tomllib.loads(file.read_text(encoding="utf-8")))
    broken = tomllib.loads(BASE)
    broken["soil"]["layres"] = 30
    assert list(validator.iter_errors(broken))
