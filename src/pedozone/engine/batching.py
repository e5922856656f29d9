"""Many columns in chunks of a fixed width, over threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from pedozone.engine.precision import double_precision

WIDTH = 64
"""Columns of a chunk: what a year of them touches stays near the processor core."""

LEAST = 16
"""Columns that a chunk on its way to the steady state has at least, filled up with copies. Programs of different width
round differently, and a steady state answers to the rounding of a year with that times the turnover of its slowest
carbon: some 1e-12. So a column alone is taken to it by the program that takes sixteen."""


def available_cores() -> int:
    """Number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def settling_width(columns: int) -> int:
    """Width of the chunks in which a number of columns is taken to its steady state."""
    return max(LEAST, min(WIDTH, columns))


def of_columns(tree: Any, which: np.ndarray, batch: int) -> Any:
    """Some of the columns of arrays [..., batch]; what has no such axis is shared by all and stays as it is."""
    return jax.tree.map(lambda leaf: leaf[..., which] if np.shape(leaf)[-1:] == (batch,) else leaf, tree)


def with_columns(tree: Any, part: Any, which: np.ndarray, batch: int) -> Any:
    """Arrays [..., batch] with some of their columns replaced by those of `part`, [..., len(which)]."""

    def put(leaf: Any, new: Any) -> Any:
        if np.shape(leaf)[-1:] != (batch,):
            return leaf
        own = np.array(leaf)
        own[..., which] = np.asarray(new)
        return own

    return jax.tree.map(put, tree, part)


def map_chunks(
    function: Callable[[Any], Any],
    columns: Any,
    width: int = WIDTH,
    workers: int | None = None,
) -> Any:
    """Apply a compiled function to a batch of columns, chunk by chunk.

    Every chunk has the same width, the last one filled up with copies of its last column, so that one compiled program
    serves all and a column's result depends neither on the size of the batch nor on the columns beside it.

    Parameters
    ----------
    function : callable
        Takes and returns a pytree of arrays whose last axis is the batch. Usually made by `jax.jit`; the processor is
        released to the other threads while it runs.
    columns : pytree of array_like [..., columns]
        Arguments of all columns.
    width : int
        Columns of a chunk.
    workers : int, optional
        Threads; one per available core unless said.

    Returns
    -------
    pytree of numpy.ndarray [..., columns]

    Raises
    ------
    ValueError
        If there are no columns, or if arrays differ in their last axis.
    """
    leaves, structure = jax.tree.flatten(columns)
    arrays = [np.asarray(leaf, dtype=np.float64) for leaf in leaves]
    sizes = {array.shape[-1] if array.ndim else None for array in arrays}
    if len(sizes) != 1 or None in sizes or 0 in sizes:
        raise ValueError(f"every array needs the same number of columns, at least one, in its last axis; found {sizes}")
    total = arrays[0].shape[-1]
    starts = range(0, total, width)

    def part_of(array: np.ndarray, start: int) -> np.ndarray:
        chunk = array[..., start : start + width]
        missing = width - chunk.shape[-1]
        return np.concatenate([chunk, np.repeat(chunk[..., -1:], missing, axis=-1)], axis=-1) if missing else chunk

    def begin(start: int) -> Any:
        return function(jax.tree.unflatten(structure, [part_of(array, start) for array in arrays]))

    with double_precision():
        first = begin(0)  # alone, so that it is compiled once
    results = [np.empty((*part.shape[:-1], total), dtype=part.dtype) for part in jax.tree.leaves(first)]

    def finish(start: int, outcome: Any) -> None:
        stop = min(start + width, total)
        for whole, part in zip(results, jax.tree.leaves(outcome), strict=True):
            whole[..., start:stop] = np.asarray(part)[..., : stop - start]

    def chunk(start: int) -> None:
        with double_precision():  # of this thread
            finish(start, begin(start))

    with ThreadPoolExecutor(workers or available_cores()) as pool:
        list(pool.map(chunk, starts[1:]))
    finish(0, first)
    return jax.tree.unflatten(jax.tree.structure(first), results)
