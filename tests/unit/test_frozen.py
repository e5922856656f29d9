"""The operator of a model at given stocks."""

import jax.numpy as jnp
import model_cases as cases
import numpy as np
import pytest

from pedozone.engine.ages import operator_matrix, systems
from pedozone.engine.assembly import Assembly
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.declarations import Input, Kind, Loss, Pool, Role, Transfer
from pedozone.engine.frozen import frozen_year
from pedozone.engine.precision import double_precision
from pedozone.engine.process import Movement, Process
from pedozone.engine.steady import steady_stock
from pedozone.engine.year import State

DECAY, SHARE, SINKING, CELLS = 0.5, 0.2, 0.3, 3


class Rotting(Process):
    """Litter rots, faster where there is more of it; part of it stays as humus."""

    name = "rotting"
    transfers = (Transfer("litter", "humus", Kind.BIOTIC, "humification"),)
    losses = (Loss("litter", "respired", Kind.BIOTIC, "rotting"), Loss("humus", "respired", Kind.BIOTIC, "rotting"))
    inputs = (Input("litter", "leaf"),)

    def rates(self, state, prepared, parameters):
        k = DECAY * (1.0 + state[0])
        return SHARE * k, (1.0 - SHARE) * k, 0.01 * jnp.ones_like(k)

    def supply(self, environment, parameters):
        return (environment,)


class Sinking(Process):
    """Both pools sink; what leaves the last cell is lost."""

    name = "sinking"
    moves = "sinking"

    def move(self, environment, parameters):
        down = jnp.full((1, CELLS, 1), SINKING)
        return Movement(down, jnp.zeros_like(down))


class Toy(Assembly):
    """Two pools in a column."""

    def __init__(self):
        pools = Pool("humus", Role.MINERAL, "sinking"), Pool("litter", Role.FRESH, "sinking")
        super().__init__(pools[::-1], (Rotting(), Sinking()), CELLS, 0)

    def environment(self, stock, physical, site, forcing, parameters):
        return forcing, physical

    def local(self, environment, parameters):
        return ()

    def view(self, stock, local, parameters):
        return stock


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


def test_transport_and_stocks_enter_the_operator():
    stock = jnp.asarray([[1.0, 0.5, 0.0], [2.0, 2.0, 2.0]])[..., None]
    falling = jnp.asarray([0.4, 0.0, 0.0]).reshape(1, CELLS, 1)
    year = frozen_year(Toy(), State(stock[None], ()), None, falling, {})
    k = DECAY * np.array([2.0, 1.5, 1.0])
    litter = np.diag(-k - SINKING) + np.diag([SINKING] * 2, -1)
    humus = np.diag([-0.01 - SINKING] * 3) + np.diag([SINKING] * 2, -1)
    expected = np.block([[litter, np.zeros((3, 3))], [np.diag(SHARE * k), humus]])
    np.testing.assert_allclose(operator_matrix(Toy().graph, year)[0], expected, rtol=1e-14)
    (system,) = systems(Toy().graph, year)
    solved = np.asarray(steady_stock(Toy().graph, choose_solver(), year, jnp.ones((1, 1, 1))))[0, ..., 0]
    np.testing.assert_allclose(system.by_pool(system.steady_state), solved, rtol=1e-13)
    # what sinks out of the last cell leaves, too
    np.testing.assert_allclose(system.leaving[[2, 5]], [0.8 * k[2] + SINKING, 0.01 + SINKING], rtol=1e-13)


def test_a_forcing_with_seasons_has_no_one_operator():
    case = cases.CASES["century"]()
    with pytest.raises(ValueError, match="12 values in the year"):
        frozen_year(case.model, case.state(0), case.site, case.forcing, case.parameters)
