"""Ages, transit times and radiocarbon of a linear compartmental system, in closed form.

Any operator of the engine, written as the matrix ``B`` of ``x' = B x + u``, at steady state. What follows is
distributed as the absorption time of a Markov chain, a phase-type distribution: Metzler and Sierra (2018),
doi:10.1007/s11004-017-9690-1. Dense in pools and cells and in NumPy, for results rather than for stepping.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

from pedozone.engine.graph import Graph
from pedozone.engine.operator import tendency
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import MeanYear, input_by_pool

_HALVINGS = 48
"""Of a late time, in the search for a quantile: to 4e-15 of it, before a step of Newton's method."""


def operator_matrix(graph: Graph, year: MeanYear) -> np.ndarray:
    """Write an operator as dense matrices.

    Parameters
    ----------
    graph : Graph
    year : MeanYear
        Its operator is on ``graph.per_pool``.

    Returns
    -------
    numpy.ndarray [batch, size, size]
        yr-1; size = pools times cells, the cells of the first pool first.
    """
    pools, cells = len(graph.pools), graph.cells
    batch = year.stock.shape[-1]
    size = pools * cells

    @jax.jit
    def columns(operator):
        def column(unit):
            spread = jnp.broadcast_to(unit.reshape(pools, cells, 1), (pools, cells, batch))
            return tendency(graph.per_pool, operator, spread)

        return jax.vmap(column)(jnp.eye(size))

    with double_precision():
        found = np.asarray(columns(year.operator))  # [from, pools, cells, batch]
    return np.moveaxis(found.reshape(size, size, batch), (0, 1, 2), (2, 1, 0)).copy()


def systems(graph: Graph, year: MeanYear) -> list[CompartmentalSystem]:
    """One `CompartmentalSystem` for every column of a batch."""
    matrices = operator_matrix(graph, year)
    with double_precision():
        ones = jnp.ones((1, len(graph.inputs), year.stock.shape[-1]))
        inputs = np.asarray(input_by_pool(graph, year.inputs, ones))[0]
    shape = (len(graph.pools), graph.cells)
    names = tuple(pool.name for pool in graph.pools)
    return [CompartmentalSystem(m, inputs[..., b].ravel(), shape, names) for b, m in enumerate(matrices)]


