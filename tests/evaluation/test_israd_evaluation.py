"""The first 1,000 profiles of ISRaD, evaluated: in three minutes on two cores, with all of them accounted for.

``python3 start.py nightly tests/evaluation/test_israd_evaluation.py``
"""

import subprocess
import sys
import time

import pandas as pd
import pytest

pytest.importorskip("distributed")
pytest.importorskip("zarr")
pytestmark = pytest.mark.nightly

PROFILES = 1000
LONGEST = 180.0  # s, on two cores


def evaluated(shared_path, out):
    """Seconds that an evaluation takes, as a person starts it."""
    data = [str(shared_path(f"data/israd/{name}.csv.gz")) for name in ("profiles", "fractions")]
    climate = str(shared_path("data/site_climate/israd_sites_monthly.csv.gz"))
    call = [sys.executable, "-m", "pedozone.cli", "evaluate", *data, "--climate", climate, "--limit", str(PROFILES)]
    began = time.monotonic()
    subprocess.run([*call, "--workers", "2", "--out", str(out)], check=True, capture_output=True)
    return time.monotonic() - began


@pytest.fixture(scope="module")
def evaluation(shared_path, tmp_path_factory):
    """Folder and seconds of a second evaluation: the first one compiles."""
    folder = tmp_path_factory.mktemp("israd")
    evaluated(shared_path, folder / "first")
    return folder, evaluated(shared_path, folder / "second")


def test_a_thousand_profiles_take_less_than_three_minutes(evaluation, record_property):
    record_property("seconds", evaluation[1])
    assert evaluation[1] < LONGEST


def test_all_of_them_are_accounted_for(evaluation):
    profiles = pd.read_csv(evaluation[0] / "second" / "profiles.csv")
    assert len(profiles) == PROFILES
    assert set(profiles["status"]) == {"built", "not built"}
    assert profiles["reason"].notna().eq(profiles["status"] == "not built").all()
    assert (profiles["status"] == "built").sum() > 700


def test_the_same_again_gives_the_same(evaluation):
    first, second = (pd.read_csv(evaluation[0] / name / "statistics.csv") for name in ("first", "second"))
    pd.testing.assert_frame_equal(first, second)


def test_the_misfit_is_what_the_documentation_of_the_model_would_lead_one_to_expect(evaluation, record_property):
    """No target: wide limits that only a mistake in units, depths or years would pass."""
    table = pd.read_csv(evaluation[0] / "second" / "statistics.csv")
    rows = table[table["by"] == "all"].set_index(["variable", "depth"])
    for key in (("soc_stock", "0-30"), ("soc_stock", "0-100"), ("soc_density", "all")):
        record_property("/".join(key), rows.loc[key, "median_ratio"])
        assert 0.4 < rows.loc[key, "median_ratio"] < 2.5
    assert abs(rows.loc[("delta14c", "all"), "bias"]) < 150
    assert rows.loc[("delta14c", "all"), "spearman"] > 0.4
