"""RothC's plant and manure inputs, and the decay of its four active pools."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Input, Kind, Loss, Transfer
from pedozone.engine.process import Process

Array = jax.Array

_ACTIVE = ("dpm", "rpm", "bio", "hum")
_SOURCES = (
    "Coleman and Jenkinson 1996, doi:10.1007/978-3-642-61094-3_17",
    "Jenkinson 1990, doi:10.1098/rstb.1990.0177",
)


class RothCEnvironment(NamedTuple):
    """What RothC's processes read; monthly fields lead with the months, constant ones with 1.

    Attributes
    ----------
    activity : Array [months, 1, batch]
        Product of the factors of temperature, moisture and cover.
    clay : Array [1, 1, batch]
        %.
    plant, manure : Array [months, 1, batch]
        kg C m-2 yr-1.
    decomposable_ratio : Array [months, 1, batch]
        DPM over RPM in plant inputs.
    share : Array [1, cells, batch]
        Of the inputs by cell, adding up to one.
    descent : Array [months, cells, batch], optional
        Factor on the rates of decay by which carbon goes down a layer, in stacked layers.
    """

    activity: Array
    clay: Array
    plant: Array
    manure: Array
    decomposable_ratio: Array
    share: Array
    descent: Array | None = None


class RothCInputs(Process):
    """Plant carbon divides into DPM and RPM, farmyard manure into DPM, RPM and a little HUM."""

    name = "rothc_inputs"
    summary = "plant and manure carbon enter the decomposable, resistant and humified pools"
    sources = _SOURCES
    inputs = (
        Input("dpm", "plant"),
        Input("rpm", "plant"),
        Input("dpm", "manure"),
        Input("rpm", "manure"),
        Input("hum", "manure"),
    )
    parameters = ("rothc_manure_dpm", "rothc_manure_rpm", "rothc_manure_hum")

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        ratio, share = environment.decomposable_ratio, environment.share
        plant, manure = environment.plant * share, environment.manure * share
        return (
            ratio / (ratio + 1.0) * plant,
            1.0 / (ratio + 1.0) * plant,
            parameters["rothc_manure_dpm"] * manure,
            parameters["rothc_manure_rpm"] * manure,
            parameters["rothc_manure_hum"] * manure,
        )


class RothCDecay(Process):
    """First-order decay into CO2, BIO and HUM, in shares that hang on clay alone.

    ``x = 1.67 (1.85 + 1.60 exp(-0.0786 clay))`` is the ratio of CO2 to BIO + HUM. BIO and HUM decay into themselves
    in part: those transfers return.
    """

    name = "rothc_decay"
    summary = "active pools decay into CO2, microbial biomass and humified carbon"
    sources = _SOURCES
    transfers = tuple(
        Transfer(donor, receiver, Kind.BIOTIC, "decay", returns=donor == receiver)
        for donor in _ACTIVE
        for receiver in ("bio", "hum")
    )
    losses = tuple(Loss(donor, "respired", Kind.BIOTIC, "decay") for donor in _ACTIVE)
    parameters = (
        *(f"rothc_{pool}_decay_rate" for pool in _ACTIVE),
        "rothc_respired_scale",
        "rothc_respired_intercept",
        "rothc_respired_slope",
        "rothc_respired_exponent",
        "rothc_biomass_fraction",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        falling = parameters["rothc_respired_slope"] * jnp.exp(
            -parameters["rothc_respired_exponent"] * environment.clay
        )
        ratio = parameters["rothc_respired_scale"] * (parameters["rothc_respired_intercept"] + falling)
        biomass = parameters["rothc_biomass_fraction"]
        return {
            "activity": environment.activity,
            "bio": biomass / (ratio + 1.0),
            "hum": (1.0 - biomass) / (ratio + 1.0),
            "respired": ratio / (ratio + 1.0),
        }

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        del state
        decay = [parameters[f"rothc_{pool}_decay_rate"] * prepared["activity"] for pool in _ACTIVE]
        transfers = [k * prepared[receiver] for k in decay for receiver in ("bio", "hum")]
        return (*transfers, *(k * prepared["respired"] for k in decay))
