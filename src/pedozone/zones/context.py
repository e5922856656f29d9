"""What a criterion may look at: recorded years of one column, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.graph import Graph
from pedozone.engine.steady import MeanYear


@dataclass(frozen=True)
class Years:
    """Recorded years of one column; the last axis is the year.

    Parameters
    ----------
    graph : Graph
    solver : Solver
    mean : MeanYear
        The years' operators with the year as batch.
    organic_flux : numpy.ndarray [cells + 1, years]
        Net downward flux of organic carbon through every face, incorporation included, kg C m-2 yr-1.
    respiration : numpy.ndarray [cells, years]
        kg C m-2 yr-1.
    plant_input : numpy.ndarray [inputs, cells, years]
        By declared input, kg C m-2 yr-1.
    mineral_mass : numpy.ndarray [cells]
        kg m-2; zero in organic slots.
    face : numpy.ndarray [cells + 1, years]
        Depth of the faces at the end of each year, m.
    """

    graph: Graph
    solver: Solver
    mean: MeanYear
    organic_flux: np.ndarray
    respiration: np.ndarray
    plant_input: np.ndarray
    mineral_mass: np.ndarray
    face: np.ndarray

    @property
    def mass_at_face(self) -> np.ndarray:
        """Cumulative mineral mass at the faces of the mineral layers, kg m-2 [mineral + 1]."""
        return np.concatenate([[0.0], np.cumsum(self.mineral_mass[self.graph.organic :])])
