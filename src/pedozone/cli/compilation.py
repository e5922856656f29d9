"""Settings of JAX that the command line, and only the command line, makes."""

from __future__ import annotations

import gc
import logging
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

_log = logging.getLogger(__name__)

#: Environment variable that chooses the folder of pedozone's caches.
VARIABLE = "PEDOZONE_CACHE_DIR"
# Releases of jaxlib that know the flags of `quick_flags`.
_FIRST_TRIED, _LAST_TRIED = (0, 10), (0, 10)
# Own subfolder, so that clearing the cache never deletes what pedozone did not write.
_SUBFOLDER = "compiled"


def cache_folder() -> Path:
    """Folder of the compilation cache; it need not exist yet."""
    return own_folder(_SUBFOLDER)


def own_folder(name: str) -> Path:
    """A folder among pedozone's caches; it need not exist yet."""
    chosen = os.environ.get(VARIABLE)
    return (Path(chosen).expanduser() if chosen else _platform_folder()) / name


def _platform_folder() -> Path:
    try:
        home = Path.home()
    except RuntimeError:  # neither HOME nor an entry for the user
        return Path(tempfile.gettempdir()) / f"pedozone-{os.getuid()}"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / "pedozone" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "pedozone"
    base = os.environ.get("XDG_CACHE_HOME")
    # The XDG rule: relative paths are to be ignored.
    return (Path(base) if base and os.path.isabs(base) else home / ".cache") / "pedozone"


def quick_flags() -> str | None:
    """Flags of XLA with which it spends less on compiling; None for a release that may not know them."""
    # XLA ends the process over a flag that it does not know, so only versions that were tried are given any
    release = tuple(int(part) for part in version("jaxlib").split(".")[:2])
    if not _FIRST_TRIED <= release <= _LAST_TRIED:
        return None
    return "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=1"


def _compile_quickly() -> None:
    """Spend less on compiling: for one column it takes longer than the run, and simpler programs are as fast."""
    flags = quick_flags()
    if flags is not None and "jax" not in sys.modules and "XLA_FLAGS" not in os.environ:
        os.environ["XLA_FLAGS"] = flags


def configure(devices: int = 1) -> None:
    """Let JAX keep what it compiles, and use a number of CPU devices.

    Parameters
    ----------
    devices : int
        CPU devices; one for a single site.
    """
    # Tracing makes many small objects that live on; looking for cycles among them costs 5 % of a run.
    gc.set_threshold(100_000, 50, 50)
    if devices == 1:
        _compile_quickly()
    import jax

    try:
        jax.config.update("jax_num_cpu_devices", devices)
    except RuntimeError:  # JAX is in use already: an embedding program has chosen
        _log.debug("JAX is running already; its number of devices stays")
    if os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        return
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The cache holds programs: nobody else may be able to put some there.
        folder.chmod(0o700)
    except OSError as error:
        _log.info("no compilation cache in %s: %s", folder, error.strerror)
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def configure_workers() -> None:
    """Let this process and the workers that it starts keep what they compile."""
    configure()
    if not os.environ.get("JAX_COMPILATION_CACHE_DIR") and cache_folder().is_dir():
        os.environ["JAX_COMPILATION_CACHE_DIR"] = str(cache_folder())
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "0")
