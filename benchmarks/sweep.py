"""The whole model over random parameter sets and soil-plant presets: ``python -m benchmarks.sweep``.

Every preset is spun up with the same parameter sets, drawn from their priors; how each spin-up ended, what lives, what
is physical and where the boundary lies is printed as a table, with the causes of what failed. A second pass on a
finer grid says how far the boundary hangs on it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a file
    sys.path.insert(0, str(ROOT))

from benchmarks.sweep_table import grouped, line  # noqa: E402 (after the path)

SETS, SEED = 200, 11
LAYERS, FINE = 30, 60
LIVING = 1e-5
"""Least microbial share of the carbon of a cell that receives input or is dense."""
LEAST_STOCK, MOST_STOCK, MOST_PEAT = 0.05, 400.0, 1500.0
"""Plausible carbon of a vegetated column to 3 m, kg m-2: a desert's sand, five times the densest mineral soils
(Andosols and humus Podzols hold some 40 to 80), and 20 m of peat at 75 kg m-3."""
ROUNDING = float(np.finfo(float).eps)
"""Share of the carbon of a column below which a negative stock is the rounding of a linear solve: the error of one is
relative to the largest stocks, and an empty pool beside metres of peat has its sign by chance."""
MOST_CONTENT = 0.45
"""Most organic carbon by mass of a mineral layer: a layer of humus has more minerals than that leaves room for."""

CLIMATES: Mapping[str, tuple[Sequence[float], Sequence[float]]] = {
    "temperate": (
        (2.0, 2.6, 5.0, 8.4, 12.7, 15.8, 17.6, 17.3, 13.9, 9.9, 5.6, 3.2),
        (65, 52, 55, 50, 60, 65, 68, 66, 60, 66, 70, 73),
    ),
    "cool and moist": (
        (0.5, 0.5, 2.5, 6.0, 11.0, 14.5, 16.0, 15.0, 11.0, 7.0, 3.0, 1.0),
        (75, 55, 60, 55, 60, 75, 90, 95, 90, 90, 90, 85),
    ),
    "boreal": ((-10, -9, -4, 2, 9, 14, 16, 14, 9, 3, -3, -8), (35, 30, 30, 35, 45, 60, 75, 75, 60, 55, 50, 40)),
    "steppe": ((-7, -6, 0, 9, 16, 20, 22, 21, 15, 8, 1, -4), (30, 28, 30, 38, 45, 60, 60, 48, 40, 38, 40, 38)),
    "semi-arid": ((8, 10, 13, 16, 20, 25, 28, 28, 24, 19, 13, 9), (30, 30, 35, 35, 30, 15, 8, 8, 20, 30, 35, 35)),
    "savanna": ((26, 27, 28, 28, 27, 25, 24, 24, 25, 26, 26, 26), (5, 10, 40, 90, 130, 150, 190, 200, 170, 80, 20, 5)),
    "subtropical": (
        (12, 14, 18, 22, 25, 27, 27, 27, 25, 22, 17, 13),
        (60, 60, 70, 75, 90, 100, 95, 90, 95, 80, 65, 60),
    ),
    "tropical": ((26,) * 12, (200, 180, 220, 200, 180, 120, 100, 90, 120, 160, 190, 210)),
}
"""Made up after typical stations: degC and mm a month."""


@dataclass(frozen=True)
class Preset:
    """A soil type and a plant type that belong together, and the climate they are found in.

    Parameters
    ----------
    kind : str
        ``"mineral"``, or what is tabulated apart: ``"wet"``, ``"peat"``, ``"bare"``.
    """

    soil: str
    cover: str
    climate: str
    kind: str = "mineral"

    @property
    def name(self) -> str:
        """Of the row."""
        return f"{self.cover} on {self.soil}, {self.climate}"


PRESETS = (
    Preset("luvisol", "temperate-grassland", "temperate"),
    Preset("luvisol", "cereal-cropland", "temperate"),
    Preset("cambisol", "temperate-forest", "temperate"),
    Preset("podzol", "temperate-needleleaf-forest", "cool and moist"),
    Preset("podzol", "boreal-needleleaf-forest", "boreal"),
    Preset("ferralsol", "tropical-rainforest", "tropical"),
    Preset("arenosol", "tropical-grassland", "savanna"),
    Preset("vertisol", "maize", "subtropical"),
    Preset("calcisol", "shrubland", "semi-arid"),
    Preset("chernozem", "temperate-grassland", "steppe"),
    Preset("andosol", "improved-pasture", "cool and moist"),
    Preset("gleysol", "rough-pasture", "cool and moist", "wet"),
    Preset("histosol", "peat-moss", "boreal", "peat"),
    Preset("luvisol", "bare-fallow", "temperate", "bare"),
)


@dataclass(frozen=True)
class Outcome:
    """How the columns of a preset ended; every tuple has one entry per parameter set.

    Parameters
    ----------
    status, cause : tuple of str
        Of the spin-up.
    years : tuple of int
        Native years simulated.
    stock, densest : tuple of float
        Carbon of the column (kg m-2), and of its mineral layer richest in it, by mass.
    unphysical : tuple of str
        What is impossible about the state, empty where nothing is.
    starved : tuple of str
        Where microbes hold less than their least share, empty where nowhere.
    boundary : tuple of str
        Status of `dom_fate`.
    depth : tuple of float
        Of the boundary, m below the mineral surface.
    seconds : float
        Of the spin-up by the clock, compilation included.
    finer : tuple of int
        Steps that were needed: 0 for months, 1 for weeks, 2 for two days.
    """

    preset: Preset
    layers: int
    status: tuple[str, ...]
    cause: tuple[str, ...]
    years: tuple[int, ...]
    stock: tuple[float, ...]
    densest: tuple[float, ...]
    unphysical: tuple[str, ...]
    starved: tuple[str, ...]
    boundary: tuple[str, ...]
    depth: tuple[float, ...]
    seconds: float
    finer: tuple[int, ...]


def site_of(preset: Preset, layers: int, model: str = "pedon") -> Any:
    """The site of a preset."""
    from pedozone import Site

    temperature, rain = CLIMATES[preset.climate]
    return Site.model_validate(
        {
            "schema_version": 1,
            "site": {"name": preset.name, "latitude": 45.0, "longitude": 10.0},
            "climate": {"temperature_c": list(temperature), "precipitation_mm": list(rain)},
            "soil": {"preset": preset.soil, "layers": layers},
            "start": {"cover": preset.cover, "year": 2000, "mode": "steady"},
            "run": {"end_year": 2000, "model": model},
        }
    )


def drawn(site: Any, sets: int, seed: int) -> dict[str, np.ndarray]:
    """Values of the parameters by name, [sets]; the same sets for every site."""
    from pedozone.config.references import parameters_of
    from pedozone.parameters.draws import Subject, draw

    known = parameters_of(site)
    subject = Subject(known)
    values = draw([subject], sets, seed).values(subject)
    return {name: np.clip(v, known[name].lower, known[name].upper) for name, v in values.items()}


def outcome_of(
    preset: Preset, sets: int = SETS, layers: int = LAYERS, seed: int = SEED, model: str = "pedon"
) -> Outcome:
    """Spin up a preset with every parameter set and look at what has come out."""
    import jax

    from pedozone.config.references import parameters_of
    from pedozone.engine.precision import double_precision
    from pedozone.engine.stepping import METHODS
    from pedozone.simulate import set_up
    from pedozone.simulation.ensemble import members_of, repeated
    from pedozone.simulation.histories import timeline_of
    from pedozone.simulation.setting import face_at
    from pedozone.simulation.starting import spun_up

    site = site_of(preset, layers, model)
    with double_precision():
        batch = members_of(site, set_up(site), parameters_of(site), drawn(site, sets, seed), sets)
        forcing = repeated(timeline_of(site).first, sets)
        began = time.perf_counter()
        found, finer = spun_up(batch, METHODS[site.run.method], forcing)
        seconds = time.perf_counter() - began
        stocks = np.asarray(found.state.stocks)[0]
        physical = jax.tree.map(np.asarray, found.state.physical)
        face = np.asarray(face_at(batch, found.state.stocks[0], batch.soil, found.state.physical.swelling))
        status, depth = boundary_of(batch, found.mean, stocks, face)
    organic, soil = batch.model.graph.organic, batch.soil
    carbon = stocks.sum(axis=0)
    fine = np.asarray(soil.mineral_mass)[organic:]
    som = carbon[organic:] / np.asarray(batch.parameters["som_carbon_fraction"])
    content = carbon[organic:] / (fine + som)
    return Outcome(
        preset,
        layers,
        tuple(s.value for s in found.status),
        found.causes,
        tuple(int(y) for y in found.years),
        tuple(float(c) for c in carbon.sum(axis=0)),
        tuple(float(c) for c in content.max(axis=0)),
        tuple(impossible(preset, k, stocks, physical, face, content) for k in range(sets)),
        tuple(starved(batch.model, found, stocks, face, k) for k in range(sets)),
        status,
        depth,
        seconds,
        tuple(int(f) for f in finer),
    )


def boundary_of(
    batch: Any, mean: Any, stocks: np.ndarray, face: np.ndarray
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Status and depth of the default boundary of every column."""
    import jax

    from pedozone.column.geometry import PEAT_FROM
    from pedozone.zones.boundary import locate
    from pedozone.zones.context import Years
    from pedozone.zones.criteria import DomFate

    graph = batch.model.graph
    status: list[str] = []
    depth: list[float] = []
    for k in range(stocks.shape[-1]):  # mineral mass, the coordinate, differs between columns
        nothing = np.zeros((graph.cells, 1))
        years = Years(
            graph=graph,
            solver=batch.solver,
            mean=jax.tree.map(lambda a, k=k: a[..., k : k + 1], mean),
            organic_flux=np.zeros((graph.cells + 1, 1)),
            respiration=nothing,
            plant_input=nothing[None],
            mineral_mass=np.asarray(batch.soil.mineral_mass)[:, k],
            face=face[:, k : k + 1],
            carbon=stocks[:, :, k : k + 1].sum(axis=0),
            peat=graph.organic >= PEAT_FROM,
        )
        found = locate(years, DomFate().evaluate(years))
        status.append(str(found.status[0]))
        depth.append(float(found.depth[0]))
    return tuple(status), tuple(depth)


