"""Criteria of the boundary, as plug-ins: each gives g(z), positive in the vegetation zone, crossed at 0."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.declarations import Role
from pedozone.engine.graph import Graph
from pedozone.engine.plugins import discover
from pedozone.engine.steady import MeanYear
from pedozone.zones.context import Years
from pedozone.zones.control import Control
from pedozone.zones.criterion import Criterion, Signal
from pedozone.zones.persistence import Persistence, PersistenceRadiocarbon
from pedozone.zones.supply import Rooting, Supply

__all__ = ["CRITERIA", "HORIZONS", "CarbonZeroFlux", "Criteria", "Criterion", "DomFate", "Signal", "dom_fate"]

ENTRY_POINT_GROUP = "pedozone.criteria"
"""Under which installed packages offer criteria: subclasses of `Criterion` that are made without arguments."""

HORIZONS = (1.0, 10.0, 100.0)
"""Horizons (yr) reported for `dom_fate`; the middle one is the convention."""


def dom_fate(years: Years, horizon: float) -> np.ndarray | None:
    """Probability that dissolved carbon is respired within an exponential horizon.

    One transposed solve ``(I/T - A^T) p = r`` of the years' operators; the mean over the dissolved pools is weighted
    by mass (unweighted where there is none). Carrier pools tagged ``bypass`` are left out.

    Parameters
    ----------
    horizon : float
        T, yr.

    Returns
    -------
    numpy.ndarray [cells, years] or None
        None if the model has no dissolved pool or respires nothing.
    """
    graph = years.graph
    dissolved = [p for p in graph.roles(Role.DISSOLVED) if "bypass" not in graph.pools[p].tags]
    if not dissolved or "respired" not in graph.fates:
        return None
    p = np.asarray(_respired_within(graph, years.solver, years.mean, jnp.asarray(horizon)))[dissolved]
    mass = np.asarray(years.mean.stock)[dissolved]
    weight = np.where(mass.sum(axis=0) > 0.0, mass, 1.0)
    return (weight * p).sum(axis=0) / weight.sum(axis=0)


@functools.partial(jax.jit, static_argnames=("graph", "solver"))
def _respired_within(graph: Graph, solver: Solver, mean: MeanYear, horizon: jax.Array) -> jax.Array:
    """Probability of being respired within the horizon from every pool and cell [pools, cells, batch]."""
    r = jnp.zeros((1, *mean.stock.shape))
    for k, loss in enumerate(graph.losses):
        if loss.fate == "respired":
            t = len(graph.transfers) + k
            r = r.at[0, graph.donors[t]].add(mean.operator.rate[t])
    return solver.solve(graph.per_pool, mean.operator, r, identity=1.0 / horizon, transpose=True)[0]


class DomFate(Criterion):
    """Who decides the fate of dissolved carbon: w = 1/2 for the probability of being respired within 10 years."""

    name = "dom_fate"
    summary = "dissolved carbon is as likely as not to be respired within the horizon"

    def __init__(self, horizon: float = 10.0) -> None:
        self.horizon = horizon

    def evaluate(self, years: Years) -> Signal | None:  # noqa: D102 (inherited)
        w = dom_fate(years, self.horizon)
        if w is None:
            return None
        return Signal(years.position_at_centre, years.profile(w) - 0.5, 0.25)


class CarbonZeroFlux(Criterion):
    """The carbon picture nearest to the hydrological plane: organic flux down equals the CO2 flux up."""

    name = "carbon_zero_flux"
    summary = "as much organic carbon moves down as carbon dioxide comes up from below"

    def evaluate(self, years: Years) -> Signal | None:  # noqa: D102 (inherited)
        respired = years.respiration[years.first :]
        below = np.concatenate([np.cumsum(respired[::-1], axis=0)[::-1], np.zeros_like(respired[:1])])
        net = years.organic_flux[years.first :] - below
        return Signal(years.position_at_face, -net, None)


_OWN: tuple[type[Criterion], ...] = (
    DomFate,
    CarbonZeroFlux,
    Supply,
    Rooting,
    Persistence,
    PersistenceRadiocarbon,
    Control,
)


class Criteria(Mapping[str, Criterion]):
    """Criteria by name: those of pedozone, then those of installed packages, which are looked for when first needed."""

    @functools.cached_property
    def _found(self) -> dict[str, Criterion]:
        own: dict[str, type[Criterion]] = {c.name: c for c in _OWN}
        makers = cast("dict[str, Callable[[], Criterion]]", discover(ENTRY_POINT_GROUP, Criterion, own))
        return {name: make() for name, make in makers.items()}

    def __getitem__(self, name: str) -> Criterion:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


CRITERIA = Criteria()
