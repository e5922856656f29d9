"""Decay and partition with movement between cells: by the matrix of the same operator, with its ledger."""

import jax
import jax.numpy as jnp
import layered_cases as cases
import numpy as np
import pytest

from pedozone.engine.ages import operator_matrix
from pedozone.engine.blocktri.solver import Tracing, choose_solver
from pedozone.engine.frozen import frozen_year
from pedozone.engine.operator import annual_operator, open_ledger
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import DecayAndPartition
from pedozone.engine.year import State
from pedozone.models.century_layered import LayeredCentury

LAYERS, BATCH, DT, DECAY = 6, 3, 1.0 / 12.0, 0.02
MODEL = LayeredCentury(LAYERS)


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


def test_what_decays_is_shared_with_the_cells_beside():
    site, forcing = cases.century_profile(LAYERS), cases.century_forcing(LAYERS, seasonal=False)
    # mixing as fast as decay, and sinking, so that both directions count and differ
    quick = {"bioturbation_diffusivity": 0.01, "cryoturbation_diffusivity": 0.02, "solid_advection": 0.01}
    given = {**cases.values("century-clm4.5"), **{name: jnp.asarray(value) for name, value in quick.items()}}
    start = jnp.asarray(np.random.default_rng(3).uniform(0.1, 2.0, (2, 7, LAYERS, BATCH)))
    year = frozen_year(MODEL, State(start, ()), site, forcing, given)
    environment, _ = MODEL.environment(start[0], (), site, forcing, given)
    season = MODEL.season(environment, given, MODEL.modelled())
    always = jax.tree.map(lambda a: a[0], season)
    tracing = Tracing(jnp.full((1, len(year.inputs), BATCH), 0.9), jnp.zeros(1), jnp.asarray([DECAY]))
    after, ledger = DecayAndPartition(fresh_inputs=True).advance(
        MODEL.graph,
        choose_solver(),
        start,
        lambda x: MODEL.coefficients(x, always, given, MODEL.modelled()),
        year.inputs,
        tracing,
        DT,
        open_ledger(MODEL.graph, 2, BATCH),
    )
    after = np.asarray(after)
    entered = np.zeros((7, LAYERS, BATCH))
    for u, entry in zip(year.inputs, MODEL.graph.inputs, strict=True):
        entered[MODEL.graph.index[entry.receiver]] += DT * np.asarray(u)
    for b, matrix in enumerate(operator_matrix(MODEL.graph, year)):
        leaving = -np.diag(matrix)
        shares = (matrix + np.diag(leaving)) / leaving
        for quantity, (brought, kept) in enumerate(((1.0, 1.0), (0.9, np.exp(-DECAY * DT)))):
            x = np.asarray(start)[quantity, ..., b].reshape(-1)
            lost = -np.expm1(-leaving * DT) * x
            expected = kept * (x - lost + shares @ lost) + brought * entered[..., b].reshape(-1)
            np.testing.assert_allclose(after[quantity, ..., b].reshape(-1), expected, rtol=1e-13)
    # what the ledger has booked is what each cell has gained
    through = np.asarray(ledger.face).sum(axis=1)
    through = through - np.concatenate([np.zeros_like(through[:, :1]), through[:, :-1]], axis=1)
    booked = np.asarray(ledger.input - ledger.loss.sum(axis=1) + ledger.source) - through
    np.testing.assert_allclose((after - np.asarray(start)).sum(axis=1), booked, atol=1e-13)
    # and gives the operator back
    found = annual_operator(MODEL.graph, ledger, ())
    for part, expected in ((found.down, year.operator.down), (found.up, year.operator.up)):
        for k, wanted in zip(part, expected, strict=True):
            np.testing.assert_allclose(k, wanted, rtol=1e-12)