@dataclass(frozen=True, eq=False)
class CompartmentalSystem:
    """One column as ``x' = B x + u`` with constant coefficients.

    Parameters
    ----------
    matrix : numpy.ndarray [size, size]
        ``B``, yr-1: rates of loss on the diagonal, transfers off it, columns adding up to no more than zero.
    inputs : numpy.ndarray [size]
        ``u``, kg C m-2 yr-1.
    shape : tuple of int
        Pools and cells; their product is the size.
    names : tuple of str
        Of the pools.

    Raises
    ------
    ValueError
        If shapes do not fit, if an entry is not finite or has the wrong sign, or if nothing enters.

    Notes
    -----
    Without a steady state (carbon that cannot leave) the matrix is singular and the properties raise
    `numpy.linalg.LinAlgError`.
    """

    matrix: np.ndarray
    inputs: np.ndarray
    shape: tuple[int, int]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        matrix, inputs = np.array(self.matrix, dtype=float), np.array(self.inputs, dtype=float)
        size = self.shape[0] * self.shape[1]
        if matrix.shape != (size, size) or inputs.shape != (size,) or len(self.names) != self.shape[0]:
            raise ValueError(
                f"{self.shape[0]} pools in {self.shape[1]} cells need a matrix of {size} x {size}, {size} inputs and "
                f"{self.shape[0]} names; found {matrix.shape}, {inputs.shape} and {len(self.names)}"
            )
        if not (np.isfinite(matrix).all() and np.isfinite(inputs).all()):
            raise ValueError("matrix and inputs have to be finite; an empty pool may have no mean rate")
        scale = max(float(np.abs(matrix).max()), 1e-300)
        leaving = -matrix.sum(axis=0)
        off = matrix - np.diag(np.diag(matrix))
        if off.min() < 0.0 or leaving.min() < -1e-9 * scale:
            raise ValueError("not compartmental: transfers must not be negative, columns must not add up to a gain")
        if inputs.min() < 0.0 or inputs.sum() <= 0.0:
            raise ValueError("inputs must not be negative, and some carbon has to enter")
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "inputs", inputs)

    # -- steady state ------------------------------------------------------------------------------------------

    @cached_property
    def _factors(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", scipy.linalg.LinAlgWarning)  # said below, with its meaning
            factors = scipy.linalg.lu_factor(self.matrix)
        if (np.abs(np.diag(factors[0])) <= 1e-15 * np.abs(np.diag(self.matrix))).any():
            raise np.linalg.LinAlgError("no steady state: some carbon has no way out of the column")
        return factors

    def _solve(self, right: np.ndarray) -> np.ndarray:
        """``-B^-1 right``."""
        return -scipy.linalg.lu_solve(self._factors, right)

    @property
    def leaving(self) -> np.ndarray:
        """Rate at which carbon of each compartment leaves the column, yr-1 [size]."""
        return -self.matrix.sum(axis=0)

    @cached_property
    def steady_state(self) -> np.ndarray:
        """Stocks at steady state, ``-B^-1 u``, kg C m-2 [size]."""
        return self._solve(self.inputs)

    def without(self, *names: str) -> CompartmentalSystem:
        """The rest of the system; what goes into the pools left out counts as leaving.

        For pools that nothing leaves, which have neither a steady state nor an age.

        Parameters
        ----------
        *names : str

        Raises
        ------
        ValueError
            If a name is no pool's, or if one of the pools feeds the rest.
        """
        unknown = sorted(set(names) - set(self.names))
        if unknown:
            raise ValueError(f"no such pools: {', '.join(unknown)}; there are {', '.join(self.names)}")
        kept = np.repeat([name not in names for name in self.names], self.shape[1])
        if self.matrix[np.ix_(kept, ~kept)].any():
            raise ValueError(f"the rest of the system is fed by pools among {', '.join(sorted(set(names)))}")
        left = tuple(name for name in self.names if name not in names)
        return CompartmentalSystem(self.matrix[np.ix_(kept, kept)], self.inputs[kept], (len(left), self.shape[1]), left)

    def by_pool(self, values: np.ndarray) -> np.ndarray:
        """Reshape ``[..., size]`` to ``[..., pools, cells]``."""
        return values.reshape(*values.shape[:-1], *self.shape)

    @cached_property
    def eigenvalues(self) -> np.ndarray:
        """Eigenvalues of ``B``, yr-1, slowest first [size]."""
        values = np.linalg.eigvals(self.matrix)
        return values[np.argsort(np.abs(np.real(values)))]

    @property
    def relaxation_times(self) -> np.ndarray:
        """e-folding times of the modes of the system, yr, slowest first [size]."""
        return -1.0 / np.real(self.eigenvalues)

    # -- how long carbon stays -----------------------------------------------------------------------------------

    @property
    def _entering(self) -> np.ndarray:
        return self.inputs / self.inputs.sum()

    @property
    def _residing(self) -> np.ndarray:
        return self.steady_state / self.steady_state.sum()

    def _moment(self, start: np.ndarray, order: int) -> float:
        """``n! 1' (-B)^-n start``."""
        for _ in range(order):
            start = self._solve(start)
        return math.factorial(order) * float(start.sum())

    def transit_time_moment(self, order: int = 1) -> float:
        """Raw moment of the transit time, from entry to exit, yr^order; the first is stock over input."""
        return self._moment(self._entering, order)

    def system_age_moment(self, order: int = 1) -> float:
        """Raw moment of the age of the carbon in the column, yr^order."""
        return self._moment(self._residing, order)

    @property
    def mean_transit_time(self) -> float:
        """Mean time that carbon spends in the column, yr."""
        return self.transit_time_moment(1)

    @property
    def mean_system_age(self) -> float:
        """Mean age of all carbon in the column, yr."""
        return self.system_age_moment(1)

    @cached_property
    def mean_ages(self) -> np.ndarray:
        """Mean age of the carbon of every pool and cell, yr [size]; NaN where nothing is held."""
        return self.age_moments(1)

    def age_moments(self, order: int) -> np.ndarray:
        """Raw moments of age by compartment, ``n! X^-1 (-B)^-n x``, yr^order [size]; NaN where nothing is held."""
        moment = self.steady_state
        for _ in range(order):
            moment = self._solve(moment)
        return math.factorial(order) * self._over_stock(moment)

    def _over_stock(self, values: np.ndarray) -> np.ndarray:
        held = self.steady_state > 0.0
        return np.where(held, values / np.where(held, self.steady_state, 1.0), np.nan)

    # -- distributions ---------------------------------------------------------------------------------------

    def _evolve(self, start: np.ndarray, times) -> np.ndarray:
        """``exp(B t) start`` at every time [times, size]; times at or above 0, in any order."""
        times = np.atleast_1d(np.asarray(times, dtype=float))
        if not np.isfinite(times).all() or times.min(initial=0.0) < 0.0:
            raise ValueError("times and ages are finite numbers of years from 0 on")
        order = np.argsort(times)
        found = np.empty((times.size, start.size))
        steps: dict[float, np.ndarray] = {}
        now, y = 0.0, start
        for k in order:
            step = float(times[k]) - now
            if step > 0.0:
                key = float(f"{step:.13g}")  # equal steps, but for rounding, share their exponential
                if key not in steps:
                    steps[key] = scipy.linalg.expm(self.matrix * step)
                y = steps[key] @ y
                now = float(times[k])
            found[k] = y
        return found

    def transit_time_density(self, times) -> np.ndarray:
        """Density of the transit time, ``z' exp(B t) b``, yr-1 [times]."""
        return self._evolve(self._entering, times) @ self.leaving

    def transit_time_cumulative(self, times) -> np.ndarray:
        """Share of carbon that has left within a time after entry [times]."""
        return 1.0 - self._evolve(self._entering, times).sum(axis=-1)

    def transit_time_quantile(self, share: float) -> float:
        """Time within which a share of the carbon has left, yr."""
        return self._quantile(self._entering, share, self.mean_transit_time)

    def system_age_density(self, ages) -> np.ndarray:
        """Density of the age of all carbon in the column, yr-1 [ages]."""
        return self._evolve(self._residing, ages) @ self.leaving

    def system_age_cumulative(self, ages) -> np.ndarray:
        """Share of all carbon that is younger [ages]."""
        return 1.0 - self._evolve(self._residing, ages).sum(axis=-1)

    def system_age_quantile(self, share: float) -> float:
        """Age below which a share of all carbon lies, yr."""
        return self._quantile(self._residing, share, self.mean_system_age)

    def age_densities(self, ages) -> np.ndarray:
        """Density of age by compartment, ``X^-1 exp(B a) u``, yr-1 [ages, size]."""
        return self._over_stock(self._evolve(self.inputs, ages))

    def age_cumulatives(self, ages) -> np.ndarray:
        """Share of the carbon of every compartment that is younger, ``1 - X^-1 exp(B a) x`` [ages, size]."""
        return 1.0 - self._over_stock(self._evolve(self.steady_state, ages))

    def age_quantiles(self, share: float) -> np.ndarray:
        """Age below which a share of the carbon of each compartment lies, yr [size]; NaN where nothing is held."""
        held = np.flatnonzero(self.steady_state > 0.0)
        found = np.full(self.inputs.size, np.nan)
        found[held] = self._crossing(self.steady_state, np.eye(self.inputs.size)[held], share, self.mean_ages[held])
        return found

    def _quantile(self, start: np.ndarray, share: float, mean: float) -> float:
        return float(self._crossing(start, np.ones((1, start.size)), share, np.array([mean]))[0])

    def _crossing(self, start: np.ndarray, read: np.ndarray, share: float, mean: np.ndarray) -> np.ndarray:
        """Times at which what each row of `read` sees of a start has fallen to ``1 - share`` of it.

        The time is put together from halves, quarters and so on of one that is late enough, as long as too much
        remains; one exponential for each serves all rows. A Newton step takes up the rest.
        """
        if not 0.0 <= share < 1.0:
            raise ValueError(f"a quantile is asked for a share from 0 to below 1, not {share}")
        whole = read @ start
        target = (1.0 - share) * whole
        # Markov's inequality: no more than mean / t can be older than t
        step = float(mean.max()) / (1.0 - share)
        time, now = np.zeros(len(read)), np.repeat(start[:, None], len(read), axis=1)
        for _ in range(_HALVINGS):
            step = step / 2.0
            later = scipy.linalg.expm(self.matrix * step) @ now
            too_early = np.einsum("ks,sk->k", read, later) > target
            now, time = np.where(too_early, later, now), time + step * too_early
        falling = -np.einsum("ks,sk->k", read, self.matrix @ now)
        rest = np.where(falling > 0.0, (np.einsum("ks,sk->k", read, now) - target) / np.maximum(falling, 1e-300), 0.0)
        return time + np.clip(rest, 0.0, step)

    # -- radiocarbon -----------------------------------------------------------------------------------------

    def radiocarbon_at_steady_state(self, decay: float, atmosphere: float = 1.0) -> np.ndarray:
        """Absolute fraction modern of every compartment under a constant atmosphere [size]; NaN where empty.

        Parameters
        ----------
        decay : float
            Decay constant, yr-1.
        atmosphere : float
            Absolute fraction modern, ``1 + Delta14C/1000``, of what enters.
        """
        return self._over_stock(self._radiocarbon(decay, atmosphere))

    def _radiocarbon(self, decay: float, atmosphere: float) -> np.ndarray:
        return np.linalg.solve(decay * np.eye(self.inputs.size) - self.matrix, self.inputs * atmosphere)

    def radiocarbon_through(self, years, atmosphere, decay: float) -> np.ndarray:
        """Absolute fraction modern of every compartment through the bomb, carbon at steady state.

        The atmosphere is linear between its knots, and the solution between them exact. At the first knot the column
        is in equilibrium with it.

        Parameters
        ----------
        years : array_like [k]
            Knots, increasing.
        atmosphere : array_like [k]
            Absolute fraction modern of what enters.
        decay : float
            Decay constant, yr-1.

        Returns
        -------
        numpy.ndarray [k, size]
            At the knots; NaN where nothing is held.

        Raises
        ------
        ValueError
            If the knots do not increase or the lists differ in length.
        """
        years, air = np.asarray(years, dtype=float), np.asarray(atmosphere, dtype=float)
        if years.ndim != 1 or years.shape != air.shape or years.size == 0 or not (np.diff(years) > 0.0).all():
            raise ValueError("years have to increase, with one value of the atmosphere for each")
        size = self.inputs.size
        aging = self.matrix - decay * np.eye(size)
        found = np.empty((years.size, size))
        found[0] = y = self._radiocarbon(decay, float(air[0]))
        steps: dict[float, np.ndarray] = {}
        for k, step in enumerate(np.diff(years)):
            if step not in steps:
                # y' = (B - lambda) y + u a,  a' = b,  b' = 0
                block = np.zeros((size + 2, size + 2))
                block[:size, :size], block[:size, size], block[size, size + 1] = aging, self.inputs, 1.0
                steps[step] = scipy.linalg.expm(block * step)[:size]
            slope = (air[k + 1] - air[k]) / step
            y = steps[step] @ np.concatenate([y, [air[k], slope]])
            found[k + 1] = y
        return self._over_stock(found)
