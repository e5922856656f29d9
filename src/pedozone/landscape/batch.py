"""A batch: a table of sites, simulated chunk by chunk into a store, and resumed where it was interrupted."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pedozone.config.errors import InputError
from pedozone.landscape.chunk import Done, Job, compute_chunk, failed_chunk
from pedozone.landscape.cluster import Result, compute_all, connected
from pedozone.landscape.kept import USUAL, chosen
from pedozone.landscape.store import STATUS, Layout, Store, open_store
from pedozone.landscape.table import Row, Table, open_table, survey
from pedozone.version import __version__

Progress = Callable[[float, str], None]

CHUNK = 64
"""Sites of a chunk, and so of a shard."""

_SHOWN = 5


@dataclass(frozen=True)
class Summary:
    """How a batch ended.

    Parameters
    ----------
    sites, resumed : int
        In the table, and in chunks that were finished before.
    counts : dict of str to int
        Sites by status (those of `STATUS` that occur).
    examples : list of str
        What is told of the first sites that failed.
    unfinished : list of str
        Chunks that could not be computed, with the reason.
    seconds : float
    """

    sites: int
    resumed: int
    counts: dict[str, int]
    examples: list[str]
    unfinished: list[str]
    seconds: float


def run_batch(
    table: str | Path,
    template: str | Path,
    out: str | Path,
    *,
    variables: Sequence[str] = USUAL,
    chunk: int = CHUNK,
    ignore: Sequence[str] = (),
    scheduler: str | None = None,
    workers: int | None = None,
    solver: str = "auto",
    last: int | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Simulate all sites of a table into a Zarr store.

    Parameters
    ----------
    table : path
        CSV or Parquet: a row for every site, columns named as dotted fields of a site file.
    template : path
        A site file for all that the rows do not say.
    out : path
        The store. One that the same batch has begun is resumed from its finished chunks.
    variables : sequence of str
        What is kept, see `pedozone.landscape.kept.known`.
    chunk : int
        Sites of a chunk.
    ignore : sequence of str
        Columns that are not used.
    scheduler, workers
        See `connected`.
    solver : str
        ``"auto"``, ``"cpp"`` or ``"jax"``.
    last : int, optional
        Keep the last years of each site only, so many; see `simulate_sites`.
    progress : callable, optional
        Called with a fraction from 0 to 1 and a message that tells the time left.

    Returns
    -------
    Summary

    Raises
    ------
    InputError
        The table's columns, the template, the variables or the store cannot be used.
    OSError
        The store cannot be written.
    """
    began = time.monotonic()
    sites = open_table(Path(table), ignore)
    data = _template(Path(template))
    kept = chosen(variables)
    if chunk < 1:
        raise InputError("pedozone batch", "--chunk", chunk, "1 or more sites", "64 serves most machines.")
    found = survey(sites, data)
    names = tuple(variable.name for variable in kept)
    size = min(chunk, len(found.names))
    identity = _identity(sites, Path(template), data, names, size)
    if last is not None:
        identity["last"] = str(last)
    attributes = {
        "title": f"Soil organic matter at {len(found.names)} sites",
        "version": __version__,
        "history": f"pedozone {__version__}",
        "template": Path(template).read_text(encoding="utf-8-sig"),
        "table": sites.path.name,
        "columns": [field.column for field in sites.fields],
        "Conventions": "CF-1.11",
    }
    layout = Layout(found.names, found.numbers, found.first, found.last, kept, size, identity, attributes)
    new = not Path(out).exists()
    store = open_store(Path(out), layout)
    before = store.finished()
    columns = tuple(field.column for field in sites.fields)
    job = Job(
        template=data,
        folder_of=str(Path(template).resolve()),
        table=sites.path.name,
        columns=columns,
        variables=names,
        first=found.first,
        last=found.last,
        out=str(Path(out).resolve()),
        solver=solver,
        keep=last,
    )
    resumed = sum(min(size, len(found.names) - k * size) for k in before)
    unfinished: list[str] = []
    if len(before) < layout.chunks:
        counter = _Counter(len(found.names), resumed, progress)

        def take(result: Result, rows: list[Row]) -> None:
            if result.returned is None:
                where = f"rows {rows[0][0]} to {rows[-1][0]}"
                unfinished.append(f"{where}: {result.reason}")
                store.write(result.chunk, failed_chunk(job, rows, result.reason), finished=False)
                counter.add(len(rows), len(rows))
            else:
                done: Done = result.returned
                counter.add(done.sites, done.failed)

        with contextlib.ExitStack() as stack:
            try:
                client = stack.enter_context(connected(scheduler, workers))
            except InputError:
                if new:  # nothing was computed, so nothing is left
                    shutil.rmtree(out)
                raise
            counter.say()
            compute_all(client, compute_chunk, job, _open_chunks(sites, size, before), take)
        store.tidy()
    return _summary(store, found.names, resumed, unfinished, time.monotonic() - began)