def impossible(preset: Preset, k: int, stocks: np.ndarray, physical: Any, face: np.ndarray, content: np.ndarray) -> str:
    """What is impossible about a column, in words; empty if nothing is."""
    import jax

    own = stocks[..., k]
    if not np.all(np.isfinite(own)):
        return "a stock is no number"
    if np.any(own < -ROUNDING * own.sum()):
        return f"a stock is negative ({own.min():.1e})"
    for leaf in jax.tree.leaves(physical):
        if leaf.shape[-1] == stocks.shape[-1] and not np.all(np.isfinite(leaf[..., k])):
            return "a physical state is no number"
    if np.any(physical.water[..., k] < 0.0):
        return "water is negative"
    if np.any(np.diff(face[:, k]) < 0.0) or not np.all(np.isfinite(face[:, k])):
        return "a thickness is negative or no number"
    most = MOST_PEAT if preset.kind == "peat" else MOST_STOCK
    least = 0.0 if preset.kind == "bare" else LEAST_STOCK
    if not least <= own.sum() <= most:
        return f"a column of {own.sum():.3g} kg m-2"
    if content[:, k].max() > MOST_CONTENT:
        return f"a mineral layer of {content[:, k].max():.0%} carbon"
    return ""


def starved(model: Any, found: Any, stocks: np.ndarray, face: np.ndarray, k: int) -> str:
    """Where microbes hold less than their least share though carbon enters or is dense; empty if nowhere."""
    from pedozone.engine.declarations import Role
    from pedozone.engine.settling import DENSE, FED

    graph = model.graph
    total = stocks[..., k].sum(axis=0)
    living = stocks[list(graph.roles(Role.LIVING)), :, k].sum(axis=0)
    fed = sum(np.asarray(u)[:, k] for u in found.mean.inputs)
    needy = (total > DENSE * np.diff(face[:, k])) | (fed > FED)
    cells = np.flatnonzero(needy & (living < LIVING * total))
    if cells.size == 0:
        return ""
    where = "organic slot" if cells[0] < graph.organic else f"from {100 * face[cells[0], k]:.0f} cm"
    return f"{where}, {cells.size} of {int(needy.sum())} cells"


