"""What a simulation is set up with."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from pedozone.column.geometry import Geometry, Soil
from pedozone.engine.assembly import Modes
from pedozone.engine.blocktri.solver import Solver
from pedozone.history.timelines import taken
from pedozone.models.pedon import Pedon

TRACERS = ("radiocarbon", "leaf", "root", "exudate", "age")
"""Tracers of a run, after carbon: 14C as absolute fraction modern, source tags, and the age moment (kg yr m-2)."""

TRACED_WITH = {"wood": "leaf"}
"""Sources that have no tracer of their own, and that with which they are traced: all that is above ground."""


def traced_as(source: str) -> str:
    """Tracer of a declared source."""
    return TRACED_WITH.get(source, source)


DECAY = 1.0 / 8267.0
"""Decay constant of 14C, yr-1 (Stuiver and Polach 1977)."""


@dataclass(frozen=True)
class Setting:
    """A model on its columns with its values.

    Parameters
    ----------
    model : Pedon
    solver : Solver
    soil : Soil
    parameters : mapping of str to array
    modes : mapping of str to Mode
    decay : float
        Of 14C, yr-1.
    ages : numpy.ndarray [batch], optional
        Years of soil formation at the start, where weathering goes on from there.
    """

    model: Pedon
    solver: Solver
    soil: Soil
    parameters: Mapping[str, Any]
    modes: Modes
    decay: float = DECAY
    ages: np.ndarray | None = None

    @property
    def values(self) -> tuple[Soil, Mapping[str, Any], Modes]:
        """Soil, parameters and modes, in the order in which compiled functions take them."""
        return self.soil, self.parameters, self.modes


def some_columns(setting: Setting, which: Sequence[int] | np.ndarray) -> Setting:
    """Some columns of a setting; a single one has scalar parameters, as a run of its own."""
    index = np.asarray(which)
    chosen = index if index.size > 1 else int(index[0])
    own = {name: np.asarray(v)[..., chosen] if v.ndim else v for name, v in setting.parameters.items()}
    return replace(setting, soil=taken(setting.soil, index), parameters=own, ages=_of_columns(setting.ages, index))


def _of_columns(ages: np.ndarray | None, index: np.ndarray) -> np.ndarray | None:
    """Ages of some columns; one age is that of all."""
    if ages is None or ages.size == 1:
        return None if ages is None else np.repeat(ages, index.size)
    return ages[index]


def widened(setting: Setting, width: int) -> Setting:
    """The columns of a setting filled up to a width with copies of the last, with values for each."""
    batch = setting.soil.mineral_mass.shape[-1]
    index = np.minimum(np.arange(max(width, batch)), batch - 1)
    own = {name: np.broadcast_to(np.asarray(v), batch)[index] for name, v in setting.parameters.items()}
    return replace(setting, soil=taken(setting.soil, index), parameters=own, ages=_of_columns(setting.ages, index))


@functools.partial(jax.jit, static_argnames="model")
def geometry_at(model: Pedon, stock: Any, soil: Soil, parameters: Mapping[str, Any], swelling: Any) -> Geometry:
    """Geometry of columns at stocks [pools, cells, batch] and a swelling by structure [cells, batch], compiled."""
    return model.geometry(stock, soil, parameters, swelling)


@functools.partial(jax.jit, static_argnames="model")
def macroporosity_at(model: Pedon, stock: Any, soil: Soil, parameters: Mapping[str, Any], swelling: Any) -> Any:
    """Macroporosity (m3 m-3) of columns at stocks [pools, cells, batch] and a swelling [cells, batch], compiled."""
    return model.macroporosity(stock, soil, parameters, swelling)


def face_at(setting: Setting, stock: Any, soil: Soil, swelling: Any) -> Any:
    """Depths of the faces (m) of columns at stocks [pools, cells, batch] on a given soil and structure."""
    return geometry_at(setting.model, stock, soil, setting.parameters, swelling).face
