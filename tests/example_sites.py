"""The examples, whole and cut to a few years."""

from pathlib import Path

import pytest

import pedozone
from pedozone.config import Site, parse_site

PATHS = sorted(Path(__file__).resolve().parents[1].glob("examples/*/site.toml"))
YEARS = 3

# Peat has organic slots and a water table of its own, so that nothing compiled before serves it.
SHORT = [
    pytest.param(path, marks=pytest.mark.nightly) if 'preset = "histosol"' in path.read_text("utf-8") else path
    for path in PATHS
]


def name(path: Path) -> str:
    """The example's folder."""
    return path.parent.name


def short(path: Path, layers: int) -> Site:
    """An example cut to three years about the first thing that happens in it, coarse, from a steady state."""
    data = pedozone.load_site(path).model_dump(exclude_none=True)
    begins = [entry["from_year"] for entry in (*data["history"], *data["change"])]
    begins += [entry.get("year") or entry["years"][0] for entry in data["event"]]
    start = max(data["start"]["year"], min(begins, default=data["start"]["year"]) - 1)
    end = start + YEARS - 1
    data["start"] |= {"year": start, "mode": "steady"}
    data["run"]["end_year"] = end
    data["soil"]["layers"] = layers
    if "water_table_m" not in data["soil"]:
        data["soil"]["organic_slots"] = 1
    for part in ("history", "change"):
        data[part] = [entry for entry in data[part] if entry["from_year"] <= end]
    data["event"] = [entry for entry in data["event"] if (entry.get("year") or entry["years"][0]) <= end]
    site = parse_site(data, file=str(path))
    # Files count from the folder of the site file, which a site made of a dictionary does not have.
    site._source_path = path
    return site
