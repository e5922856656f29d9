"""Steady states and courses of models of dissolved carbon, and the same from equations written by hand."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from layered_organic_cases import mineral_forcing, mineral_soil
from scipy.integrate import solve_ivp
from scipy.optimize import root

from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.spinup import SpinupOptions, Status, spin_up
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year

BATCH = 3

Changes = Callable[..., np.ndarray]
"""Rates of change (kg m-2 yr-1) of stocks [pools, layers] in column b: ``changes(stock, soil, forcing, b)``."""


def constant(layers: int, first: float = 0.03):
    """Soil, its first layer of a given thickness, and a year that is the same all through."""
    return mineral_soil(layers, first), mineral_forcing(layers, seasonal=False)


def concentration(stock, soil):
    """kg C m-3 of soil."""
    return stock / np.asarray(soil.thickness)


def spun_up(model, parameters, soil, forcing, stepper="first_order", tolerance=1e-12):
    """(stocks [pools, layers, columns], outcome) of a spin-up that found every column's steady state."""
    start = State(jnp.full((1, len(model.graph.pools), model.graph.cells, BATCH), 0.1), ())
    found = spin_up(
        model, choose_solver(), STEPPERS[stepper], start, soil, forcing, parameters, model.modelled(),
        SpinupOptions(tolerance, iterations=250),
    )  # fmt: skip
    assert set(found.status) == {Status.CONVERGED}, found.causes
    return np.asarray(found.state.stocks)[0], found


def furthest_from_the_root(found, changes: Changes, soil, forcing) -> float:
    """Largest relative difference from where the equations by hand balance, looked for from 2 % away."""
    furthest = 0.0
    for b in range(BATCH):
        stock = found[..., b]
        assert np.abs(changes(stock, soil, forcing, b)).max() < 1e-10
        away = np.log(stock * (1.0 + 0.02 * np.random.default_rng(b).uniform(-1.0, 1.0, stock.shape)))

        def unbalanced(logarithm, b=b, shape=stock.shape):
            return changes(np.exp(logarithm.reshape(shape)), soil, forcing, b).ravel()

        solved = root(unbalanced, away.ravel(), method="hybr", options={"xtol": 1e-13})
        assert np.abs(solved.fun).max() < 1e-12
        furthest = max(furthest, np.abs(np.exp(solved.x).reshape(stock.shape) / stock - 1.0).max())
    return furthest


def furthest_from_the_course(model, parameters, start, changes: Changes, soil, forcing, years=1, steps=1200) -> float:
    """Largest relative difference, after some time from `start`, from an implicit solver of high order."""

    @jax.jit
    def year(state):
        return run_year(
            model, choose_solver(), STEPPERS["mprk22"], state, soil, forcing, parameters, model.modelled(),
            no_tracers(model.graph, BATCH), record=False, periods=steps,
        ).state  # fmt: skip

    state = State(jnp.asarray(start)[None], ())
    for _ in range(years):
        state = year(state)
    found, furthest = np.asarray(state.stocks)[0], 0.0
    for b in range(BATCH):
        shape = start[..., b].shape
        solved = solve_ivp(
            lambda _, x, b=b, shape=shape: changes(x.reshape(shape), soil, forcing, b).ravel(),
            (0.0, float(years)), start[..., b].ravel(), method="BDF", rtol=1e-8, atol=1e-12,
        )  # fmt: skip
        furthest = max(furthest, np.abs(found[..., b] / solved.y[:, -1].reshape(shape) - 1.0).max())
    return furthest


# -- pieces of equations by hand -------------------------------------------------------------------------------


def warmth(temperature, energy):
    """Arrhenius, 1 at 20 degC; energy in kJ mol-1."""
    return np.exp(energy / 8.3144621e-3 * (1.0 / 293.15 - 1.0 / (temperature + 273.15)))


def litter_by_layer(soil, forcing, surface_depth, b):
    """kg C m-2 yr-1."""
    face = np.concatenate([[0.0], np.cumsum(np.asarray(soil.thickness)[:, b])])
    beta, depth = float(forcing.root_beta[b]), min(float(forcing.rooting_depth[b]), face[-1])
    roots = np.diff(1.0 - beta ** (100.0 * np.minimum(face, depth))) / (1.0 - beta ** (100.0 * depth))
    surface = np.diff(1.0 - np.exp(-face / surface_depth)) / (1.0 - np.exp(-face[-1] / surface_depth))
    return float(forcing.leaf[0, 0, b]) * surface + float(forcing.root[0, 0, b]) * roots


def leached(soil, forcing, dissolved, b):
    """What water brings less what it takes, by layer, from a concentration; water goes down."""
    theta, flux = (np.asarray(a)[0, :, b] for a in (forcing.theta, forcing.water_flux))
    assert (flux >= 0.0).all()
    out = flux * dissolved / theta
    return np.concatenate([[0.0], out[:-1]]) - out
