"""What aluminium and iron take out of solution, against the law written out by hand."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest
from one_layer import soil_of

from pedozone.engine.precision import double_precision
from pedozone.models.pedon import Pedon
from pedozone.parameters import load_parameters
from pedozone.processes.complexation import Complexation

VALUES = load_parameters("pedon").values()


@pytest.fixture(autouse=True)
def _double():
    with double_precision():
        yield


def rate(oxides, ph=4.4, air=1.0, room=1.0, clay=0.02, silt=0.06) -> float:
    """Coefficient of the transfer in one layer, yr-1."""

    def cell(value):
        return jnp.asarray([[float(value)]])

    told = {} if oxides is None else {"oxides": oxides}
    soil = soil_of(clay, silt, ph, 70.0, **told)
    environment = SimpleNamespace(soil=soil, ph=soil.ph, air=jnp.full((12, 1, 1), air))
    process = Complexation()
    prepared = process.prepare(environment, VALUES)
    assert prepared.shape in ((12, 1, 1), (1, 1, 1))  # by month, or the whole year
    (found,) = process.rates(SimpleNamespace(room=cell(room)), prepared[0], VALUES)
    return float(found[0, 0])


def test_the_whole_models_have_it():
    """Dissolved carbon goes to the surface that binds for decades; the core, fitted before, has no such transfer."""
    bound = {
        name: [
            (t.donor, t.receiver)
            for t in Pedon(cells=3, organic=1, variant=name).graph.transfers
            if t.process == Complexation.name
        ]
        for name in ("pedon", "pedon-communities", "pedon-core")
    }
    whole = [("dom", "maom_intermediate")]
    assert bound == {"pedon": whole, "pedon-communities": whole, "pedon-core": []}


def test_rate_by_hand():
    """A spodic horizon: 1 % of oxides where its 8 % of clay and silt would have 0.03 %, at pH 4.4."""
    acid = 1.0 - 1.0 / (1.0 + np.exp(-(4.4 - VALUES["calcium_ph_midpoint"]) / VALUES["calcium_ph_width"]))
    by_hand = VALUES["complexation_rate"] * acid * (0.01 - 0.00375 * 0.08)
    assert rate(0.01) == pytest.approx(by_hand, rel=1e-12)
    assert rate(0.01, air=0.3, room=0.5) == pytest.approx(0.15 * by_hand, rel=1e-12)


@pytest.mark.parametrize(
    "without",
    [{"oxides": None}, {"oxides": np.nan}, {"oxides": 0.0}, {"oxides": 0.01, "air": 0}, {"oxides": 0.01, "room": 0}],
    ids=["untold", "unknown here", "bleached", "no oxygen", "surfaces full"],
)
def test_nothing_is_bound_without(without):
    """Oxides, oxygen and room are all needed; fewer oxides than the reference release nothing either."""
    assert rate(**without) == 0.0


def test_oxides_of_texture_bind_nothing_more():
    """The reference soil's oxides are in the values that were fitted without them."""
    assert rate(0.003, clay=0.25, silt=0.55) == pytest.approx(0.0, abs=1e-12)


def test_less_is_bound_where_calcium_takes_over():
    """Rates fall with pH, by half at the midpoint of the step."""
    found = [rate(0.01, ph=ph) for ph in (4.0, 5.5, 6.5, 7.5, 8.5)]
    assert all(a > b for a, b in pairwise(found))
    assert rate(0.01, ph=VALUES["calcium_ph_midpoint"]) == pytest.approx(found[0] / 2, rel=0.01)
