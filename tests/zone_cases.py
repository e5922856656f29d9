"""Recorded years for tests of the zones: a short history of a small pedon, and years made by hand."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pedon_columns as columns

from pedozone.config.radiocarbon import curve_of
from pedozone.engine.operator import annual_operator
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import MeanYear
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.history.timeline import Timeline
from pedozone.simulation.dataset import geometry_of
from pedozone.simulation.setting import TRACERS
from pedozone.simulation.years import run_years
from pedozone.zones.context import Years

FIRST, CHANGED, YEARS = 1950, 1965, 30


@functools.cache
def history(layers: int = 10):
    """(setting, record, faces) of fifteen years of grass and fifteen of cereals, every tracer carried."""
    site = columns.site("highfield", layers=layers)
    with double_precision():
        setting = columns.setting_of(site)
        start = columns.bare(setting, 0.02)
        share = np.array([1.0, 0.9, 0.2, 0.5, 0.3, 40.0])[:, None, None, None]
        assert len(share) == 1 + len(TRACERS)
        by_depth = np.linspace(5.0, 1.0, start.stocks.shape[2])[:, None]
        state = State(jnp.asarray(share * by_depth * np.asarray(start.stocks)), start.physical)
        covers = [
            (year, cover, jax.tree.map(jnp.asarray, columns.forcing(site, cover)))
            for year, cover in ((FIRST, "temperate-grassland"), (CHANGED, "cereal-cropland"))
        ]
        years = range(FIRST, FIRST + YEARS)
        _, record = run_years(setting, STEPPERS["mprk22"], state, years, Timeline(covers), curve_of(site))
        faces = geometry_of(setting, record)["face"]
    return setting, record, faces


def recorded(model, solver, stepper, state, site, forcing, parameters, mineral_mass, face):
    """Years of any assembly, its columns side by side as if they were years of one."""
    graph = model.graph
    with double_precision():
        batch = state.stocks.shape[-1]
        tracing = no_tracers(graph, batch)

        @jax.jit
        def run(state, site, forcing, parameters):
            year = run_year(model, solver, stepper, state, site, forcing, parameters, model.modelled(), tracing)
            inputs = tuple(jnp.broadcast_to(u.mean(axis=0), (graph.cells, batch)) for u in year.season.inputs)
            return annual_operator(graph, year.ledger, year.season.inc_share), inputs, year.ledger, year.state.stocks

        operator, inputs, ledger, stocks = run(state, site, forcing, parameters)
    flux = np.zeros((graph.cells + 1, batch))
    flux[1:] = np.asarray(ledger.face)[0].sum(axis=0)
    return Years(
        graph=graph,
        solver=solver,
        mean=MeanYear(operator, inputs, ledger.stock),
        organic_flux=flux,
        respiration=np.asarray(ledger.loss)[0].sum(axis=0),
        plant_input=np.stack([np.asarray(u) for u in inputs]),
        mineral_mass=mineral_mass,
        face=np.repeat(face[:, None], batch, axis=1),
        carbon=np.asarray(stocks)[0].sum(axis=0),
    )
