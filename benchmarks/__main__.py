"""Run the benchmarks: ``python -m benchmarks [--quick] [--out FILE.json] [names...]``."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a folder
    sys.path.insert(0, str(ROOT))

NAMES = ("throughput", "tracers", "spinup", "gradient", "startup", "rothc", "layered")


def modules() -> dict[str, Path]:
    """Benchmarks that are there, in the order in which they run."""
    found = {name: ROOT / "benchmarks" / f"bench_{name}.py" for name in NAMES}
    return {name: path for name, path in found.items() if path.exists()}


def main(arguments: list[str] | None = None) -> int:
    """Run, print and write."""
    available = modules()
    parser = argparse.ArgumentParser(prog="benchmarks", description="Benchmarks of pedozone.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"some of: {', '.join(available)} (all unless said)")
    parser.add_argument("--quick", action="store_true", help="fewer sizes and repetitions")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write the results; those of others are kept")
    parser.add_argument("--cores", metavar="A,B", help="cores to run on (the first two unless said)")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in available]
    if unknown:
        parser.error(f"no benchmark '{unknown[0]}'; there are {', '.join(available)}")

    from benchmarks import machine

    cores = machine.pin(2, [int(c) for c in chosen.cores.split(",")] if chosen.cores else None)
    # one thread per chunk is all the parallelism there is: XLA's own would only get in its way
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's small dense solves, likewise

    results: dict[str, Any] = {}
    if chosen.out is not None and chosen.out.exists():
        results = json.loads(chosen.out.read_text(encoding="utf-8"))
    results["machine"] = machine.describe(cores)
    print(json.dumps(results["machine"], indent=2), flush=True)
    results["reference_loop"] = reference()
    for name in chosen.names or available:
        print(f"\n{name}", flush=True)
        module = importlib.import_module(f"benchmarks.bench_{name}")
        results[name] = {**module.run(chosen.quick), "quick": chosen.quick}
        if chosen.out is not None:
            chosen.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if chosen.out is None:
        print(json.dumps(results, indent=1))
    return 0


def reference() -> dict[str, Any]:
    """The plain loop: the scale of this machine."""
    from benchmarks.bench_throughput import scale
    from benchmarks.reference_loop import NoCompiler

    try:
        found = scale()
    except NoCompiler as error:
        print(error)
        return {}
    print(
        f"Plain C++ loop, two threads: {found['column_years_per_s']:,.0f} column-years/s, "
        f"{found['ns_per_layer_step']:.1f} ns per layer-step: {found['scale']:.2f} of the machine of the bars",
        flush=True,
    )
    return found


if __name__ == "__main__":
    sys.exit(main())
