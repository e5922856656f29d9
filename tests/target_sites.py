"""The sites on which the model is compared with what it has to reproduce: soils, plants, climates, histories."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import pedozone
from pedozone.config.site import Site
from pedozone.plants.cover import load_cover

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

FIRST, LAST = 1950, 2005
"""Years between which bomb carbon enters the dated profiles: grassland is compared with profiles sampled since 1995."""


class Climate(NamedTuple):
    """Monthly normals of a station (WorldClim, New et al. 2002 stations), degC and mm."""

    latitude: float
    temperature: list[float]
    rain: list[float]


CLIMATES = {
    "Kursk": Climate(
        51.77,
        [-8.7, -7.9, -2.7, 7.0, 14.2, 17.6, 18.9, 18.0, 12.7, 6.1, -0.7, -5.0],
        [42, 33, 36, 42, 50, 73, 78, 57, 54, 47, 50, 51],
    ),
    "Debrecen": Climate(
        47.49,
        [-2.4, 0.6, 5.4, 11.0, 15.9, 19.1, 20.6, 20.0, 16.4, 11.0, 5.1, 0.1],
        [35, 35, 30, 44, 61, 79, 60, 56, 41, 35, 48, 47],
    ),
    "Jyväskylä": Climate(
        62.40,
        [-8.9, -9.1, -4.4, 1.8, 8.6, 14.1, 16.0, 13.9, 8.5, 3.4, -2.1, -6.6],
        [44, 32, 33, 35, 41, 57, 78, 86, 63, 60, 57, 49],
    ),
    "Zaragoza": Climate(
        41.63,
        [6.1, 7.6, 10.9, 13.4, 16.9, 20.9, 24.0, 23.6, 20.7, 15.2, 9.9, 6.9],
        [23, 23, 28, 33, 47, 37, 17, 20, 32, 38, 32, 26],
    ),
    "Manaus": Climate(
        -3.13,
        [27.0, 27.0, 27.2, 27.2, 27.2, 27.2, 27.8, 28.2, 28.3, 28.0, 27.6, 27.5],
        [269, 264, 296, 282, 208, 109, 77, 55, 76, 123, 165, 224],
    ),
    "Bobo-Dioulasso": Climate(
        11.16,
        [25.2, 27.6, 29.6, 29.9, 28.7, 26.5, 25.4, 24.8, 25.1, 27.1, 26.9, 25.3],
        [1, 4, 21, 45, 105, 136, 203, 280, 187, 62, 9, 2],
    ),
}
"""Where soils lie that do not belong under the temperate climate of the example sites."""

OWN = {
    "acrisol": ("tropical-rainforest", "Manaus"),
    "andosol": ("temperate-forest", None),
    "arenosol": ("temperate-grassland", None),
    "calcisol": ("shrubland", "Zaragoza"),
    "cambisol": ("temperate-grassland", None),
    "chernozem": ("temperate-grassland", "Kursk"),
    "ferralsol": ("tropical-rainforest", "Manaus"),
    "fluvisol": ("temperate-grassland", None),
    "gleysol": ("temperate-grassland", None),
    "leptosol": ("temperate-grassland", None),
    "luvisol": ("temperate-forest", None),
    "phaeozem": ("temperate-grassland", "Debrecen"),
    "solonchak": ("shrubland", "Zaragoza"),
    "solonetz": ("temperate-grassland", "Debrecen"),
    "vertisol": ("tropical-grassland", "Bobo-Dioulasso"),
}
"""Plant and climate (None: the temperate one of the examples) under which each mineral soil is looked at."""

SLOTTED = {"podzol": ("boreal-needleleaf-forest", "Jyväskylä"), "histosol": ("peat-moss", "Jyväskylä")}
"""Soils with more organic slots than one."""


@functools.cache
def example(name: str) -> Site:
    """One of the example sites."""
    return pedozone.load_site(EXAMPLES / name / "site.toml")


def _made(raw: dict[str, Any], **parts: Any) -> Site:
    raw = {key: value for key, value in raw.items() if key not in ("observation", "history", "event", "change")}
    return Site(**{**raw, **parts})


def site(
    cover: str,
    soil: str | None = None,
    climate: str | None = None,
    start: int = FIRST,
    end: int = LAST,
    history: list[dict[str, Any]] | None = None,
    **section: Any,
) -> Site:
    """A soil type (None: the loam of the examples) under a cover, in the temperate climate or at a station.

    Away from the temperate climate, production follows the climate (Miami model).
    """
    raw = example("temperate-grassland").model_dump(exclude_none=True)
    production = "preset" if climate is None else "climate"
    parts: dict[str, Any] = {
        "start": {"cover": cover, "year": start, "mode": "steady", "production": production},
        "run": {"end_year": end},
        "history": history or [],
    }
    if soil is not None:
        parts["soil"] = {"preset": soil, **section}
    elif section:
        parts["soil"] = raw["soil"] | section
    if climate is not None:
        at = CLIMATES[climate]
        parts["site"] = raw["site"] | {"latitude": at.latitude}
        parts["climate"] = {"temperature_c": at.temperature, "precipitation_mm": at.rain}
    return _made(raw, **parts)


def highfield() -> Site:
    """The bare fallow of Highfield, from its ploughing on: the grassland before is at its steady state."""
    raw = example("highfield").model_dump(exclude_none=True)
    return _made(raw, start=raw["start"] | {"year": 1958}, history=raw["history"], run={"end_year": 2014})


class Plot(NamedTuple):
    """A treatment of an arable experiment.

    Attributes
    ----------
    experiment, treatment : str
        As the data name them.
    before : float
        Carbon of the plough layer before the experiment, t ha-1.
    first, last : int
    manured : tuple of int, optional
        First and last year with 35 t of farmyard manure.
    fertile : tuple of int, optional
        First and last year in which the crop bears more: manured, or with nitrogen.
    better : float
        Plant input in those years over that of an unmanured plot.
    residual : bool
        Whether what was manured stays fertile for decades.
    """

    experiment: str
    treatment: str
    before: float
    first: int
    last: int
    manured: tuple[int, int] | None = None
    fertile: tuple[int, int] | None = None
    better: float = 2.8 / 1.7
    residual: bool = False


ALWAYS = 9999
PLOTS = (
    Plot("Hoosfield", "Unfertilized", 30.7, 1852, 1998),
    Plot("Hoosfield", "FYM", 30.7, 1852, 1998, (1852, ALWAYS), (1852, ALWAYS)),
    Plot("Hoosfield", "FYM 1852-1871", 30.7, 1852, 1998, (1852, 1871), (1852, 1871), residual=True),
    Plot("Broadbalk", "Nil", 28.8, 1843, 2015),
    Plot("Broadbalk", "PKMg", 28.8, 1843, 2015),
    Plot("Broadbalk", "N3(144)PKMg", 28.8, 1843, 2015, None, (1852, ALWAYS), better=1.3),
    Plot("Broadbalk", "FYM since 1843", 28.8, 1843, 2015, (1844, ALWAYS), (1844, ALWAYS)),
    Plot("Broadbalk", "FYM since 1885 (+N since 1968)", 28.8, 1843, 2015, (1885, ALWAYS), (1885, ALWAYS)),
)

# Plant input of manured plots: 2.8 against 1.7 t C ha-1, which RothC's authors use at Hoosfield (from memory). With
# mineral nitrogen alone 1.3: straw and stubble double with the yield, roots hardly change; by judgement.
MANURE = 3.0
"""Carbon of 35 t ha-1 of farmyard manure, t ha-1 (Jenkinson 1990, doi:10.1098/rstb.1990.0177; from memory)."""

ROTATION = 0.06
"""Manure of the rotation before the experiments, kg C m-2 yr-1: 35 t ha-1 to the roots once in five years (the course
of turnips, barley, peas, wheat and oats at Broadbalk, last dunged in 1839; from memory of the guides to the
experiments). It enters the steady state as residue that is ploughed in, and stops with the experiment."""

RESIDUAL_TIME = 40.0
"""Years in which the higher yields of the plot manured 1852-1871 fell by a factor e. By judgement: its barley still
bore about twice as much as the unmanured plot's 30 to 40 years later (Jenkinson and Johnston 1977, from memory)."""


