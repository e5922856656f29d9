"""What all tests share: the folder of observations and reference results, and Hypothesis."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from pedozone.cli.compilation import quick_flags

# For the workers: each has one core's share of the machine, and threads that wait for one another burn what is left.
for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

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
    """Compile quickly, and let workers, and one run after the other, share what was compiled."""
    if "not nightly" in config.getoption("markexpr"):
        compile_quickly()
    cache = getattr(config, "cache", None)  # none with "-p no:cacheprovider"
    folder = None if cache is None else cache.mkdir("compiled")
    if folder is not None and not os.environ.get("PEDOZONE_COMPILE_AFRESH"):
        import jax

        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def compile_quickly() -> None:
    """Compile as the command line does, and with less care still but for `compiled_as_shipped`.

    The fast tests compile longer than they compute. What they test is the programs, whatever machine code comes of
    them; the nightly evaluations compile as JAX does where nobody says otherwise.
    """
    # many small objects that live on, as in the command line
    gc.set_threshold(100_000, 50, 50)
    flags = quick_flags()
    if flags is None or "XLA_FLAGS" in os.environ:  # not known here, or somebody has chosen
        return
    os.environ["XLA_FLAGS"] = flags
    import jax

    jax.devices()  # reads the flags; what a test starts makes its own choice
    del os.environ["XLA_FLAGS"]
    jax.config.update("jax_disable_most_optimizations", True)


# Started first, in this order; all else follows in its own. `compiled_as_shipped` has least to forget at the start,
# and workers end together if what takes a quarter of a minute or more does not come last.
FIRST = (
    "test_engine_ledger.py",
    "test_zones_prototype.py",
    "test_century.py",
    "test_millennial.py",
    "reference/test_rothc.py",
    "test_simulate.py",
    "test_adjoint.py",
    "test_models_side_by_side.py",
    "test_report.py",
    "test_readme.py",
    "test_report_figures.py",
    "test_modifiers.py",
    "test_solvers.py",
    "test_batch.py",
    "test_step_error.py",
    "test_nitrogen.py",
    "test_models.py",
    "test_adjoint_pedon.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of `FIRST` first."""

    def place(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((k for k, name in enumerate(FIRST) if path.endswith(f"/{name}")), len(FIRST))

    items.sort(key=place)


@pytest.fixture(scope="module")
def compiled_as_shipped() -> Iterator[None]:
    """Compile a module's tests as the command line does, and use nothing that other tests have compiled.

    For comparisons with reference results, and for tests that compute for longer than they compile.
    """
    import jax

    before = jax.config.read("jax_disable_most_optimizations")
    jax.clear_caches()
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", before)
    jax.clear_caches()


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
