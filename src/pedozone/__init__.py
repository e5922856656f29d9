"""Soil organic matter profiles with a vegetation zone and a mineral zone.

>>> import pedozone
>>> run = pedozone.simulate(pedozone.load_site("mysite.toml"))  # doctest: +SKIP
>>> run.dataset, run.zones, run.budget  # doctest: +SKIP
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pedozone.version import __version__

if TYPE_CHECKING:
    from pedozone.config.errors import InputError
    from pedozone.config.loading import load_site
    from pedozone.config.site import Site
    from pedozone.model_comparison import compare_models
    from pedozone.parameters import load_parameters
    from pedozone.plants.cover import load_cover
    from pedozone.scenarios import compare
    from pedozone.simulate import load_run, simulate

__all__ = [
    "InputError",
    "Site",
    "__version__",
    "compare",
    "compare_models",
    "load_cover",
    "load_parameters",
    "load_run",
    "load_site",
    "simulate",
]

# JAX takes 0.5 s to load, xarray 0.4 s: each name brings what it needs when it is first used.
_HOME = {
    "InputError": "pedozone.config.errors",
    "Site": "pedozone.config.site",
    "load_cover": "pedozone.plants.cover",
    "load_parameters": "pedozone.parameters",
    "load_run": "pedozone.simulate",
    "load_site": "pedozone.config.loading",
    "simulate": "pedozone.simulate",
    "compare": "pedozone.scenarios",
    "compare_models": "pedozone.model_comparison",
    # for Run.save, Run.plot and load_run, which lie above the rooms that they call
    "open_run": "pedozone.output",
    "plots_of": "pedozone.report",
    "save_run": "pedozone.output",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        from importlib import import_module

        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    def __setattr__(self, name: str, value: Any) -> None:
        # Importing the module `pedozone.simulate` from anywhere would put it in the place of the
        # function of the same name.
        if name == "simulate" and isinstance(value, ModuleType):
            value = value.simulate
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
