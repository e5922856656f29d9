"""The long experiments at Rothamsted: bare fallow after grass, and arable with and without manure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from column_batch import Batch, Column
from target_observed import Shared, stocks
from target_sites import PLOTS, arable, example, highfield

SCALES = (0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.1, 1.35, 1.7)
"""Inputs of the cereal preset times these: the stock before an experiment lies between."""

DEPTH = 0.23


def run(shared: Shared, variants: Sequence[Mapping[str, float]]) -> list[dict[str, Any]]:
    """Highfield and the arable plots with every set of values, beside what was measured."""
    grid = Batch([Column(arable(scale), variant) for variant in variants for scale in SCALES])
    state, _ = grid.spin()
    profiles = grid.profiles(state)
    steady = 10.0 * profiles.between(profiles.carbon, 0.0, DEPTH).reshape(len(variants), len(SCALES))
    scales = [
        {before: float(np.interp(before, row, SCALES)) for before in {plot.before for plot in PLOTS}} for row in steady
    ]
    columns: list[Column] = []
    for variant, known in zip(variants, scales, strict=True):
        columns.append(Column(highfield(), variant))
        columns += [Column(arable(known[plot.before], plot), variant) for plot in PLOTS]
    batch = Batch(columns)
    state, spun = batch.spin()
    series: list[np.ndarray] = []
    content: list[np.ndarray] = []

    def seen(_: int, state: Any, kept: Any = None) -> None:
        p = batch.profiles(state)
        carbon = p.between(p.carbon, 0.0, DEPTH)
        series.append(10.0 * carbon)
        content.append(100.0 * carbon / p.between(p.earth, 0.0, DEPTH))

    seen(0, state)
    batch.run(state, max(plot.last - plot.first for plot in PLOTS) + 1, seen)
    held, percent = np.array(series), np.array(content)
    size = 1 + len(PLOTS)
    return [
        {
            "T8": _fallow(held[:, size * v], percent[:, size * v]),
            "T9": [
                _plot(shared, held[:, size * v + 1 + k], plot, scales[v][plot.before]) for k, plot in enumerate(PLOTS)
            ],
            "spinup": [spun.status[size * v + k].value for k in range(size)],
        }
        for v in range(len(variants))
    ]


def _fallow(held: np.ndarray, percent: np.ndarray) -> dict[str, Any]:
    given = example("highfield")
    rows = []
    first = next(o.value for o in given.observation if o.variable == "soc_percent" and o.year == 1959)
    for o in given.observation:
        if o.variable != "soc_stock":
            continue
        content = next(c.value for c in given.observation if c.variable == "soc_percent" and c.year == o.year)
        at = int(o.year) - 1958  # at the beginning of the year: see the site file
        rows.append(
            {
                "year": int(o.year),
                "stock": float(held[at]),
                "measured": 10.0 * o.value,
                "ratio": float(percent[at] / percent[1]),
                "measured_ratio": content / first,
            }
        )
    error = [row["stock"] - row["measured"] for row in rows]
    return {"rows": rows, "rmse": float(np.sqrt(np.mean(np.square(error))))}


def _plot(shared: Shared, held: np.ndarray, plot: Any, scale: float) -> dict[str, Any]:
    rows = [
        {"year": year, "stock": float(held[year - plot.first + 1]), "measured": value}
        for year, value in stocks(shared, plot.experiment, plot.treatment)
    ]
    error = np.array([row["stock"] / row["measured"] - 1.0 for row in rows])
    return {
        "experiment": plot.experiment,
        "treatment": plot.treatment,
        "scale": scale,
        "rows": rows,
        "rms": float(np.sqrt(np.mean(error**2))),
        "worst": float(error[np.argmax(np.abs(error))]),
        "mean": float(error.mean()),
    }
