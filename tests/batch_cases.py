"""Tables of many made-up sites, small columns, and stores to compare."""

import csv
import hashlib
import tomllib
from pathlib import Path

import numpy as np

from pedozone.config.templates import new_site_text

TEMPERATURE = np.array([2.0, 2.6, 5.0, 8.4, 12.7, 15.8, 17.6, 17.3, 13.9, 9.9, 5.6, 3.2])
RAIN = np.array([65, 52, 55, 50, 60, 65, 68, 66, 60, 66, 70, 73.0])
COVERS = ("temperate-grassland", "temperate-forest", "cereal-cropland")
BROKEN = 97
"""One in so many rows has a latitude that no place has."""


def small_template() -> str:
    """The text of a template with the core model on ten layers, three years."""
    text = new_site_text("temperate-grassland").replace("layers = 30 ", "layers = 10\norganic_slots = 2 ")
    text = text.replace("depth_m = 3.0", "depth_m = 1.0").replace("bottom_cm = 300", "bottom_cm = 100")
    text = text.replace("year = 1950", "year = 2000").replace("end_year = 2020", "end_year = 2002")
    return text.replace('# model = "pedon" ', 'model = "pedon-core" #')


def full_template() -> str:
    """The text of a template with the whole model on twenty layers, ten years."""
    text = new_site_text("temperate-grassland").replace("layers = 30 ", "layers = 20 ")
    return text.replace("year = 1950", "year = 2000").replace("end_year = 2020", "end_year = 2009")


def write_table(path: Path, sites: int, broken: int = BROKEN) -> None:
    """A table of sites with climates, textures and covers of their own; every `broken`-th cannot be used."""
    monthly = [f"{name}_{month}" for name in ("temperature", "precipitation") for month in range(1, 13)]
    texture = [f"soil.horizon.{h}.{part}_percent" for h in (1, 2) for part in ("sand", "silt", "clay")]
    with open(path, "w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["site.name", "site.latitude", "start.cover", *monthly, *texture, "soil.horizon.1.ph"])
        for k in range(sites):
            random = np.random.default_rng(k)
            latitude = 123.0 if k % broken == 5 else round(random.uniform(42, 60), 3)
            row = [f"s{k}", latitude, COVERS[k % len(COVERS)]]
            row += [*np.round(TEMPERATURE + random.uniform(-3, 3), 2), *np.round(RAIN * random.uniform(0.8, 1.5), 1)]
            for _ in range(2):
                clay, sand = round(random.uniform(8, 40), 1), round(random.uniform(10, 50), 1)
                row += [sand, round(100 - clay - sand, 1), clay]
            table.writerow([*row, round(random.uniform(5, 7.5), 2)])


def written(folder: Path, template: str, sites: int, broken: int = BROKEN) -> tuple[Path, Path]:
    """A table and a template in a folder."""
    tomllib.loads(template)
    (folder / "template.toml").write_text(template, encoding="utf-8")
    write_table(folder / "sites.csv", sites, broken)
    return folder / "sites.csv", folder / "template.toml"


def content(store: Path) -> dict[str, str]:
    """Digest of every file of a store by its path."""
    files = [file for file in store.rglob("*") if file.is_file()]
    return {str(file.relative_to(store)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def departure(table: Path, template: Path, store: Path, sites: int) -> float:
    """The largest departure of some sites of a store from runs of their own, over each variable's largest value."""
    import xarray as xr

    import pedozone
    from pedozone.landscape.chunk import field_of, site_of_row
    from pedozone.landscape.kept import USUAL, chosen

    data, worst = tomllib.loads(template.read_text()), 0.0
    heads, *rows = (line.split(",") for line in table.read_text().splitlines())
    fields = [field_of(head) for head in heads]
    stored = xr.open_zarr(store)
    for k in np.linspace(0, len(rows) - 1, sites).astype(int):
        if stored["status"].values[k] != 1:
            continue
        alone = pedozone.simulate(site_of_row(data, template, fields, rows[k], "row")).dataset
        for variable in chosen(USUAL):
            ours, theirs = stored[variable.name].values[k].astype(float), variable.of(alone).astype(float)
            np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
            worst = max(worst, float(np.nanmax(np.abs(ours - theirs)) / np.nanmax(np.abs(theirs))))
    return worst
