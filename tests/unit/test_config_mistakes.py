"""What is said of mistakes in a site file."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.config import InputError, load_site, parse_site
from pedozone.config.templates import new_site_text

EXAMPLES = Path(__file__).parents[2] / "examples"
BASE = new_site_text("cereal-cropland")
# (what to replace, by what, field named, parts of the message)
MISTAKES = {
    "texture sums to 115": (
        ("clay_percent = 25", "clay_percent = 40"),
        "soil.horizon[1]",
        ("115", "99 to 101", "sand_percent"),
    ),
    "unknown key, misspelled": (
        ("layers = 30", "layres = 30"),
        "soil.layres",
        ("Did you mean 'layers'?",),
    ),
    "required key, misspelled": (
        ("clay_percent = 25", "clay_percnt = 25"),
        "soil.horizon[1].clay_percnt",
        ("Did you mean 'clay_percent'",),
    ),
    "key without its unit": (
        ("yield_t_ha = 5.0", "yield = 5.0"),
        "history[1].crop.yield",
        ("'yield_t_ha'",),
    ),
    "key in the wrong table": (
        ("longitude = 10.0", "longitude = 10.0\nlayers = 30"),
        "site.layers",
        ("[soil]",),
    ),
    "a month twice": (
        (
            "[run]\nend",
            '[[event]]\nyear = 1990\nwhat = "drought"\nprecipitation_factor = 0.5\nmonths = [5, 5]\n\n[run]\nend',
        ),
        "event[1].months",
        ("[5, 5]", "each month once"),
    ),
    "key of another event": (
        ("[run]\nend", '[[event]]\nyear = 1990\nwhat = "landslip"\nremoved_cm = 10\ndepth_cm = 5\n\n[run]\nend'),
        "event[1].depth_cm",
        ("removed_cm", "Delete the line"),
    ),
    "process of another model": (
        ("[run]\nend", '[modes]\ncomplexation = "off"\n\n[run]\nmodel = "pedon-core"\nend'),
        "modes.complexation",
        ("It is part of pedon and pedon-communities",),
    ),
    "misspelled table": (("[run]\nend", "[runn]\nend"), "runn", ("Did you mean 'run'?",)),
    "missing key": (("latitude = 50.0", ""), "site.latitude", ("(missing)", "-90 to 90")),
    "negative precipitation": (
        ("= [65, 52", "= [-65, 52"),
        "climate.precipitation_mm[1] (January)",
        ("-65", "0 to 3000 mm"),
    ),
    "NaN temperature": (
        ("2.6, 5.0, 8.4", "2.6, nan, 8.4"),
        "climate.temperature_c[3] (March)",
        ("nan", "-60 to 50 degC"),
    ),
    "eleven values": (
        ("= [65, 52", "= [52"),
        "climate.precipitation_mm",
        ("11 values", "exactly twelve"),
    ),
    "thirteen values": (
        ("= [65, 52", "= [65, 65, 52"),
        "climate.precipitation_mm",
        ("13 values", "exactly twelve"),
    ),
    "years reversed": (
        ("end_year = 2020", "end_year = 1920"),
        "run.end_year",
        ("1920", "start.year = 1950 or later"),
    ),
    "history before the start": (
        ("from_year = 1960", "from_year = 1940"),
        "history[1].from_year",
        ("1940", "1950 or later"),
    ),
    "history reversed": (
        ("[run]\n", '[[history]]\nfrom_year = 1955\ncover = "bare-fallow"\n[run]\n'),
        "history[2].from_year",
        ("1955", "later than 1960"),
    ),
    "layers deeper than bedrock": (
        ("depth_m = 3.0", "bedrock_depth_m = 1.2\ndepth_m = 3.0"),
        "soil.depth_m",
        ("3.0", "at most bedrock_depth_m = 1.2 m", "set depth_m = 1.2"),
    ),
    "horizon deeper than bedrock": (
        ("depth_m = 3.0", "bedrock_depth_m = 1.2"),
        "soil.horizon[2].bottom_cm",
        ("300", "1.2 m"),
    ),
    "gap between horizons": (
        ("top_cm = 30", "top_cm = 35"),
        "soil.horizon[2].top_cm",
        ("35", "30 cm", "gap"),
    ),
    "overlap of horizons": (
        ("top_cm = 30", "top_cm = 25"),
        "soil.horizon[2].top_cm",
        ("25", "30 cm", "overlaps"),
    ),
    "horizon upside down": (
        ("top_cm = 0\nbottom_cm = 30", "top_cm = 30\nbottom_cm = 0"),
        "soil.horizon[1].bottom_cm",
        ("swap",),
    ),
    "number as text": (("ph = 6.5", 'ph = "6.5"'), "soil.horizon[1].ph", ("without quotes",)),
    "fraction for a whole number": (
        ("layers = 30", "layers = 30.5"),
        "soil.layers",
        ("a whole number, 10 to 80",),
    ),
    "too many layers": (("layers = 30", "layers = 300"), "soil.layers", ("300", "10 to 80")),
    "true for a number": (("latitude = 50.0", "latitude = true"), "site.latitude", ("True",)),
    "unknown word": (
        ('mineral_activity = "high"', 'mineral_activity = "hgh"'),
        "soil.mineral_activity",
        ("'high', 'low'", "Did you mean 'high'?"),
    ),
    "unknown cover": (
        ('cover = "cereal-cropland"', 'cover = "ceral-cropland"'),
        "history[1].cover",
        ("bare-fallow", "Did you mean 'cereal-cropland'?"),
    ),
    "unknown crop": (
        ('name = "wheat"', 'name = "weat"'),
        "history[1].crop.name",
        ("barley", "Did you mean 'wheat'?"),
    ),
    "residue in percent": (
        ("residue_removed_fraction = 0.5", "residue_removed_fraction = 50"),
        "history[1].crop.residue_removed_fraction",
        ("0 to 1", "0.5 for one half"),
    ),
    "crop and inputs": (
        ("\ncrop = {", "\ninputs_kg_c_m2_yr = { leaf = 0.1 }\ncrop = {"),
        "history[1].crop",
        ("either crop or inputs",),
    ),
    "measured without measurements": (
        ('mode = "steady"', 'mode = "measured"'),
        "start.measured",
        ("[[start.measured]]",),
    ),
    "one table for many": (
        ('[[history]]\nfrom_year = 1960\ncover = "c', '[history]\nfrom_year = 1960\ncover = "c'),
        "history",
        ("[[history]] with double brackets",),
    ),
    "many tables for one": (
        ("[climate]", "[[climate]]"),
        "climate",
        ("[climate] with single brackets",),
    ),
    "unknown parameter": (
        ("[run]\n", "[parameters]\nmortalty_rate = 0.3\n[run]\n"),
        "parameters.mortalty_rate",
        ("Did you mean 'mortality_rate'",),
    ),
    "parameter out of range": (
        ("[run]\n", "[parameters]\nseed_bank = 3.0\n[run]\n"),
        "parameters.seed_bank",
        ("3.0", "to"),
    ),
    "unknown parameter set": (
        ("[run]\n", '[run]\nparameter_set = "pedon-cor"\n'),
        "run.parameter_set",
        ("Did you mean 'pedon-core'",),
    ),
    "observation in another unit": (
        (
            "[run]\n",
            '[[observation]]\nvariable = "soc_stock"\nyear = 1990\ntop_cm = 0\nbottom_cm = 30\n'
            'value = 60\nunit = "%"\n[run]\n',
        ),
        "observation[1].unit",
        ("'kg m-2' for soc_stock", "1 t ha-1 is 0.1 kg m-2"),
    ),
    "observation out of range": (
        (
            "[run]\n",
            '[[observation]]\nvariable = "soc_percent"\nyear = 1990\ntop_cm = 0\nbottom_cm = 30\n'
            'value = 80\nunit = "%"\n[run]\n',
        ),
        "observation[1].value",
        ("80", "0 to 58 %"),
    ),
    "newer layout": (("schema_version = 1", "schema_version = 9"), "schema_version", ("Upgrade",)),
    "no version": (("schema_version = 1", ""), "schema_version", ("schema_version = 1",)),
    "decimal comma": (("ph = 6.5", "ph = 6,5"), "", ("9.5, not 9,5",)),
    "text without quotes": (
        ('cover = "cereal-cropland"', "cover = cereal"),
        "",
        ("Put texts in quotes",),
    ),
}


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "mysite.toml"
    if isinstance(text, bytes):
        file.write_bytes(text)
    else:
        file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_one_message_with_file_line_field_value_range_and_mend(name: str, tmp_path: Path) -> None:
    (old, new), field, parts = MISTAKES[name]
    assert old in BASE
    file = write(tmp_path, BASE.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_site(file)
    error = caught.value
    message = str(error)
    assert error.field == field, message
    assert str(file) in message
    assert "allowed: " in message and "mend: " in message
    assert error.allowed and error.mend
    assert not error.others
    for part in parts:
        assert part in message
    if name not in ("no version", "many tables for one"):
        assert error.line is not None
    if name == "too many layers":
        assert error.line
        assert BASE.splitlines()[error.line - 1].startswith("layers")


def test_every_problem_of_a_file_is_reported(tmp_path: Path) -> None:
    text = BASE.replace("latitude = 50.0", "latitude = 500").replace("layers = 30", "layers = 1")
    with pytest.raises(InputError) as caught:
        load_site(write(tmp_path, text))
    first, second = caught.value.all()
    assert (first.field, second.field) == ("site.latitude", "soil.layers")
    assert "and 1 more: soil.layers" in str(caught.value)
    assert "soil.layers" not in first.message()


def test_missing_file_suggests_the_one_that_is_there(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    with pytest.raises(InputError, match=r"no such file(.|\n)*Did you mean .*mysite\.toml"):
        load_site(tmp_path / "mysit.toml")
    with pytest.raises(InputError, match="pedozone new"):
        load_site(tmp_path / "elsewhere" / "x.toml")
    with pytest.raises(InputError, match="a folder"):
        load_site(tmp_path)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (BASE.encode("utf-16"), "UTF-16"),
        (BASE.replace("made-up", "höhe").encode("latin-1"), "0xf6"),
        (b"\x00\x01 = 1", "TOML"),
    ],
)
def test_other_encodings(content: bytes, part: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_site(write(tmp_path, content))
    assert part in str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode()
    assert load_site(write(tmp_path, content)).soil.layers == 30


# --- whatever is written, there is a site or an InputError -----------------------------------

_LEAF = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.lists(st.floats() | st.text(max_size=3), max_size=14)
    | st.dictionaries(st.text(max_size=6), st.integers(), max_size=2)
)


def _paths(data: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list):
        items = enumerate(data)
    else:
        return found
    for key, value in items:
        found += _paths(value, (*path, key))
    return found


_DATA = tomllib.loads((EXAMPLES / "highfield" / "site.toml").read_text(encoding="utf-8"))


@given(st.sampled_from(_paths(_DATA)), _LEAF)
def test_any_value_anywhere_gives_a_site_or_an_input_error(path: tuple[str | int, ...], value: object) -> None:
    data = tomllib.loads((EXAMPLES / "highfield" / "site.toml").read_text(encoding="utf-8"))
    node = data
    for part in path[:-1]:
        node = node[part]  # type: ignore[index]
    node[path[-1]] = value  # type: ignore[index]
    try:
        site = parse_site(data)
    except InputError as error:
        assert error.allowed and error.mend
        assert str(error).count("allowed:") == 1
    else:
        assert all(math.isfinite(t) for t in site.climate.temperature_c)


@given(st.sampled_from(_paths(_DATA)), st.text(min_size=1, max_size=12))
def test_any_unknown_key_is_refused(path: tuple[str | int, ...], key: str) -> None:
    data = tomllib.loads((EXAMPLES / "highfield" / "site.toml").read_text(encoding="utf-8"))
    node: object = data
    for part in path:
        node = node[part]  # type: ignore[index]
    if not isinstance(node, dict) or key in node:
        return
    node[f"{key}§"] = 1
    with pytest.raises(InputError) as caught:
        parse_site(data)
    assert any(f"{key}§" in error.field for error in caught.value.all())


@given(content=st.binary(max_size=200))
def test_any_bytes_give_an_input_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("bytes") / "x.toml"
    file.write_bytes(content)
    with pytest.raises(InputError):
        load_site(file)


@given(st.integers(0, len(BASE)), st.text(max_size=3))
def test_a_damaged_file_never_ends_in_anything_else(position: int, inserted: str) -> None:
    text = BASE[:position] + inserted + BASE[position:]
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    try:
        parse_site(data, file="x.toml", text=text)
    except InputError as error:
        assert error.line is None or 1 <= error.line <= text.count("\n") + 1


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_texture_is_accepted_exactly_when_it_sums_to_100(sand: float, silt: float, clay: float) -> None:
    data = tomllib.loads(BASE)
    data["soil"]["horizon"][0].update(sand_percent=sand, silt_percent=silt, clay_percent=clay)
    if abs(sand + silt + clay - 100) <= 1:
        parse_site(data)
    elif abs(sand + silt + clay - 100) > 1 + 1e-6:
        with pytest.raises(InputError, match="99 to 101"):
            parse_site(data)
