"""Criteria in closed form, and every way in which a signal crosses or does not."""

import engine_cases as cases
import jax.numpy as jnp
import numpy as np
import pytest

from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.declarations import Kind, Loss, Pool, Role, Transfer
from pedozone.engine.graph import Graph
from pedozone.engine.operator import Coefficients
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import MeanYear
from pedozone.zones.boundary import BoundaryStatus, locate, share_above
from pedozone.zones.budget import cumulative_at, flux_at, split
from pedozone.zones.context import Years
from pedozone.zones.criteria import CarbonZeroFlux, DomFate, Signal, dom_fate

SLOT = 1


def graph_of(*pools: Pool, fate: str = "respired", cells: int = 1, organic: int = 0) -> Graph:
    names = [pool.name for pool in pools]
    pairs = [(names[0], other) for other in names[1:]] + [(other, names[0]) for other in names[1:]]
    return Graph(
        pools=pools,
        transfers=tuple(Transfer(a, b, Kind.ABIOTIC, "test") for a, b in pairs),
        losses=(Loss(names[0], fate, Kind.BIOTIC, "test"),),
        inputs=(),
        incorporations=(),
        cells=cells,
        organic=organic,
        classes=("dissolved",),
    )


def years_of(graph, *, mean=None, solver=None, mass=None, face=None, flux=None, respiration=None, count=1):
    """Recorded years of which only what a test needs is given."""
    nothing = np.zeros((graph.cells, count))
    return Years(
        graph=graph,
        solver=solver,
        mean=mean,
        organic_flux=np.zeros((graph.cells + 1, count)) if flux is None else flux,
        respiration=nothing if respiration is None else respiration,
        plant_input=nothing[None],
        mineral_mass=np.ones(graph.cells) if mass is None else mass,
        face=np.zeros((graph.cells + 1, count)) if face is None else face,
    )


@pytest.mark.parametrize("horizon", [1.0, 10.0, 100.0])
def test_fate_of_dissolved_carbon_in_closed_form(horizon):
    r, to, back, leach = 0.7, 5.0, 0.3, 0.4
    graph = graph_of(Pool("dom", Role.DISSOLVED, "dissolved"), Pool("mineral", Role.MINERAL, None))
    with double_precision():
        figures = [jnp.full((1, 1), k) for k in (to, back, r)]
        operator = Coefficients(tuple(figures), (jnp.full((1, 1), leach),), (jnp.zeros((1, 1)),), (), ())
        mean = MeanYear(operator, (), jnp.ones((2, 1, 1)))
        w = dom_fate(years_of(graph, mean=mean, solver=choose_solver()), horizon)
    returned = back / (1.0 / horizon + back)
    assert w.item() == pytest.approx(r / (1.0 / horizon + r + leach + to * (1.0 - returned)), rel=1e-12)


def test_membership_is_the_mean_of_the_dissolved_pools_by_mass():
    graph = graph_of(
        Pool("dom", Role.DISSOLVED, None),
        Pool("other", Role.DISSOLVED, None),
        Pool("bypass", Role.DISSOLVED, None, tags=("bypass",)),
    )
    with double_precision():
        rates = tuple(jnp.full((1, 3), k) for k in (0.0, 0.0, 0.2, 0.0, 0.9))
        mean = MeanYear(
            Coefficients(rates, (), (), (), ()), (), jnp.asarray([[3.0, 0.0, 1.0], [1.0, 0.0, 0.0], [9.0] * 3])[:, None]
        )
        w = dom_fate(years_of(graph, mean=mean, solver=choose_solver()), 10.0)[0]
    first = 0.9 / (0.1 + 0.9)
    second = 0.2 / (0.1 + 0.2) * first
    np.testing.assert_allclose(w, [0.75 * first + 0.25 * second, 0.5 * (first + second), first], rtol=1e-12)


@pytest.mark.parametrize(
    "graph",
    [
        graph_of(Pool("humus", Role.MINERAL, None)),
        graph_of(Pool("dom", Role.DISSOLVED, None), fate="burnt"),
    ],
    ids=["nothing dissolved", "nothing respired"],
)
def test_a_model_without_what_it_takes_has_no_such_boundary(graph):
    years = years_of(graph, respiration=np.zeros((1, 4)), count=4)
    assert DomFate().evaluate(years) is None
    boundary = locate(years, None)
    assert boundary.status == (BoundaryStatus.NOT_DEFINED,) * 4
    assert np.isnan(boundary.depth).all()


