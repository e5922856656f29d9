"""Three long-term experiments at Rothamsted with RothC-26.3 and its published constants.

Climate: means of 1961-1990 of the electronic Rothamsted Archive (CC BY 4.0). Soil: 23.4 % clay, 23 cm, as in the
official example of RothC; inert carbon from the stock before the experiment (Falloon et al. 1998).

Plant input: what keeps that stock in equilibrium, for every treatment alike, and spread over the months in the same
way. Farmyard manure: 35 t ha-1 fresh, about 3.2 t C ha-1 a year on Broadbalk and Hoosfield (Poulton et al. 2018,
doi:10.1111/gcb.14066). On the manured plots of Hoosfield the plant input is 2.8 t C ha-1 while they get manure, the
figure of RothC's authors, written from memory (Jenkinson 1990, doi:10.1098/rstb.1990.0177; Coleman and Jenkinson 1996,
doi:10.1007/978-3-642-61094-3_17), who fitted the plant input of a treatment to its series (Coleman et al. 1997,
Geoderma 81, 29-44). Both figures were settled on after others had been compared with the measurements.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pedozone.models.rothc import Forcing
from pedozone.simulation.rothc import falloon, simulate_rothc
from pedozone.simulation.rothc_arguments import Topsoil

TEMPERATURE = [3.05, 3.23, 5.27, 7.57, 10.9, 13.88, 15.89, 15.83, 13.54, 10.36, 5.98, 4.0]  # degC
RAIN = [65.4, 48.0, 57.2, 53.2, 52.9, 57.3, 47.0, 53.4, 54.7, 65.8, 64.4, 72.6]  # mm
EVAPORATION = [7.6, 10.3, 30.0, 52.3, 80.4, 94.8, 103.6, 95.8, 68.9, 36.1, 15.9, 8.0]  # mm

CLAY, DEPTH = 23.4, 23.0
MANURE, MANURED_PLANT = 3.2, 2.8  # t C ha-1 a year
MANURE_MONTH, SAMPLED = 1, 8  # February; the end of September

CEREAL = np.array([0, 0, 0, 0.1, 0.1, 0.1, 0.2, 0.5, 0, 0, 0, 0])  # share of the year's plant input by month
SPRING = np.array([0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0])  # months with a crop
WINTER = np.array([1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1])


class Experiment(NamedTuple):
    """An experiment: the stock before it (t C ha-1), its years, and when each treatment is manured or bare."""

    before: float
    first: int
    last: int
    input_by_month: np.ndarray
    covered: np.ndarray
    manured: dict[str, tuple[int, int] | None]
    manured_plant: float | None = None
    bare: bool = False


EXPERIMENTS = {
    "Hoosfield": Experiment(
        30.7, 1852, 1999, CEREAL, SPRING,
        {"Unfertilized": None, "FYM": (1852, 9999), "FYM 1852-1871": (1852, 1871)},
        MANURED_PLANT,
    ),
    "Broadbalk": Experiment(
        28.8, 1844, 2015, CEREAL, WINTER,
        {
            "Nil": None,
            "PKMg": None,
            "N3(144)PKMg": None,
            "FYM since 1843": (1844, 9999),
            "FYM since 1885 (+N since 1968)": (1885, 9999),
            "FYM+N 1968-2000; N4 only since 2001": (1968, 2000),
        },
    ),
    "Highfield Bare Fallow": Experiment(
        63.02, 1959, 2014, np.full(12, 1.0 / 12.0), np.ones(12), {"bare fallow": None}, bare=True
    ),
}  # fmt: skip


def months(plant: np.ndarray, manure: np.ndarray, covered: np.ndarray) -> Forcing:
    """Months under the mean climate; plant, manure, covered [months, treatments]."""
    years, treatments = plant.shape[0] // 12, plant.shape[1]
    climate = [np.tile(np.array(a)[:, None], (years, treatments)) for a in (TEMPERATURE, RAIN, EVAPORATION)]
    return Forcing(*climate, covered, plant, manure, np.full(plant.shape, 1.44))


def equilibrium_input(experiment: Experiment) -> float:
    """Plant input (t C ha-1 yr-1) that keeps the stock before the experiment; RothC is linear in it."""
    shape = experiment.input_by_month[:, None]
    year = months(shape, 0.0 * shape, 1.0 * experiment.covered[:, None])
    run = simulate_rothc(year, Topsoil(clay=CLAY, depth=DEPTH), 0.0, spin_up=year)
    return float((experiment.before - falloon(experiment.before)) / run.pools[SAMPLED].sum())


def run(name: str) -> tuple[np.ndarray, dict[str, np.ndarray], float]:
    """Run an experiment.

    Returns
    -------
    array [years]
        Calendar years.
    dict of str to array [years]
        Stock of each treatment when it is sampled, t C ha-1.
    float
        Plant input before the experiment, t C ha-1 yr-1.
    """
    experiment = EXPERIMENTS[name]
    plant = equilibrium_input(experiment)
    years = np.arange(experiment.first, experiment.last + 1)
    shape, spread = experiment.input_by_month[:, None], np.zeros((12, 1))
    spread[MANURE_MONTH] = 1.0
    fed, dunged = [], []
    for period in experiment.manured.values():
        on = np.zeros(len(years)) if period is None else (years >= period[0]) & (years <= period[1])
        manured_plant = plant if experiment.manured_plant is None else experiment.manured_plant
        yearly = np.where(on, manured_plant, 0.0 if experiment.bare else plant)
        fed.append((yearly[:, None] * shape[:, 0]).ravel())
        dunged.append((MANURE * on[:, None] * spread[:, 0]).ravel())
    input_, manure = np.stack(fed, axis=1), np.stack(dunged, axis=1)
    cover = np.tile(0.0 * experiment.covered if experiment.bare else experiment.covered, len(years))
    before = months(plant * shape, 0.0 * shape, 1.0 * experiment.covered[:, None])
    done = simulate_rothc(
        months(input_, manure, np.tile(1.0 * cover[:, None], (1, input_.shape[1]))),
        Topsoil(clay=CLAY, depth=DEPTH),
        float(falloon(experiment.before)),
        spin_up=Forcing(*(np.tile(a, (1, input_.shape[1])) for a in before)),
    )
    totals = done.pools.sum(axis=1)[SAMPLED::12]
    return years, {label: totals[:, k] for k, label in enumerate(experiment.manured)}, plant
