"""5,000 sites whose workers, and at last the whole run, are killed: nothing is lost, nothing doubled, no bit differs.

Some twenty minutes on two cores: ``python3 start.py nightly tests/evaluation/test_batch_kills.py``. With
PEDOZONE_BATCH_SITES another number of sites is taken.
"""

import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import batch_cases as cases
import numpy as np
import pytest
import xarray as xr

import pedozone
from pedozone.landscape import chunk as chunks
from pedozone.landscape.kept import USUAL, chosen
from pedozone.landscape.store import Store

psutil = pytest.importorskip("psutil")
pytest.importorskip("distributed")
pytest.importorskip("zarr")
pytestmark = pytest.mark.nightly

SITES = int(os.environ.get("PEDOZONE_BATCH_SITES", "5000"))
KILLS = 10
SPEEDUP = 1.7
ALONE = 12
"""Sites that are simulated by themselves, to compare."""


def command(table: Path, template: Path, out: Path, workers: int) -> list[str]:
    call = [sys.executable, "-m", "pedozone.cli", "batch", str(table), "--template", str(template)]
    return [*call, "--out", str(out), "--workers", str(workers)]


def run(*arguments) -> float:
    """Seconds that a batch takes."""
    began = time.monotonic()
    subprocess.run(command(*arguments), check=True, capture_output=True)
    return time.monotonic() - began


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
    table, template = cases.written(tmp_path, cases.full_template(), SITES)
    one, two = tmp_path / "one.zarr", tmp_path / "two.zarr"
    run(*cases.written(tmp_path, cases.full_template(), 32), tmp_path / "warm.zarr", 2)  # compiled from here on
    cases.write_table(table, SITES)
    seconds = {"two workers": run(table, template, two, 2), "one worker": run(table, template, one, 1)}
    for name, value in seconds.items():
        record_property(name, value)
    assert cases.content(one) == cases.content(two)

    out, chunks_in_all = tmp_path / "killed.zarr", finished(two)
    assert disturb(table, template, out, KILLS, chunks_in_all) == KILLS
    done = finished(out)
    record_property("chunks finished when the run was killed", done)
    run(table, template, out, 2)
    assert len(Store(out).finished()) == chunks_in_all
    assert cases.content(out) == cases.content(two)

    record_property("largest relative departure from a run alone", departure(table, template, two))
    if (os.cpu_count() or 1) >= 2:
        assert seconds["one worker"] / seconds["two workers"] >= SPEEDUP


def departure(table: Path, template: Path, store: Path) -> float:
    """The largest departure of sites from runs of their own, over the largest value of each variable."""
    data, worst = tomllib.loads(template.read_text()), 0.0
    heads, *rows = (line.split(",") for line in table.read_text().splitlines())
    fields = [chunks.field_of(head) for head in heads]
    stored = xr.open_zarr(store)
    for k in np.linspace(0, len(rows) - 1, ALONE).astype(int):
        if stored["status"].values[k] != 1:
            continue
        alone = pedozone.simulate(chunks.site_of_row(data, template, fields, rows[k], "row")).dataset
        for variable in chosen(USUAL):
            ours, theirs = stored[variable.name].values[k].astype(float), variable.of(alone).astype(float)
            np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
            worst = max(worst, float(np.nanmax(np.abs(ours - theirs)) / np.nanmax(np.abs(theirs))))
    assert worst < 1e-9
    return worst
