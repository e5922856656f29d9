"""Cost of a gradient over the run itself: through years with checkpoints, and through the steady state."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.cases import Case, Columns, cases, signature_of
from benchmarks.timing import Time, rounds, timed
from pedozone.engine.adjoint import ImplicitOptions, steady_adjoint, steady_state, years_scan
from pedozone.engine.blocktri.compiled import kernel
from pedozone.engine.blocktri.solver import Solver, Tracing, choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import SpinupOptions, Status
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.simulation.setting import DECAY

TITLE = "Gradients"
COLUMNS, YEARS = 64, 100
QUICK_YEARS = 10
BARS = {("first_order", 0): 8.0, ("mprk22", 2): 12.0}
"""Runs that a gradient may cost, by method and number of tracers."""

RUNS = (("first_order", 0), ("mprk22", 0), ("mprk22", 2))
TRACERS = ("radiocarbon", "root")


def given_columns(count: int) -> tuple[Case, Columns, Tracing]:
    """Columns of the core set with some tracers, as JAX arrays (inside `double_precision`)."""
    case, names = cases()["core set"], TRACERS[:count]
    columns = jax.tree.map(jnp.asarray, case.columns(COLUMNS))
    decay = jnp.asarray([DECAY if name == "radiocarbon" else 0.0 for name in names])
    signature = jnp.asarray(signature_of(case.model, names, COLUMNS))
    tracing = Tracing(signature.reshape(count, len(case.model.graph.inputs), COLUMNS), jnp.zeros(count), decay)
    return case, columns._replace(stocks=columns.stocks[: 1 + count]), tracing


def compiled(function: Callable[..., Any], *given: Any) -> tuple[Callable[[], Time], float, int]:
    """The work of a compiled function, the processor time of its compilation (s) and its scratch memory (bytes)."""
    began = time.process_time()
    program = jax.jit(function).lower(*given).compile()
    took = time.process_time() - began
    memory = program.memory_analysis()

    def work() -> Time:
        with double_precision():
            return timed(lambda: jax.block_until_ready(program(*given)))

    work()
    return work, took, 0 if memory is None else int(memory.temp_size_in_bytes)


def through_years(solver: Solver, method: str, tracers: int, years: int, count: int) -> dict[str, Any]:
    """One row: a run and its gradient by all parameters, the soil, the weather and the start, timed in turns."""
    with double_precision():
        case, columns, tracing = given_columns(tracers)
        modes = case.model.modelled()

        def held(parameters: Any, start: State, site: Any, forcing: Any) -> jax.Array:
            given = (start, site, forcing, parameters, modes, tracing)
            end, _ = years_scan(case.model, solver, STEPPERS[method], *given, years)
            return jnp.sum(end.stocks)

        parameters = {name: jnp.asarray(value, dtype=jnp.float64) for name, value in case.parameters.items()}
        at = (parameters, State(columns.stocks, columns.physical), columns.site, columns.forcing)
        forward, forward_compile, forward_memory = compiled(held, *at)
        gradient, compile_time, memory = compiled(jax.grad(held, argnums=(0, 1, 2, 3)), *at)
    found = rounds({"forward": forward, "gradient": gradient}, count)
    row = {
        "solver": solver.backend,
        "method": method,
        "tracers": tracers,
        "columns": COLUMNS,
        "years": years,
        "forward_s": found["forward"].processor,
        "gradient_s": found["gradient"].processor,
        "ratio": found["gradient"].processor / found["forward"].processor,
        "bar": BARS.get((method, tracers)),
        "memory_mb": memory / 1e6,
        "forward_memory_mb": forward_memory / 1e6,
        "compile_s": compile_time,
        "forward_compile_s": forward_compile,
    }
    print(f"  {line(row)}", flush=True)
    return row


def through_steady_state(method: str, count: int) -> dict[str, Any]:
    """The adjoint of the steady state: vector-Jacobian years, and its cost in native years."""
    solver, stepper = choose_solver("auto"), STEPPERS[method]
    with double_precision():
        case, columns, _ = given_columns(0)
        model, modes = case.model, case.model.modelled()
        parameters = {name: jnp.asarray(value, dtype=jnp.float64) for name, value in case.parameters.items()}
        given = (columns.site, columns.forcing, parameters, modes)
        start = State(columns.stocks, columns.physical)
        options = SpinupOptions(tolerance=1e-9)
        state, found = steady_state(model, solver, stepper, start, *given, options=options)
        cotangent = State(jnp.ones_like(state.stocks), jnp.zeros_like(state.physical))
        tracing = no_tracers(model.graph, COLUMNS)

        def adjoint() -> Any:
            return steady_adjoint(model, solver, stepper, state, *given, cotangent, ImplicitOptions())

        def year(state: State, *given: Any) -> State:
            return run_year(model, solver, stepper, state, *given, tracing, record=False).state

        result = adjoint()
        native, _, _ = compiled(year, state, *given)

    def work() -> Time:
        with double_precision():
            return timed(lambda: jax.block_until_ready(adjoint()))

    times = rounds({"adjoint": work, "year": native}, count)
    residual = np.asarray(result.residual)
    row = {
        "method": method,
        "columns": COLUMNS,
        "converged": sum(status is Status.CONVERGED for status in found.status),
        "vector_jacobian_years": int(result.years),
        "native_years": times["adjoint"].processor / times["year"].processor,
        "spinup_years": int(found.years.max()),
        "worst_residual": float(residual.max()),
    }
    print(
        f"  steady state, {method}: {row['vector_jacobian_years']} vector-Jacobian years, as long as "
        f"{row['native_years']:.0f} native ones (the spin-up took {row['spinup_years']})",
        flush=True,
    )
    return row


def run(quick: bool = False) -> dict[str, Any]:
    """Time everything."""
    years, count = (QUICK_YEARS, 3) if quick else (YEARS, 5)
    backends = [*(["cpp"] if kernel().available else []), "jax"]
    rows = []
    for backend in backends[:1] if quick else backends:
        for method, tracers in RUNS:
            fewer = years if backend == "cpp" else QUICK_YEARS
            rows.append(through_years(Solver(backend), method, tracers, fewer, count))
    steady = [through_steady_state(method, count) for method in ("first_order", "mprk22")]
    return {"years": rows, "steady_state": steady}


def line(row: dict[str, Any]) -> str:
    """A row in words."""
    bar = "" if row["bar"] is None else f" (at most {row['bar']:.0f})"
    return (
        f"{row['solver']} {row['method']}, {row['tracers']} tracers, {row['columns']} columns x {row['years']} years: "
        f"a gradient costs {row['ratio']:.1f} runs{bar}, {row['memory_mb']:.0f} MB, "
        f"{row['compile_s']:.0f} s to compile"
    )


def markdown(result: dict[str, Any]) -> str:
    """Tables for the documentation."""
    parts = [
        "| solver | method | tracers | columns x years | runs that a gradient costs | at most | memory, MB |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for row in result["years"]:
        bar = "" if row["bar"] is None else f"{row['bar']:.0f}"
        parts.append(
            f"| {row['solver']} | {row['method']} | {row['tracers']} | {row['columns']} x {row['years']} "
            f"| {row['ratio']:.1f} | {bar} | {row['memory_mb']:.0f} |"
        )
    parts += [
        "",
        "| method | vector-Jacobian years of the steady state's gradient | as long as native years | spin-up, years |",
        "|---|---:|---:|---:|",
    ]
    for row in result["steady_state"]:
        years, spinup = row["vector_jacobian_years"], row["spinup_years"]
        parts.append(f"| {row['method']} | {years} | {row['native_years']:.0f} | {spinup} |")
    return "\n".join(parts)


if __name__ == "__main__":
    print(json.dumps(run(quick=True), indent=1))
