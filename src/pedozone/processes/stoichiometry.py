"""Carbon use efficiency from what feeds the dissolved pool, its temperature and the nitrogen there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.declarations import Pool, Role
from pedozone.engine.graph import Graph
from pedozone.engine.process import Parameters

Array = jax.Array

CLASSES: tuple[str, ...] = ("exudate", "metabolic", "structural", "necromass", "desorbed")
"""Substrate classes of the carbon that feeds the dissolved pool."""

_LABILE = ("exudate", "metabolic")

CURVATURE = 0.99
"""Of the smooth minimum; 1 would be the sharp one (a hyperbola, as in co-limited photosynthesis)."""

MEAN_EFFICIENCY = 0.475
"""Of the 780 observations over which Qiao et al. (2019) give the slope with temperature (at 20 degC)."""

LEAST_FLUX = 1e-30
"""kg m-2 yr-1; stands in for no flux at all, so that means and ratios keep a value and a derivative."""

PARAMETERS = (
    *(f"efficiency_{c}" for c in CLASSES),
    "efficiency_slope_labile",
    "efficiency_slope_resistant",
    "efficiency_reference_temperature",
    "carbon_nitrogen_microbial",
)


class Feeding(NamedTuple):
    """What feeds the dissolved pool of every cell.

    Attributes
    ----------
    weights : mapping of str to Array [cells, batch]
        Carbon by substrate class, kg C m-2 yr-1.
    nitrogen : Array [cells, batch]
        Nitrogen it brings per carbon (the inverse of its C:N), kg N per kg C; that of the dissolved pool where
        nothing feeds it.
    """

    weights: Mapping[str, Array]
    nitrogen: Array


def substrate_class(pool: Pool) -> str | None:
    """Class of the carbon that a pool gives to the dissolved one; None for dissolved carbon itself.

    Wood, occluded litter and charcoal count as structural; lysed cells as necromass.
    """
    if pool.role is Role.DISSOLVED:
        return None
    if pool.role is Role.MINERAL:
        return "desorbed"
    if pool.role in (Role.LIVING, Role.RESIDUE):
        return "necromass"
    return "metabolic" if "metabolic" in pool.tags else "structural"


def feeding(
    graph: Graph,
    flux: Sequence[Array] | Array,
    inputs: Sequence[Array],
    per_carbon: Array,
    source_per_carbon: Mapping[str, Array],
) -> Feeding:
    """Return what feeds the dissolved pools, from the declared transfers.

    A pool that takes dissolved carbon as well as giving it (a surface in exchange, an entrapped solution) counts with
    what it gives net: carbon that sits on a surface for days is the same carbon, and gross exchange would swamp all
    else.

    Parameters
    ----------
    graph : Graph
    flux : sequence of Array [cells, batch]
        By declared transfer, kg C m-2 yr-1: rates of a moment, or the sums of a year.
    inputs : sequence of Array [cells, batch]
        By declared input, kg C m-2 yr-1.
    per_carbon : Array [pools, cells, batch]
        Nitrogen per carbon of every pool, kg kg-1.
    source_per_carbon : mapping of str to Array [batch]
        The same of every plant source.
    """
    dissolved = graph.roles(Role.DISSOLVED)
    if not dissolved:
        raise ValueError("the model has no dissolved pool, so nothing that microbes are fed by")
    zero = jnp.zeros_like(per_carbon[0])
    net: dict[int, Array] = {}
    for t, (donor, receiver) in enumerate(zip(graph.donors, graph.receivers, strict=False)):
        if receiver in dissolved and donor not in dissolved:
            net[donor] = net.get(donor, zero) + flux[t]
    for t, (donor, receiver) in enumerate(zip(graph.donors, graph.receivers, strict=False)):
        # growth is no exchange: what microbes take up they have turned over
        if donor in dissolved and receiver in net and graph.pools[receiver].role is not Role.LIVING:
            net[receiver] = net[receiver] - flux[t]
    weights: dict[str, Array] = dict.fromkeys(CLASSES, zero)
    nitrogen = zero
    for donor, given in net.items():
        given = jnp.maximum(given, 0.0)
        name = substrate_class(graph.pools[donor])
        assert name is not None
        weights[name] = weights[name] + given
        nitrogen = nitrogen + given * per_carbon[donor]
    for entry, given in zip(graph.inputs, inputs, strict=True):
        if graph.index[entry.receiver] in dissolved:
            weights["exudate"] = weights["exudate"] + given
            nitrogen = nitrogen + given * source_per_carbon[entry.source]
    total = sum(weights.values(), zero) + LEAST_FLUX
    return Feeding(weights, (nitrogen + LEAST_FLUX * per_carbon[dissolved[0]]) / total)


def class_efficiency(name: str, temperature: Array, parameters: Parameters) -> Array:
    """Efficiency of growth on a substrate class before maintenance.

    ``logit e = logit e_ref + s (T - T_ref) / (0.475 (1 - 0.475))``: the slope is that of the linear form of Qiao et al.
    (2019, doi:10.1038/s41598-019-42145-6) where its line has its mean, 0.475, and the value stays within 0 and 1 at any
    temperature. One steepness for all classes: the line's slope taken as it is would let an efficiency of 0.17 at
    9.5 degC fall to 0.03 in the tropics.

    Parameters
    ----------
    name : str
        One of :data:`CLASSES`.
    temperature : Array
        degC.
    """
    slope = parameters["efficiency_slope_labile" if name in _LABILE else "efficiency_slope_resistant"]
    at = parameters[f"efficiency_{name}"]
    steep = slope / (MEAN_EFFICIENCY * (1.0 - MEAN_EFFICIENCY))
    odds = jnp.log(at / (1.0 - at)) + steep * (temperature - parameters["efficiency_reference_temperature"])
    return jax.nn.sigmoid(odds)


def mean_efficiency(weights: Mapping[str, Array], temperature: Array, parameters: Parameters) -> Array:
    """Efficiency of the dissolved pool: the mean of its feeders' classes, weighted by what they feed. [cells, batch].

    Parameters
    ----------
    weights : mapping of str to Array [cells, batch]
        Carbon fed by class, not negative; where it is 0 throughout, the efficiency of desorbed carbon is returned.
    temperature : Array [cells, batch]
        degC.
    """
    none = jnp.zeros_like(weights["desorbed"])
    grown = sum((weights[c] * class_efficiency(c, temperature, parameters) for c in CLASSES), none)
    total = sum((weights[c] for c in CLASSES), none)
    return (grown + LEAST_FLUX * class_efficiency("desorbed", temperature, parameters)) / (total + LEAST_FLUX)


def limited_efficiency(
    efficiency: Array, uptake: Array, nitrogen: Array, available: Array, parameters: Parameters
) -> Array:
    """Cap an efficiency by the nitrogen for growth: ``e <= CN_microbial (1/CN_flux + N_available/uptake)``.

    The smooth minimum x of e and the cap c solves ``theta x^2 - (e + c) x + e c = 0``: positive, below both, equal to
    either where the other is large, differentiable. Where nothing is taken up nothing limits.

    Parameters
    ----------
    efficiency : Array [cells, batch]
        From :func:`mean_efficiency`, above 0.
    uptake : Array [cells, batch]
        Dissolved carbon taken up, kg C m-2 yr-1.
    nitrogen : Array [cells, batch]
        Per carbon of what feeds the pool (1/CN_flux), kg kg-1.
    available : Array [cells, batch]
        Mineral nitrogen microbes can get, kg N m-2 yr-1.

    Notes
    -----
    Manzoni et al. (2012), doi:10.1890/11-0026.1, and Sinsabaugh et al. (2016), doi:10.1890/15-2110.1, for the
    stoichiometric limit; Collatz et al. (1991), doi:10.1016/0168-1923(91)90002-8, for the smooth minimum.
    """
    supplied = parameters["carbon_nitrogen_microbial"] * (nitrogen * uptake + available)
    ratio = efficiency * (uptake + LEAST_FLUX) / (supplied + LEAST_FLUX)  # e over its cap
    return 2.0 * efficiency / (1.0 + ratio + jnp.sqrt((1.0 + ratio) ** 2 - 4.0 * CURVATURE * ratio))
