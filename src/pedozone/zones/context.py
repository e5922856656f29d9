"""What a criterion may look at: recorded years of one column, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.graph import Graph
from pedozone.engine.steady import MeanYear


@dataclass(frozen=True)
class Sensitivities:
    """How much the carbon of every cell answers to each parameter's prior uncertainty.

    Parameters
    ----------
    names, groups : tuple of str
        The parameters, and the part of the model each belongs to.
    response : numpy.ndarray [parameters, cells, years]
        ``s sigma``: d ln C(z)/d ln p times the prior standard deviation of ln p (for a parameter whose range has zero
        inside: d ln C(z)/d p times the standard deviation of p). A last axis of 1 holds for all years.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    response: np.ndarray

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.groups) == self.response.shape[0]:
            raise ValueError(
                f"{len(self.names)} parameters, {len(self.groups)} groups and responses of shape {self.response.shape}"
            )


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
    carbon, radiocarbon : numpy.ndarray [cells, years] or None
        At the end of each year, kg C m-2 (14C: times the absolute fraction modern); None where not followed.
    sensitivities : Sensitivities or None
        For criteria that need them, from whoever asks for such a criterion.
    peat : bool
        Whether the boundary may lie inside the organic slots. There the coordinate is the slot's number plus the
        fraction of it (negative: counted from the mineral surface), for organic mass is no material coordinate.
    """

    graph: Graph
    solver: Solver
    mean: MeanYear
    organic_flux: np.ndarray
    respiration: np.ndarray
    plant_input: np.ndarray
    mineral_mass: np.ndarray
    face: np.ndarray
    carbon: np.ndarray | None = None
    radiocarbon: np.ndarray | None = None
    sensitivities: Sensitivities | None = None
    peat: bool = False

    @property
    def mass_at_face(self) -> np.ndarray:
        """Cumulative mineral mass at the faces of the mineral layers, kg m-2 [mineral + 1]."""
        return np.concatenate([[0.0], np.cumsum(self.mineral_mass[self.graph.organic :])])

    @property
    def first(self) -> int:
        """First cell of the profile in which the boundary is looked for."""
        return 0 if self.peat else self.graph.organic

    @property
    def position_at_face(self) -> np.ndarray:
        """Coordinate of the faces from `first` on: mineral mass above, kg m-2; slots count -n to 0 in peat."""
        slots = np.arange(-float(self.graph.organic - self.first), 0.0)
        return np.concatenate([slots, self.mass_at_face])

    @property
    def position_at_centre(self) -> np.ndarray:
        """Coordinate of the centres of the cells from `first` on."""
        at = self.position_at_face
        return 0.5 * (at[1:] + at[:-1])

    def profile(self, cells: np.ndarray) -> np.ndarray:
        """A quantity of the cells [cells, years] on the profile; an empty slot takes that of the next cell below."""
        values = np.array(cells[self.first :], dtype=float)
        if self.peat and self.carbon is not None:
            for i in range(self.graph.organic - 1, -1, -1):
                values[i] = np.where(self.carbon[i] > 0.0, values[i], values[i + 1])
        return values

    def entering(self, sources: Sequence[str]) -> np.ndarray:
        """Plant input that carries one of the tags, kg C m-2 yr-1 [cells, years]."""
        chosen = [u for u, entry in enumerate(self.graph.inputs) if entry.source in sources]
        return self.plant_input[chosen].sum(axis=0)
