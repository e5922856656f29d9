"""Ages of pools and depths: against closed forms, and from the command line."""

import numpy as np
import pedon_columns as columns
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pedozone
from pedozone.cli import main
from pedozone.config.errors import InputError
from pedozone.engine.age_groups import QUARTILES, ages_of_groups, by_cell, by_pool
from pedozone.engine.ages import CompartmentalSystem
from pedozone.model_comparison import steady_system
from pedozone.report.ages import age_markdown, age_rows, age_text, slices

rate = st.floats(1e-4, 1e3)


def one_pool(rate: float) -> CompartmentalSystem:
    return CompartmentalSystem(np.array([[-rate]]), np.array([0.3]), (1, 1), ("only",))


@given(rate)
def test_one_pool_is_exponential(rate):
    transit, (age, whole) = ages_of_groups(one_pool(rate), by_pool(one_pool(rate)))
    expected = -np.log1p(-np.array(QUARTILES)) / rate
    for found in (transit, age, whole):
        assert found.mean == pytest.approx(1.0 / rate)
        np.testing.assert_allclose(found.quartiles, expected, rtol=2e-3)
    assert age.stock == pytest.approx(0.3 / rate)


def layered() -> CompartmentalSystem:
    """Two pools in three layers that exchange carbon downward; rates spread over six orders of magnitude."""
    size = 6
    matrix = np.zeros((size, size))
    rng = np.random.default_rng(3)
    for j in range(size):
        out = 10.0 ** rng.uniform(-4, 2)
        matrix[j, j] -= out
        for i in (j + 1, (j + 3) % size):
            if i < size and i != j:
                matrix[i, j] += 0.3 * out
    inputs = np.array([0.2, 0.1, 0.02, 0.05, 0.0, 0.0])
    return CompartmentalSystem(matrix, inputs, (2, 3), ("fast", "slow"))


def test_quantiles_are_those_of_the_exact_distributions():
    system = layered()
    single = {f"c{k}": np.eye(6)[k] for k in range(6)}
    transit, found = ages_of_groups(system, {**single, "all": np.ones(6)})
    for place, share in enumerate(QUARTILES):
        np.testing.assert_allclose([f.quartiles[place] for f in found[:6]], system.age_quantiles(share), rtol=2e-3)
        assert found[6].quartiles[place] == pytest.approx(system.system_age_quantile(share), rel=2e-3)
        assert transit.quartiles[place] == pytest.approx(system.transit_time_quantile(share), rel=2e-3)
    assert found[6].mean == pytest.approx(system.mean_system_age)
    assert transit.mean == pytest.approx(system.mean_transit_time)


def test_groups_add_up():
    system = layered()
    _, pools = ages_of_groups(system, by_pool(system))
    _, cells = ages_of_groups(
        system, by_cell(system, {"top": np.array([1.0, 0.5, 0.0]), "rest": np.array([0, 0.5, 1])})
    )
    whole = pools[-1]
    for parts in (pools[:-1], cells):
        assert sum(part.stock for part in parts) == pytest.approx(whole.stock)
        assert sum(part.stock * part.mean for part in parts) == pytest.approx(whole.stock * whole.mean)


def test_an_empty_pool_has_no_age():
    system = CompartmentalSystem(np.diag([-1.0, -2.0]), np.array([0.1, 0.0]), (2, 1), ("fed", "empty"))
    rows = age_rows(system)
    assert [row[0] for row in rows[1:]] == ["fed", "empty", "all", "transit time"]
    assert rows[2][2:] == ["n/a"] * 4
    assert age_markdown(rows).count("\n") == len(rows)
    assert "transit time" in age_text(rows)


def test_depths_cover_the_column_once():
    for base in (0.3, 0.95, 1.5, 3.0, 3.02, 6.0):
        face = np.linspace(0.0, base, 12)
        found = slices(face, 2)
        total = np.sum(list(found.values()), axis=0)
        np.testing.assert_allclose(total, 1.0, err_msg=str(base))
        assert found["surface"][:2].tolist() == [1.0, 1.0]
        assert list(found)[-1].endswith(f"–{100 * base:.0f} cm")


def test_the_zones_model_at_its_steady_state():
    site = columns.site("highfield", layers=10)
    site = site.model_copy(update={"run": site.run.model_copy(update={"end_year": site.start.year})})
    found = steady_system(site, "pedon-core")
    ds = pedozone.simulate(site).dataset
    assert (found.status, found.face.size) == ("converged", 11)
    held, fed = float(ds["cSoilLevels"][0].sum()), float(ds["plant_input"].sum())
    assert found.system.inputs.sum() == pytest.approx(fed, rel=1e-9)
    assert found.system.steady_state.sum() == pytest.approx(held, rel=0.02)  # the mean of the year, and its beginning
    assert found.system.mean_transit_time == pytest.approx(held / fed, rel=0.02)
    _, depths = ages_of_groups(found.system, by_cell(found.system, slices(found.face, 1)))
    assert depths[1].quartiles[1] < depths[-1].quartiles[1]  # older below
    with pytest.raises(InputError, match="rothc"):
        steady_system(site, "rothk")


def test_ages_on_a_site_from_the_command_line(repository, capsys, tmp_path):
    site = str(repository / "examples" / "temperate-grassland" / "site.toml")
    assert main(["show", "model", "rothc", "--ages", site]) == 0
    told = capsys.readouterr().out
    assert "transit time" in told
    assert "hum" in told
    assert "iom" not in told
    assert main(["show", "plant", "ley", "--ages", site]) == 2
    assert main(["show", "model", "rothc", "--ages", str(tmp_path / "none.toml")]) == 2
