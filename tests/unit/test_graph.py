"""A graph derives its structure from what processes declare, and refuses what contradicts itself."""

import engine_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.engine.declarations import Incorporation, Input, Kind, Loss, Pool, Role, Transfer
from pedozone.engine.graph import LARGEST_COMPONENT, Graph, GraphError

POOLS = (Pool("a", Role.FRESH, "mixing", tags=("soft",)), Pool("b", Role.MINERAL, None))


def graph(pools=POOLS, transfers=(), losses=(), inputs=(), incorporations=(), cells=3, organic=1, classes=("mixing",)):
    return Graph(pools, transfers, losses, inputs, incorporations, cells, organic, classes)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pools": (*POOLS, POOLS[0])}, "repeated"),
        ({"transfers": (Transfer("a", "x", Kind.BIOTIC, "test", "worms"),)}, "worms names the pool 'x'"),
        ({"transfers": (Transfer("a", "a", Kind.BIOTIC, "test", "worms"),)}, "into itself"),
        ({"transfers": (Transfer("a", "b", Kind.BIOTIC, "test", "worms", returns=True),)}, "says that it returns"),
        ({"losses": (Loss("x", "respired", Kind.BIOTIC, "test", "fire"),)}, "fire names the pool 'x'"),
        ({"inputs": (Input("x", "leaf", "plants"),)}, "plants names the pool 'x'"),
        ({"incorporations": (Incorporation("x", "a", "test", "worms"),)}, "worms names the pool 'x'"),
        ({"classes": ()}, "which no process declares"),
        ({"organic": 4}, "4 organic slots in a column of 3 cells"),
    ],
)
def test_contradictions_are_refused(wrong, message):
    with pytest.raises(GraphError, match=message):
        graph(**wrong)


def test_a_component_beyond_the_kernel_is_refused():
    pools = tuple(Pool(f"p{k}", Role.FRESH, None) for k in range(LARGEST_COMPONENT + 1))
    ring = tuple(Transfer(pools[k - 1].name, pools[k].name, Kind.BIOTIC, "test") for k in range(len(pools)))
    with pytest.raises(GraphError, match="into one component"):
        graph(pools=pools, transfers=ring)


@given(pairs=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_components_are_the_pools_that_reach_each_other_upstream_first(pairs):
    pools = tuple(Pool(f"p{k}", Role.FRESH, None) for k in range(7))
    pairs = [(a, b) for a, b in pairs if a != b]
    transfers = tuple(Transfer(f"p{a}", f"p{b}", Kind.BIOTIC, "test") for a, b in pairs)
    components = graph(pools=pools, transfers=transfers).components
    reaches = np.eye(7, dtype=bool)
    for a, b in pairs:
        reaches[a, b] = True
    for k in range(7):
        reaches |= np.outer(reaches[:, k], reaches[k])
    assert sorted(p for part in components for p in part) == list(range(7))
    place = {p: c for c, part in enumerate(components) for p in part}
    for a in range(7):
        for b in range(7):
            assert (place[a] == place[b]) == (reaches[a, b] and reaches[b, a])
    assert all(place[a] <= place[b] for a, b in pairs)


def test_lookups():
    g = cases.PROFILE
    assert g.index["mineral"] == 3
    assert g.roles(Role.LIVING, Role.INERT) == [2, 4]
    assert graph().tagged("soft") == [0]
    assert g.fates == ("respired", "burnt")
    assert g.sources == ("leaf", "root", "exudate")
    assert g.mineral == 5
    assert g.pool_class == (0, 1, 0, 0, -1)


def test_a_class_for_every_moving_pool():
    g = cases.PROFILE.per_pool
    assert g.classes == ("litter", "dom", "microbes", "mineral")
    assert g.pool_class == (0, 1, 2, 3, -1)
    assert g.components == cases.PROFILE.components


def test_another_column_keeps_the_declarations():
    g = cases.PROFILE.with_cells(20, 3)
    assert (g.cells, g.organic, g.mineral) == (20, 3, 17)
    assert g.transfers == cases.PROFILE.transfers
