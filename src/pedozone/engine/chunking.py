"""Columns taken to their steady states in chunks of a fixed width, settled ones out of the way, over threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

import numpy as np

from pedozone.engine.batching import available_cores, settling_width
from pedozone.engine.declarations import Role
from pedozone.engine.precision import double_precision
from pedozone.engine.settling import Chunk, Columns, Limits, Signs

Report = Callable[[], None]

BOUND = 1e4
"""Years of input that a column holds when it counts as growing without bound (and ten times what it began with)."""


class _Queue:
    """Columns that wait for a place in a chunk."""

    def __init__(self, which: np.ndarray) -> None:
        self._waiting = deque(int(k) for k in which)
        self._lock = threading.Lock()
        self.stop = threading.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, most: int) -> np.ndarray:
        with self._lock:
            count = 0 if self.stop.is_set() else min(most, len(self._waiting))
            return np.array([self._waiting.popleft() for _ in range(count)], dtype=int)

    def give_back(self, which: np.ndarray) -> None:
        with self._lock:
            self._waiting.extend(int(k) for k in which)


def settle(
    columns: Columns, which: np.ndarray, years: int, limits: Limits, report: Report, workers: int | None = None
) -> None:
    """Iterate some columns until their year repeats itself, for at most some years; in place.

    A chunk is given up once half of its columns have settled and others wait, so that later chunks are full again.
    What becomes of a column does not depend on the chunks it was in.
    """
    if which.size == 0:
        return
    width = settling_width(columns.batch)
    last = np.zeros(columns.batch, dtype=int)
    last[which] = columns.years[which] + years
    queue = _Queue(which)
    first = Chunk(columns, queue.take(width), width)
    first.compile()
    if which.size <= width:
        _iterate(first, queue, last, limits, report)
        return

    def work(chunk: Chunk | None) -> None:
        with double_precision():
            while not queue.stop.is_set():
                if chunk is not None:
                    _iterate(chunk, queue, last, limits, None)
                taken = queue.take(width)
                if taken.size == 0:
                    return
                chunk = Chunk(columns, taken, width)

    threads = min(workers or available_cores(), -(-which.size // width))
    with ThreadPoolExecutor(threads) as pool:
        pending = {pool.submit(work, first if k == 0 else None) for k in range(threads)}
        try:
            _await(pending, report)
        finally:
            queue.stop.set()


def _iterate(chunk: Chunk, queue: _Queue, last: np.ndarray, limits: Limits, report: Report | None) -> None:
    """Iterate one chunk until all its columns have settled, given up, or should make room."""
    columns, which = chunk.columns, chunk.which
    active = np.ones(which.size, dtype=bool)
    while not queue.stop.is_set():
        year = chunk.step()
        x, memory, signs, jacobian = chunk.correct(year, limits)
        found = Signs(*(np.asarray(row)[..., : which.size] for row in signs))
        most = np.maximum(BOUND * found.fed, 10.0 * columns.first[which])
        broken = ~np.isfinite(found.held) | (found.held > most)
        now = which[active]
        columns.years[now] += 1
        for whole, row in zip(columns.signs, found, strict=True):
            whole[..., now] = row[..., active]
        columns.broken[now] = broken[active]
        leaving = active & (found.settled | broken | (columns.years[which] >= last[which]))
        if leaving.any():
            chunk.write(leaving, year.after, year.physical, mean=year.mean, jacobian=jacobian)
        active = active & ~leaving
        if report is not None:
            report()
        if not active.any():
            return
        if active.sum() <= which.size // 2 and len(queue):
            chunk.write(active, x, year.physical, memory)
            queue.give_back(which[active])
            return
        chunk.x, chunk.physical, chunk.memory = x, year.physical, memory


def watch(
    columns: Columns,
    which: np.ndarray,
    years: int,
    report: Report,
    disturbance: float = 0.0,
    workers: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Step some columns natively.

    Parameters
    ----------
    disturbance : float
        Share by which living pools are raised before; the columns then go back to where they stood. Without one they
        stay where the years took them.

    Returns
    -------
    whole, living : numpy.ndarray [years + 1, cells, len(which)]
        Carbon of every cell, and of its living pools, before any disturbance and after each year, kg m-2.
    """
    width = settling_width(columns.batch)
    alive = np.asarray(columns.model.graph.roles(Role.LIVING), dtype=int)
    shape = (years + 1, columns.stocks.shape[1], which.size)
    whole, living = np.empty(shape), np.empty(shape)
    whole[0], living[0] = columns.stocks[..., which].sum(axis=0), columns.stocks[alive][..., which].sum(axis=0)
    stop = threading.Event()

    def work(start: int) -> None:
        with double_precision():
            chunk = Chunk(columns, which[start : start + width], width)
            size = chunk.which.size
            part = slice(start, start + size)
            chunk.given = chunk.given._replace(forcing=columns.model.lived(chunk.given.forcing))
            chunk.x = chunk.x.at[alive].multiply(1.0 + disturbance)
            mean = None
            for k in range(years):
                if stop.is_set():
                    return
                year = chunk.step()
                chunk.x, chunk.physical, mean = year.after, year.physical, year.mean
                after = np.asarray(year.after)[..., :size]
                whole[k + 1, :, part], living[k + 1, :, part] = after.sum(axis=0), after[alive].sum(axis=0)
                columns.years[chunk.which] += 1
            if disturbance == 0.0:
                chunk.write(np.ones(size, dtype=bool), chunk.x, chunk.physical, mean=mean)

    starts = range(0, which.size, width)
    with ThreadPoolExecutor(workers or available_cores()) as pool:
        pending = {pool.submit(work, start) for start in starts}
        try:
            _await(pending, report)
        finally:
            stop.set()
    return whole, living


def _await(pending: set[Future[None]], report: Report) -> None:
    """Wait for work in other threads; report now and then, raise what it raised."""
    while pending:
        done, pending = wait(pending, timeout=0.2, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
        report()
