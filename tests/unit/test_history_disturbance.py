"""What events ask of a model beside its carbon: structure and nitrogen."""

from types import SimpleNamespace

import numpy as np
import pytest
from history_cases import column, signature, stocks

from pedozone.engine.year import State
from pedozone.history.amendment import Amendment
from pedozone.history.compaction import Compaction
from pedozone.history.errors import HistoryError
from pedozone.history.timeline import Plan
from pedozone.simulation import happening


class Model:
    """A model that notes what is asked of it."""

    def __init__(self, of):
        self.graph = of.graph

    def disturb(self, physical, structure, nitrogen):
        return [*physical, (structure, nitrogen)]


def happened(monkeypatch, model, *events):
    of = column()
    monkeypatch.setattr(happening, "face_at", lambda setting, stock, soil: of.face)
    monkeypatch.setattr(happening, "TRACERS", signature().tracers)
    plan = Plan(2000, "meadow", of.forcing, events, ())
    setting = SimpleNamespace(model=model)
    return of, happening.happen(setting, plan, State(stocks(of), []), of.soil, signature().fraction_modern)


def test_compaction_reaches_the_structure_and_leaves_the_carbon(monkeypatch):
    of, (state, _, booked) = happened(monkeypatch, Model(column()), Compaction(0.4, 0.3))
    (structure, nitrogen), *rest = state.physical
    assert not rest and nitrogen is None
    np.testing.assert_allclose(structure, 0.3 * of.share_above(0.4))
    np.testing.assert_allclose(np.asarray(state.stocks), stocks(of), rtol=1e-6)
    assert [b.what for b in booked] == ["compaction"]


def test_manure_brings_its_nitrogen(monkeypatch):
    manure = Amendment("manure", 0.3, 0.0, 0.5, 0.5, 0.0, 0.2, 15.0)
    _, (state, _, _) = happened(monkeypatch, Model(column()), manure, manure)
    assert len(state.physical) == 2
    for structure, nitrogen in state.physical:
        assert structure is None
        np.testing.assert_allclose(nitrogen.sum(axis=0), 0.02)


def test_a_model_without_structure_says_so(monkeypatch):
    bare = SimpleNamespace(graph=column().graph)
    with pytest.raises(HistoryError, match="'compaction' changes the structure"):
        happened(monkeypatch, bare, Compaction(0.4, 0.3))
    # nitrogen without a nitrogen balance is nobody's: carbon alone is followed
    manure = Amendment("manure", 0.3, 0.0, 0.5, 0.5, 0.0, 0.2, 15.0)
    _, (state, _, _) = happened(monkeypatch, bare, manure)
    assert state.physical == []
