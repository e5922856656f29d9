"""What a batch's store says of the layers of profiles, at the time when they were sampled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pedozone.landscape.kept import BOUNDARY, FINE_CM, NONE
from pedozone.landscape.store import STATUS, Store
from pedozone.zones.criteria import CRITERIA

KEPT = (
    *("carbon_fine", "radiocarbon_fine", "mineral_carbon_fine", "fine_earth_fine"),
    *("organic_layer_stock", "plant_carbon", "boundary_depth", "boundary_status"),
)
"""What an evaluation keeps of every column."""

_QUANTITIES = ("carbon_fine", "radiocarbon_fine", "mineral_carbon_fine", "fine_earth_fine")
_AT_A_TIME = 512


@dataclass(frozen=True)
class Modelled:
    """A column at the time of sampling.

    Parameters
    ----------
    name : str
        Of the site.
    status, message : str
        How its spin-up ended, or why it failed.
    sums : array [4, limits] or None
        Carbon, radiocarbon, mineral-associated carbon and fine earth (kg m-2) above the limits of the fine slices; NaN
        below the column, None where the simulation failed.
    boundaries : dict of str to (float, str)
        Depth (cm) and status by criterion.
    """

    name: str
    status: str
    message: str
    sums: np.ndarray | None
    boundaries: dict[str, tuple[float, str]]

    def layers(self, top_cm: np.ndarray, bottom_cm: np.ndarray) -> dict[str, np.ndarray]:
        """Means of layers; NaN where a layer reaches below the column.

        Returns
        -------
        dict of str to array [layers]
            ``soc_density`` (kg m-3), ``soc_percent``, ``delta14c`` (permil) and ``mineral_share``.
        """
        top, bottom = np.asarray(top_cm, float), np.asarray(bottom_cm, float)
        if self.sums is None:
            return {
                name: np.full(len(top), np.nan) for name in ("soc_density", "soc_percent", "delta14c", "mineral_share")
            }
        edges = np.array(FINE_CM)
        base = edges[np.isfinite(self.sums[0])].max()
        held = np.stack([np.interp(bottom, edges, s) - np.interp(top, edges, s) for s in np.nan_to_num(self.sums)])
        held[:, (bottom > base + 0.5) | (top < 0.0)] = np.nan
        carbon, radio, bound, earth = held
        some = np.where(carbon > 1e-12, carbon, np.nan)
        return {
            "soc_density": carbon / ((bottom - top) / 100.0),
            "soc_percent": 100.0 * carbon / earth,
            "delta14c": 1000.0 * (radio / some - 1.0),
            "mineral_share": bound / some,
        }


def modelled_columns(path: Path, times: dict[str, float]) -> Iterator[Modelled]:
    """The columns of a store, each at its time.

    Parameters
    ----------
    path : pathlib.Path
        The store of a batch that kept `KEPT`.
    times : dict of str to float
        Decimal year by name of the site; states are interpolated between the ends of years.
    """
    group = Store(path).group
    names = [str(name) for name in group["site"][:]]
    first, last = int(group["year"][0]), int(group["year"][-1])
    for start in range(0, len(names), _AT_A_TIME):
        part = slice(start, start + _AT_A_TIME)
        held = {name: np.asarray(group[name][part]) for name in (*_QUANTITIES, "boundary_depth", "boundary_status")}
        status, message = np.asarray(group["status"][part]), np.asarray(group["message"][part])
        for k, name in enumerate(names[part]):
            at = min(max(times[name] - first, 0.0), last + 1.0 - first)
            if STATUS[status[k]] in ("failed", "not computed"):
                yield Modelled(name, STATUS[status[k]], str(message[k]), None, {})
                continue
            sums = np.stack([_at(held[quantity][k], at) for quantity in _QUANTITIES])
            sums = np.concatenate([np.zeros((len(sums), 1)), np.cumsum(sums, axis=1)], axis=1)
            year = min(int(at), last - first)
            yield Modelled(name, STATUS[status[k]], str(message[k]), sums, _boundaries(held, k, year))


def _at(values: np.ndarray, at: float) -> np.ndarray:
    """Values [times, ...] at a moment between two of them."""
    before = min(int(at), len(values) - 1)
    after = min(before + 1, len(values) - 1)
    share = at - before
    return values[before] if share == 0.0 else (1.0 - share) * values[before] + share * values[after]


def _boundaries(held: dict[str, Any], k: int, year: int) -> dict[str, tuple[float, str]]:
    found = {}
    for c, criterion in enumerate(CRITERIA):
        code = int(held["boundary_status"][k, year, c])
        status = BOUNDARY[code] if code != NONE else "not_defined"
        found[criterion] = 100.0 * float(held["boundary_depth"][k, year, c]), status
    return found
