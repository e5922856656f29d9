"""Profiles at steady state with 14C and ages: shares by depth, radiocarbon, mineral-bound shares, dissolved flux."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from column_batch import Batch, Column, Profiles
from target_observed import INTERVALS
from target_sites import FIRST, LAST, OWN, SLOTTED, site

from pedozone.engine.spinup import Status
from pedozone.processes.minerals import stable_capacity

Parameters = Mapping[str, float]
Key = tuple[str, str]
"""Soil (``loam`` for that of the examples) and cover."""

LOAM = "loam"
COVERS = ("temperate-grassland", "temperate-forest", "cereal-cropland")
SOILS = (LOAM, "luvisol", "cambisol")
"""Soils on which covers are compared."""

DEPTHS = ((0.0, 0.2), (0.0, 0.3), (0.3, 1.0), (0.0, 1.0), (1.0, 2.0), (1.0, 3.0))


def columns_for(keys: Sequence[Key], variant: Parameters, own: bool = False) -> list[Column]:
    """Columns of soils and covers, under the temperate climate or under their own."""
    found = []
    for soil, cover in keys:
        climate = {**OWN, **SLOTTED}[soil][1] if own else None
        found.append(Column(site(cover, None if soil == LOAM else soil, climate), variant))
    return found


def dated(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """What is known of every column in the year to which it is dated (kg m-2, permil, yr, g m-2 yr-1)."""
    batch = Batch(columns, tracers=True)
    state, spun = batch.spin()
    state, kept = batch.run(state, LAST - FIRST + 1)
    profiles = batch.profiles(state)
    flux = 1000.0 * batch.dissolved_at(state, kept, 1.0)
    boundary, status = batch.boundary(state, kept)
    capacity = np.asarray(stable_capacity(batch.setting.soil, batch.setting.parameters))
    found = described(profiles, capacity)
    for k, entry in enumerate(found):
        entry |= {
            "spinup": spun.status[k].value,
            "converged": spun.status[k] is Status.CONVERGED,
            "dissolved_flux_1m": float(flux[k]) if profiles.face[-1, k] > 1.0 else None,
            "boundary_m": float(boundary[k]),
            "boundary_status": str(status[k].value),
        }
    return found


def described(p: Profiles, capacity: np.ndarray) -> list[dict[str, Any]]:
    """The figures of every profile; intervals below the base of a column are empty."""
    rows: list[dict[str, Any]] = [{} for _ in range(p.carbon.shape[-1])]
    tables: dict[str, np.ndarray] = {}
    for top, bottom in DEPTHS:
        name = f"{100 * top:g}-{100 * bottom:g}"
        carbon = p.between(p.carbon, top, bottom)
        tables[f"stock {name}"] = carbon
        with np.errstate(invalid="ignore", divide="ignore"):
            tables[f"age {name}"] = p.between(p.age, top, bottom) / carbon
            tables[f"maom {name}"] = p.between(p.bound, top, bottom) / carbon
            tables[f"saturation {name}"] = p.between(p.surface, top, bottom) / p.between(capacity, top, bottom)
    for top, bottom in INTERVALS:
        a, b = top / 100.0, bottom / 100.0
        with np.errstate(invalid="ignore", divide="ignore"):
            tables[f"delta14c {top}-{bottom}"] = p.delta14c(a, b)
            tables[f"percent {top}-{bottom}"] = 100.0 * p.between(p.carbon, a, b) / p.between(p.earth, a, b)
    for name, values in tables.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = float(value) if np.isfinite(value) else None
    for k, row in enumerate(rows):
        row["base_m"] = float(p.face[-1, k])
        row["ground_m"] = float(-p.face[0, k])
        row["stock from the ground 0-30"] = float(p.from_the_ground(p.carbon, 0.0, 0.3)[k])
        row["stock from the ground 0-100"] = float(p.from_the_ground(p.carbon, 0.0, 1.0)[k])
        row["stock from the ground 0-200"] = float(p.from_the_ground(p.carbon, 0.0, 2.0)[k])
        centre = 0.5 * (p.face[1:, k] + p.face[:-1, k])
        thick = np.diff(p.face[:, k])
        row["density"] = [
            (round(float(z), 3), round(float(c), 3))
            for z, c in zip(centre, p.carbon[:, k] / np.maximum(thick, 1e-6), strict=True)
        ]
    return rows
