"""ECOSSE: the decay of RothC, slowed where its decomposers find too little nitrogen."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.process import Parameters
from pedozone.processes.rothc_decay import RothCDecay

Array = jax.Array

_PLANT, _SOIL = ("dpm", "rpm"), ("bio", "hum")


class EcosseEnvironment(NamedTuple):
    """A year of a column; what changes by month leads with 12, what does not with 1.

    Attributes
    ----------
    activity : Array [12, cells, batch]
        Product of the factors of temperature, water, pH and cover.
    clay : Array [1, cells, batch]
        %.
    plant, manure : Array [12 or 1, 1, batch]
        kg C m-2 yr-1.
    decomposable_ratio : Array [12 or 1, 1, batch]
        DPM over RPM in plant inputs.
    share : Array [1, cells, batch]
        Of the inputs by cell, adding up to one.
    plant_nitrogen : Array [1, 1, batch]
        Nitrogen over carbon of DPM and RPM.
    soil_nitrogen : Array [1, cells, batch]
        Nitrogen over carbon of BIO and HUM.
    supply : Array [12 or 1, cells, batch]
        Mineral nitrogen that decomposers can get beside what they set free, kg N m-2 yr-1.
    """

    activity: Array
    clay: Array
    plant: Array
    manure: Array
    decomposable_ratio: Array
    share: Array
    plant_nitrogen: Array
    soil_nitrogen: Array
    supply: Array


def community_nitrogen(ph: Array, parameters: Parameters) -> Array:
    """Nitrogen over carbon of BIO and HUM: of bacteria and fungi, of which acid soils hold fewer bacteria."""
    low, high = parameters["bacteria_least_ph"], parameters["bacteria_most_ph"]
    least, most = parameters["bacteria_least"], parameters["bacteria_most"]
    bacteria = least + (most - least) * jnp.clip((ph - low) / (high - low), 0.0, 1.0)
    return bacteria / parameters["bacteria_carbon_nitrogen"] + (1.0 - bacteria) / parameters["fungi_carbon_nitrogen"]


def ph_modifier(ph: Array, parameters: Parameters) -> Array:
    """Factor of pH: 1 where less acid than a limit, falling straight to a least value."""
    low, high, least = parameters["ph_least"], parameters["ph_most"], parameters["ph_factor_least"]
    return least + (1.0 - least) * jnp.clip((ph - low) / (high - low), 0.0, 1.0)


class EcosseDecay(RothCDecay):
    """RothC's decay; plant matter waits where binding its carbon takes more nitrogen than there is.

    With R what a pool would decompose, ``e`` the share of it that becomes BIO and HUM, ``n`` nitrogen over carbon of
    plant matter and ``m`` of BIO and HUM, plant matter decays at ``f`` times its rate,
    ``f = [(1 - e) m (R_BIO + R_HUM) + supply] / [(e m - n) (R_DPM + R_RPM)]``, at most 1, and 1 where plant matter
    brings what binding it takes. BIO and HUM decay at their own rate: they set nitrogen free.
    """

    name = "ecosse_decay"
    summary = "active pools decay into CO2, biomass and humus; plant matter no faster than nitrogen lets it"
    sources = (
        "Smith et al. 2010, doi:10.3354/cr00899",
        "Coleman and Jenkinson 1996, doi:10.1007/978-3-642-61094-3_17",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        prepared = super().prepare(environment, parameters)
        kept = prepared["bio"] + prepared["hum"]
        return {
            **prepared,
            "bound": kept * environment.soil_nitrogen - environment.plant_nitrogen,
            "freed": (1.0 - kept) * environment.soil_nitrogen,
            "supply": environment.supply,
        }

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        limited = nitrogen_factor(state, prepared, parameters)
        decay = [parameters[f"rothc_{pool}_decay_rate"] * prepared["activity"] for pool in (*_PLANT, *_SOIL)]
        decay = [limited * decay[0], limited * decay[1], *decay[2:]]
        transfers = [k * prepared[receiver] for k in decay for receiver in ("bio", "hum")]
        return (*transfers, *(k * prepared["respired"] for k in decay))


def nitrogen_factor(state, prepared, parameters: Parameters) -> Array:
    """Factor on the decay of plant matter for want of nitrogen, 0 to 1. [cells, batch].

    Parameters
    ----------
    state : mapping of str to Array
        Pools, kg C m-2.
    prepared : mapping of str to Array
        As `EcosseDecay.prepare` gives, one month of it.
    """

    def decomposed(pools: tuple[str, str]) -> Array:
        total = sum(parameters[f"rothc_{pool}_decay_rate"] * state[pool] for pool in pools)
        return prepared["activity"] * total

    available = prepared["freed"] * decomposed(_SOIL) + prepared["supply"]
    wanted = prepared["bound"] * decomposed(_PLANT)
    short = wanted > available
    return jnp.where(short, available / jnp.where(short, wanted, 1.0), 1.0)
