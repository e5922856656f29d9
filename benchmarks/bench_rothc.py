"""RothC on many sites: site-months per second with every pool and the CO2 of every month kept."""

from __future__ import annotations

import resource
import time
from typing import Any

import numpy as np

from pedozone.models.rothc import Forcing
from pedozone.simulation.rothc import WIDTH, simulate_rothc
from pedozone.simulation.rothc_arguments import Topsoil

TITLE = "RothC"
SITES, MONTHS, THREADS = 10_000, 600, 2
BAR = 10e6
"""Site-months per second on two cores, output kept, for 10,000 sites."""


def months(count: int, sites: int, seed: int = 0) -> Forcing:
    """Temperate months, each site and month on its own."""
    rng, shape = np.random.default_rng(seed), (count, sites)
    wave = np.cos(2.0 * np.pi * np.arange(count) / 12.0)[:, None]
    return Forcing(
        temperature=10.0 - 8.0 * wave + rng.normal(0.0, 2.0, shape),
        rain=rng.gamma(2.0, 30.0, shape),
        evaporation=np.clip(50.0 - 45.0 * wave + rng.normal(0.0, 5.0, shape), 0.0, None),
        covered=(rng.random(shape) < 0.7).astype(float),
        plant=rng.gamma(1.0, 0.15, shape),
        manure=np.where(rng.random(shape) < 0.03, 1.5, 0.0),
        decomposable_ratio=np.full(shape, 1.44),
    )


def timed(repeats: int, **options: Any) -> dict[str, float]:
    """Best of some repetitions, after one that compiles: by the clock, and by processor time on free cores."""
    clock, processor = [], []
    for _ in range(repeats + 1):
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        run = simulate_rothc(topsoil=options["soil"], workers=THREADS, **options["given"])
        clock.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_SELF)
        processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        site_months = run.respired.size
    return {
        "site_months_per_s": site_months / min(clock[1:]),
        "site_months_per_s_by_processor_time": THREADS * site_months / min(processor[1:]),
    }


def equilibrium(soil: Topsoil, year: Forcing, repeats: int) -> float:
    """Microseconds a site for the solved equilibrium and one month after it, best of some repetitions."""
    first = Forcing(*(leaf[:1] for leaf in year))
    seconds = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        simulate_rothc(first, soil, 2.7, spin_up=year, workers=THREADS)
        seconds.append(time.perf_counter() - began)
    return 1e6 * min(seconds[1:]) / SITES


def run(quick: bool) -> dict[str, Any]:
    """Time the months alone, with the solved start, and with radiocarbon."""
    rng = np.random.default_rng(1)
    forcing, year = months(MONTHS // 4 if quick else MONTHS, SITES), months(12, SITES, 2)
    soil = Topsoil(clay=rng.uniform(2.0, 60.0, SITES))
    start = np.array([0.1, 5.0, 0.8, 25.0])
    given = {"forcing": forcing, "inert": 2.7}
    cases = {
        "months": {**given, "start": start},
        "months and solved equilibrium": {**given, "spin_up": year},
        "months, equilibrium and radiocarbon": {**given, "spin_up": year, "modern": 100.0},
    }
    repeats = 3 if quick else 10
    results = {name: timed(repeats, soil=soil, given=case) for name, case in cases.items()}
    for name, figures in results.items():
        print(f"  {name:36s} " + "  ".join(f"{key} {value / 1e6:.1f} M" for key, value in figures.items()), flush=True)
    solved = equilibrium(soil, year, repeats)
    print(f"  one month and its solved equilibrium: {solved:.1f} microseconds a site", flush=True)
    about = {"equilibrium_us_per_site": solved}
    return about | {
        "sites": SITES,
        "months": forcing.rain.shape[0],
        "width": WIDTH,
        "threads": THREADS,
        "bar": BAR,
        **results,
    }


def markdown(result: dict[str, Any]) -> str:
    """Table for the documentation."""
    about = (
        f"{result['sites']:,} sites of {result['months']} months in chunks of {result['width']}, {result['threads']} "
        f"threads, every pool and the CO2 of every month kept; {result['bar'] / 1e6:g} million site-months a second "
        "asked for, here without scaling by the plain loop.\n"
    )
    rows = ["| what | million site-months/s | by processor time |", "|---|---:|---:|"]
    for name, found in result.items():
        if isinstance(found, dict):
            clock, processor = (1e-6 * found[f"site_months_per_s{by}"] for by in ("", "_by_processor_time"))
            rows.append(f"| {name} | {clock:.1f} | {processor:.1f} |")
    solved = (
        f"\nThe solved equilibrium with one month after it takes {result['equilibrium_us_per_site']:.1f} µs a site."
    )
    return "\n".join([about, *rows, solved])
