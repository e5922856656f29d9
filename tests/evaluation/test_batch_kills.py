"""5,000 sites whose workers, and at last the whole run, are killed: nothing is lost, nothing doubled, no bit differs.

Some twenty minutes on two cores: ``python3 start.py nightly tests/evaluation/test_batch_kills.py``. With
PEDOZONE_BATCH_SITES another number of sites is taken.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import batch_cases as cases
import pytest

from pedozone.cli.compilation import configure
from pedozone.engine.batching import available_cores
from pedozone.landscape.store import Store

psutil = pytest.importorskip("psutil")
pytest.importorskip("distributed")
pytest.importorskip("zarr")
pytestmark = pytest.mark.nightly

SITES = int(os.environ.get("PEDOZONE_BATCH_SITES", "5000"))
KILLS = 10
SPEEDUP = 1.7
"""Of two workers over one: in processor time of the busiest process, and in seconds where nothing else runs."""
MEMORY = 1000.0
"""MB of any process, whatever the number of sites."""
ALONE = 12
"""Sites that are simulated by themselves, to compare."""


def command(table: Path, template: Path, out: Path, workers: int) -> list[str]:
    call = [sys.executable, "-m", "pedozone.cli", "batch", str(table), "--template", str(template)]
    return [*call, "--out", str(out), "--workers", str(workers)]


class Cost(NamedTuple):
    """What a batch takes: seconds, processor time of its busiest process (s), memory of its largest (MB)."""

    seconds: float
    busiest: float
    memory: float


def run(*arguments) -> Cost:
    """Run a batch to its end."""
    began, busiest, memory = time.monotonic(), 0.0, 0.0
    with tempfile.TemporaryFile() as said:
        process = psutil.Popen(command(*arguments), stdout=said, stderr=said)
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):
                for one in (process, *process.children()):
                    busiest = max(busiest, sum(one.cpu_times()[:2]))
                    memory = max(memory, one.memory_info().rss / 1e6)
            time.sleep(0.5)
        said.seek(0)
        assert process.returncode == 0, said.read().decode()
    return Cost(time.monotonic() - began, busiest, memory)


def finished(out: Path) -> int:
    return len(list((out / "chunk_finished" / "c").glob("*"))) if out.exists() else 0


def workers_of(process: subprocess.Popen) -> list[int]:
    """Process numbers of the workers of a batch that runs."""
    children = psutil.Process(process.pid).children()
    return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]


def disturb(table: Path, template: Path, out: Path, kills: int, chunks_in_all: int) -> int:
    """Kill a worker at random now and then, at last the whole run; the number of workers killed."""
    chance, killed = random.Random(1), 0
    process = subprocess.Popen(command(table, template, out, 2), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        while finished(out) < 2:
            time.sleep(0.2)
            assert process.poll() is None
        while killed < kills:
            # spread over the first two thirds of the run, each at a moment of its own
            until = (killed + chance.random()) / kills * chunks_in_all * 2 / 3
            while finished(out) < until:
                time.sleep(0.1)
            time.sleep(chance.uniform(0.0, 4.0))
            some = workers_of(process)
            if some:
                os.kill(chance.choice(some), signal.SIGKILL)
                killed += 1
            assert process.poll() is None
        before = finished(out)
        while finished(out) < before + 2:
            time.sleep(0.1)
        workers = workers_of(process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        gone = psutil.wait_procs([psutil.Process(pid) for pid in workers if psutil.pid_exists(pid)], timeout=60)
        assert not gone[1], "the workers of a killed run end by themselves"
    finally:
        if process.poll() is None:
            process.kill()
    assert finished(out) < chunks_in_all
    return killed


def test_a_batch_survives_what_kills_it(tmp_path, record_property):
    quiet = available_cores() >= 3 and os.getloadavg()[0] < available_cores() - 2.5  # two workers and what hands out
    table, template = cases.written(tmp_path, cases.full_template(), SITES)
    one, two = tmp_path / "one.zarr", tmp_path / "two.zarr"
    run(*cases.written(tmp_path, cases.full_template(), 32), tmp_path / "warm.zarr", 2)  # compiled from here on
    cases.write_table(table, SITES)
    cost = {"two workers": run(table, template, two, 2), "one worker": run(table, template, one, 1)}
    print(*cost.items(), sep="\n")
    for name, value in cost.items():
        record_property(name, value)
        assert value.memory < MEMORY
    assert cases.content(one) == cases.content(two)

    out, chunks_in_all = tmp_path / "killed.zarr", finished(two)
    assert disturb(table, template, out, KILLS, chunks_in_all) == KILLS
    done = finished(out)
    record_property("chunks finished when the run was killed", done)
    run(table, template, out, 2)
    assert len(Store(out).finished()) == chunks_in_all
    assert cases.content(out) == cases.content(two)

    # as the command line compiles: in a process of its own
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=configure) as other:
        worst = other.submit(cases.departure, table, template, two, ALONE).result()
    print("largest departure from a run alone", worst)
    record_property("largest departure from a run alone", worst)
    assert worst < 1e-12

    once, twice = cost["one worker"], cost["two workers"]
    assert once.busiest / twice.busiest >= SPEEDUP
    if quiet:
        assert once.seconds / twice.seconds >= SPEEDUP
