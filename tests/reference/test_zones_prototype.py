"""The assembly, simplified as the prototype was, reproduces the prototype's solved states."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import prototype_model as prototype
import pytest

from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import SpinupOptions, Status, spin_up
from pedozone.engine.steady import MeanYear, mean_year
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.zones.context import Years
from pedozone.zones.criteria import dom_fate

pytestmark = pytest.mark.usefixtures("compiled_as_shipped")

FOLDER = "reference/zones_prototype"
NAMES = ("grass", "forest", "crop")
STEPPER = STEPPERS["first_order"]
PYROGENIC = "pyrogenic"


@pytest.fixture(scope="module")
def tables(shared_path):
    return [pd.read_csv(shared_path(f"{FOLDER}/{name}.csv")) for name in NAMES]


@pytest.fixture(scope="module")
def setting(tables):
    """Model, faces, environments side by side, parameters, solver."""
    face = np.concatenate([[0.0], tables[0]["bottom_m"]])
    columns = ["input_litter_metabolic", "input_litter_structural", "input_dom"]
    inputs = [table[columns].to_numpy().T for table in tables]
    with double_precision():
        model = prototype.Prototype(face.size - 1)
        grown = [prototype.environment(name, face, brought) for name, brought in zip(NAMES, inputs, strict=True)]
        fallow = prototype.environment("fallow", face, 0.02 * inputs[0])
        return {
            "model": model,
            "face": face,
            "grown": prototype.side_by_side(grown),
            "fallow": prototype.side_by_side([fallow] * len(NAMES)),
            "parameters": prototype.parameters(),
            "modes": model.modelled(),
            "solver": choose_solver(),
        }


@pytest.fixture(scope="module")
def year(setting):
    """A native year: (stocks, environment) to (stocks a year later, the year's mean operator)."""
    model, solver = setting["model"], setting["solver"]
    graph = model.graph

    @jax.jit
    def advance(stocks, environment):
        result = run_year(
            model,
            solver,
            STEPPER,
            State(stocks, jnp.zeros(())),
            None,
            environment,
            setting["parameters"],
            setting["modes"],
            no_tracers(graph, len(NAMES)),
        )
        season = result.season
        mean = mean_year(graph, result.ledger, season.inputs, season.inc_share)
        return result.state.stocks, mean

    return advance


@pytest.fixture(scope="module")
def operator_at(setting):
    """The operator at given stocks as if it held for a year, which is how the prototype saw it."""
    model = setting["model"]

    @jax.jit
    def frozen(stocks, environment):
        environment = environment._replace(organic=0)
        season = model.season(environment, setting["parameters"], setting["modes"])
        month = jax.tree.map(lambda a: a[0], season._replace(inc_share=()))
        month = month._replace(inc_share=season.inc_share)
        now = model.coefficients(stocks[0], month, setting["parameters"], setting["modes"])
        classes = [q for q in model.graph.pool_class if q >= 0]
        per_pool = now._replace(down=tuple(now.down[q] for q in classes), up=tuple(now.up[q] for q in classes))
        return MeanYear(per_pool, season.inputs, stocks[0])

    return frozen


def membership_of(setting, mean):
    """w of every layer and column for the conventional horizon."""
    nothing = np.empty(0)
    rest = (nothing,) * 5
    with double_precision():
        return dom_fate(Years(setting["model"].graph, setting["solver"], mean, *rest), 10.0)


@pytest.fixture(scope="module")
def steady(setting):
    model = setting["model"]
    graph = model.graph
    first = np.full((1, len(graph.pools), graph.cells, len(NAMES)), 1e-3)
    first[:, graph.index[PYROGENIC]] = 0.0
    with double_precision():
        return spin_up(
            model,
            setting["solver"],
            STEPPER,
            State(jnp.asarray(first), jnp.zeros(())),
            None,
            setting["grown"],
            setting["parameters"],
            setting["modes"],
            SpinupOptions(tolerance=1e-9),
        )


def test_spin_up_converges(steady):
    assert steady.status == (Status.CONVERGED,) * len(NAMES)


@pytest.mark.parametrize("column", range(len(NAMES)), ids=NAMES)
def test_steady_state(column, steady, setting, tables):
    table, graph = tables[column], setting["model"].graph
    stocks = np.asarray(steady.state.stocks)[0, :, :, column]
    compared = 0
    for p, pool in enumerate(graph.pools):
        if pool.name == PYROGENIC:
            assert stocks[p].max() < 1e-30
            continue
        expected = table[f"{pool.name}_kg_m2"].to_numpy()
        counts = expected > 1e-6
        compared += counts.sum()
        np.testing.assert_allclose(stocks[p][counts], expected[counts], rtol=1e-4, err_msg=pool.name)
    assert compared > 300


def test_membership(steady, setting, tables, year):
    with double_precision():
        _, mean = year(steady.state.stocks, setting["grown"])
    membership = membership_of(setting, mean)
    expected = np.stack([table["dom_fate_w"] for table in tables], axis=1)
    np.testing.assert_allclose(membership, expected, atol=1e-4)


def boundary(w, centre):
    """Depth at which w falls through a half, linear between centres, and the number of crossings."""
    crossings = np.flatnonzero((w[:-1] > 0.5) & (w[1:] <= 0.5))
    i = crossings[-1]
    depth = centre[i] + (w[i] - 0.5) / (w[i] - w[i + 1]) * (centre[i + 1] - centre[i])
    return depth, crossings.size


def test_bare_fallow(steady, setting, year, operator_at, shared_path):
    table = pd.read_csv(shared_path(f"{FOLDER}/fallow_series.csv"))
    face = setting["face"]
    centre = 0.5 * (face[1:] + face[:-1])
    rows = []
    with double_precision():
        stocks = jnp.repeat(steady.state.stocks[..., :1], len(NAMES), axis=-1)
        environment = setting["grown"]
        for _ in table["year"]:
            cells = np.asarray(stocks)[0, :, :, 0].sum(axis=0)
            held = np.interp([0.23, 1.0], face, np.concatenate([[0.0], np.cumsum(cells)]))
            w = membership_of(setting, operator_at(stocks, environment))
            rows.append([*held, *boundary(w[:, 0], centre)])
            environment = setting["fallow"]
            stocks, _ = year(stocks, environment)
    found = np.array(rows)
    columns = ["soc_0_23cm_kg_m2", "soc_0_100cm_kg_m2", "boundary_m", "crossings"]
    for k, name in enumerate(columns):
        np.testing.assert_allclose(found[:, k], table[name], rtol=0.01, err_msg=name)
