"""Which machine a result was obtained on."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any


def pin(count: int, cores: list[int] | None = None) -> list[int]:
    """Keep this process on some cores; call it before JAX starts. Returns them (none where it cannot be done)."""
    if not hasattr(os, "sched_setaffinity"):
        return []
    chosen = cores or sorted(os.sched_getaffinity(0))[:count]
    os.sched_setaffinity(0, chosen)
    return chosen


def processor() -> str:
    """Name of the processor."""
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def describe(cores: list[int]) -> dict[str, Any]:
    """What matters of the machine and the software, JSON-able."""
    from pedozone.engine.blocktri.solver import choose_solver
    from pedozone.version import __version__

    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "pedozone": __version__,
        "jaxlib": importlib.metadata.version("jaxlib"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": len(cores) or os.cpu_count(),
        "kernel": choose_solver("auto").description,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }
