"""Macroporosity as a state: how roots, fauna, drying, tillage and traffic open and close a soil.

The fitted bulk density of the mineral constituent (Robinson et al. 2022; Tranter et al. 2007) already contains
ordinary macropores. The state is therefore a deviation from them, in natural logarithms, so that pores can become
few but never fewer than none: ``macroporosity = reference x exp(porosity)``. At zero the soil is the one without this
module, to the last digit. Macroporosity is what drains between saturation and 33 kPa, the "effective porosity" that
answers to climate (Hirmas et al. 2018). How much of it there is (slow, decades) and how well it is connected (fast,
years) recover at different paces: two years after compaction permeability was on its way back, porosity was not
(Keller et al. 2021).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.column.geometry import Geometry
from pedozone.physics.pedotransfer import Retention

__all__ = [
    "StructuralEffects",
    "Structure",
    "bypass_share",
    "compact",
    "relax",
    "structural_effects",
    "structure_target",
    "structured_geometry",
    "till",
]

Array = jax.Array
Parameters = Mapping[str, Array]


HALF_AIR = 0.05
"""Air (m3 m-3) at field capacity that halves the growth of roots; for full growth 0.10 (da Silva et al. 1994)."""


class Structure(NamedTuple):
    """Deviation of the structure from its reference, 0 in every cell of an ordinary soil and in organic slots.

    Attributes
    ----------
    connectivity : Array [cells, batch]
        Natural logarithm of how well macropores are connected, relative to the reference (fast).
    porosity : Array [cells, batch]
        Natural logarithm of macroporosity relative to the reference (slow).
    """

    connectivity: Array
    porosity: Array


class StructuralEffects(NamedTuple):
    """What a structure does; every field [cells, batch].

    Attributes
    ----------
    swelling : Array
        Change of the fine earth's volume relative to its reference, -; 0 for the reference.
    retention : Retention
        Of the current structure, per volume of swollen fine earth: the matrix holds what it held, the wet end moves.
    conductivity_factor : Array
        On the saturated conductivity; `retention` holds it already.
    diffusivity_factor : Array
        On the diffusivity of air-filled pores (connectivity; the air itself follows from `retention`).
    root_factor : Array
        How well roots get in, 1 at the reference: multiply the root profile and normalise it again.
    bypass_log_odds : Array
        Change of the log-odds of macropore flow, see `bypass_share`.
    """

    swelling: Array
    retention: Retention
    conductivity_factor: Array
    diffusivity_factor: Array
    root_factor: Array
    bypass_log_odds: Array


def _contrast(value: Array, reference: Array | float, floor: Array | float) -> Array:
    """Contrast of a driver with its reference, within -1 and 1, 0 at the reference, fading where both are small."""
    return (value - reference) / (value + reference + floor)


def structure_target(
    depth: Array,
    root_density: Array,
    bioturbation: Array,
    precipitation: Array,
    potential_evapotranspiration: Array,
    clay: Array,
    organic_fraction: Array,
    organic: int,
    parameters: Parameters,
) -> Structure:
    """Structure towards which a column moves under its climate and its biota.

    Each driver enters by its contrast with what it is in the reference, a temperate grassland on loam at the same
    depth, ``(x - x0)/(x + x0 + floor)``; the sum of effect x contrast is the logarithmic deviation. Organic matter
    acts on connectivity only: its volume is in the mixing model of bulk density, and counting it here again would
    count it twice. Drying opens pores in proportion to clay, which shrinks, and sand, which does not.

    Call once a year from the model's environment, with the geometry at the start of the year::

        density = roots * forcing.root_input / g.volume
        target = structure_target(g.centre, density, forcing.bioturbation_factor, jnp.sum(forcing.precipitation, 0),
                                  jnp.sum(forcing.potential_evapotranspiration, 0), site.clay, g.organic_fraction,
                                  organic, parameters)

    Parameters
    ----------
    depth : Array [cells, batch]
        Of the cell centres, m.
    root_density : Array [cells, batch]
        Root input per volume, kg C m-3 yr-1.
    bioturbation : Array [batch]
        Bioturbation of the cover relative to the parameter's, - (`Forcing.bioturbation_factor`).
    precipitation, potential_evapotranspiration : Array [batch]
        m yr-1.
    clay, organic_fraction : Array [cells, batch]
        Mass fractions.
    organic : int
        Number of organic slots; they have no structure.
    parameters : Mapping
        Those of the group "structure".

    Returns
    -------
    Structure

    References
    ----------
    Hirmas et al. (2018), doi:10.1038/s41586-018-0463-x (climate); Meurer et al. (2020),
    doi:10.5194/bg-17-5025-2020 (roots, fauna and organic matter as makers of structure).
    """
    below = jnp.maximum(depth, 0.0)
    rooted = jnp.exp(-below / parameters["structure_root_depth"])
    roots = _contrast(
        root_density, parameters["structure_reference_roots"] * rooted, 0.2 * parameters["structure_reference_roots"]
    )
    burrowed = jnp.exp(-below / parameters["structure_fauna_depth"])
    fauna = _contrast(bioturbation * burrowed, burrowed, 0.1)
    demand = potential_evapotranspiration
    aridity = (demand - precipitation) / jnp.maximum(demand + precipitation, 1e-9)
    shrinking = 2.0 * clay / (clay + 0.25)
    dried = (aridity - parameters["structure_reference_aridity"]) * shrinking
    dried = dried * jnp.exp(-below / parameters["structure_drying_depth"])
    bound = _contrast(organic_fraction, parameters["structure_reference_organic"] * rooted, 0.02)

    climate = parameters["structure_drying_effect"] * dried
    biota = parameters["structure_root_effect"] * roots + parameters["structure_fauna_effect"] * fauna
    mineral = (jnp.arange(depth.shape[0]) >= organic)[:, None]
    return Structure(
        connectivity=jnp.where(
            mineral,
            parameters["structure_connectivity_ratio"] * biota
            + parameters["structure_organic_effect"] * bound
            + climate,
            0.0,
        ),
        porosity=jnp.where(mineral, biota + climate, 0.0),
    )


def relax(
    structure: Structure, target: Structure, depth: Array, tillage: Array, adjustment: Array, parameters: Parameters
) -> Structure:
    """Structure after `adjustment` years; exact for constant drivers, so at its target in a spin-up (1e9 years).

    ``dc/dt = (c* - c)/tau_c - k u (c - c_tilled)`` for connectivity, `u` the tillage, and
    ``dp/dt = (p* - p)/tau_p`` for porosity; both times grow with depth as ``1 + z/structure_slowing_depth``. Yearly
    ploughing cuts pores off again and again. What it loosens settles within the year and is no state: it is a mean
    over the year that `structural_effects` adds.

    Parameters
    ----------
    structure, target : Structure
    depth : Array [cells, batch]
        m.
    tillage : Array [cells, batch]
        Intensity of the year's tillage times the share of each cell above its depth
        (``plants.tillage_intensity * plants.tilled``), -; 1 is one full ploughing a year.
    adjustment : Array
        Years, scalar or [batch].
    parameters : Mapping

    Returns
    -------
    Structure

    References
    ----------
    Keller et al. (2021), doi:10.1002/saj2.20240: permeability recovers first, porosity not within two years.
    """
    slower = 1.0 + jnp.maximum(depth, 0.0) / parameters["structure_slowing_depth"]
    fast = 1.0 / (parameters["structure_connectivity_time"] * slower)
    slow = 1.0 / (parameters["structure_porosity_time"] * slower)
    cut = -jnp.log1p(-parameters["structure_tillage_cut"]) * tillage
    rate = fast + cut
    goal = (fast * target.connectivity + cut * parameters["structure_tilled_connectivity"]) / rate
    return Structure(
        goal + (structure.connectivity - goal) * jnp.exp(-adjustment * rate),
        target.porosity + (structure.porosity - target.porosity) * jnp.exp(-adjustment * slow),
    )


def till(structure: Structure, tillage: Array, parameters: Parameters) -> Structure:
    """Structure after a single tillage event: connectivity cut, porosity kept (what is loosened settles again).

    Parameters
    ----------
    structure : Structure
    tillage : Array [cells, batch]
        Intensity times share of the cell tilled, -.
    parameters : Mapping
    """
    kept = jnp.exp(jnp.log1p(-parameters["structure_tillage_cut"]) * tillage)
    tilled = parameters["structure_tilled_connectivity"]
    return structure._replace(connectivity=tilled + (structure.connectivity - tilled) * kept)


def compact(structure: Structure, severity: Array, parameters: Parameters) -> Structure:
    """Structure after traffic or trampling (an event of the history).

    Macroporosity falls by the factor ``exp(-severity)``; connectivity by the power of it that makes permeability the
    property hit hardest.

    Parameters
    ----------
    structure : Structure
    severity : Array [cells, batch]
        >= 0; 0.7 halves the macroporosity, as a heavy harvester does in the topsoil. Decreasing with depth, 0 in
        organic slots.
    parameters : Mapping
    """
    return Structure(
        structure.connectivity - parameters["structure_connectivity_ratio"] * severity, structure.porosity - severity
    )


def structural_effects(
    structure: Structure, retention: Retention, tillage: Array, parameters: Parameters
) -> StructuralEffects:
    """Volume, retention, conductivity, aeration, bypass and root limit of a structure.

    Only macropores change. With `m` the reference macroporosity (saturation less field capacity), the fine earth
    swells by ``m (exp(p) - 1)``; what the matrix holds stays the same per mass, so per swollen volume it is diluted.
    Conductivity follows macroporosity by the law of the pedotransfer function, ``(saturation - field capacity)^(3 -
    1/b)`` (Saxton and Rawls 2006), and connectivity directly. Roots are limited by the air that is left at field
    capacity, half at 0.05 m3 m-3 (10 % is the usual limit of full growth, da Silva et al. 1994).

    Parameters
    ----------
    structure : Structure
    retention : Retention
        Of the reference structure; fields [cells, batch].
    tillage : Array [cells, batch]
        As in `relax`; 0 where nothing is tilled. Loosens by `structure_loosening` on the mean of the year.
    parameters : Mapping

    Returns
    -------
    StructuralEffects

    References
    ----------
    Saxton and Rawls (2006), doi:10.2136/sssaj2005.0117; da Silva, Kay and Perfect (1994),
    doi:10.2136/sssaj1994.03615995005800060028x.
    """
    reference = retention.saturation - retention.field_capacity
    log_macropores = structure.porosity + parameters["structure_loosening"] * tillage
    swelling = reference * jnp.expm1(log_macropores)
    swollen = 1.0 + swelling
    saturation = (retention.saturation + swelling) / swollen
    capacity = retention.field_capacity / swollen
    macropores = reference * jnp.exp(log_macropores) / swollen
    gap = jnp.log(macropores / reference)
    conductivity = jnp.exp((3.0 - 1.0 / retention.campbell_b) * gap + structure.connectivity)
    current = retention._replace(
        saturation=saturation,
        field_capacity=capacity,
        wilting_point=retention.wilting_point / swollen,
        conductivity_m_yr=retention.conductivity_m_yr * conductivity,
        campbell_a=retention.campbell_a * jnp.exp(-retention.campbell_b * jnp.log1p(swelling)),
    )
    return StructuralEffects(
        swelling=swelling,
        retention=current,
        conductivity_factor=conductivity,
        diffusivity_factor=jnp.exp(parameters["structure_diffusivity_exponent"] * structure.connectivity),
        root_factor=(macropores / (macropores + HALF_AIR)) / (reference / (reference + HALF_AIR)),
        bypass_log_odds=log_macropores + structure.connectivity,
    )


def bypass_share(reference_share: Array, log_odds: Array) -> Array:
    """Share of the infiltration that runs past the matrix, from its reference and `bypass_log_odds`; within 0 and 1.

    Parameters
    ----------
    reference_share : Array
        At the reference structure, within 0 and 1.
    log_odds : Array [cells, batch]
        `StructuralEffects.bypass_log_odds`; the cells at the surface decide about infiltration.
    """
    more = jnp.expm1(log_odds)
    return reference_share + reference_share * (1.0 - reference_share) * more / (1.0 + reference_share * more)


def structured_geometry(geometry: Geometry, swelling: Array, organic: int) -> Geometry:
    """Geometry of a column whose layers have swollen or shrunk; mass stays, bulk density and depths follow.

    The surface stays at depth 0 and the base moves; ``face[-1] - reference.face[-1]`` is the change of the surface's
    elevation above a fixed base, m.

    Parameters
    ----------
    geometry : Geometry
        Of the reference structure.
    swelling : Array [cells, batch]
        `StructuralEffects.swelling`; not applied to organic slots.
    organic : int
        Number of organic slots.

    Returns
    -------
    Geometry
    """
    mineral = (jnp.arange(swelling.shape[0]) >= organic)[:, None]
    swelling = jnp.where(mineral, swelling, 0.0)
    factor = 1.0 + swelling
    # The faces move by the sum of the changes above, so that without any they stay the very same numbers.
    moved = jnp.cumsum(geometry.thickness * swelling, axis=0)
    face = geometry.face + jnp.concatenate([jnp.zeros_like(moved[:1]), moved])
    centre = geometry.centre + 0.5 * (face[1:] - geometry.face[1:] + face[:-1] - geometry.face[:-1])
    return geometry._replace(
        thickness=geometry.thickness * factor,
        volume=geometry.volume * factor,
        face=face,
        centre=centre,
        bulk_density=geometry.bulk_density / factor,
    )
