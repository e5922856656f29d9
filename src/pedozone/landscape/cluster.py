"""Chunks over the workers of a Dask scheduler: as many at a time as keep all of them busy."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pedozone.config.errors import InputError
from pedozone.engine.batching import available_cores
from pedozone.landscape.store import needed

ATTEMPTS = 3
"""Times that a chunk is handed in again whose workers died, each as often as the scheduler allows."""

DEATHS = 10
"""Deaths of workers that a local scheduler puts up with before it gives up a task."""

_AHEAD = 2  # chunks handed in for every worker, so that none waits for its next one
_CONNECT_S = 30


class Result(NamedTuple):
    """What became of a chunk: what its task returned, or why it could not be computed."""

    chunk: int
    returned: Any
    reason: str


@contextlib.contextmanager
def connected(scheduler: str | None, workers: int | None) -> Iterator[Any]:
    """A client of a scheduler, or of a cluster of local processes that lasts as long.

    Parameters
    ----------
    scheduler : str or None
        Its address; None for a cluster of its own.
    workers : int or None
        Processes of that cluster, one core each; as many as there are cores unless said.

    Raises
    ------
    InputError
        Dask is not installed, or no scheduler answers.
    """
    dask, distributed = needed("dask"), needed("distributed")
    with contextlib.ExitStack() as stack:
        if scheduler is not None:
            try:
                client = stack.enter_context(distributed.Client(scheduler, timeout=_CONNECT_S, set_as_default=False))
            except (OSError, ValueError, TimeoutError) as error:
                mend = "Check the address and that the scheduler runs: dask scheduler."
                allowed = "the address of a Dask scheduler, such as tcp://host:8786"
                raise InputError("pedozone batch", "--scheduler", scheduler, allowed, mend) from error
            yield client
            return
        quiet = {
            "distributed.scheduler.allowed-failures": DEATHS,
            "distributed.logging.distributed": "critical",
            "distributed.admin.log-format": "%(message)s",
        }
        stack.enter_context(dask.config.set(quiet))
        number = workers or available_cores()
        cluster = stack.enter_context(
            distributed.LocalCluster(
                n_workers=number,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
        )
        # a worker that dies while it starts is not started again by itself
        cluster.adapt(minimum=number, maximum=number)
        yield stack.enter_context(distributed.Client(cluster, set_as_default=False))


def compute_all(
    client: Any,
    task: Callable[..., Any],
    shared: Any,
    chunks: Iterator[tuple[int, Any]],
    take: Callable[[Result, Any], None],
) -> None:
    """Compute chunks and hand over what became of each, in the order in which they end.

    Parameters
    ----------
    client : distributed.Client
    task : callable
        ``task(shared, chunk, part)``.
    chunks : iterator of (int, object)
        Numbers and parts; read as far as workers are free for them.
    take : callable
        Given the result and the part.

    Raises
    ------
    OSError
        As a task raised it: what cannot be written for one chunk cannot be for the others.
    """
    distributed = needed("distributed")
    waiting = distributed.as_completed(loop=client.loop, raise_errors=False)
    run = secrets.token_hex(4)
    parts: dict[Any, tuple[int, int, Any]] = {}

    def hand_in(chunk: int, attempt: int, part: Any) -> None:
        future = client.submit(task, shared, chunk, part, key=f"pedozone-{run}-{chunk}-{attempt}", pure=False)
        parts[future] = chunk, attempt, part
        waiting.add(future)

    def fill() -> None:
        most = _AHEAD * max(len(client.nthreads()), 1) + 1
        while len(parts) < most:
            found = next(chunks, None)
            if found is None:
                return
            hand_in(found[0], 0, found[1])

    fill()
    for future in waiting:
        chunk, attempt, part = parts.pop(future)
        error = None if future.status == "finished" else future.exception() if future.status == "error" else None
        if future.status == "finished":
            take(Result(chunk, future.result(), ""), part)
        elif isinstance(error, OSError):
            raise error
        elif error is None or not isinstance(error, distributed.KilledWorker):
            said = f"{type(error).__name__}: {error}" if error is not None else f"its task was {future.status}"
            take(Result(chunk, None, said), part)
        elif attempt + 1 < ATTEMPTS:
            hand_in(chunk, attempt + 1, part)
        else:
            reason = "its worker died again and again: too little memory for so many sites at a time (--chunk)?"
            take(Result(chunk, None, reason), part)
        future.release()
        fill()
