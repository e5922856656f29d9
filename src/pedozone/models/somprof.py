"""SOMPROF: organic horizons above a mineral soil, shaped by decay, soil animals and leaching."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.assembly import Assembly
from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.physics.temperature_response import lloyd_taylor
from pedozone.processes.clm_environment import Layers
from pedozone.processes.somprof_decay import SomprofDecay
from pedozone.processes.somprof_environment import SomprofEnvironment, SomprofSoil, shares
from pedozone.processes.somprof_litter import SomprofLitter
from pedozone.processes.somprof_mixing import SomprofLeaching, SomprofMixing

Array = jax.Array

POOLS = (
    Pool("above_litter", Role.FRESH, None, "litter from above that animals have not worked on", ("structural",)),
    Pool("fragmented_litter", Role.FRESH, "mixing", "litter that animals have fragmented", ("structural",)),
    Pool("root_litter", Role.FRESH, "mixing", "litter of roots", ("structural",)),
    Pool("slow", Role.OCCLUDED, "mixing", "slow organic matter that stays where it is put", ("slow",)),
    Pool("leachable", Role.DISSOLVED, "leaching", "slow organic matter, mostly sorbed, that water carries", ("slow",)),
)


class Forcing(NamedTuple):
    """Conditions and litter of one year; what changes by month leads with 12, what does not with 1.

    Attributes
    ----------
    temperature : Array [12 or 1, cells, batch]
        degC.
    theta : Array [12 or 1, cells, batch]
        Water, m3 m-3.
    above_litter, root_litter : Array [12 or 1, 1, batch]
        kg C m-2 yr-1.
    """

    temperature: Array
    theta: Array
    above_litter: Array
    root_litter: Array


def processes() -> tuple[Process, ...]:
    """The processes of the model."""
    return (SomprofLitter(), SomprofDecay(), SomprofMixing(), SomprofLeaching())


def moisture_factor(theta: Array, intercept: Array, slope: Array) -> Array:
    """Gompertz curve of moisture, ``exp(-exp(a - b theta))``; 1 in wet soil, with no decline for want of air.

    Parameters
    ----------
    theta : Array
        Water, m3 m-3.
    intercept, slope : Array
        a and b.

    References
    ----------
    Janssens et al. (2003), doi:10.1007/978-3-662-05171-9_12, from memory the form of Braakhekke et al. (2011).
    """
    return jnp.exp(-jnp.exp(intercept - slope * theta))


class Somprof(Assembly):
    """Litter, its fragments and slow organic matter in the L, F and H horizons and in the mineral soil.

    The site is a `SomprofSoil`, the year a `Forcing`. An organic slot is a horizon without minerals; what it holds at
    the start of a year says how thick it is and how fast soil animals empty it in that year. All else is linear.

    The equations rest on memory of the papers and on what others quote of them. Three things are said otherwise than
    there: horizons are emptied at a rate that is set once a year; fragments of the litter from above stay for a month
    where they are made; and the thickness of mineral layers stays as given.

    Parameters
    ----------
    cells, organic : int
        Horizons (three: L, F and H) and mineral layers together, and how many of them are horizons.

    References
    ----------
    Braakhekke et al. (2011), doi:10.1016/j.ecolmodel.2011.02.008; (2013), doi:10.5194/bg-10-399-2013.
    """

    def __init__(self, cells: int = 23, organic: int = 3) -> None:
        super().__init__(POOLS, processes(), cells, organic)

    def environment(self, stock, physical, site: SomprofSoil, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        p, organic = parameters, self.graph.organic
        layers = Layers.of(site.thickness)
        above, roots = shares(organic, layers, p["root_litter_depth"], p["organic_root_share"])
        matter = stock[:, :organic] / p["carbon_fraction"]
        whole = jnp.sum(matter, axis=0)
        activity = lloyd_taylor(forcing.temperature, zero=273.15) * moisture_factor(
            forcing.theta, p["moisture_intercept"], p["moisture_slope"]
        )
        environment = SomprofEnvironment(
            activity=activity,
            soil=site,
            layers=layers,
            above_litter=forcing.above_litter,
            root_litter=forcing.root_litter,
            above_share=above,
            root_share=roots,
            mobile_matter=whole - matter[self.graph.index["above_litter"]],
            horizon_thickness=whole / p["organic_bulk_density"],
        )
        return environment, physical

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return ()

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return stock
