"""Throughput: column-years per second by case, method, solver and number of columns."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from benchmarks import reference_loop
from benchmarks.cases import Columns, advance, cases
from benchmarks.timing import Time, rounds, timed
from pedozone.engine.batching import WIDTH, map_chunks
from pedozone.engine.blocktri.compiled import kernel
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS

TITLE = "Throughput"
COLUMNS = (1, 64, 1024, 8192)
METHODS = ("first_order", "mprk22")
THREADS = 2
YEARS = 10
LOOP_COLUMNS = 512
REFERENCE_MACHINE = 400e3
"""Column-years per second of the plain loop on two cores of the machine for which the bars were set."""


@functools.cache
def reference_task() -> Callable[[], Time]:
    """The plain loop on the ten-pool case, ready to be timed."""
    with double_precision():
        case = cases()["ten pools"]
        given = case.columns(LOOP_COLUMNS)
        model: Any = case.model
        layers = reference_loop.fields(model, reference_loop.season_of(model, given.site, case.parameters))
    values = {name: float(value) for name, value in case.parameters.items()}
    return lambda: reference_loop.run(given.stocks[0], layers, values, YEARS, THREADS).time


def described(time: Time) -> dict[str, float]:
    """Speed of the plain loop by processor time and by the clock, and what it makes of the machine."""
    clock, processor = (LOOP_COLUMNS * YEARS / seconds for seconds in time)
    return {
        "column_years_per_s": processor,
        "column_years_per_s_by_the_clock": clock,
        "ns_per_layer_step": 1e9 * THREADS / processor / 360.0,
        "scale": processor / REFERENCE_MACHINE,
        "scale_by_the_clock": clock / REFERENCE_MACHINE,
    }


def scale(count: int = 40) -> dict[str, float]:
    """Speed of the plain loop on this machine."""
    return described(rounds({"loop": reference_task()}, count)["loop"])


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


@functools.cache
def program(name: str, backend: str, method: str) -> Callable[[Columns], Any]:
    """The compiled years of a case; one program for every number of columns of the same width."""
    return advance(cases()[name], choose_solver(backend), STEPPERS[method], YEARS)


def measure(name: str, backend: str, method: str, columns: int, count: int, width: int = WIDTH) -> dict[str, Any]:
    """One row: a case timed in turns with the plain loop."""
    width = min(width, columns)
    threads = THREADS if columns > width else 1
    repeats = max(1, 128 // columns)
    with double_precision():
        case = cases()[name]
        run = program(name, backend, method)
        given = case.columns(columns)

    def go() -> None:
        for _ in range(repeats):
            map_chunks(run, given, width, threads)

    go()
    found = rounds({"engine": lambda: timed(go, threads), "loop": reference_task()}, count)
    loop = described(found["loop"])
    done = columns * YEARS * repeats
    one = done / found["engine"].processor / threads
    # the bars are for two cores: what one thread did counts twice
    over = THREADS * one / (case.bars[method] * loop["scale"])
    return {
        "solver": backend,
        "method": method,
        "columns": columns,
        "width": width,
        "threads": threads,
        "column_years_per_s": done / found["engine"].processor,
        "column_years_per_s_by_the_clock": done / found["engine"].clock,
        "ns_per_layer_step": 1e9 / one / (12.0 * case.model.graph.cells),
        "scale": loop["scale"],
        "bar": case.bars[method] * loop["scale"],
        "over_bar": over,
        "over_bar_by_the_clock": done
        / found["engine"].clock
        * THREADS
        / threads
        / (case.bars[method] * loop["scale_by_the_clock"]),
    }


def run(quick: bool = False) -> dict[str, Any]:
    """Time everything."""
    backends = [*(["cpp"] if kernel().available else []), "jax"]
    result: dict[str, Any] = {"difference_of_the_loop": check_loop(), "cases": {}, "widths": []}
    with double_precision():
        named = cases()
    for name, case in named.items():
        rows = []
        for backend in backends:
            for method in METHODS:
                for columns in (64, 1024) if quick else COLUMNS:
                    slow = 4 if backend == "jax" else 1
                    count = max(1, min(5 if quick else 20, 8192 // columns // slow))
                    rows.append(measure(name, backend, method, columns, count))
                    print(f"  {name}: {line(rows[-1])}", flush=True)
        result["cases"][name] = {**case.description, "rows": rows}
    if not quick and "cpp" in backends:
        for width in (16, 32, 48, 64, 96, 128):
            result["widths"].append(measure("core set", "cpp", "first_order", 768, 20, width))
            print(f"  width {width}: {line(result['widths'][-1])}", flush=True)
    return result


def line(row: dict[str, Any]) -> str:
    """A row in words."""
    text = (
        f"{row['solver']} {row['method']} {row['columns']} columns: {row['column_years_per_s']:,.0f} column-years/s "
        f"({row['column_years_per_s_by_the_clock']:,.0f} by the clock), {row['ns_per_layer_step']:.0f} ns a layer-step"
    )
    return f"{text}, {row['over_bar']:.2f} times the bar"


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
            parts.append(
                f"| {row['solver']} | {row['method']} | {row['columns']:,} | {row['column_years_per_s']:,.0f} "
                f"| {row['ns_per_layer_step']:,.0f} | {row['over_bar']:.2f} |"
            )
        parts.append("")
    if result["widths"]:
        parts.append("Core set, first order, by the width of a chunk:\n")
        parts.append("| width | ns per layer-step |")
        parts.append("|---:|---:|")
        parts += [f"| {row['width']} | {row['ns_per_layer_step']:,.0f} |" for row in result["widths"]]
    return "\n".join(parts)
