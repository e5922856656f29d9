"""The plain C++ loop of the ten-pool case, built and timed on the spot: the scale of this machine."""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.ten_pools import TenPools
from benchmarks.timing import Time
from pedozone.engine.assembly import Season

SOURCE = Path(__file__).with_name("reference_loop.cpp")
OPTIONS = ("-std=c++17", "-O3", "-march=native", "-fno-math-errno", "-shared", "-fPIC", "-pthread")
WIDTH = 64
"""Columns of a chunk, as in the source."""

PARAMETERS = (
    "metabolic_decay_rate",
    "structural_decay_rate",
    "pyrogenic_decay_rate",
    "macro_occlusion_factor",
    "micro_occlusion_factor",
    "decay_half_saturation",
    "decay_basal_fraction",
    "macroaggregate_half_saturation",
    "macroaggregate_capacity",
    "macroaggregate_breakup_rate",
    "macro_to_micro_fraction",
    "microaggregate_breakup_rate",
    "uptake_half_saturation",
    "seed_bank",
    "carbon_use_efficiency",
    "dead_to_intermediate",
    "exchange_rate",
    "exchangeable_maturation_rate",
    "intermediate_desorption_rate",
    "intermediate_basal_fraction",
    "intermediate_half_saturation",
    "intermediate_maturation_rate",
    "stable_desorption_rate",
    "stable_basal_fraction",
    "stable_half_saturation",
    "overfull_release_rate",
)


@dataclass(frozen=True)
class Loop:
    """What a run of the loop gave.

    Parameters
    ----------
    state : numpy.ndarray [pools, layers, columns]
    time : Time
    """

    state: np.ndarray
    time: Time


class NoCompiler(RuntimeError):
    """Raised where the loop cannot be built."""


@functools.cache
def library() -> ctypes.CDLL:
    """Compile the loop for this processor and load it.

    Raises
    ------
    NoCompiler
        If there is no C++ compiler.
    """
    compiler = os.environ.get("CXX") or next((c for c in ("g++", "c++", "clang++") if shutil.which(c)), None)
    if compiler is None:
        raise NoCompiler("the reference loop needs a C++ compiler: install g++ or set CXX")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "reference_loop.so"
        subprocess.run([*compiler.split(), *OPTIONS, str(SOURCE), "-o", str(target)], check=True)
        return ctypes.CDLL(str(target))


def fields(model: TenPools, season: Season) -> np.ndarray:
    """What the loop reads of each layer, [fields, layers, columns], in the order of `Field` in the source."""
    given, graph = season.prepared, model.graph
    solids, solution = graph.classes.index("mixing"), graph.classes.index("dissolved")

    def entering(pool: str) -> Any:
        return sum(u for u, entry in zip(season.inputs, graph.inputs, strict=True) if entry.receiver == pool)

    rows = (
        given["depolymerisation"]["activity"],
        given["uptake"],
        given["maintenance"],
        given["mortality"],
        given["sorption"]["sorbed"],
        given["sorption"]["bound"],
        given["stabilisation"],
        given["aggregation"]["forming"],
        1.0 / season.local.volume,
        1.0 / season.local.stable_capacity,
        season.down[solution],
        season.up[solution],
        season.down[solids],
        season.up[solids],
        entering("litter_metabolic"),
        entering("litter_structural"),
        entering("dom"),
    )
    return np.ascontiguousarray(np.stack([np.asarray(row)[0] for row in rows]))


def run(state: np.ndarray, layers: np.ndarray, values: Any, years: int, threads: int) -> Loop:
    """Advance columns by some years in monthly steps.

    Parameters
    ----------
    state : numpy.ndarray [pools, layers, columns]
        Columns a multiple of 64; pools in the order of the model's graph.
    layers : numpy.ndarray
        From `fields`.
    values : mapping of str to float
        Parameters of the rate laws.
    """
    columns = state.shape[-1]
    if columns % WIDTH:
        raise ValueError(f"the loop takes multiples of {WIDTH} columns, not {columns}")
    after = np.array(state, dtype=np.float64, order="C")
    constants = np.array([float(values[name]) for name in PARAMETERS])
    seconds = np.zeros(2)
    pointer = ctypes.POINTER(ctypes.c_double)
    library().reference_loop(
        ctypes.c_int64(columns),
        ctypes.c_int(years),
        ctypes.c_int(threads),
        *(a.ctypes.data_as(pointer) for a in (constants, layers, after, seconds)),
    )
    return Loop(after, Time(float(seconds[0]), float(seconds[1])))


def season_of(model: TenPools, site: Any, values: Any) -> Season:
    """The constant year of the columns (inside `double_precision`)."""

    @jax.jit
    def evaluate(site: Any, values: Any) -> Season:
        nothing = jnp.zeros((len(model.graph.pools), *site.soil.ph.shape))
        environment, _ = model.environment(nothing, (), site, (), values)
        return model.season(environment, values, model.modelled())

    return evaluate(jax.tree.map(jnp.asarray, site), values)
