"""Cost of the spin-up per column, and of stepping on instead."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.bench_throughput import scale
from benchmarks.cases import Case, Columns, cases
from pedozone.engine.batching import WIDTH, map_chunks
from pedozone.engine.blocktri.solver import Solver, choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import Spinup, Status, spin_up
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.parameters.sets import load_parameters

TITLE = "Spin-up"
COLUMNS, QUICK_COLUMNS = 1024, 256
BAR = 6.0
"""Milliseconds per column on two cores of the machine of the bars."""
YEARS = 10_000
QUICK_YEARS = 1_000
METHODS = ("first_order", "mprk22")
PARAMETERS = "pedon-core"


def drawn(count: int, seed: int = 7) -> dict[str, np.ndarray]:
    """Parameter sets from their priors, inside the bounds."""
    rng = np.random.default_rng(seed)
    known = [p for p in load_parameters(PARAMETERS).parameters.values() if p.trainable]
    return {p.name: np.clip([float(p.prior.sample(rng)) for _ in range(count)], p.lower, p.upper) for p in known}


def spun(case: Case, columns: Columns, parameters: Mapping[str, Any], method: str) -> tuple[Spinup, float]:
    """The spin-up of all columns, compiled before, and its seconds by the clock."""
    solver, stepper = choose_solver("auto"), STEPPERS[method]
    start = State(jnp.full((1, *columns.stocks.shape[1:]), 0.03), jnp.asarray(columns.physical))
    given = (columns.site, columns.forcing, parameters, case.model.modelled())
    spin_up(case.model, solver, stepper, start, *given)
    began = time.perf_counter()
    found = spin_up(case.model, solver, stepper, start, *given)
    return found, time.perf_counter() - began


def stepped(case: Case, columns: Columns, found: Spinup, method: str, years: int) -> dict[str, float]:
    """Ordinary years from the same start, in chunks over two threads: their cost, and how far they still are."""
    solver: Solver = choose_solver("auto")
    model, modes = case.model, case.model.modelled()
    values = {name: np.asarray(value, dtype=float) for name, value in case.parameters.items()}

    @jax.jit
    def run(columns: Columns) -> jax.Array:
        tracing = no_tracers(model.graph, columns.stocks.shape[-1])

        def year(state: State, _: None) -> tuple[State, None]:
            given = (columns.site, columns.forcing, values, modes, tracing)
            return run_year(model, solver, STEPPERS[method], state, *given, record=False).state, None

        return jax.lax.scan(year, State(columns.stocks, columns.physical), None, length=years)[0].stocks

    some = 2 * WIDTH
    chosen = jax.tree.map(lambda a: a[..., :some], columns)
    chosen = chosen._replace(stocks=np.full((1, *chosen.stocks.shape[1:]), 0.03))
    began = time.perf_counter()
    end = map_chunks(run, chosen, WIDTH, 2)
    took = time.perf_counter() - began
    steady = np.asarray(found.state.stocks)[0, ..., :some].sum(axis=0)
    away = np.abs(end[0].sum(axis=0) / steady - 1.0).max(axis=0)
    return {"ms_per_column": 1e3 * took / some, "median_distance": float(np.median(away)), "years": years}


def run(quick: bool = False) -> dict[str, Any]:
    """Time everything."""
    count = QUICK_COLUMNS if quick else COLUMNS
    rows = []
    with double_precision():
        case = cases()["core set"]
        columns = case.columns(count)
        default = {name: np.asarray(value, dtype=float) for name, value in case.parameters.items()}
        sets = {"climates and soils": default, "parameter sets of the priors": {**default, **drawn(count)}}
        for what, parameters in sets.items():
            for method in METHODS:
                found, seconds = spun(case, columns, parameters, method)
                machine = scale(5)["scale_by_the_clock"]
                status = Counter(s.value for s in found.status)
                row: dict[str, Any] = {
                    "columns": count,
                    "what": what,
                    "method": method,
                    "ms_per_column": 1e3 * seconds / count,
                    "bar": BAR / machine,
                    "years": [float(q) for q in np.percentile(found.years, [50, 90, 100])],
                    "status": {s.value: status.get(s.value, 0) for s in Status},
                }
                if what == "climates and soils":
                    row["stepping"] = stepped(case, columns, found, method, QUICK_YEARS if quick else YEARS)
                rows.append(row)
                print(f"  {line(row)}", flush=True)
    return {"rows": rows}


def line(row: dict[str, Any]) -> str:
    """A row in words."""
    ends = ", ".join(f"{n} {name}" for name, n in row["status"].items() if n)
    text = (
        f"{row['columns']} {row['what']}, {row['method']}: {row['ms_per_column']:.2f} ms a column (bar "
        f"{row['bar']:.1f}), {row['years'][0]:.0f} years in the median; {ends}"
    )
    if "stepping" in row:
        s = row["stepping"]
        text += (
            f"; {s['years']:,} years of stepping cost {s['ms_per_column']:.0f} ms, "
            f"{s['ms_per_column'] / row['ms_per_column']:.0f} times as much, and end {s['median_distance']:.1e} away"
        )
    return text


def markdown(result: dict[str, Any]) -> str:
    """Table for the documentation."""
    parts = [
        "| columns | method | ms per column | bar | native years: median, 90 %, most | how they ended |",
        "|---|---|---:|---:|---|---|",
    ]
    for row in result["rows"]:
        ends = ", ".join(f"{n} {name}" for name, n in row["status"].items() if n)
        years = ", ".join(f"{q:.0f}" for q in row["years"])
        parts.append(
            f"| {row['columns']:,} {row['what']} | {row['method']} | {row['ms_per_column']:.2f} | {row['bar']:.1f} "
            f"| {years} | {ends} |"
        )
    for row in result["rows"]:
        if "stepping" in row:
            s = row["stepping"]
            parts.append(
                f"\nStepping on instead ({row['method']}): {s['years']:,} years cost {s['ms_per_column']:.0f} ms per "
                f"column, {s['ms_per_column'] / row['ms_per_column']:.0f} times the spin-up, and half of the columns "
                f"still have a cell more than {s['median_distance']:.1e} from the steady state."
            )
    return "\n".join(parts)
