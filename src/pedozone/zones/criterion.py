"""What a criterion of the boundary is: a profile g(z), positive in the vegetation zone, crossed at 0."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pedozone.zones.context import Years


@dataclass(frozen=True)
class Signal:
    """A criterion evaluated on the profile.

    Parameters
    ----------
    mass : numpy.ndarray [points]
        Coordinate of the points, increasing: cumulative mineral mass, kg m-2 (in peat see `Years`).
    value : numpy.ndarray [points, years]
        g; positive in the vegetation zone. A year with a value that is not finite is ``not_defined``.
    spread : float or None
        Value of g at which membership is three quarters (minus it: one quarter); None where the criterion has no
        membership and so no width.
    """

    mass: np.ndarray
    value: np.ndarray
    spread: float | None


class Criterion(abc.ABC):
    """A rule that tells the vegetation zone from the mineral zone."""

    name: ClassVar[str]
    summary: ClassVar[str]

    @abc.abstractmethod
    def evaluate(self, years: Years) -> Signal | None:
        """Return the signal, or None where the model cannot support the criterion (``not_defined``)."""