def test_carbon_zero_flux_is_organic_flux_less_respiration_below():
    graph = cases.PROFILE  # two organic slots, five layers
    rng = np.random.default_rng(1)
    flux, respired = rng.random((8, 2)), rng.random((7, 2))
    signal = CarbonZeroFlux().evaluate(years_of(graph, flux=flux, respiration=respired, count=2))
    for i in range(6):
        below = respired[2 + i :].sum(axis=0)
        np.testing.assert_allclose(-signal.value[i], flux[2 + i] - below, rtol=1e-12, atol=1e-15)


MASS = np.array([0.0, 2.0, 3.0, 5.0, 10.0])  # a slot and four layers
FACE = np.array([-0.1, 0.0, 0.02, 0.05, 0.10, 0.20])
CENTRE = np.array([1.0, 3.5, 7.5, 15.0])  # cumulative mineral mass


def layered(w):
    """Boundary of memberships [layers, years]."""
    w = np.asarray(w, dtype=float)
    graph = cases.CHAIN.with_cells(5, SLOT)
    face = np.repeat(FACE[:, None], w.shape[1], axis=1)
    years = years_of(graph, mass=MASS, face=face, count=w.shape[1])
    return years, locate(years, Signal(CENTRE, w - 0.5, 0.25))


@pytest.mark.parametrize(
    ("w", "status", "mass"),
    [
        ([0.9, 0.8, 0.2, 0.1], "one", 3.5 + 0.5 * 4.0),
        ([0.9, 0.8, 0.7, 0.6], "all_vegetation", 20.0),
        ([0.4, 0.3, 0.2, 0.1], "no_vegetation", 0.0),
        ([0.5, 0.5, 0.5, 0.5], "no_vegetation", 0.0),
        ([0.9, 0.1, 0.9, 0.1], "many", 7.5 + 0.5 * 7.5),
        ([0.9, 0.1, 0.2, 0.9], "many", 1.0 + 0.5 * 2.5),
        ([0.1, 0.2, 0.8, 0.9], "many", 20.0),
        ([0.9, 0.8, 0.5, 0.1], "one", 7.5),
        ([0.9, np.nan, 0.2, 0.1], "not_defined", np.nan),
    ],
)
def test_status_and_place_of_the_boundary(w, status, mass):
    _, boundary = layered(np.array(w)[:, None])
    assert boundary.status == (BoundaryStatus(status),)
    np.testing.assert_allclose(boundary.mass, [mass], rtol=1e-12)
    np.testing.assert_allclose(boundary.depth, np.interp([mass], np.cumsum(MASS), FACE[SLOT:]), rtol=1e-12)


def test_width_lies_between_the_quarters():
    _, boundary = layered(np.array([[0.9, 0.8, 0.2, 0.1], [0.9, 0.74, 0.4, 0.3], [0.7, 0.6, 0.2, 0.1]]).T)
    upper = np.interp(3.5 + 0.05 / 0.6 * 4.0, np.cumsum(MASS), FACE[SLOT:])
    lower = np.interp(3.5 + 0.55 / 0.6 * 4.0, np.cumsum(MASS), FACE[SLOT:])
    assert boundary.width[0] == pytest.approx(lower - upper)
    assert np.isnan(boundary.width[1:]).all()


def test_zones_share_cells_and_fluxes_at_the_boundary():
    years, boundary = layered(np.array([[0.9, 0.8, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]]).T)
    np.testing.assert_allclose(share_above(years, boundary.mass)[:, 0], [1.0, 1.0, 1.0, 0.1, 0.0])
    np.testing.assert_allclose(share_above(years, boundary.mass)[:, 1], [1.0, 0.0, 0.0, 0.0, 0.0])
    cells = np.arange(10.0).reshape(5, 2)
    np.testing.assert_allclose(split(years, boundary.mass).total(cells).sum(axis=0), cells.sum(axis=0))
    np.testing.assert_allclose(cumulative_at(years, boundary.mass, cells), [6.6, 1.0])
    flux = np.arange(12.0).reshape(6, 2)
    np.testing.assert_allclose(flux_at(years, boundary.mass, flux), [0.9 * 6.0 + 0.1 * 8.0, 3.0])
