"""The command line and the package, each in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from pedozone.config.templates import new_site_text


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    file = tmp_path / "mysite.toml"
    file.write_text(new_site_text("bare-fallow"))
    return file


# a test run in the background of a shell inherits that Ctrl-C is to be ignored; a person's command does not
_RUNNER = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import pedozone

def simulate(site, progress, **options):
    progress(0.0, "working")
    print("working", flush=True)
{work}

pedozone.simulate = simulate
from pedozone.cli import main
sys.exit(main(sys.argv[1:]))
"""
_WORK = {
    "sleeping": "import time; time.sleep(60)",
    "python loop": "while True: pass",
    "compiling": """
import jax, jax.numpy as jnp
def f(x):
    for i in range(6000):
        x = jnp.where(x > i, jnp.sin(x) * i, jnp.cos(x[::-1]) + i)
    return x
traced = jax.jit(f).trace(jnp.ones(7)).lower()
print("compiling", flush=True)
traced.compile()
print("compiled", flush=True)
""",
}


def _environment(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")}
    return {**kept, "PEDOZONE_CACHE_DIR": str(tmp_path / "cache"), "HOME": str(tmp_path)}


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("work", _WORK)
def test_ctrl_c_is_obeyed_within_two_seconds(work: str, site_file: Path, tmp_path: Path) -> None:
    script = tmp_path / "runner.py"
    script.write_text(_RUNNER.format(work=textwrap.indent(_WORK[work], "    ")))
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, str(script), "run", str(site_file), "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(tmp_path),
    )
    try:
        assert process.stdout is not None
        wanted = "compiling" if work == "compiling" else "working"
        while (line := process.stdout.readline()).strip() != wanted:
            assert line, process.stderr and process.stderr.read()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        sent = time.monotonic()
        rest, error = process.communicate(timeout=20)
        took = time.monotonic() - sent
    finally:
        process.kill()
    assert process.returncode == 130, error
    assert took < 2.0
    assert "compiled" not in rest
    assert "Interrupted; nothing was written." in error and "Traceback" not in error
    assert not out.exists()


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_the_first_answer_is_quick(argument: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pedozone.cli", argument]
    took = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=_environment(tmp_path))
        took.append(time.perf_counter() - began)
    # The aim is 0.3 s; a machine busy with other tests is given some room.
    assert min(took) < 0.6


def test_importing_the_package_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, time; began = time.perf_counter(); import pedozone;"
        "took = time.perf_counter() - began;"
        "heavy = {'jax', 'numpy', 'xarray', 'pandas', 'pydantic', 'typer', 'matplotlib'};"
        "print(took, sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True,
        env=_environment(tmp_path),
    )  # fmt: skip
    took, loaded = done.stdout.split(" ", 1)
    assert float(took) < 0.2 and loaded.strip() == "[]"


def test_compiled_programs_are_kept(tmp_path: Path) -> None:
    code = (
        "from pedozone.cli.compilation import cache_folder, configure; configure();"
        "import jax; jax.jit(lambda x: x * 2 + 1)(1.0).block_until_ready();"
        "print(len(jax.devices()), len(list(cache_folder().iterdir())) > 0)"
    )
    command = [sys.executable, "-c", code]
    environment = _environment(tmp_path)
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.split() == ["1", "True"]
