"""Marginal cost of a tracer: one more right-hand side through the operator of a step."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import numpy as np

from benchmarks.cases import Case, Columns, advance, cases, signature_of
from benchmarks.timing import rounds, timed
from pedozone.engine.batching import WIDTH
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS

TITLE = "Marginal cost of a tracer"
YEARS = 5
COUNTS = (0, 1, 2, 3, 5)


def with_tracers(case: Case, count: int) -> tuple[Case, Columns]:
    """The case with its first tracers alone, and a chunk of its columns."""
    some = dataclasses.replace(case, tracers=case.tracers[:count])
    given = case.columns(WIDTH)
    signature = signature_of(case.model, some.tracers, WIDTH)
    return some, given._replace(stocks=given.stocks[: 1 + count], signature=signature)


def run(quick: bool = False) -> dict[str, Any]:
    """Time a year of the core set with ledger by the number of tracers."""
    result: dict[str, Any] = {"methods": {}}
    solver = choose_solver("auto")
    for method in ("first_order",) if quick else ("first_order", "mprk22"):
        tasks = {}
        with double_precision():
            for count in COUNTS:
                case, given = with_tracers(cases()["core set"], count)
                tasks[str(count)] = _task(advance(case, solver, STEPPERS[method], YEARS), given)
        for task in tasks.values():
            task()
        found = rounds(tasks, 5 if quick else 30)
        layer_steps = YEARS * WIDTH * 12 * cases_cells()
        ns = {name: 1e9 * time.processor / layer_steps for name, time in found.items()}
        slope = float(np.polyfit(COUNTS, [ns[str(c)] for c in COUNTS], 1)[0])
        share = slope / ns["0"]
        result["methods"][method] = {"ns_per_layer_step": ns, "ns_per_tracer": slope, "share_of_a_step": share}
        print(f"  {method}: {slope:.0f} ns a tracer on {ns['0']:.0f} ns without any: {100 * share:.0f} %", flush=True)
    return result


def cases_cells() -> int:
    """Cells of a column of the core set."""
    with double_precision():
        return cases()["core set"].model.graph.cells


def _task(run: Any, given: Columns) -> Any:
    def go() -> None:
        with double_precision():
            jax.block_until_ready(run(given))

    return lambda: timed(go)


def markdown(result: dict[str, Any]) -> str:
    """Table for the documentation."""
    rows = ["| method | ns per layer-step without tracers | ns per tracer | share of a step |", "|---|---:|---:|---:|"]
    for method, found in result["methods"].items():
        ns, one, share = found["ns_per_layer_step"]["0"], found["ns_per_tracer"], found["share_of_a_step"]
        rows.append(f"| {method} | {ns:.0f} | {one:.0f} | {100 * share:.0f} % |")
    return "\n".join(rows)
