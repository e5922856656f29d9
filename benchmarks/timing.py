"""Timing on a machine that others may be using."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np


class Time(NamedTuple):
    """Duration of a piece of work, s.

    Attributes
    ----------
    clock : float
        By the clock.
    processor : float
        Processor time per thread at work: what the clock shows where nobody else uses the machine.
    """

    clock: float
    processor: float


def timed(work: Callable[[], object], threads: int = 1) -> Time:
    """Time some work done by a number of threads of this process."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return Time(time.perf_counter() - clock, (time.process_time() - processor) / threads)


def rounds(tasks: Mapping[str, Callable[[], Time]], count: int) -> dict[str, Time]:
    """Time tasks in turn, several rounds of all of them, so that a busy spell hits each; the least of every one."""
    seen: dict[str, list[Time]] = {name: [] for name in tasks}
    for _ in range(count):
        for name, task in tasks.items():
            seen[name].append(task())
    return {name: least(times) for name, times in seen.items()}


def least(times: list[Time]) -> Time:
    """The least time by each measure: noise only ever adds."""
    return Time(min(t.clock for t in times), min(t.processor for t in times))


def median(values: list[float]) -> float:
    """The middle value."""
    return float(np.median(values))
