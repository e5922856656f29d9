"""Choosing profiles, and keeping sets of them."""

import builtins

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observed_files import nothing_lost, read_text, rows_of, text_of

from pedozone.observations import catalogue
from pedozone.observations.errors import ObservationError
from pedozone.observations.profiles import Profiles, completed
from pedozone.observations.selection import coverage, select

HEADS = "profile_id,top_cm,bottom_cm,soc_percent,land_cover,climate_class,wrb,usda,sampling_year,treatment\n"
ROWS = """deep,0,30,2,forest,Dfb,PZ,,1990,control
deep,30,100,1,forest,Dfb,PZ,,1990,control
shallow,0,30,2,cropland,Cfb,Haplic Luvisol,Alfisols,2005,manure
holes,0,30,2,Forest,Dfc,,Spodosols,2010,
holes,60,100,,Forest,Dfc,,Spodosols,2010,
"""


@pytest.fixture
def some(tmp_path):
    return read_text(tmp_path, HEADS + ROWS).profiles


@pytest.mark.parametrize(
    "conditions, found",
    [
        ({}, ["deep", "shallow", "holes"]),
        ({"covers_cm": (0, 100)}, ["deep"]),
        ({"covers_cm": (0, 100), "share": 0.6, "fields": ()}, ["deep", "holes"]),
        ({"covers_cm": (0, 30)}, ["deep", "shallow", "holes"]),
        ({"land_cover": "forest"}, ["deep", "holes"]),
        ({"climate": "D"}, ["deep", "holes"]),
        ({"climate": ["Dfb", "C"]}, ["deep", "shallow"]),
        ({"soil_type": "Podzol"}, ["deep"]),
        ({"soil_type": "podzols"}, ["deep"]),
        ({"soil_type": ["LV", "Spodosol"]}, ["shallow", "holes"]),
        ({"years": (1995, 2006)}, ["shallow"]),
        ({"peat": True}, []),
        ({"control_only": True}, ["deep", "holes"]),
        ({"land_cover": "forest", "years": (2000, 2020)}, ["holes"]),
    ],
)
def test_profiles_are_chosen(some, conditions, found):
    chosen = select(some, **conditions)
    assert chosen.profile["profile_id"].tolist() == found
    assert set(chosen.layer["profile_id"]) == set(found)


def test_a_condition_that_makes_no_sense_is_an_error(some):
    with pytest.raises(ValueError, match="no thickness"):
        select(some, covers_cm=(30, 30))
    with pytest.raises(ValueError, match="carbon"):
        select(some, covers_cm=(0, 30), fields=("carbon",))


@settings(max_examples=30, deadline=None)
@given(
    spans=st.lists(st.tuples(st.integers(0, 90), st.integers(1, 60)), min_size=1, max_size=6),
    top=st.integers(0, 50),
    thick=st.integers(1, 80),
)
def test_coverage_counts_every_centimetre_once(spans, top, thick):
    layer = completed(
        "layer",
        pd.DataFrame(
            {
                "profile_id": ["p"] * len(spans),
                "top_cm": [float(a) for a, _ in spans],
                "bottom_cm": [float(a + b) for a, b in spans],
            }
        ),
    )
    profile = completed("profile", pd.DataFrame({"profile_id": ["p", "bare"]}))
    profiles = Profiles(Profiles.none().site, profile, layer, Profiles.none().fraction)
    covered = {c for a, b in spans for c in range(a, a + b)} & set(range(top, top + thick))
    found = coverage(profiles, top, top + thick)
    assert found["p"] == pytest.approx(len(covered) / thick)
    assert found["bare"] == 0


def test_sets_are_kept_and_taken(tmp_path, some):
    pytest.importorskip("pyarrow")
    folder = tmp_path / "catalogue"
    other = read_text(tmp_path, text_of(rows_of(3)))
    catalogue.keep(folder, "some", some)
    catalogue.keep(folder, "pits", other.profiles, other.findings)
    found = catalogue.kept(folder)
    assert found[["name", "profiles", "layers"]].to_numpy().tolist() == [["pits", 3, 12], ["some", 3, 5]]
    both = catalogue.taken(folder)
    assert len(both) == 6
    again = catalogue.taken(folder, ["some"])
    for table in ("site", "profile", "layer", "fraction"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(some, table))
    assert (folder / "pits" / "findings.parquet").exists()
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    np.testing.assert_array_equal(select(both, climate="C").profile["profile_id"], ["shallow"])
    nothing_lost(other)


def test_mistakes_with_a_catalogue_are_named(tmp_path, some, monkeypatch):
    pytest.importorskip("pyarrow")
    folder = tmp_path / "catalogue"
    catalogue.keep(folder, "some", some)
    with pytest.raises(ObservationError, match="not taken"):
        catalogue.keep(folder, "some", some)
    catalogue.keep(folder, "some", some.of(["deep"]), replace=True)
    assert len(catalogue.taken(folder)) == 1
    with pytest.raises(ObservationError, match="letters"):
        catalogue.keep(folder, "../some", some)
    with pytest.raises(ObservationError, match="some"):
        catalogue.taken(folder, ["none"])
    with pytest.raises(ObservationError, match="no such folder"):
        catalogue.kept(tmp_path / "absent")
    catalogue.keep(folder, "twin", some)
    with pytest.raises(ObservationError, match="common names"):
        catalogue.taken(folder)
    (folder / "twin" / "layer.parquet").write_bytes(b"PAR1")
    with pytest.raises(ObservationError, match="Import the set again"):
        catalogue.taken(folder, ["twin"])
    plain = builtins.__import__

    def without(name, *rest):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return plain(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ObservationError, match=r"pedozone\[observations\]"):
        catalogue.kept(folder)
