"""Oscillations of parameter sets on disk: looked for once, recalled afterwards, never in the way."""

import json
import os
from pathlib import Path

import numpy as np
import pedon_columns as columns
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pedozone
from pedozone.cli import main
from pedozone.cli.ringing_cache import RingingCache, ringing_cache, rung_words
from pedozone.config import Site
from pedozone.engine.ringing import Ringing
from pedozone.engine.spinup import Spinup
from pedozone.simulation import known_ringing
from pedozone.simulation.known_ringing import computed, not_looked_for, steady_state_key

ABOUT = {"parameter_set": "mine", "site": "Meadow", "model": "pedon", "organic_slots": 1}
DIGEST, KEY = "ab" * 32, "cd" * 32


def found(lasting=0.4, period=12.5, cell=3) -> Ringing:
    return Ringing(np.array([lasting]), np.array([period]), np.array([cell]))


def spinup(jacobian, needy=None) -> Spinup:
    """A spin-up of which only the end is known."""
    needy = np.ones((jacobian.shape[0], jacobian.shape[-1]), dtype=bool) if needy is None else needy
    ends = {"jacobian": jacobian, "needy": needy}
    return Spinup(**{name: ends.get(name) for name in Spinup.__dataclass_fields__})


def swinging(slower=0.1) -> np.ndarray:
    return np.array([[-slower, 1.0], [-1.0, -slower]])[None, :, :, None]


@given(st.floats(1e-300, 1e300), st.floats(0.5, 1e6), st.integers(0, 80))
def test_what_was_kept_is_recalled_to_the_last_bit(tmp_path_factory, lasting, period, cell):
    cache = RingingCache(tmp_path_factory.mktemp("ringing"))
    cache.keep(DIGEST, KEY, found(lasting, period, cell), ABOUT)
    again = cache.recall(DIGEST, KEY)
    assert again is not None
    assert (again.lasting[0], again.period[0], again.cell[0]) == (lasting, period, cell)


def test_nothing_that_oscillates_is_recalled_too(tmp_path: Path):
    cache = RingingCache(tmp_path)
    cache.keep(DIGEST, KEY, found(0.0, np.nan, -1), ABOUT)
    again = cache.recall(DIGEST, KEY)
    assert again is not None
    assert np.isnan(again.period[0])
    assert not again.rings[0]


def test_another_set_or_steady_state_is_not_known(tmp_path: Path):
    cache = RingingCache(tmp_path)
    cache.keep(DIGEST, KEY, found(), ABOUT)
    assert cache.recall("ef" * 32, KEY) is None
    assert cache.recall(DIGEST, "ef" * 32) is None
    # the same beginning, which is all that a file's name holds
    assert cache.recall(DIGEST, KEY[:32] + "0" * 32) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89HDF\r\n\xff\xfe",
        b"[1, 2]",
        b"null",
        b'{"format": 1}',
        b"[" * 100_000,
        json.dumps({"format": 2, "digest": DIGEST, "key": KEY, "lasting": 1, "period": 1, "cell": 1}).encode(),
        json.dumps(
            {"format": 1, "digest": DIGEST, "key": KEY, "lasting": 0.4, "period": None, "cell": 3, "about": ABOUT}
        ).encode(),
        json.dumps(
            {"format": 1, "digest": DIGEST, "key": KEY, "lasting": 0.4, "period": 9.0, "cell": 3, "about": {}}
        ).encode(),
    ],
)
def test_a_file_that_is_broken_or_foreign_is_not_believed_and_is_replaced(tmp_path: Path, content):
    cache = RingingCache(tmp_path)
    cache.keep(DIGEST, KEY, found(), ABOUT)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert cache.recall(DIGEST, KEY) is None
    assert cache.records() == []
    cache.keep(DIGEST, KEY, found(), ABOUT)
    assert cache.recall(DIGEST, KEY) is not None


