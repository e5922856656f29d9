"""A time line: for every year its cover, its weather and what happens at its beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pedozone.column.geometry import Soil
from pedozone.history.alteration import Alteration, Succession
from pedozone.history.event import Event


@dataclass(frozen=True)
class Plan:
    """What a year brings.

    Parameters
    ----------
    year : int
    cover : str
        Name of the land cover; ``A to B`` in a succession.
    forcing : NamedTuple
        Weather, cover and management of the year.
    events : tuple of Event
        In the order in which they happen, before the year's steps.
    alterations : tuple of Alteration
        Those that hold in the year.
    """

    year: int
    cover: str
    forcing: Any
    events: tuple[Event, ...]
    alterations: tuple[Alteration, ...]

    def soil(self, soil: Soil, face: np.ndarray) -> Soil:
        """The soil as it is in this year alone; `face` [cells + 1, batch], m."""
        for alteration in self.alterations:
            soil = alteration.soil(soil, face, self.year)
        return soil


@dataclass(frozen=True)
class Timeline:
    """Land covers, alterations and events.

    Parameters
    ----------
    covers : sequence of (int, str, NamedTuple)
        First year, name and forcing, in order of time; the last that has begun holds.
    alterations : sequence of Alteration
        In the order in which they act on the forcing.
    events : mapping of int to sequence of Event
        By year, in order.
    held : sequence of (int, NamedTuple)
        First year and profiles that the forcing holds from then on, in order of time.
    """

    covers: Sequence[tuple[int, str, Any]]
    alterations: Sequence[Alteration] = ()
    events: Mapping[int, Sequence[Event]] = field(default_factory=dict)
    held: Sequence[tuple[int, Any]] = ()

    @property
    def first(self) -> Any:
        """The forcing of the first cover, with what is held from the beginning: that of a spin-up."""
        forcing = self.covers[0][2]
        return forcing._replace(held=self.held[0][1]) if self.held and self.held[0][0] <= self.covers[0][0] else forcing

    def year(self, year: int) -> Plan:
        """The plan of one year.

        Raises
        ------
        ValueError
            For a year before the first cover.
        """
        begun = [entry for entry in self.covers if entry[0] <= year]
        if not begun:
            raise ValueError(f"the time line begins in {self.covers[0][0]}, after {year}")
        since, name, forcing = begun[-1]
        holding = tuple(a for a in self.alterations if a.holds(year, since))
        for alteration in holding:
            forcing = alteration.forcing(forcing, year)
            if isinstance(alteration, Succession):
                name = f"{name} to {alteration.name}"
        holding_now = [profiles for since, profiles in self.held if since <= year]
        if holding_now:
            forcing = forcing._replace(held=holding_now[-1])
        return Plan(year, name, forcing, tuple(self.events.get(year, ())), holding)
