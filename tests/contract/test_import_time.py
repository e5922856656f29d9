"""Importing the package is quick, because everything heavy waits until it is needed."""

import json
import subprocess
import sys
import time

RUNS = 7
LONGEST = 0.2  # s beyond the bare interpreter
HEAVY = ("jax", "jaxlib", "xarray", "pandas", "numpy", "scipy", "matplotlib", "pydantic", "pint")


def seconds(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def test_import_is_quick():
    bare = min(seconds("pass") for _ in range(RUNS))
    package = min(seconds("import pedozone") for _ in range(RUNS))
    assert package - bare < LONGEST


def test_import_loads_nothing_heavy():
    code = "import json, sys, pedozone; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    loaded = set(json.loads(answer.stdout))
    assert not loaded.intersection(HEAVY)
