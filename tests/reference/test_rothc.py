"""RothC against Rothamsted's official Python program, month by month."""

import csv
import gzip
import json

import numpy as np
import pytest

from pedozone.config.rothc_table import read_rothc_table
from pedozone.models.rothc import Forcing
from pedozone.simulation.rothc import Topsoil, simulate_rothc

pytestmark = pytest.mark.usefixtures("compiled_as_shipped")

CASES = ("example_py", "bare_fallow_100yr", "luc_arable_to_grass_100yr")
POOLS = ("DPM", "RPM", "BIO", "HUM", "IOM")


@pytest.fixture(scope="module", params=CASES)
def case(request, shared_path):
    """Settings, the official months, and the run with the published spin-up."""
    folder = shared_path(f"reference/rothc/{request.param}")
    settings = json.loads((folder / "case.json").read_text())
    with gzip.open(folder / "out_rothc_py_month.csv.gz", "rt") as stream:
        rows = list(csv.DictReader(stream))
    official = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    table = read_rothc_table(folder / "monthly_input.csv")
    return settings, official, table, simulated(table, settings, "cycle")


def simulated(table, settings, rule):
    def part(rows):
        names = ("Tmp", "Rain", "Evap", "PC", "C_inp", "FYM", "DPM_RPM")
        return Forcing(*(table.columns[name][rows] for name in names))

    first, rest, modern = slice(0, 12), slice(12, None), table.columns["modern"]
    soil = Topsoil(clay=settings["clay"], depth=settings["depth_cm"])
    return simulate_rothc(
        part(rest),
        soil,
        settings["iom_tC_ha"],
        spin_up=part(first),
        rule=rule,
        modern=modern[rest],
        spin_up_modern=modern[first],
    )


def test_pools_of_every_month(case, record_property):
    _, official, table, run = case
    assert len(run.pools) == len(official["Year"]) == len(table.columns["year"]) - 12
    expected = np.stack([official[f"{pool}_t_C_ha"] for pool in POOLS], axis=1)
    error = np.abs(run.pools[..., 0] - expected)
    record_property("largest_error_t_ha", error.max())
    assert np.all((error <= 1e-9 * expected) | (error <= 1e-12))
    np.testing.assert_allclose(run.pools[..., 0].sum(axis=1), official["SOC_t_C_ha"], rtol=1e-9)


def test_radiocarbon_of_every_month(case, record_property):
    _, official, _, run = case
    error = np.abs(run.delta14c[:, 0] - official["deltaC"]).max()
    record_property("largest_error_permil", error)
    assert error <= 1e-8


def test_the_published_spin_up(case):
    settings, _, _, run = case
    official = settings["runs"]["rothc_py"]
    assert 12 * run.spin_up_years[0] == official["spinup_months"]
    expected = [official["equilibrium"][f"{pool}_t_C_ha"] for pool in POOLS]
    np.testing.assert_allclose(run.start[:, 0], expected, rtol=1e-9, atol=1e-12)
    assert abs(run.start_delta14c[0] - official["equilibrium"]["deltaC"]) <= 1e-8


def test_respired_carbon_closes_the_budget_of_every_month(case):
    _, _, table, run = case
    pools = np.concatenate([run.start[None, :, 0], run.pools[..., 0]]).sum(axis=1)
    supplied = (table.columns["C_inp"] + table.columns["FYM"])[12:]
    gap = np.abs(np.diff(pools) - supplied + run.respired[:, 0])
    assert gap.max() <= 1e-12 * pools.max()


def test_respired_carbon_is_that_of_the_official_fortran_program(case):
    settings, _, _, run = case
    # the Fortran program computes its constants in single precision
    assert run.respired.sum() == pytest.approx(settings["runs"]["fortran_v2_opt11"]["final"]["CO2_t_C_ha"], rel=1e-6)


def test_the_solved_equilibrium_is_what_the_cycling_tends_to(case):
    settings, _, table, run = case
    solved = simulated(table, settings, "solve")
    # the rule ends while humified carbon still moves by 1e-6 t C/ha a year, over a memory of about two centuries
    assert np.abs(solved.start - run.start).max() < 3e-4
    assert np.abs(solved.start_delta14c - run.start_delta14c).max() < 1e-3
    assert solved.start[:4].sum() > run.start[:4].sum()
