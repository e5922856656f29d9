"""Throughput: column-years per second by case, method, solver and number of columns."""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np

from benchmarks import reference_loop
from benchmarks.cases import Case, advance, cases
from benchmarks.timing import Time, rounds, timed
from pedozone.engine.batching import WIDTH, map_chunks
from pedozone.engine.blocktri.library import kernel
from pedozone.engine.blocktri.solver import Solver, choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS

TITLE = "Throughput"
COLUMNS = (1, 64, 1024, 8192)
METHODS = ("first_order", "mprk22")
THREADS = 2
REFERENCE_MACHINE = 400e3
"""Column-years per second of the plain loop on two cores of the machine for which the bars were set."""


def reference_task(columns: int, years: int, threads: int = THREADS) -> Any:
    """The plain loop on the ten-pool case, ready to be timed."""
    with double_precision():
        case = cases()["ten pools"]
        given = case.columns(columns)
        model: Any = case.model
        layers = reference_loop.fields(model, reference_loop.season_of(model, given.site, case.parameters))
    state = given.stocks[0]
    values = {name: float(value) for name, value in case.parameters.items()}
    return lambda: reference_loop.run(state, layers, values, years, threads).time


def scale(columns: int = 1024, years: int = 5, count: int = 8) -> dict[str, Any]:
    """How fast the plain loop is here, and what that makes of the machine."""
    task = reference_task(columns, years)
    task()
    time = rounds({"loop": task}, count)["loop"]
    return described(time, columns, years)


def described(time: Time, columns: int, years: int) -> dict[str, Any]:
    """Speed of the plain loop by both measures."""
    per_s = columns * years / np.array(time)
    return {
        "column_years_per_s": float(per_s[1]),
        "column_years_per_s_by_the_clock": float(per_s[0]),
        "ns_per_layer_step": 1e9 * THREADS / float(per_s[1]) / 360.0,
        "scale": float(per_s[1]) / REFERENCE_MACHINE,
        "scale_by_the_clock": float(per_s[0]) / REFERENCE_MACHINE,
    }


def check_loop() -> float:
    """Largest relative difference between the plain loop and the engine after ten years."""
    with double_precision():
        case = cases()["ten pools"]
        given = case.columns(reference_loop.WIDTH)
        model: Any = case.model
        layers = reference_loop.fields(model, reference_loop.season_of(model, given.site, case.parameters))
        values = {name: float(value) for name, value in case.parameters.items()}
        plain = reference_loop.run(given.stocks[0], layers, values, 10, 1).state
        solver = choose_solver("auto")
        end, _ = advance(case, solver, STEPPERS["first_order"], 10)(jax.tree.map(np.asarray, given))
        return float(np.max(np.abs(np.asarray(end.stocks)[0] / plain - 1.0)))


def measure(case: Case, solver: Solver, method: str, columns: int, years: int, count: int, width: int) -> dict:
    """One row: a case timed beside the plain loop."""
    width = min(width, columns)
    threads = THREADS if columns > width else 1
    with double_precision():
        run = advance(case, solver, STEPPERS[method], years)
        given = case.columns(columns)

    def go() -> None:
        map_chunks(run, given, width, threads)

    go()
    tasks = {"engine": lambda: timed(go, threads)}
    beside = columns % reference_loop.WIDTH == 0
    if beside:
        tasks["loop"] = reference_task(max(columns, 64 * THREADS), max(2, 5120 // columns), THREADS)
    found = rounds(tasks, count)
    per_s = columns * years / np.array(found["engine"])
    per_core = columns * years / found["engine"].processor / threads
    row = {
        "solver": solver.backend,
        "method": method,
        "columns": columns,
        "width": width,
        "threads": threads,
        "column_years_per_s": float(per_s[1]),
        "column_years_per_s_by_the_clock": float(per_s[0]),
        "ns_per_layer_step": 1e9 / per_core / (12.0 * case.model.graph.cells),
    }
    if beside:
        loop = described(found["loop"], max(columns, 64 * THREADS), max(2, 5120 // columns))
        row["scale"] = loop["scale"]
        # bars are for two cores: what one thread did counts twice
        speed = per_core * THREADS
        row["bar"] = case.bars[method] * loop["scale"]
        row["over_bar"] = speed / row["bar"]
        row["over_loop"] = speed / loop["column_years_per_s"]
    return row


def run(quick: bool = False) -> dict[str, Any]:
    """Time everything."""
    solvers = [choose_solver("cpp")] if kernel().available else []
    solvers.append(choose_solver("jax"))
    result: dict[str, Any] = {"difference_of_the_loop": check_loop(), "cases": {}, "widths": []}
    with double_precision():
        named = cases()
    for name, case in named.items():
        rows = []
        for solver in solvers:
            for method in METHODS:
                for columns in (64, 1024) if quick else COLUMNS:
                    slow = solver.backend == "jax"
                    years = max(1, min(5, 4096 // columns)) if not slow else max(1, min(2, 1024 // columns))
                    count = (3 if slow else 5) if columns > 1024 or quick else (5 if slow else 15)
                    rows.append(measure(case, solver, method, columns, years, count, WIDTH))
                    print(f"  {name}: {line(rows[-1])}", flush=True)
        result["cases"][name] = {**case.description, "rows": rows}
    if not quick and kernel().available:
        for width in (16, 32, 48, 64, 96, 128):
            row = measure(named["core set"], choose_solver("cpp"), "first_order", 768, 4, 10, width)
            result["widths"].append(row)
            print(f"  width {width}: {line(row)}", flush=True)
    return result


def line(row: dict[str, Any]) -> str:
    """A row in words."""
    text = (
        f"{row['solver']} {row['method']} {row['columns']} columns: {row['column_years_per_s']:,.0f} column-years/s "
        f"({row['column_years_per_s_by_the_clock']:,.0f} by the clock), {row['ns_per_layer_step']:.0f} ns a layer-step"
    )
    return text + (f", {row['over_bar']:.2f} of the bar" if "over_bar" in row else "")


def markdown(result: dict[str, Any]) -> str:
    """Tables for the documentation."""
    parts = []
    for case in result["cases"].values():
        components = ", ".join(map(str, case["components"]))
        parts.append(
            f"**{case['title']}**: {case['pools']} pools in components of {components} on {case['cells']} cells, "
            f"{len(case['tracers'])} tracers.\n"
        )
        parts.append("| solver | method | columns | column-years/s | ns per layer-step | over the bar |")
        parts.append("|---|---|---:|---:|---:|---:|")
        for row in case["rows"]:
            over = row.get("over_bar", math.nan)
            parts.append(
                f"| {row['solver']} | {row['method']} | {row['columns']:,} | {row['column_years_per_s']:,.0f} "
                f"| {row['ns_per_layer_step']:,.0f} | {'' if math.isnan(over) else f'{over:.2f}'} |"
            )
        parts.append("")
    if result["widths"]:
        parts.append("Core set, first order, by the width of a chunk:\n")
        parts.append("| width | ns per layer-step |")
        parts.append("|---:|---:|")
        parts += [f"| {row['width']} | {row['ns_per_layer_step']:,.0f} |" for row in result["widths"]]
    return "\n".join(parts)
