"""Gradients through time and through the periodic steady state."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.core import Tracer

from pedozone.engine.assembly import Assembly, Modes
from pedozone.engine.blocktri.solver import Solver, Tracing
from pedozone.engine.jacobian import mean_jacobian, solve_jacobian
from pedozone.engine.krylov import gmres
from pedozone.engine.precision import require_double
from pedozone.engine.process import Parameters
from pedozone.engine.spinup import Progress, Spinup, SpinupOptions, spin_up
from pedozone.engine.steady import mean_year
from pedozone.engine.stepping import Stepper, no_tracers
from pedozone.engine.year import State, Year, run_year

Array = jax.Array

VARYING = frozenset({"forcing", "tracing"})


def years_scan(
    model: Assembly,
    solver: Solver,
    stepper: Stepper,
    state: State,
    site: Any,
    forcing: Any,
    parameters: Parameters,
    modes: Modes,
    tracing: Tracing,
    years: int,
    *,
    by_year: Collection[str] = (),
    record: Callable[[Year], Any] | None = None,
    ledger: bool = False,
    checkpoint: bool = True,
) -> tuple[State, Any]:
    """Run years one after the other, in a form that reverse-mode differentiation affords.

    With `checkpoint`, only the state at the start of each year is kept for the backward pass, which
    runs every year once more: memory grows with the state, not with the steps.

    Parameters
    ----------
    state : State
        At the start of the first year.
    site, forcing, parameters, modes, tracing
        As :func:`pedozone.engine.year.run_year` takes them.
    years : int
    by_year : collection of str
        Which of ``"forcing"`` and ``"tracing"`` lead with the year, [years, ...]; the others repeat.
    record : callable, optional
        What to keep of every year, a pytree made from its :class:`~pedozone.engine.year.Year`.
    ledger : bool
        Whether years come with their ledger, for `record`; without one, steps are cheaper to
        differentiate.
    checkpoint : bool

    Returns
    -------
    State
        At the end of the last year.
    pytree
        What `record` returned, leading with the year; None without `record`.

    Raises
    ------
    ValueError
        If `by_year` names something that cannot change by year.
    PrecisionError
        If the state is not float64.
    """
    unknown = set(by_year) - VARYING
    if unknown:
        raise ValueError(f"by_year may name {sorted(VARYING)}, not {sorted(unknown)}")
    require_double(state.stocks)
    given = {"forcing": forcing, "tracing": tracing}
    varying = {name: given[name] for name in by_year}

    def one(state: State, now: dict[str, Any]) -> tuple[State, Any]:
        f, t = ({**given, **now}[name] for name in ("forcing", "tracing"))
        year = run_year(model, solver, stepper, state, site, f, parameters, modes, t, record=ledger)
        return year.state, None if record is None else record(year)

    # inside a scan nothing can be merged across the barrier that prevent_cse would raise
    body = jax.checkpoint(one, prevent_cse=False) if checkpoint else one
    return lax.scan(body, state, varying, length=years)


@dataclass(frozen=True)
class ImplicitOptions:
    """Settings of the derivative through the steady state.

    Parameters
    ----------
    tolerance : float
        Of the adjoint equation, relative to its right-hand side.
    iterations : int
        Most vector-Jacobian years.
    acceptable : float
        Residual above which a column's derivatives are NaN rather than wrong.
    """

    tolerance: float = 1e-10
    iterations: int = 40
    acceptable: float = 1e-6


class Adjoint(NamedTuple):
    """Derivatives through the steady state, with what they cost.

    Attributes
    ----------
    site, forcing, parameters, modes : pytree
        Cotangents.
    residual : Array [batch]
        Of the adjoint equation, relative.
    years : Array
        Vector-Jacobian years.
    """

    site: Any
    forcing: Any
    parameters: Any
    modes: Any
    residual: Array
    years: Array


def _flatten(state: State) -> tuple[Array, Callable[[Array], State]]:
    """Lay a state out as [size, batch], and back."""
    leaves, structure = jax.tree.flatten(state)
    shapes = [leaf.shape for leaf in leaves]
    rows = [leaf.size // leaf.shape[-1] for leaf in leaves]
    starts = [sum(rows[:k]) for k in range(len(rows))]

    def restore(flat: Array) -> State:
        parts = zip(starts, rows, shapes, strict=True)
        return structure.unflatten([flat[a : a + r].reshape(s) for a, r, s in parts])

    return jnp.concatenate([leaf.reshape(-1, leaf.shape[-1]) for leaf in leaves]), restore


@functools.partial(jax.jit, static_argnames=("model", "solver", "stepper", "options"))
def steady_adjoint(
    model: Assembly,
    solver: Solver,
    stepper: Stepper,
    state: State,
    site: Any,
    forcing: Any,
    parameters: Parameters,
    modes: Modes,
    cotangent: State,
    options: ImplicitOptions = ImplicitOptions(),
) -> Adjoint:
    """Carry a cotangent of the periodic steady state to what determines it.

    With the annual map ``x' = F(x, p)`` and ``x* = F(x*, p)``, ``dx*/dp = (I - dF/dx)^-1 dF/dp``:
    solve ``(I - dF/dx)^T lambda = cotangent``, then return ``(dF/dp)^T lambda``. The map is
    linearised once; each iteration is one vector-Jacobian year. The mean Jacobian J of the year
    preconditions: ``I - J^-1`` is exact for slow modes and close for fast ones. The physical state
    (water) belongs to x.

    Parameters
    ----------
    state : State
        Periodic steady state at the start of a year, carbon alone; leaves end in the batch.
    cotangent : State
    """
    graph, batch = model.graph, state.stocks.shape[-1]
    tracing = no_tracers(graph, batch)

    def annual(state: State, site: Any, forcing: Any, parameters: Parameters, modes: Modes) -> State:
        year = run_year(model, solver, stepper, state, site, forcing, parameters, modes, tracing, record=False)
        return year.state

    _, pull = jax.vjp(annual, state, site, forcing, parameters, modes)
    year = run_year(model, solver, stepper, state, site, forcing, parameters, modes, tracing)
    assert year.ledger is not None
    mean = mean_year(graph, year.ledger, year.season.inputs, year.season.inc_share)
    jacobian = mean_jacobian(model, year.season, mean, parameters, modes)
    right, restore = _flatten(cotangent)

    def apply(flat: Array) -> Array:
        return flat - _flatten(pull(restore(flat))[0])[0]

    def precondition(flat: Array) -> Array:
        now = restore(flat)
        corrected = solve_jacobian(graph, solver, jacobian, now.stocks[0], transpose=True)
        return _flatten(State(now.stocks - corrected[None], now.physical))[0]

    solution = gmres(apply, right, precondition, tolerance=options.tolerance, iterations=options.iterations)
    lam = jnp.where(solution.residual <= options.acceptable, solution.x, jnp.nan)
    _, *bars = pull(restore(lam))
    return Adjoint(*bars, residual=solution.residual, years=solution.applications + 1)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1, 2, 3))
def _attached(
    model: Assembly,
    solver: Solver,
    stepper: Stepper,
    options: ImplicitOptions,
    state: State,
    given: tuple[Any, ...],
) -> State:
    del model, solver, stepper, options, given
    return state


def _attached_forward(model, solver, stepper, options, state, given):
    del model, solver, stepper, options
    return state, (state, given)


def _attached_backward(model, solver, stepper, options, kept, cotangent):
    state, given = kept
    found = steady_adjoint(model, solver, stepper, state, *given, cotangent, options)
    return jax.tree.map(jnp.zeros_like, state), tuple(found[:4])


_attached.defvjp(_attached_forward, _attached_backward)


def attach_implicit(
    model: Assembly,
    solver: Solver,
    stepper: Stepper,
    state: State,
    site: Any,
    forcing: Any,
    parameters: Parameters,
    modes: Modes,
    options: ImplicitOptions | None = None,
) -> State:
    """Return a periodic steady state with its derivatives by what determines it.

    The value is `state` itself. Its derivatives follow from the annual map at that point (see
    :func:`steady_adjoint`), whichever way it was found; they are as good as `state` is steady, and
    NaN in a column whose adjoint equation could not be solved. Reverse mode only; may be compiled.

    Parameters
    ----------
    state : State
        Periodic steady state at the start of a year: ``stocks`` [1, pools, cells, batch] and the
        physical state, all leaves float64 and ending in the batch.
    """
    require_double(state.stocks)
    given = jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype=jnp.float64), (site, forcing, parameters, modes))
    return _attached(model, solver, stepper, options or ImplicitOptions(), state, given)


def _concrete(tree: Any) -> Any:
    """Values of a pytree without their derivatives.

    Raises
    ------
    TypeError
        If there are none because the code is being compiled.
    """
    values = lax.stop_gradient(tree)
    if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(values)):
        raise TypeError(
            "a steady state cannot be searched for inside jax.jit, vmap or scan: the spin-up decides "
            "from year to year on the host. Differentiate the plain function with jax.grad, or find "
            "the state first and pass it to attach_implicit, which may be compiled."
        )
    return values


def steady_state(
    model: Assembly,
    solver: Solver,
    stepper: Stepper,
    start: State,
    site: Any,
    forcing: Any,
    parameters: Parameters,
    modes: Modes,
    options: SpinupOptions | None = None,
    implicit: ImplicitOptions | None = None,
    progress: Progress | None = None,
) -> tuple[State, Spinup]:
    """Find the periodic steady state as a differentiable function of what determines it.

    Parameters
    ----------
    start : State
        First guess, without influence on the derivatives.
    options, progress
        Of :func:`~pedozone.engine.spinup.spin_up`.
    implicit : ImplicitOptions, optional

    Returns
    -------
    State
        With derivatives by site, forcing, parameters and modes.
    Spinup
        How the search ended; derivatives of a column that has not converged mean little.

    Raises
    ------
    TypeError
        If called inside compiled code.
    """
    given = (site, forcing, parameters, modes)
    found = spin_up(model, solver, stepper, *_concrete((start, *given)), options=options, progress=progress)
    return attach_implicit(model, solver, stepper, found.state, *given, implicit), found
