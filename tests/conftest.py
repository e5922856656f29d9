"""What all tests share: the folder of observations and reference results, and Hypothesis."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# The one place that says where shared data and reference results lie.
SHARED_VARIABLE = "PEDOZONE_SHARED"
SHARED_FOLDER = Path(os.environ.get(SHARED_VARIABLE) or ROOT.parent / "shared")

# Compilation makes the first example of a property slow, and a test must repeat what it found.
settings.register_profile(
    "pedozone",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("pedozone")


def pytest_configure(config: pytest.Config) -> None:
    """Let workers, and one run after the other, share what was compiled: the same graphs occur in many of them."""
    cache = getattr(config, "cache", None)  # none with "-p no:cacheprovider"
    folder = None if cache is None else cache.mkdir("compiled")
    if folder is not None and not os.environ.get("PEDOZONE_COMPILE_AFRESH"):
        import jax

        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


@pytest.fixture(scope="session")
def shared_path() -> Callable[[str], Path]:
    """Return a function from a path inside the shared folder to the file; absent data skips."""

    def find(relative: str) -> Path:
        path = SHARED_FOLDER / relative
        if not path.exists():
            pytest.skip(
                f"shared data not found: {relative} (set {SHARED_VARIABLE} to the folder that "
                "holds 'data' and 'reference')"
            )
        return path

    return find


@pytest.fixture
def record_property(record_property: Callable[[str, object], None]) -> Callable[[str, object], None]:
    """Record a figure beside a test's result; NumPy's numbers do not travel between the workers."""

    def record(name: str, value: object) -> None:
        record_property(name, np.asarray(value).tolist())

    return record


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the source tree."""
    return ROOT
