"""The process shown in CONTRIBUTING.md works as it stands there."""

import re

import jax
import jax.numpy as jnp
import pytest

from pedozone.engine.assembly import Assembly
from pedozone.engine.process import Process
from pedozone.models.pedon import Pedon
from pedozone.models.pedon_sets import WHOLE_POOLS, whole_processes

CELLS, ORGANIC = 4, 1


class Surroundings:
    is_mineral = jnp.array([[0.0], [1.0], [1.0], [1.0]])


@pytest.fixture(scope="module")
def process(repository):
    text = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), names)
    (found,) = [
        value
        for value in names.values()
        if isinstance(value, type) and issubclass(value, Process) and value is not Process
    ]
    return found()


def test_one_line_adds_the_process_to_the_model(process):
    class Extended(Pedon):
        def __init__(self):
            Assembly.__init__(self, WHOLE_POOLS, (*whole_processes(), process), CELLS, ORGANIC)

    graph, before = Extended().graph, Pedon(CELLS, ORGANIC).graph
    assert set(graph.losses) - set(before.losses)
    assert graph.components == before.components


def test_it_gives_a_coefficient_for_each_flux_it_declares(process):
    with jax.enable_x64(True):
        parameters = {name: jnp.array(0.5) for name in process.parameters}
        prepared = process.prepare(Surroundings, parameters)
        given = process.rates(None, prepared[0], parameters)
        assert len(given) == len(process.transfers) + len(process.losses)
        for rate in given:
            assert rate[:, 0].tolist() == [0.5, 0.0, 0.0, 0.0]