class _Counter:
    """Sites done, and the time that the others will take at the same pace."""

    def __init__(self, sites: int, resumed: int, progress: Progress | None) -> None:
        self.sites, self.resumed, self.progress = sites, resumed, progress
        self.done, self.failed, self.began = resumed, 0, time.monotonic()

    def add(self, sites: int, failed: int) -> None:
        """Count a chunk."""
        self.done += sites
        self.failed += failed
        self.say()

    def say(self) -> None:
        """Tell how far it is."""
        if self.progress is None:
            return
        new = self.done - self.resumed
        text = f"{self.done} of {self.sites} sites"
        if self.failed:
            text += f", {self.failed} failed"
        if new and self.done < self.sites:
            left = (time.monotonic() - self.began) / new * (self.sites - self.done)
            text += f", {duration(left)} left"
        self.progress(self.done / self.sites, text)


def duration(seconds: float) -> str:
    """A time as a person says it."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _open_chunks(table: Table, size: int, finished: set[int]) -> Iterator[tuple[int, list[Row]]]:
    return ((k, rows) for k, rows in table.chunks(size) if k not in finished)


def _template(path: Path) -> dict[str, Any]:
    """Content of the template, which need not be a whole site file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(path, "--template", "(no such file)", "a site file", "Check the path.") from None
    except OSError as error:
        mend = "Check the path and permissions."
        raise InputError(path, "--template", f"({error.strerror or error})", "a site file", mend) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        mend = "Mend it until 'pedozone validate' reads it."
        raise InputError(path, "--template", f"({error})", "a site file", mend) from None


def _identity(
    table: Table, template: Path, data: dict[str, Any], variables: Sequence[str], chunk: int
) -> dict[str, str]:
    """Digests of all that the output depends on: a store is resumed only where none of them has changed."""
    folder = template.parent
    files = hashlib.sha256()
    for value in sorted(_texts(data)):
        file = folder / value if len(value) < 256 and "\n" not in value else None
        if file is not None and file.is_file():  # weather, parameters, curves and covers of one's own
            files.update(value.encode() + file.read_bytes())
    return {
        "table": table.digest(),
        "columns": json.dumps([field.column for field in table.fields]),
        "template": hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest(),
        "files": files.hexdigest(),
        "variables": " ".join(variables),
        "chunk": str(chunk),
        "version": __version__,
    }


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for item in data.values() if isinstance(data, dict) else data:
            yield from _texts(item)


def _summary(store: Store, names: Sequence[str], resumed: int, unfinished: list[str], seconds: float) -> Summary:
    status = store.status()
    failed = np.flatnonzero(status == STATUS.index("failed"))[:_SHOWN]
    told = [f"{names[k]}: {text}" for k, text in zip(failed, store.messages(failed.tolist()), strict=True)]
    counts = {name: int(np.sum(status == k)) for k, name in enumerate(STATUS)}
    return Summary(len(names), resumed, {n: c for n, c in counts.items() if c}, told, unfinished, seconds)
