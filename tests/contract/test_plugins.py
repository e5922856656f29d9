"""Other packages can bring processes, models, criteria and parameter sets."""

import tomllib
from importlib import import_module

import pytest

from pedozone.engine.plugins import discover
from pedozone.engine.process import Process
from pedozone.models.registry import available_models, available_processes
from pedozone.parameters import available_sets, load_parameters
from pedozone.zones.criteria import Criteria, Criterion, DomFate

MODULE = """
from pedozone.engine.process import Process
from pedozone.models.pedon import Pedon
from pedozone.parameters import load_parameters
from pedozone.zones.criteria import Criterion, DomFate

class Ants(Process):
    name = "ants"

class Marsh(Pedon):
    pass

class Half(Criterion):
    name = "half"

class Decade(Criterion):
    name = "decade"

    def evaluate(self, years):
        return None

def values():
    return load_parameters("pedon-core").replace(uptake_rate=91.0)

NUMBER = 1
"""

ENTRY_POINTS = """
[pedozone.processes]
ants = third_party:Ants
number = third_party:NUMBER
absent = third_party:Absent
uptake = third_party:Ants

[pedozone.models]
marsh = third_party:Marsh

[pedozone.criteria]
decade = third_party:Decade
half = third_party:Half
dom_fate = third_party:Decade

[pedozone.parameters]
marsh-values = third_party:values
"""


@pytest.fixture
def third_party(tmp_path, monkeypatch):
    """An installed package, as pip would leave it."""
    (tmp_path / "third_party.py").write_text(MODULE)
    record = tmp_path / "third_party-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    return import_module("third_party")


def test_processes(third_party, caplog):
    found = available_processes()
    assert found["ants"] is third_party.Ants
    assert found["uptake"] is not third_party.Ants
    assert "number" not in found and "absent" not in found
    said = [record.getMessage() for record in caplog.records]
    for name, reason in (("number", "it is no Process"), ("absent", "cannot be used"), ("uptake", "the name is taken")):
        assert any(f"pedozone.processes {name} " in line and reason in line for line in said)
    assert len(said) == 3


def test_models(third_party):
    assert available_models()["marsh"] is third_party.Marsh
    assert next(iter(available_models())) == "pedon"


def test_criteria(third_party, caplog):
    found = Criteria()
    assert list(found)[:2] == ["dom_fate", "carbon_zero_flux"]
    assert isinstance(found["dom_fate"], DomFate)
    assert isinstance(found["decade"], third_party.Decade)
    assert "half" not in found
    assert "it lacks evaluate" in caplog.text


def test_parameter_sets(third_party):
    assert "marsh-values" in available_sets()
    assert load_parameters("marsh-values")["uptake_rate"].value == 91.0


def test_criteria_are_looked_for_only_when_needed(third_party, caplog):
    found = Criteria()
    assert not caplog.text
    assert isinstance(next(iter(found.values())), Criterion)
    assert caplog.text


def test_nothing_installed_leaves_what_is_known():
    assert discover("pedozone.nothing", Process, {}) == {}


def test_what_pedozone_registers_is_there(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = project["entry-points"]
    assert set(groups) == {f"pedozone.{kind}" for kind in ("processes", "models", "criteria", "parameters")}
    assert groups["pedozone.models"].keys() == set(available_models())
    assert groups["pedozone.criteria"].keys() == set(Criteria())
    for entries in groups.values():
        for target in entries.values():
            module, _, name = target.partition(":")
            assert hasattr(import_module(module), name)
    assert set(groups["pedozone.parameters"]) <= set(available_sets())
