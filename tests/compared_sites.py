"""Small sites to compare: twelve layers, five years, the core set of pools."""

from __future__ import annotations

import tomllib
from typing import Any

from pedozone.config.loading import parse_site
from pedozone.config.site import Site
from pedozone.config.templates import new_site_text

YEARS = (1990, 1994)


def content(preset: str = "temperate-grassland", **changes: dict[str, Any]) -> dict[str, Any]:
    """Content of a site file of 12 layers to 1.2 m over five years; `changes` update its sections."""
    data = tomllib.loads(new_site_text(preset))
    data["soil"] |= {"layers": 12, "depth_m": 1.2}
    data["soil"]["horizon"][-1]["bottom_cm"] = 120
    data["start"]["year"], data["run"]["end_year"] = YEARS
    data["run"]["model"] = "pedon-core"
    for entry in data.get("history", []):
        entry["from_year"] = YEARS[0]
    for section, values in changes.items():
        if isinstance(values, dict):
            data.setdefault(section, {}).update(values)
        else:
            data[section] = values
    return data


def small_site(preset: str = "temperate-grassland", **changes: Any) -> Site:
    """The same as a `Site`."""
    return parse_site(content(preset, **changes))
