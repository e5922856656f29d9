"""Parts of the configuration: lines of fields, migration, writing, profiles of horizons."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.config import InputError, migrate, parse_site
from pedozone.config.locate import key_lines, line_of
from pedozone.config.templates import new_site_text
from pedozone.config.writing import toml_text

TEXT = '''\
top = 1  # [not.a.table]
text = """
[neither]
key = 1
"""
"quoted.key" = 'a # b'
[a]
x = [
  1,
  [2, 3],  # ]
]
y = 2
[[a.b]]
c.d = 3
[[a.b]]
c = { d = 4, e = [5] }
[a.b.f]
g = 1
[ h . "i j" ]
k = "]"
'''


def test_lines_of_fields() -> None:
    lines = key_lines(TEXT)
    assert lines[("top",)] == 1
    assert lines[("text",)] == 2
    assert ("neither",) not in lines and ("key",) not in lines
    assert lines[("quoted.key",)] == 6
    assert lines[("a",)] == 7
    assert lines[("a", "x")] == 8
    assert lines[("a", "y")] == 12
    assert lines[("a", "b", 0)] == 13
    assert lines[("a", "b", 0, "c", "d")] == 14
    assert lines[("a", "b", 1, "c")] == 16
    assert lines[("a", "b", 1, "f", "g")] == 18
    assert lines[("h", "i j", "k")] == 20
    assert line_of(lines, ("a", "x", 1, 0)) == 8
    assert line_of(lines, ("a", "b", 1, "c", "e")) == 16
    assert line_of(lines, ("nowhere",)) is None
    assert line_of(lines, ()) is None


@given(st.text())
def test_lines_of_any_text_do_not_raise(text: str) -> None:
    assert all(line >= 1 for line in key_lines(text).values())


def _leaves(data: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(data, dict):
        return [p for key, value in data.items() for p in _leaves(value, (*path, key))]
    if isinstance(data, list) and data and all(isinstance(item, dict) for item in data):
        return [p for i, value in enumerate(data) for p in _leaves(value, (*path, i))]
    return [path]


_KEY = st.text(min_size=1, max_size=5)
_VALUE = (
    st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.text(max_size=10)
    | st.lists(st.integers(-5, 5), max_size=3)
)
_TREE = st.dictionaries(_KEY, st.recursive(_VALUE, lambda inner: st.dictionaries(_KEY, inner, max_size=3)), max_size=4)


@given(_TREE, st.dictionaries(_KEY, st.lists(_TREE, min_size=1, max_size=3), max_size=2))
def test_what_is_written_reads_the_same_and_every_field_has_its_line(data: dict, tables: dict) -> None:
    data = {**data, **tables}
    text = toml_text(data)
    assert tomllib.loads(text) == data
    lines = key_lines(text)
    shown = text.split("\n")
    for path in _leaves(data):
        if path in lines and isinstance(path[-1], str) and path[-1].isalnum() and path[-1].isascii():
            assert shown[lines[path] - 1].startswith(path[-1])
        assert not path or path in lines or isinstance(path[-1], int)


def test_migration_renames_the_climate() -> None:
    data = tomllib.loads(new_site_text("bare-fallow"))
    old = {**data, "schema_version": 0, "climate": dict(data["climate"])}
    old["climate"]["temperature"] = old["climate"].pop("temperature_c")
    old["climate"]["precipitation"] = old["climate"].pop("precipitation_mm")
    before = {**old, "climate": dict(old["climate"])}
    new, notes = migrate(old)
    assert new == data and old == before
    assert any("climate.temperature is now climate.temperature_c" in note for note in notes)
    assert parse_site(old).model_dump() == parse_site(data).model_dump()
    assert migrate(data) == (data, [])


@pytest.mark.parametrize("version", [None, "1", 1.0, True, -1, 2, 10**9])
def test_versions_that_cannot_be_read(version: object) -> None:
    data = tomllib.loads(new_site_text("bare-fallow"))
    data["schema_version"] = version
    if version is None:
        del data["schema_version"]
    with pytest.raises(InputError) as caught:
        migrate(data)
    assert caught.value.field == "schema_version"


def _soil(horizons: list[dict], **more: object):
    data = tomllib.loads(new_site_text("temperate-grassland"))
    data["soil"].update(horizon=horizons, **more)
    return parse_site(data).soil


def _horizon(top: float, bottom: float, clay: float, **more: float) -> dict:
    return {
        "top_cm": top,
        "bottom_cm": bottom,
        "sand_percent": 90.0 - clay,
        "silt_percent": 10.0,
        "clay_percent": clay,
        "ph": 6.0,
        **more,
    }


def test_profile_is_the_mean_by_thickness_and_reaches_beyond_the_horizons() -> None:
    soil = _soil([_horizon(5, 20, 10), _horizon(20, 60, 30, bulk_density_g_cm3=1.4)])
    top, bottom = [-0.1, 0.0, 0.1, 0.2, 0.6], [0.0, 0.1, 0.3, 0.4, 3.0]
    np.testing.assert_allclose(soil.profile("clay_percent", top, bottom), [10, 10, 20, 30, 30], rtol=1e-14)
    density = soil.profile("bulk_density_g_cm3", top, bottom)
    assert np.isnan(density[:2]).all()
    np.testing.assert_allclose(density[2:], 1.4)
    with pytest.raises(ValueError, match="clay_percent"):
        soil.profile("clay", [0], [1])
    with pytest.raises(ValueError, match="bottoms below tops"):
        soil.profile("ph", [1], [1])


@given(
    st.lists(st.floats(1, 60), min_size=1, max_size=6),
    st.lists(st.floats(0.01, 0.5), min_size=1, max_size=30),
    st.data(),
)
def test_profile_keeps_the_integral_and_the_range(thick, layers, data) -> None:
    edges = np.round(np.concatenate([[0], np.cumsum(thick)]), 1)
    clay = data.draw(st.lists(st.floats(0, 90), min_size=len(thick), max_size=len(thick)))
    soil = _soil([_horizon(a, b, c) for a, b, c in zip(edges[:-1], edges[1:], clay, strict=True)])
    faces = np.concatenate([[0.0], np.cumsum(layers)])
    found = soil.profile("clay_percent", faces[:-1], faces[1:])
    assert (found >= min(clay) - 1e-9).all() and (found <= max(clay) + 1e-9).all()
    ends = edges / 100
    ends[-1] = max(ends[-1], faces[-1])
    exact = sum(c * max(min(b, faces[-1]) - a, 0.0) for a, b, c in zip(ends[:-1], ends[1:], clay, strict=True))
    assert float(found @ np.diff(faces)) == pytest.approx(exact, abs=1e-9)


def test_texture_is_scaled_to_100() -> None:
    soil = _soil(
        [{"top_cm": 0, "bottom_cm": 50, "sand_percent": 40, "silt_percent": 39.5,
          "clay_percent": 20, "ph": 6}]
    )  # fmt: skip
    parts = [soil.profile(f"{n}_percent", [0], [1])[0] for n in ("sand", "silt", "clay")]
    assert sum(parts) == pytest.approx(100.0, abs=1e-12)
