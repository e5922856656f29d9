"""Steady states of layered CENTURY, 140 pools a column: by the engine's solve, and by a dense one."""

from __future__ import annotations

import functools
import time
from typing import Any

import jax
import numpy as np

from benchmarks.bench_throughput import scale
from benchmarks.timing import rounds, timed
from pedozone.engine.ages import systems
from pedozone.engine.batching import WIDTH
from pedozone.engine.frozen import frozen_year
from pedozone.engine.precision import double_precision
from pedozone.engine.year import State
from pedozone.models.century_layered import Forcing, LayeredCentury, Profile
from pedozone.parameters import load_parameters
from pedozone.processes.century_environment import Texture
from pedozone.processes.clm_environment import PlantCarbon
from pedozone.simulation.steady_columns import steady_columns

TITLE = "Steady state of layered CENTURY"
COLUMNS, LAYERS, THREADS = 10_000, 20, 2
BAR = 0.02
"""Milliseconds per column on two cores of the machine of the bars."""
PUBLISHED = 1.3
"""Milliseconds of the solve alone in the published matrix version, as the bar was set against."""
PARAMETERS = "century-clm4.5"
DENSE_COLUMNS = 256


def columns(count: int, seed: int = 0) -> tuple[Profile, Forcing]:
    """Soils and climates, each column on its own, to 4 m in layers that thicken downward."""
    rng = np.random.default_rng(seed)
    clay = rng.uniform(0.05, 0.45, count)
    layers = 0.02 * 1.2 ** np.arange(LAYERS)
    thickness = np.multiply.outer(4.0 * layers / layers.sum(), rng.uniform(0.8, 1.2, count))
    texture = Texture(np.tile(clay, (LAYERS, 1)), np.tile(rng.uniform(0.1, 0.5, count), (LAYERS, 1)))

    def amount(low: float, high: float) -> np.ndarray:
        return rng.uniform(low, high, (1, 1, count))

    plants = PlantCarbon(amount(0.05, 0.4), amount(0.05, 0.4), amount(0.0, 0.1), amount(0.0, 0.05))
    activity = rng.uniform(0.1, 0.8, count) * rng.uniform(0.7, 1.0, (1, LAYERS, count))
    frozen = rng.random(count) < 0.2
    forcing = Forcing(
        activity=activity,
        plants=plants,
        root_beta=rng.uniform(0.92, 0.98, count),
        rooting_depth=rng.uniform(0.5, 3.0, count),
        active_layer=np.where(frozen, rng.uniform(0.3, 1.9, count), np.inf),
    )
    return Profile(texture, thickness), forcing


def dense_systems(site: Profile, forcing: Forcing, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The same operators as matrices [columns, 140, 140], and what enters [columns, 140]."""
    model = LayeredCentury(LAYERS)
    with double_precision():
        site, forcing = jax.tree.map(lambda a: a[..., :count], (site, forcing))
        start = State(np.zeros((1, len(model.graph.pools), LAYERS, count)), ())
        found = systems(model.graph, frozen_year(model, start, site, forcing, load_parameters(PARAMETERS).values()))
    return np.stack([system.matrix for system in found]), np.stack([system.inputs for system in found])


def run(quick: bool = False) -> dict[str, Any]:
    """Time both, and say how far they are apart."""
    model, (site, forcing) = LayeredCentury(LAYERS), columns(COLUMNS)
    solve = functools.partial(steady_columns, model, site, forcing, PARAMETERS, workers=THREADS)
    matrices, inputs = dense_systems(site, forcing, DENSE_COLUMNS)

    def dense() -> np.ndarray:
        return np.stack([np.linalg.solve(a, -u) for a, u in zip(matrices, inputs, strict=True)])

    began = time.perf_counter()
    found = solve()
    compiled = time.perf_counter() - began
    expected = dense()
    flat = np.moveaxis(found[..., :DENSE_COLUMNS], -1, 0).reshape(expected.shape)
    differ = np.abs(flat - expected) / np.maximum(np.abs(expected), 1e-12)
    tasks = {"engine": lambda: timed(solve, THREADS), "dense": lambda: timed(dense)}
    times = rounds(tasks, 3 if quick else 10)
    row = {
        "columns": COLUMNS,
        "pools": int(np.prod(found.shape[:-1])),
        "width": WIDTH,
        "threads": THREADS,
        "bar": BAR / scale(5)["scale_by_the_clock"],
        "ms_per_column": 1e3 * times["engine"].clock / COLUMNS,
        "ms_per_column_by_processor_time": 1e3 * times["engine"].processor / COLUMNS,
        "dense_ms_per_column": 1e3 * times["dense"].clock / DENSE_COLUMNS,
        "published_ms_per_column": PUBLISHED,
        "first_call_s": compiled,
        "largest_difference": float(differ.max()),
    }
    print(f"  {line(row)}", flush=True)
    return row


def line(row: dict[str, Any]) -> str:
    """The result in words."""
    return (
        f"{row['columns']:,} columns of {row['pools']} pools: {row['ms_per_column']:.4f} ms a column on "
        f"{row['threads']} threads (bar {BAR:g}, by the plain loop of this machine {row['bar']:.3f}; "
        f"{row['ms_per_column_by_processor_time']:.4f} by processor time); "
        f"one numpy.linalg.solve a column {row['dense_ms_per_column']:.2f} ms, "
        f"{row['dense_ms_per_column'] / row['ms_per_column']:.0f} times as much; largest relative difference "
        f"{row['largest_difference']:.1e}"
    )


def markdown(result: dict[str, Any]) -> str:
    """Table for the documentation."""
    return "\n".join(
        [
            "| columns | pools | ms per column, two threads | bar, scaled | dense solve alone | largest difference |",
            "|---:|---:|---:|---:|---:|---:|",
            f"| {result['columns']:,} | {result['pools']} | {result['ms_per_column']:.4f} | {result['bar']:.3f} "
            f"| {result['dense_ms_per_column']:.2f} | {result['largest_difference']:.1e} |",
        ]
    )