def row(coarse: Outcome, fine: Outcome | None = None) -> dict[str, Any]:
    """The figures of a preset."""
    sets = len(coarse.status)
    depth = np.array(coarse.depth)
    one = np.array([s == "one" for s in coarse.boundary])
    found: dict[str, Any] = {
        "preset": coarse.preset.name,
        "kind": coarse.preset.kind,
        "sets": sets,
        "status": dict(Counter(coarse.status)),
        "causes": dict(
            Counter(grouped(c) for s, c in zip(coarse.status, coarse.cause, strict=True) if s != "converged")
        ),
        "finer": [sum(f == level for f in coarse.finer) for level in (1, 2)],
        "years": [float(q) for q in np.percentile(coarse.years, [50, 90, 100])],
        "unphysical": [u for u in coarse.unphysical if u],
        "starved": [u for u in coarse.starved if u],
        "stock": [float(q) for q in np.percentile(coarse.stock, [0, 50, 100])],
        "densest": max(coarse.densest),
        "boundary": dict(Counter(coarse.boundary)),
        "depth": [float(q) for q in np.percentile(depth[one], [10, 50, 90])] if one.any() else [],
        "ms_per_column": 1e3 * coarse.seconds / sets,
    }
    if fine is not None:
        both = one & np.array([s == "one" for s in fine.boundary])
        away = 100.0 * np.abs(depth - np.array(fine.depth))[both]
        found["grid"] = [float(q) for q in np.percentile(away, [50, 95, 100])] if both.any() else []
        found["within_3_cm"] = int((away <= 3.0).sum())
        found["both_single"] = int(both.sum())
        found["fine_status"] = dict(Counter(fine.status))
    return found


