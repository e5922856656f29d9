"""What a mapping gives: a model with its inputs on a site, and what was assumed on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from pedozone.engine.assembly import Assembly
from pedozone.engine.spinup import SpinupOptions
from pedozone.engine.stepping import STEPPERS, Stepper
from pedozone.parameters import load_parameters
from pedozone.simulation.mapping.site_years import SiteYears

SPINUP = SpinupOptions()
"""Of models that ask for nothing else."""


class Line(NamedTuple):
    """One input of a model: what of the site it is made of.

    Attributes
    ----------
    what : str
        Of the site.
    to : str
        Of the model.
    how : str
        Assumption or conversion; empty where it is taken as it is.
    source : str
        Where the assumption comes from; empty where it is a choice of pedozone.
    """

    what: str
    to: str
    how: str = ""
    source: str = ""


class ModelYear(NamedTuple):
    """What `Assembly.environment` takes in one year, as arrays of one column."""

    site: Any
    forcing: Any


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """A model ready to run on a site.

    Parameters
    ----------
    model : Assembly
    parameter_set : str
        Name of the set.
    parameters : mapping of str to array
        Its values.
    stepper : Stepper
    start : ModelYear
        Of the start, which the model is in balance with.
    years : sequence of ModelYear
        One for each year of the site; the same structure and shapes as `start`.
    face : numpy.ndarray [cells + 1]
        Depths of the model's mineral layers, m, from 0 down. A model of one layer has a stock for that depth alone.
    lines : sequence of Line
        What went where.
    physical : pytree
        Of the column where the spin-up begins.
    surface_pools : tuple of str
        Pools that lie on the soil or are coarse wood: no part of the stocks by depth.
    surface_cells : int, optional
        Cells above the mineral soil, the uppermost ones, likewise; the model's organic slots unless given.
    exact : bool
        For a linear model whose stepper is linear too: the start is solved for to the last digit.
    spinup : SpinupOptions
        Of the spin-up of any other.
    inert : callable, optional
        From the carbon that turns over at the start [pools, cells, batch] to that of the pools that nothing enters or
        leaves, as stocks of the same shape; none unless given.
    inert_fraction_modern : float
        Radiocarbon of those pools, absolute fraction modern.
    grown_years : int
        For a model without a steady start: years that it grows from no carbon and `physical`, under the conditions of
        `start`, before it.
    pool_layers : tuple of int, optional
        For a model of one cell whose pools lie in different layers: the layer of `face` that each is in.
    """

    model: Assembly
    parameter_set: str
    parameters: Mapping[str, Any]
    start: ModelYear
    years: Sequence[ModelYear]
    face: np.ndarray
    lines: Sequence[Line]
    stepper: Stepper = STEPPERS["mprk22"]
    physical: Any = ()
    surface_pools: tuple[str, ...] = ()
    surface_cells: int | None = None
    exact: bool = False
    spinup: SpinupOptions = SPINUP
    inert: Callable[[Any], Any] | None = None
    inert_fraction_modern: float = 0.0
    grown_years: int = 0
    pool_layers: tuple[int, ...] | None = None


@dataclass(frozen=True)
class ModelMapping:
    """A model that a site file can be given to.

    Parameters
    ----------
    name : str
        As in the registry of models.
    title : str
        As people call it.
    reach : str
        What depth it models, in words.
    build : callable, optional
        From the site's years to the model on the site; None for the zones model, whose site file it is.
    note : str
        What a reader has to know before its level is compared with that of others; empty where there is nothing.
    """

    name: str
    title: str
    reach: str
    build: Callable[[SiteYears], Mapped] | None = None
    note: str = ""


def values(name: str) -> dict[str, Any]:
    """A parameter set as processes read it; call inside `double_precision`."""
    return {key: jnp.asarray(value, dtype=float) for key, value in load_parameters(name).values().items()}
