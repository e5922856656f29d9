"""Criteria of the boundary, as plug-ins: each gives g(z), positive in the vegetation zone, crossed at 0."""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.declarations import Role
from pedozone.engine.graph import Graph
from pedozone.engine.plugins import discover
from pedozone.engine.steady import MeanYear
from pedozone.zones.context import Years

ENTRY_POINT_GROUP = "pedozone.criteria"
"""Under which installed packages offer criteria: subclasses of `Criterion` that are made without arguments."""

HORIZONS = (1.0, 10.0, 100.0)
"""Horizons (yr) reported for `dom_fate`; the middle one is the convention."""


@dataclass(frozen=True)
class Signal:
    """A criterion evaluated on the mineral soil.

    Parameters
    ----------
    mass : numpy.ndarray [points]
        Cumulative mineral mass of the points, kg m-2, increasing.
    value : numpy.ndarray [points, years]
        g; positive in the vegetation zone.
    spread : float or None
        Value of g at which membership is three quarters (minus it: one quarter); None where the criterion has no
        membership and so no width.
    """

    mass: np.ndarray
    value: np.ndarray
    spread: float | None


class Criterion(abc.ABC):
    """A rule that tells the vegetation zone from the mineral zone."""

    name: ClassVar[str]
    summary: ClassVar[str]

    @abc.abstractmethod
    def evaluate(self, years: Years) -> Signal | None:
        """Return the signal, or None where the model cannot support the criterion (``not_defined``)."""


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
        mass = years.mass_at_face
        return Signal(0.5 * (mass[1:] + mass[:-1]), w[years.graph.organic :] - 0.5, 0.25)


class CarbonZeroFlux(Criterion):
    """The carbon picture nearest to the hydrological plane: organic flux down equals the CO2 flux up."""

    name = "carbon_zero_flux"
    summary = "as much organic carbon moves down as carbon dioxide comes up from below"

    def evaluate(self, years: Years) -> Signal | None:  # noqa: D102 (inherited)
        respired = years.respiration[years.graph.organic :]
        below = np.concatenate([np.cumsum(respired[::-1], axis=0)[::-1], np.zeros_like(respired[:1])])
        net = years.organic_flux[years.graph.organic :] - below
        return Signal(years.mass_at_face, -net, None)


class Criteria(Mapping[str, Criterion]):
    """Criteria by name: those of pedozone, then those of installed packages, which are looked for when first needed."""

    @functools.cached_property
    def _found(self) -> dict[str, Criterion]:
        own: dict[str, type[Criterion]] = {c.name: c for c in (DomFate, CarbonZeroFlux)}
        makers = cast("dict[str, Callable[[], Criterion]]", discover(ENTRY_POINT_GROUP, Criterion, own))
        return {name: make() for name, make in makers.items()}

    def __getitem__(self, name: str) -> Criterion:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


CRITERIA = Criteria()