def fertility(plot: Plot, year: int) -> float:
    """Plant input in a year over that before the experiment."""
    if plot.fertile is None or year < plot.fertile[0]:
        return 1.0
    if year <= plot.fertile[1]:
        return plot.better
    return 1.0 + (plot.better - 1.0) * float(np.exp(-(year - plot.fertile[1]) / RESIDUAL_TIME)) * plot.residual


def arable(scale: float, plot: Plot | None = None) -> Site:
    """Continuous cereals at Rothamsted with the preset's inputs times `scale`, and the treatment of a plot."""
    raw = example("highfield").model_dump(exclude_none=True)
    cover = load_cover("cereal-cropland")

    def inputs(factor: float, manure: float = 0.0) -> Mapping[str, float]:
        own = {part: factor * getattr(cover, f"{part}_input") for part in ("leaf", "root", "exudate")}
        return {part: round(value, 5) for part, value in (own | {"leaf": own["leaf"] + manure}).items()}

    start = {"cover": "cereal-cropland", "mode": "steady", "inputs_kg_c_m2_yr": inputs(scale, ROTATION)}
    if plot is None:
        return _made(raw, start=start | {"year": 1843}, run={"end_year": 1843})
    history: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    last = 0.0
    for year in range(plot.first, plot.last + 1):
        factor = fertility(plot, year)
        if abs(factor - last) > 0.02:
            history.append({"from_year": year, "cover": "cereal-cropland", "inputs_kg_c_m2_yr": inputs(scale * factor)})
            last = factor
    if plot.manured is not None:
        years = [plot.manured[0], min(plot.manured[1], plot.last)]
        events.append({"what": "manure", "years": years, "carbon_t_ha": MANURE, "incorporated_cm": 23})
    return _made(raw, start=start | {"year": plot.first}, history=history, event=events, run={"end_year": plot.last})