def swept(
    presets: Sequence[Preset] = PRESETS, sets: int = SETS, seed: int = SEED, fine: bool = True
) -> list[dict[str, Any]]:
    """Rows of the table, each printed as it is found."""
    rows = []
    for preset in presets:
        coarse = outcome_of(preset, sets, LAYERS, seed)
        rows.append(row(coarse, outcome_of(preset, sets, FINE, seed) if fine else None))
        print(line(rows[-1]), flush=True)
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Sweep, print and write."""
    parser = argparse.ArgumentParser(prog="benchmarks.sweep", description=__doc__)
    parser.add_argument("words", nargs="*", help="only presets whose name has one of these words")
    parser.add_argument("--sets", type=int, default=SETS, metavar="N", help=f"parameter sets ({SETS})")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help=f"of the draws ({SEED})")
    parser.add_argument("--coarse", action="store_true", help=f"{LAYERS} layers only")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write the rows")
    chosen = parser.parse_args(arguments)
    presets = [p for p in PRESETS if not chosen.words or any(w in p.name for w in chosen.words)]
    rows = swept(presets, chosen.sets, chosen.seed, not chosen.coarse)
    if chosen.out is not None:
        chosen.out.write_text(json.dumps({"presets": [asdict(p) for p in presets], "rows": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
