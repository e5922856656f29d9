"""What events do to the structure and the nitrogen of a soil, beside its carbon."""

from types import SimpleNamespace

import numpy as np
import pytest
from history_cases import column, signature, stocks

from pedozone.engine.year import State
from pedozone.history.amendment import Amendment
from pedozone.history.compaction import Compaction
from pedozone.history.errors import HistoryError
from pedozone.history.tillage import Plough
from pedozone.history.timeline import Plan
from pedozone.models.pedon_forcing import Physical
from pedozone.processes.mineral_nitrogen import Nitrogen
from pedozone.simulation import happening

PARAMETERS = {
    "structure_connectivity_ratio": 2.0,
    "structure_tillage_cut": 0.7,
    "structure_tilled_connectivity": -1.5,
}


def happened(monkeypatch, *events, physics=("structure",), nitrogen=None):
    of = column()
    monkeypatch.setattr(happening, "face_at", lambda setting, stock, soil, swelling: of.face)
    monkeypatch.setattr(happening, "TRACERS", signature().tracers)
    plan = Plan(2000, "meadow", of.forcing, events, ())
    setting = SimpleNamespace(model=SimpleNamespace(graph=of.graph, physics=frozenset(physics)), parameters=PARAMETERS)
    zero = np.zeros_like(np.asarray(of.soil.mineral_mass))
    physical = Physical(zero, zero, zero, zero, zero[0], nitrogen)
    state = State(stocks(of), physical)
    return of, happening.happen(setting, plan, state, of.soil, signature().fraction_modern)


def test_compaction_reaches_the_structure_and_leaves_the_carbon(monkeypatch):
    of, (state, _, booked) = happened(monkeypatch, Compaction(0.4, 0.3))
    left = 1.0 - 0.3 * of.share_above(0.4)
    np.testing.assert_allclose(np.exp(np.asarray(state.physical.porosity)), left, rtol=1e-6)
    np.testing.assert_allclose(np.exp(np.asarray(state.physical.connectivity)), left**2, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(state.stocks), stocks(of), rtol=1e-6)
    assert [b.what for b in booked] == ["compaction"]


def test_ploughing_cuts_macropores_above_its_depth_only(monkeypatch):
    of, (state, _, _) = happened(monkeypatch, Plough(0.2, 1.0, 0.35))
    stirred = of.share_above(0.2)
    np.testing.assert_allclose(np.asarray(state.physical.connectivity), -1.5 * (1.0 - 0.3**stirred), atol=1e-6)
    assert not np.asarray(state.physical.porosity).any()


def test_manure_brings_its_nitrogen(monkeypatch):
    manure = Amendment("manure", 0.3, 0.0, 0.5, 0.5, 0.0, 0.2, 15.0)
    of = column()
    zero = np.zeros_like(np.asarray(of.soil.mineral_mass))
    pools = len(of.graph.pools)
    before = Nitrogen(zero, zero, zero, np.full((pools, *zero.shape), 1.0 / 30.0), zero[0], zero, zero[0])
    _, (state, _, _) = happened(monkeypatch, manure, manure, nitrogen=before)
    # half of the nitrogen (C:N 15) is in the pools that the carbon went to (C:N 30), the other half is mineral
    np.testing.assert_allclose(np.asarray(state.physical.nitrogen.mineral).sum(axis=0), 2 * 0.01, rtol=1e-6)
    assert not np.asarray(state.physical.nitrogen.shortage).any()


def test_a_model_without_structure_says_so(monkeypatch):
    with pytest.raises(HistoryError, match="'compaction' changes the structure"):
        happened(monkeypatch, Compaction(0.4, 0.3), physics=())
    # nitrogen without a nitrogen balance is nobody's: carbon alone is followed
    manure = Amendment("manure", 0.3, 0.0, 0.5, 0.5, 0.0, 0.2, 15.0)
    _, (state, _, _) = happened(monkeypatch, manure, physics=())
    assert state.physical.nitrogen is None