def test_a_folder_that_cannot_be_written_to_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refused(*given, **more):
        raise PermissionError(13, "Permission denied", "ringing")

    cache = RingingCache(tmp_path / "ringing")
    for place in ("pathlib.Path.mkdir", "builtins.open"):  # to an administrator no folder is read-only
        with monkeypatch.context() as patch:
            patch.setattr(place, refused)
            cache.keep(DIGEST, KEY, found(), ABOUT)
        assert cache.recall(DIGEST, KEY) is None
        assert cache.records() == []
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path: Path):
    (tmp_path / "ringing").write_text("mine")
    cache = RingingCache(tmp_path / "ringing")
    cache.keep(DIGEST, KEY, found(), ABOUT)
    assert cache.recall(DIGEST, KEY) is None
    assert cache.records() == []
    assert (tmp_path / "ringing").read_text() == "mine"


def test_the_oldest_records_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pedozone.cli.ringing_cache._MOST", 2)
    cache = RingingCache(tmp_path)
    for number in range(4):
        cache.keep(DIGEST, f"{number}" * 64, found(), ABOUT)
        for file in tmp_path.iterdir():
            os.utime(file, (1.0 + int(file.stem[-1]), 1.0 + int(file.stem[-1])))
    assert sorted(file.stem[-1] for file in tmp_path.iterdir()) == ["2", "3"]


def test_the_key_follows_all_that_the_eigenvalues_depend_on():
    key = steady_state_key(spinup(swinging()), 0)
    assert key == steady_state_key(spinup(swinging()), 0)
    assert key != steady_state_key(spinup(np.nextafter(swinging(), 1.0)), 0)
    assert key != steady_state_key(spinup(swinging(), np.zeros((1, 1), dtype=bool)), 0)
    assert not_looked_for(spinup(swinging()), 0) is None


def test_eigenvalues_that_are_no_numbers_are_not_kept():
    assert computed(spinup(np.full((1, 2, 2, 1), np.nan)), 0) is None


def highfield(**parameters: float) -> Site:
    """Highfield on few layers in one year, before anything happens to it."""
    site = columns.site("highfield", layers=10)
    start, run = site.start.model_copy(update={"year": 1945}), site.run.model_copy(update={"end_year": 1945})
    return site.model_copy(update={"start": start, "run": run, "parameters": parameters})


def test_a_second_run_computes_no_eigenvalues_and_says_the_same(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv("PEDOZONE_CACHE_DIR", str(tmp_path / "cache"))
    counted = []
    monkeypatch.setattr(known_ringing, "computed", lambda *given: counted.append(1) or computed(*given))

    def told(site: Site) -> str:
        return pedozone.simulate(site, known_ringing=ringing_cache()).dataset.attrs["oscillation"]

    first = told(highfield())
    assert told(highfield()) == first
    assert len(counted) == 1
    assert told(highfield(uptake_rate=100.0)) != first
    assert len(counted) == 2

    file = tmp_path / "highfield.toml"
    file.write_text(highfield().to_toml())
    assert main(["validate", str(file)]) == 0
    assert "no layer rang at the one site run so far" in capsys.readouterr().err
    assert main(["show", "parameters", "pedon-core"]) == 0
    assert "no layer rang" in capsys.readouterr().out
    assert main(["cache", "show"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("Highfield") == 2
    assert "did not ring" in shown
    assert main(["cache", "clear"]) == 0
    assert ringing_cache().records() == []


def test_a_set_that_rang_is_told_before_it_is_run(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("PEDOZONE_CACHE_DIR", str(tmp_path))
    assert rung_words(DIGEST) == ""
    ringing_cache().keep(DIGEST, KEY, found(), ABOUT)
    ringing_cache().keep(DIGEST, "01" * 32, found(0.1), {**ABOUT, "site": "Wood"})
    assert "rang at 1 of the 2 sites" in rung_words(DIGEST)
    assert "most at Meadow (period 12.5 years, 40% left after each, in mineral layer 3)" in rung_words(DIGEST)
