"""The public sets of profiles are read whole, quickly, and every row that is refused is explained."""

import time

import numpy as np
import pytest
from observed_files import nothing_lost, reasons

from pedozone.observations.bulk_density import FUNCTIONS, ORGANIC_PERCENT, ORGANIC_SCATTER
from pedozone.observations.reading import read_profiles
from pedozone.observations.reading_report import report_text

SETS = {
    "data/israd/profiles.csv.gz": ("israd", 9_289),
    "data/israd/fractions.csv.gz": ("israd-fractions", 3_303),
    "data/sodah/layers.csv.gz": ("sodah", 36_089),
    "data/legacy_profiles/layers.csv.gz": ("legacy", 120_887),
}
LONGEST = 60  # s


def test_all_sets_are_read_in_a_minute_with_every_refusal_explained(shared_path):
    files = [shared_path(name) for name in SETS]
    began = time.perf_counter()
    readings = [read_profiles(file) for file in files]
    took = time.perf_counter() - began
    assert took < LONGEST
    for reading, (form, rows) in zip(readings, SETS.values(), strict=True):
        nothing_lost(reading)
        (file,) = reading.files
        assert file.format == form
        assert file.read == rows
        assert file.kept > 0.86 * rows
        assert report_text(reading)
    israd, _, sodah, legacy = readings
    assert israd.profiles.profile["peat"].sum() > 300
    assert israd.profiles.layer["delta14c_permil"].notna().sum() > 5_000
    assert "no depths" in reasons(sodah, "refused")
    assert "predicted from spectra" in reasons(legacy, "flagged")
    # A set in percent, as these are, raises no doubt about its unit.
    assert "g/kg?" not in "".join(reasons(r, "flagged") for r in readings)


def test_layers_and_fractions_belong_together(shared_path):
    files = [shared_path("data/israd/profiles.csv.gz"), shared_path("data/israd/fractions.csv.gz")]
    reading = read_profiles(files)
    nothing_lost(reading)
    placed = reading.profiles.fraction["layer_id"] != ""
    assert placed.mean() > 0.6
    assert set(reading.profiles.fraction["layer_id"][placed]) <= set(reading.profiles.layer["layer_id"])


@pytest.fixture(scope="module")
def israd_layers(shared_path):
    return read_profiles(shared_path("data/israd/profiles.csv.gz")).profiles.layer


@pytest.mark.parametrize("name", FUNCTIONS)
def test_estimated_densities_of_organic_layers_are_wrong_by_the_factor_they_say(israd_layers, name):
    layer = israd_layers
    layer = layer[(layer["soc_percent"] >= ORGANIC_PERCENT) & layer["bulk_density_g_cm3"].notna()]
    assert len(layer) == 1_890
    function = FUNCTIONS[name]
    wrong = np.log(layer["bulk_density_g_cm3"] / function(layer["soc_percent"].to_numpy()))
    assert np.exp(wrong.mean()) == pytest.approx(function.organic_ratio, abs=6e-3)
    assert wrong.std() == pytest.approx(ORGANIC_SCATTER, abs=0.015)
