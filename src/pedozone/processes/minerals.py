"""Capacities and affinity of mineral surfaces, and what oxides, cations and weathering do to them.

Where a soil does not tell its oxides or cations, capacity and affinity are those of its texture, pH and class of
mineral activity alone. What it tells acts as a difference from `REFERENCE`, a temperate Luvisol, so that the reference
soil has factors of exactly one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pedozone.column.geometry import Soil
from pedozone.engine.process import Parameters

Array = jax.Array


class Reference(NamedTuple):
    """The soil at which every factor is one: a temperate Luvisol of 25 % clay and 55 % silt at pH 6.5.

    Values are typical ones (Driessen et al. 2001, *Lecture notes on the major soils of the world*, FAO World Soil
    Resources Reports 94), recalled. Oxides go with clay + silt, cations with clay, so that texture by itself, which
    capacity and affinity hold already, changes nothing.
    """

    clay: float = 0.25
    oxides_per_fine: float = 0.00375
    """Oxalate-extractable Al + 1/2 Fe per clay + silt, kg kg-1: 0.3 % of the reference soil."""
    clay_activity: float = 50.0
    """Cation exchange capacity of clay of high activity, cmol kg-1; 12 for low activity (WRB parts them at 24)."""
    low_clay_activity: float = 12.0
    calcium_per_clay: float = 31.6
    """Exchangeable calcium, cmol per kg of clay: four fifths of the bases other than sodium."""
    base_saturation: float = 0.80
    exchangeable_sodium: float = 0.01


REFERENCE = Reference()


def exchangeable_capacity(soil: Soil, parameters: Parameters) -> Array:
    """Capacity of the exchangeable surface, kg C m-2 [cells, batch].

    After clay (Mayes et al. 2012, doi:10.2136/sssaj2011.0340), on fine mineral mass, and what oxalate-extractable
    oxides add to or lack of the reference: horizons rich in them, such as of Podzols and volcanic soils, sorb the most
    dissolved carbon (Kaiser & Zech 1998, Soil Science Society of America Journal 62, 129-136; Kothawala et al. 2008,
    Geoderma 148, 43-50).
    """
    clay = 100.0 * soil.clay
    exponent = parameters["exchangeable_capacity_slope"] * jnp.log10(jnp.where(clay > 0.0, clay, 1.0))
    per_mass = 1e-6 * 10.0 ** (exponent + parameters["exchangeable_capacity_intercept"])
    capacity = jnp.where(clay > 0.0, per_mass * soil.mineral_mass, 0.0)
    if soil.oxides is None:
        return capacity
    more = parameters["oxide_exchangeable_capacity"] * oxide_excess(soil) * soil.mineral_mass
    return jnp.maximum(capacity + more, 0.0)


def stable_capacity(soil: Soil, parameters: Parameters, ph: Array | None = None) -> Array:
    """Capacity of the slow surfaces, kg C m-2 [cells, batch].

    ``[a (clay + silt) f_calcium f_activity f_sodium + (1 - w) c (oxides - reference)] M - Q_ex``, at least 0: the
    capacity of clay + silt (Georgiou et al. 2022, doi:10.1038/s41467-022-31540-9) and what cations and oxides change.
    Oxides count where the soil is acid and calcium where it is not (weight ``w``, `calcium_weight`). They are added and
    not multiplied, so that sand coated with oxides, as below the bleached horizon of a Podzol, has capacity without
    clay.

    Parameters
    ----------
    soil : Soil
    parameters : Parameters
    ph : Array [cells, batch], optional
        pH under the current cover; that of `soil` where it is left out.
    """
    ph = soil.ph if ph is None else ph
    per_mass = soil.capacity * (soil.clay + soil.silt) * capacity_factor(soil, ph, parameters)
    if soil.oxides is not None:
        acid = 1.0 - calcium_weight(ph, parameters)
        per_mass = per_mass + parameters["oxide_stable_capacity"] * acid * oxide_excess(soil)
    return jnp.maximum(per_mass * soil.mineral_mass - exchangeable_capacity(soil, parameters), 0.0)


def affinity(ph: Array, parameters: Parameters) -> Array:
    """Langmuir affinity, m3 per kg of dissolved carbon [cells, batch] (Mayes et al. 2012)."""
    return 1000.0 * 10.0 ** (parameters["affinity_ph_slope"] * ph + parameters["affinity_intercept"])


def calcium_weight(ph: Array, parameters: Parameters) -> Array:
    """Share (0 to 1) in which calcium rather than aluminium and iron binds carbon, by pH [cells, batch].

    A logistic step: below about pH 6.5 oxalate-extractable Al and Fe go with soil carbon, above it exchangeable
    calcium (Rasmussen et al. 2018, doi:10.1007/s10533-018-0424-3; von Fromm et al. 2021, doi:10.5194/soil-7-305-2021;
    Rowley et al. 2018, doi:10.1007/s10533-017-0410-1).
    """
    step = (ph - parameters["calcium_ph_midpoint"]) / parameters["calcium_ph_width"]
    return jax.nn.sigmoid(step)


def calcium_factor(soil: Soil, ph: Array, parameters: Parameters) -> Array | float:
    """Factor of exchangeable calcium on the capacity of clay + silt, within 1 - s and 1 + s [cells, batch].

    Calcium bridges organic matter to surfaces in neutral and alkaline soil; where it abounds, mineral-associated
    carbon was nearly twice that of else equal soil (Rowley et al. 2021, doi:10.1007/s10533-021-00779-7).
    """
    if soil.exchangeable_calcium is None:
        return 1.0
    expected = REFERENCE.calcium_per_clay * soil.clay
    strength = parameters["calcium_capacity_strength"] * calcium_weight(ph, parameters)
    return 1.0 + strength * _contrast(soil.exchangeable_calcium, expected)


def activity_factor(soil: Soil, parameters: Parameters) -> Array | float:
    """Factor of the cation exchange capacity of the clay within its class of activity, 1 - s to 1 + s [cells, batch].

    Capacity rises with the activity of clay (Georgiou et al. 2022); the class gives the step, this the finer course.
    """
    if soil.cation_exchange_capacity is None:
        return 1.0
    activity = REFERENCE.clay_activity if soil.clay_activity is None else soil.clay_activity
    contrast = _contrast(soil.cation_exchange_capacity, activity * soil.clay)
    return 1.0 + parameters["activity_capacity_strength"] * contrast


def dispersed_share(soil: Soil, parameters: Parameters) -> Array | float:
    """How far sodium disperses the clay, 0 (reference) to 1 [cells, batch].

    ``x^2/(x^2 + x_h^2) / (1 + (EC/EC_h)^2)``, x the exchangeable sodium beyond the reference: clay disperses where
    sodium holds more than 6 to 15 % of the exchange sites (US Salinity Laboratory 1954; WRB, natric horizon: 15 %), and
    salt keeps it flocculated: sodic soil sorbed less dissolved carbon when little saline, not when strongly saline
    (Mavi et al. 2012, Science of the Total Environment 435-436). Dispersed clay holds less carbon and forms fewer
    aggregates.
    """
    if soil.exchangeable_sodium is None:
        return 0.0
    excess = jnp.maximum(_known(soil.exchangeable_sodium, 0.0) - REFERENCE.exchangeable_sodium, 0.0)
    square, half = excess**2, parameters["sodium_half_dispersion"] ** 2
    share = square / (square + half)
    if soil.salinity is None:
        return share
    return share / (1.0 + (_known(soil.salinity, 0.0) / parameters["salinity_half_flocculation"]) ** 2)


def capacity_factor(soil: Soil, ph: Array, parameters: Parameters) -> Array | float:
    """Factor of calcium, clay activity and sodium on the capacity of clay + silt [cells, batch]; 1 at the reference."""
    factor = calcium_factor(soil, ph, parameters) * activity_factor(soil, parameters)
    if soil.exchangeable_sodium is None:
        return factor
    return factor * (1.0 - parameters["sodium_capacity_strength"] * dispersed_share(soil, parameters))


def affinity_factor(soil: Soil, ph: Array, parameters: Parameters) -> Array | float:
    """Factor of base cations and sodium on the affinity for dissolved carbon [cells, batch]; 1 at the reference.

    In soil that is not acid, di- and trivalent cations bind dissolved carbon, so affinity falls where bases other than
    sodium are few; sodium lowers it by dispersion (`dispersed_share`). In acid soil ligand exchange rules, which the
    pH in `affinity` describes already.
    """
    factor: Array | float = 1.0
    if soil.base_saturation is not None:
        sodium = 0.0 if soil.exchangeable_sodium is None else soil.exchangeable_sodium - REFERENCE.exchangeable_sodium
        bridging = _known(soil.base_saturation - REFERENCE.base_saturation, 0.0) - _known(jnp.asarray(sodium), 0.0)
        factor = 1.0 + parameters["base_affinity_strength"] * calcium_weight(ph, parameters) * bridging
    if soil.exchangeable_sodium is None:
        return factor
    return factor * (1.0 - parameters["sodium_affinity_strength"] * dispersed_share(soil, parameters))


def aggregation_factor(soil: Soil, parameters: Parameters) -> Array | float:
    """Factor of sodium on the forming of aggregates, 1 - s to 1 [cells, batch]; 1 at the reference.

    Dispersed clay does not hold aggregates together: the stability of aggregates falls with exchangeable sodium (US
    Salinity Laboratory 1954). The linear form is pedozone's.
    """
    if soil.exchangeable_sodium is None:
        return 1.0
    return 1.0 - parameters["sodium_aggregation_strength"] * dispersed_share(soil, parameters)


def weathered_capacity(soil: Soil, age: Array | float, parameters: Mapping[str, Any]) -> Array:
    """Carbon capacity of clay + silt after an age of soil formation, g C per g [cells, batch].

    Reactive minerals form from fresh rock and in the long run turn into kaolinite and crystalline oxides:
    ``[f_0 + (1 - f_0)(1 - e^(-age/t_f))] [a_low + (a - a_low) e^(-age/t_w)]``, a the capacity of `soil`. In volcanic
    soil of Hawaii poorly crystalline minerals, and the carbon with them, rose to 150,000 years and then fell over
    millions (Torn et al. 1997, doi:10.1038/38260); the form is pedozone's. It is not part of any assembly unless a
    caller puts it into `Soil.capacity`; `aged_capacity` carries it on from there.

    Parameters
    ----------
    soil : Soil
    age : Array [batch] or float
        Years of soil formation, 0 or more.
    parameters : Parameters
    """
    least = jnp.minimum(parameters["capacity_low_activity"] / 1000.0, soil.capacity)
    left = jnp.exp(-age / parameters["mineral_weathering_time"])
    return _formed(age, parameters) * (least + (soil.capacity - least) * left)


def aged_capacity(capacity: Array, age: Array | float, later: Array | float, parameters: Mapping[str, Any]) -> Array:
    """Carbon capacity of clay + silt at another age, from that at one, g C per g [cells, batch].

    The law of `weathered_capacity` carried on (or back) from what is there, which need not have come about by it: two
    steps of it are as good as one, and from the capacity at an age it gives that at any other.

    Parameters
    ----------
    capacity : Array [cells, batch]
        At `age`; 0 stays 0.
    age, later : Array [batch] or float
        Years of soil formation, 0 or more.
    parameters : Parameters
        With ``fresh_mineral_fraction`` above 0 where `age` is 0.
    """
    before = _formed(age, parameters)
    whole = jnp.where(before > 0.0, capacity / jnp.where(before > 0.0, before, 1.0), 0.0)
    least = jnp.minimum(parameters["capacity_low_activity"] / 1000.0, whole)
    left = jnp.exp((age - later) / parameters["mineral_weathering_time"])
    return _formed(later, parameters) * (least + (whole - least) * left)


def _formed(age: Array | float, parameters: Mapping[str, Any]) -> Array:
    """Share of the reactive minerals that have formed at an age."""
    fresh = parameters["fresh_mineral_fraction"]
    return fresh - (1.0 - fresh) * jnp.expm1(-age / parameters["mineral_formation_time"])


def clay_inhibition(soil: Soil, parameters: Parameters) -> Array:
    """Factor on the microbes' uptake for enzymes bound to clay [cells, batch]; 1 at 25 % clay and without minerals.

    ``(1 + i 0.25)/(1 + i clay)``. 10 % of montmorillonite in sand took up to 76 % of an enzyme's activity, for days
    (Olagoke et al. 2019, doi:10.3390/soilsystems3040064); the hyperbola is pedozone's.
    """
    strength = parameters["clay_inhibition"]
    factor = (1.0 + strength * REFERENCE.clay) / (1.0 + strength * soil.clay)
    return jnp.where(soil.mineral_mass > 0.0, factor, 1.0)


def _known(value: Array, otherwise: Array | float) -> Array:
    """The value, or `otherwise` where it is not known."""
    return jnp.where(jnp.isnan(value), otherwise, value)


def _contrast(value: Array, expected: Array) -> Array:
    """How far a value lies above what is expected, -1 to 1; 0 where it is not known or both are 0."""
    given = _known(value, expected)
    total = given + expected
    return jnp.where(total > 0.0, (given - expected) / jnp.where(total > 0.0, total, 1.0), 0.0)


def oxide_excess(soil: Soil) -> Array:
    """Oxides beyond those of the reference soil with as much clay + silt, kg kg-1; 0 where they are not known."""
    expected = REFERENCE.oxides_per_fine * (soil.clay + soil.silt)
    return _known(jnp.asarray(soil.oxides), expected) - expected
