"""N14CP's soil organic matter: three pools of topsoil that decay side by side, and what is sorbed below them."""

from __future__ import annotations

from typing import NamedTuple

import jax

from pedozone.engine.declarations import Input, Kind, Loss, Transfer
from pedozone.engine.process import Process

Array = jax.Array

TOPSOIL = ("fast", "slow", "passive")
DEEP = "deep"

_SOURCES = (
    "Davies et al. 2016, doi:10.1002/2015GB005167",
    "Tipping et al. 2012, doi:10.1016/j.ecolmodel.2012.08.002",
)


class N14cpEnvironment(NamedTuple):
    """A year of a column.

    Attributes
    ----------
    activity : Array [12 or 1, cells, batch]
        Factor of temperature on all rates.
    litter : Array [1, cells, batch]
        Of plants, kg C m-2 yr-1.
    taken, left : Array [cells, batch]
        Mineral nitrogen that plants took and that nothing took, kg N m-2 yr-1.
    plant_nitrogen : Array [batch]
        Nitrogen over carbon of litter.
    stock : Array [pools, cells, batch]
        Carbon at the start of the year, kg m-2.
    """

    activity: Array
    litter: Array
    taken: Array
    left: Array
    plant_nitrogen: Array
    stock: Array


class N14cpLitter(Process):
    """Litter divides into the three pools of topsoil in fixed shares."""

    name = "n14cp_litter"
    summary = "plant litter enters the fast, slow and passive pools"
    sources = _SOURCES
    inputs = tuple(Input(pool, "litter") for pool in TOPSOIL)
    parameters = ("n14cp_litter_fast", "n14cp_litter_slow_of_rest")

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        fast, slow = parameters["n14cp_litter_fast"], parameters["n14cp_litter_slow_of_rest"]
        rest = (1.0 - fast) * environment.litter
        return fast * environment.litter, slow * rest, (1.0 - slow) * rest


class N14cpTurnover(Process):
    """First-order decay; a share of it dissolves, and of that a share is sorbed below and the rest leached."""

    name = "n14cp_turnover"
    summary = "pools decay into CO2 and dissolved carbon, part of which is sorbed in the subsoil"
    sources = _SOURCES
    transfers = tuple(Transfer(pool, DEEP, Kind.TRANSPORT, "leaching and sorption") for pool in TOPSOIL)
    losses = (
        *(Loss(pool, "respired", Kind.BIOTIC, "decay") for pool in (*TOPSOIL, DEEP)),
        *(Loss(pool, "leached", Kind.TRANSPORT, "leaching") for pool in TOPSOIL),
    )
    parameters = (
        *(f"n14cp_{pool}_rate" for pool in (*TOPSOIL, DEEP)),
        "n14cp_dissolved_share",
        "n14cp_sorbed_share",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        return environment.activity

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        del state
        decay = [parameters[f"n14cp_{pool}_rate"] * prepared for pool in TOPSOIL]
        deep = parameters[f"n14cp_{DEEP}_rate"] * prepared
        dissolved, sorbed = parameters["n14cp_dissolved_share"], parameters["n14cp_sorbed_share"]
        return (
            *(dissolved * sorbed * k for k in decay),
            *((1.0 - dissolved) * k for k in decay),
            deep,
            *(dissolved * (1.0 - sorbed) * k for k in decay),
        )
