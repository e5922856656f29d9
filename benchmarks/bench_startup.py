"""What a person waits for: import, first result cold and cached, report, one column for 200 years."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import SITE
from benchmarks.timing import Time, least, timed
from pedozone.config.loading import load_site
from pedozone.drivers.atmosphere import atmosphere
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS

TITLE = "Waiting times"
HIGHFIELD = SITE.parents[1] / "highfield" / "site.toml"
BARS = {
    "import pedozone": 0.2,
    "run without report, cold": 8.0,
    "run without report, cached": 3.0,
    "report": 3.0,
    "one column, 200 years, first_order": 0.4,
    "one column, 200 years, mprk22": 0.4,
}
IMPORT = "import time; t = time.perf_counter(); import pedozone; print(time.perf_counter() - t)"


def clean_environment(cache: Path) -> dict[str, str]:
    """Environment of a command in a shell of its own: no flags of this benchmark, a cache of its own."""
    environment = {k: v for k, v in os.environ.items() if k not in ("XLA_FLAGS", "JAX_COMPILATION_CACHE_DIR")}
    return {**environment, "PEDOZONE_CACHE_DIR": str(cache)}


def import_time(count: int) -> float:
    """Seconds that importing the package takes in a fresh process."""
    command = [sys.executable, "-c", IMPORT]
    return min(float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(count))


def command_time(cache: Path, out: Path, *options: str) -> Time:
    """What ``pedozone run`` takes on the Highfield site, from its start to its end."""
    command = [sys.executable, "-m", "pedozone.cli", "run", str(HIGHFIELD), "--out", str(out), "--quiet", *options]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=clean_environment(cache), check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Time(time.perf_counter() - began, busy)


def column_time(method: str, count: int, years: int = 200) -> Time:
    """Seconds for one column over some years as a run keeps them, once compiled."""
    import jax
    import jax.numpy as jnp

    from pedozone.simulate import set_up
    from pedozone.simulation.columns import forcing_of
    from pedozone.simulation.starting import uniform_state
    from pedozone.simulation.years import run_years

    site = load_site(SITE)
    with double_precision():
        setting = set_up(site)
        schedule = [
            (year, cover.name, jax.tree.map(jnp.asarray, forcing_of(site, cover)))
            for year, cover in site.land_cover_segments()
        ]
        state = uniform_state(setting, 0.02)
        tracers = 5
        state = state._replace(stocks=jnp.asarray(np.repeat(np.asarray(state.stocks), 1 + tracers, axis=0)))
        span = list(range(schedule[0][0], schedule[0][0] + years))
        curve = atmosphere(site.site.radiocarbon_zone)

        def go() -> None:
            run_years(setting, STEPPERS[method], state, span, schedule, curve)

        go()
        return least([timed(go) for _ in range(count)])


def run(quick: bool = False) -> dict[str, Any]:
    """Time everything; the least of a few trials."""
    count = 2 if quick else 5
    imported = import_time(2 * count)
    times = {"import pedozone": Time(imported, imported)}
    for method in ("first_order", "mprk22"):
        times[f"one column, 200 years, {method}"] = column_time(method, count)
    cold, cached, reported = [], [], []
    for trial in range(1 if quick else 3):
        with tempfile.TemporaryDirectory() as folder:
            cache, out = Path(folder) / "cache", Path(folder) / "out"
            cold.append(command_time(cache, out, "--no-report"))
            command_time(cache, out)  # what the report compiles, if anything
            for _ in range(count if trial == 0 else 1):
                cached.append(command_time(cache, out, "--no-report"))
                reported.append(command_time(cache, out))
    times["run without report, cold"] = least(cold)
    times["run without report, cached"] = least(cached)
    times["report"] = Time(*np.subtract(least(reported), least(cached)).tolist())
    for name, time_ in times.items():
        print(f"  {name}: {time_.clock:.2f} s, {time_.processor:.2f} s of processor (bar {BARS[name]:g} s)", flush=True)
    return {name: {**time_._asdict(), "bar": BARS[name]} for name, time_ in times.items()}


def markdown(result: dict[str, Any]) -> str:
    """Table for the documentation."""
    rows = ["| what | seconds | of processor | asked for |", "|---|---:|---:|---:|"]
    found = {name: row for name, row in result.items() if isinstance(row, dict)}
    rows += [f"| {n} | {row['clock']:.2f} | {row['processor']:.2f} | {row['bar']:g} |" for n, row in found.items()]
    return "\n".join(rows)
