"""Changes of land use: the German Agricultural Soil Inventory's two transitions, and seven signs of Guo and Gifford."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from column_batch import Batch, Column
from target_dated import LOAM, SOILS
from target_sites import site

LOSING, REGROWING = 180, 80
"""Years after which the transitions of the inventory are judged."""

GUO_GIFFORD = (
    ("forest to crop", "temperate-forest", "cereal-cropland", -42.0),
    ("pasture to crop", "improved-pasture", "cereal-cropland", -59.0),
    ("forest to pasture", "temperate-forest", "improved-pasture", 8.0),
    ("pasture to plantation", "improved-pasture", "temperate-needleleaf-forest", -10.0),
    ("crop to pasture", "cereal-cropland", "improved-pasture", 19.0),
    ("crop to plantation", "cereal-cropland", "temperate-needleleaf-forest", 18.0),
    ("crop to secondary forest", "cereal-cropland", "temperate-forest", 53.0),
)
"""Change, covers before and after, published mean (percent)."""

AFTER = 40
"""Years after which the signs of Guo and Gifford are judged."""

START = 1800


def columns_for(soils: Sequence[str], variant: Mapping[str, float]) -> list[Column]:
    """Two columns of the inventory and seven of the signs for every soil."""
    found = []
    for soil in soils:
        preset = None if soil == LOAM else soil
        grass, crop = "temperate-grassland", "cereal-cropland"
        there_and_back = [{"from_year": START, "cover": crop}, {"from_year": START + LOSING, "cover": grass}]
        found.append(Column(site(grass, preset, start=START, end=START + 260, history=there_and_back), variant))
        back = [{"from_year": START, "cover": grass}]
        found.append(Column(site(crop, preset, start=START, end=START + 260, history=back), variant))
        for _, before, after, _ in GUO_GIFFORD:
            history = [{"from_year": START, "cover": after}]
            found.append(Column(site(before, preset, start=START, end=START + 260, history=history), variant))
    return found


def run(variant: Mapping[str, float], soils: Sequence[str] = SOILS) -> list[dict[str, Any]]:
    """Relative changes on an equal soil mass for every soil."""
    batch = Batch(columns_for(soils, variant))
    state, spun = batch.spin()
    start = batch.profiles(state)
    top, deep = start.mass_to(0.3), start.mass_to(0.6)
    shallow, whole = [start.on_mass(top)], [start.on_mass(deep)]
    regrown: list[np.ndarray] = []  # on the mass that 30 cm of the ploughed soil hold
    mass = top

    def seen(year: int, state: Any, kept: Any) -> None:
        nonlocal mass
        p = batch.profiles(state)
        shallow.append(p.on_mass(top))
        whole.append(p.on_mass(deep))
        if year == LOSING:
            mass = p.mass_to(0.3)
        if year >= LOSING:
            regrown.append(p.on_mass(mass))

    batch.run(state, LOSING + REGROWING, seen)
    a, b, c = np.array(shallow), np.array(whole), np.array(regrown)
    size = 2 + len(GUO_GIFFORD)
    found = []
    for i, soil in enumerate(soils):
        loss, equilibrium = a[:, size * i], a[:, size * i + 1]
        back = c[:, size * i]
        found.append(
            {
                "soil": soil,
                "grass to crop": 100.0 * (loss[LOSING] / loss[0] - 1.0),
                "still losing": 100.0 * (loss[LOSING] - loss[LOSING - 10]) / 10.0 / loss[0],
                "crop to grass, from 180 years of crop": 100.0 * (back[REGROWING] / back[0] - 1.0),
                "crop to grass, from an equilibrium crop": 100.0 * (equilibrium[REGROWING] / equilibrium[0] - 1.0),
                "loss after": _course(loss[: LOSING + 1], REGROWING),
                "regrowth after": _course(back, REGROWING),
                "signs": [
                    {
                        "change": name,
                        "published": published,
                        "modelled": 100.0 * (b[AFTER, size * i + 2 + k] / b[0, size * i + 2 + k] - 1.0),
                    }
                    for k, (name, _, _, published) in enumerate(GUO_GIFFORD)
                ],
                "spinup": [spun.status[size * i + k].value for k in range(size)],
            }
        )
    return found


def _course(stock: np.ndarray, years: int) -> dict[str, float]:
    """Absolute change after 10, 20, 40 and 80 years, kg m-2: to compare loss and regrowth."""
    return {str(y): float(stock[y] - stock[0]) for y in (10, 20, 40, years)}
