"""The files that a person writes: their layout, their checks, and what is said of mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pedozone.config.errors import InputError

if TYPE_CHECKING:
    from pedozone.config.loading import load_site, parse_site
    from pedozone.config.migration import migrate
    from pedozone.config.references import parameters_of
    from pedozone.config.schema import site_json_schema
    from pedozone.config.site import SCHEMA_VERSION, Site

__all__ = [
    "SCHEMA_VERSION",
    "InputError",
    "Site",
    "load_site",
    "migrate",
    "parameters_of",
    "parse_site",
    "site_json_schema",
]

_HOME = {
    "SCHEMA_VERSION": "site",
    "Site": "site",
    "load_site": "loading",
    "migrate": "migration",
    "parameters_of": "references",
    "parse_site": "loading",
    "site_json_schema": "schema",
}


def __getattr__(name: str) -> Any:
    # pydantic takes 0.15 s to load; who only needs the error class should not wait for it.
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f"pedozone.config.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
