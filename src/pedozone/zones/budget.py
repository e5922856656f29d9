"""Stocks and fluxes of the two zones, and what crosses between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pedozone.zones.boundary import share_above
from pedozone.zones.context import Years

ZONES = ("vegetation", "mineral")


@dataclass(frozen=True)
class Split:
    """Weights that share cells and faces between the zones of every year.

    Parameters
    ----------
    weight : numpy.ndarray [2, cells, years]
        Share of each cell in the vegetation and in the mineral zone.
    """

    weight: np.ndarray

    def total(self, quantity: np.ndarray) -> np.ndarray:
        """Sum of a quantity [..., cells, years] over each zone: [2, ..., years]."""
        return np.stack([np.sum(quantity * w, axis=-2) for w in self.weight])


def split(years: Years, mass: np.ndarray) -> Split:
    """Share the cells at the boundary of every year (`mass`: mineral mass above it, kg m-2)."""
    above = share_above(years, mass)
    return Split(np.stack([above, 1.0 - above]))


def flux_at(years: Years, mass: np.ndarray, flux: np.ndarray) -> np.ndarray:
    """Flux through the boundary: linear in mineral mass between the faces of the layer that holds it.

    Parameters
    ----------
    mass : numpy.ndarray [years]
    flux : numpy.ndarray [..., cells + 1, years]
        Through the faces.

    Returns
    -------
    numpy.ndarray [..., years]
    """
    m, inner = years.mass_at_face, flux[..., years.graph.organic :, :]
    layer = np.clip(np.searchsorted(m, mass, side="right") - 1, 0, m.size - 2)
    phi = (mass - m[layer]) / (m[layer + 1] - m[layer])
    column = np.arange(mass.size)
    return (1.0 - phi) * inner[..., layer, column] + phi * inner[..., layer + 1, column]


def cumulative_at(years: Years, mass: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Carbon (or a tracer) above a mineral mass, organic slots included: [years] from [cells, years]."""
    return np.sum(cells * share_above(years, mass), axis=0)
