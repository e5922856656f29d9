"""RothC with standard settings against the long-term experiments at Rothamsted; nothing is fitted to the series."""

import csv
import importlib.util

import numpy as np
import pytest

BAR = 8.0  # t C ha-1


@pytest.fixture(scope="module")
def experiments(repository):
    spec = importlib.util.spec_from_file_location("rothamsted", repository / "examples/rothamsted/experiments.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, {name: module.run(name) for name in module.EXPERIMENTS}


@pytest.fixture(scope="module")
def measured(shared_path):
    """Mean stock of each experiment, treatment and year, t C ha-1, assumed starting values left out."""
    found: dict[tuple[str, str], dict[int, list[float]]] = {}
    with open(shared_path("data/rothamsted/soc_timeseries.csv"), newline="") as stream:
        for row in csv.DictReader(stream):
            if row["soc_tha"] and row["estimated"] == "False":
                years = found.setdefault((row["experiment"], row["treatment"]), {})
                years.setdefault(int(row["year"]), []).append(float(row["soc_tha"]))
    return {key: {year: np.mean(values) for year, values in years.items()} for key, years in found.items()}


TREATMENTS = [
    ("Hoosfield", "Unfertilized"),
    ("Hoosfield", "FYM"),
    ("Hoosfield", "FYM 1852-1871"),
    ("Broadbalk", "Nil"),
    ("Broadbalk", "PKMg"),
    ("Broadbalk", "N3(144)PKMg"),
    ("Broadbalk", "FYM since 1843"),
    ("Broadbalk", "FYM since 1885 (+N since 1968)"),
    ("Broadbalk", "FYM+N 1968-2000; N4 only since 2001"),
    ("Highfield Bare Fallow", "bare fallow"),
]


@pytest.mark.parametrize(("name", "treatment"), TREATMENTS)
def test_every_treatment_within_the_bar(experiments, measured, record_property, name, treatment):
    _, runs = experiments
    years, totals, _ = runs[name]
    series = measured[name, treatment]
    at = [year for year in series if years[0] <= year <= years[-1]]
    assert len(at) >= 6
    error = np.array([totals[treatment][year - years[0]] - series[year] for year in at])
    rmse = float(np.sqrt(np.mean(error**2)))
    record_property("rmse_t_ha", rmse)
    record_property("bias_t_ha", error.mean())
    print(f"{name}, {treatment}: RMSE {rmse:.1f}, bias {error.mean():+.1f} t C/ha, {len(at)} years")
    assert rmse <= BAR


def test_the_climate_is_that_of_the_archive(experiments, shared_path):
    module, _ = experiments
    with open(shared_path("data/rothamsted/climate_normals_soiltemp.csv"), newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["period"] == "1961-1990"]
    for column, ours in (("tmean_c", module.TEMPERATURE), ("rain_mm", module.RAIN), ("evap_mm", module.EVAPORATION)):
        assert [float(row[column]) for row in rows] == ours


def test_the_input_before_the_experiment_keeps_its_stock(experiments):
    module, runs = experiments
    for name, control in (("Hoosfield", "Unfertilized"), ("Broadbalk", "Nil")):
        np.testing.assert_allclose(runs[name][1][control], module.EXPERIMENTS[name].before, rtol=1e-9)
