"""Models whose factors of temperature and water can be replaced by other published ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from pedozone.engine.assembly import Assembly
from pedozone.engine.declarations import Pool
from pedozone.engine.process import Process
from pedozone.physics.responses import Modifiers, Response


class Reference(NamedTuple):
    """Conditions at which a model's own factors and those in their place agree.

    Attributes
    ----------
    temperature : float
        degC.
    water : str
        What state of the water it is, for tables; empty where a model has no factor of water.
    temperature_factor, moisture_factor : str
        What is replaced, for tables.
    """

    temperature: float
    water: str
    temperature_factor: str
    moisture_factor: str


class Modified(Assembly):
    """A model with a factor of temperature and a factor of water, its own unless others are given.

    A response g takes the place of the model's own factor f as ``f(reference) g / g(reference)``: rates at the model's
    reference conditions stay what they are, and what differs is the shape. Without responses nothing changes.

    Parameters
    ----------
    pools, processes, cells, organic
        As in `Assembly`.
    temperature, moisture : str or Response, optional
        A name in `pedozone.physics.responses.TEMPERATURE` or `MOISTURE`, or one of them with values of one's own.
    """

    reference: ClassVar[Reference]

    def __init__(
        self,
        pools: Sequence[Pool],
        processes: Sequence[Process],
        cells: int,
        organic: int,
        temperature: str | Response | None = None,
        moisture: str | Response | None = None,
    ) -> None:
        super().__init__(pools, processes, cells, organic)
        if moisture is not None and not self.reference.water:
            raise ValueError(f"{type(self).__name__} has no factor of water that a response could replace")
        self.modifiers = Modifiers.of(temperature, moisture)

    def needs_no_climate(self, mend: str) -> None:
        """Raise where responses were chosen that a ready-made activity leaves without effect.

        Raises
        ------
        ValueError
            With `mend` as what to do.
        """
        if self.modifiers:
            names = ", ".join(r.name for r in (self.modifiers.temperature, self.modifiers.moisture) if r is not None)
            raise ValueError(f"{type(self).__name__} was given responses ({names}) that cannot act: {mend}")

    @property
    def _identity(self) -> object:
        return self.graph, self.modifiers
