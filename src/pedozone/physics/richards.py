"""Richards' equation: water that moves by its potential, up as well as down, with the zero-flux plane it gives.

Mixed form (storage in water content, flux in pressure head), so that mass is kept whatever the iteration leaves
(Celia et al. 1990); linearised fully instead of by their modified Picard step, because thin wet cells under a day's
rain make the latter swing. Retention and conductivity are those of the pedotransfer function that the bucket reads.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from pedozone.physics.groundwater import KPA_PER_M
from pedozone.physics.pedotransfer import FIELD_CAPACITY_KPA, Retention
from pedozone.physics.water import (
    AIR_DRY_FRACTION,
    EVAPORATION_CUT,
    EVAPORATION_DEPTH,
    SPELLS,
    WaterYear,
    _limited,
    _take,
)

__all__ = ["conductivity", "head", "richards_year", "water_content", "zero_flux_plane"]

Array = jax.Array

SPECIFIC_STORAGE = 1e-3
"""Water taken up by saturated soil per rise of pressure head, m-1; order of magnitude for loose sediments."""
STEPS = 8
"""Steps in a spell, about a day each; rain falls in the first `RAIN_STEPS` of them."""
RAIN_STEPS = 2
ITERATIONS = 6

_TINY = 1e-12
_LEAST_DISTANCE = 1e-3  # m between centres, where organic slots are empty
_DRIEST_KPA = 1e6


def water_content(pressure: Array, retention: Retention) -> tuple[Array, Array]:
    """Water content, m3 m-3, and its slope with the pressure head, m-1; inverse of `pedotransfer.water_potential`.

    Parameters
    ----------
    pressure : Array [cells, batch]
        Pressure head, m, negative in unsaturated soil.
    retention : Retention
    """
    suction = -KPA_PER_M * pressure
    capacity, saturation, entry = retention.field_capacity, retention.saturation, retention.air_entry_kpa
    safe = jnp.maximum(suction, FIELD_CAPACITY_KPA)
    dry = capacity * jnp.exp(-jnp.log(safe / FIELD_CAPACITY_KPA) / retention.campbell_b)
    dry_slope = KPA_PER_M * dry / (retention.campbell_b * safe)
    slope = (saturation - capacity) / (FIELD_CAPACITY_KPA - entry)
    wet = capacity + slope * (FIELD_CAPACITY_KPA - suction)
    full = saturation + SPECIFIC_STORAGE * (entry - suction) / KPA_PER_M
    is_dry, is_full = suction > FIELD_CAPACITY_KPA, suction < entry
    theta = jnp.where(is_dry, dry, jnp.where(is_full, full, wet))
    return theta, jnp.where(is_dry, dry_slope, jnp.where(is_full, SPECIFIC_STORAGE, KPA_PER_M * slope))


def head(theta: Array, retention: Retention) -> Array:
    """Pressure head, m, at a water content; inverse of `water_content`."""
    capacity, saturation, entry = retention.field_capacity, retention.saturation, retention.air_entry_kpa
    ratio = jnp.clip(theta / capacity, 1e-6, 1.0)
    dry = jnp.minimum(FIELD_CAPACITY_KPA * jnp.exp(-retention.campbell_b * jnp.log(ratio)), _DRIEST_KPA)
    wet = FIELD_CAPACITY_KPA - (FIELD_CAPACITY_KPA - entry) * (theta - capacity) / (saturation - capacity)
    full = entry - KPA_PER_M * (theta - saturation) / SPECIFIC_STORAGE
    suction = jnp.where(theta < capacity, dry, jnp.where(theta > saturation, full, wet))
    return -suction / KPA_PER_M


def conductivity(theta: Array, slope: Array, retention: Retention) -> tuple[Array, Array]:
    """Hydraulic conductivity, m yr-1, and its slope with the pressure head, yr-1 (Saxton and Rawls 2006, eq. 17).

    Parameters
    ----------
    theta, slope : Array [cells, batch]
        Of `water_content`.
    retention : Retention
    """
    power = 3.0 + 2.0 * retention.campbell_b
    wetness = jnp.clip(theta / retention.saturation, 1e-6, 1.0)
    value = retention.conductivity_m_yr * jnp.exp(power * jnp.log(wetness))
    return value, jnp.where(theta < retention.saturation, value * power * slope / jnp.maximum(theta, 1e-6), 0.0)


def _tridiagonal(lower: Array, diagonal: Array, upper: Array, right: Array) -> Array:
    """Solution of a tridiagonal system along axis 0 (Thomas), diagonally dominant by columns."""

    def forward(above, row):
        (factor, value), (a, b, c, d) = above, row
        pivot = 1.0 / (b - a * factor)
        now = (c * pivot, (d - a * value) * pivot)
        return now, now

    zero = jnp.zeros_like(right[0])
    _, (factor, value) = jax.lax.scan(forward, (zero, zero), (lower, diagonal, upper, right))

    def backward(below, row):
        here = row[1] - row[0] * below
        return here, here

    return jax.lax.scan(backward, zero, (factor, value), reverse=True)[1]


def _fluxes(pressure: Array, distance: Array, rain: Array, base: Array, drains: Array, half: Array, retention):
    """Flux through every face and its slopes with the head above and below it.

    Conductivity is that of the wetter side, upstream, on the way down, where a front enters dry soil; on the way up,
    where the dry side throttles the flow, it is the geometric mean (Haverkamp and Vauclin 1979), not linearised.
    """
    theta, storage_slope = water_content(pressure, retention)
    k, k_slope = conductivity(theta, storage_slope, retention)
    gradient = 1.0 - (pressure[1:] - pressure[:-1]) / distance
    down = gradient > 0.0
    throttled = jnp.sqrt(k[:-1] * k[1:])
    chosen = jnp.where(down, k[:-1], throttled)
    inner = chosen * gradient
    by_above = chosen / distance + jnp.where(down, k_slope[:-1] * gradient, 0.0)
    by_below = -chosen / distance

    pull = jnp.where(drains, 1.0, 1.0 - (base - pressure[-1]) / half)
    wet = Retention(*(field[-1] for field in retention))
    base_theta, base_slope = water_content(jnp.where(drains, pressure[-1], base), wet)
    from_below = conductivity(base_theta, base_slope, wet)[0]
    at_base = jnp.where(pull > 0.0, k[-1], from_below)
    out = at_base * pull
    out_slope = jnp.where(drains, 0.0, at_base / half) + jnp.where(pull > 0.0, k_slope[-1] * pull, 0.0)

    zero = jnp.zeros_like(rain)[None]
    flux = jnp.concatenate([rain[None], inner, out[None]])
    return (
        theta,
        storage_slope,
        flux,
        jnp.concatenate([zero, by_above, out_slope[None]]),
        jnp.concatenate([zero, by_below, zero]),
    )


def _step(pressure, theta, rain, sink, base, drains, years, distance, fine, half, retention):
    """One implicit step; returns head, water content and the flux through every face, m yr-1."""

    def newton(_, state):
        pressure, _ = state
        now, slope, flux, above, below = _fluxes(pressure, distance, rain, base, drains, half, retention)
        storage = fine / years
        # storage (now + slope d - theta) = flux in - flux out - sink, all of them linear in d.
        diagonal = storage * slope - below[:-1] + above[1:] + _TINY
        right = flux[:-1] - flux[1:] - sink / years - storage * (now - theta)
        change = _tridiagonal(-above[:-1], diagonal, below[1:], right)
        up = jnp.concatenate([jnp.zeros_like(change[:1]), change])
        down = jnp.concatenate([change, jnp.zeros_like(change[:1])])
        moved = flux + above * up + below * down
        # Heads of dry soil are no good variable while it wets: there the water content carries the step.
        filled = head(jnp.minimum(now + slope * change, retention.saturation), retention)
        dry = (change > 0.0) & (pressure < -FIELD_CAPACITY_KPA / KPA_PER_M)
        return jnp.where(dry, filled, jnp.maximum(pressure + change, -_DRIEST_KPA / KPA_PER_M)), moved

    zero = jnp.zeros_like(pressure)
    pressure, flux = jax.lax.fori_loop(0, ITERATIONS, newton, (pressure, jnp.concatenate([zero, zero[:1]])))
    thick = fine > _TINY
    change = (flux[:-1] - flux[1:]) * years - sink
    theta = jnp.where(thick, theta + change / jnp.maximum(fine, _TINY), theta)
    return jnp.where(thick, head(theta, retention), pressure), theta, flux


@partial(jax.jit, static_argnames=("backend",))
def richards_year(
    storage: Array,
    precipitation: Array,
    potential_evapotranspiration: Array,
    root_share: Array,
    transpiration_fraction: Array | float,
    thickness: Array,
    coarse: Array,
    retention: Retention,
    backend: str = "jax",
    water_table: Array | None = None,
) -> WaterYear:
    """Water balance of one year by Richards' equation, in about 384 implicit steps.

    Takes the place of `bucket_year`: same arguments, same result, same evaporation, uptake and stress, except that
    `face_flux` may be negative (upward) and water above field capacity takes its time. All rain infiltrates. Free
    drainage at the base (unit gradient), or a water table. Closes to rounding: the water content of a step is what the
    fluxes of its last iteration give.

    Parameters
    ----------
    storage, precipitation, potential_evapotranspiration, root_share, transpiration_fraction
        See `bucket_year`.
    thickness, coarse, retention
        See `bucket_year`.
    backend : str
        Not used; there is one.
    water_table : Array [12, batch], optional
        m below the top of the column; beyond 999 m the base drains freely. In the column or below it, the pressure at
        the base is hydrostatic, so water may rise from it.

    Returns
    -------
    WaterYear

    References
    ----------
    Celia, Bouloutas and Zarba (1990), doi:10.1029/WR026i007p01483; Saxton and Rawls (2006),
    doi:10.2136/sssaj2005.0117; Haverkamp and Vauclin (1979), doi:10.1029/WR015i001p00181 (mean conductivities).
    """
    storage = jnp.asarray(storage)
    retention = Retention(*(jnp.broadcast_to(jnp.asarray(field), storage.shape) for field in retention))
    thickness = jnp.broadcast_to(jnp.asarray(thickness), storage.shape)
    fine = thickness * (1.0 - coarse)
    full, wilting = retention.field_capacity * fine, retention.wilting_point * fine
    capacity = full - wilting
    bottom = jnp.exp(-jnp.cumsum(thickness, axis=0) / EVAPORATION_DEPTH)
    light = jnp.maximum(jnp.concatenate([jnp.ones_like(bottom[:1]), bottom]) - EVAPORATION_CUT, 0.0)
    reach = light[:-1] - light[1:]
    exposed = EVAPORATION_DEPTH * reach / jnp.maximum(thickness, _TINY)
    air_dry = wilting * (1.0 - (1.0 - AIR_DRY_FRACTION) * exposed)
    reach = reach / jnp.maximum(jnp.sum(reach, axis=0), _TINY)
    distance = jnp.maximum(0.5 * (thickness[1:] + thickness[:-1]), _LEAST_DISTANCE)
    half = jnp.maximum(0.5 * thickness[-1], _LEAST_DISTANCE)
    depth = jnp.sum(thickness, axis=0)
    years = 1.0 / (12.0 * SPELLS * STEPS)

    def step(state, forcing):
        pressure, theta, base, drains = state
        rain, evaporation_wanted, transpiration_wanted = forcing
        stored = theta * fine
        evaporated = _take(evaporation_wanted, jnp.maximum(stored - air_dry, 0.0), jnp.maximum(full - air_dry, 0.0))
        available = jnp.maximum(stored - evaporated - wilting, 0.0)
        transpired = _take(transpiration_wanted, available, capacity)
        unmet = jnp.sum(transpiration_wanted - transpired, axis=0)
        available = available - transpired
        weight = root_share * available / jnp.maximum(capacity, _TINY)
        weight = weight / jnp.maximum(jnp.sum(weight, axis=0), _TINY)
        used = evaporated + transpired + _take(unmet * weight, available, capacity)
        pressure, theta, flux = _step(
            pressure, theta, rain / years, used, base, drains, years, distance, fine, half, retention
        )
        return (pressure, theta, base, drains), (0.5 * (stored / jnp.maximum(fine, _TINY) + theta), flux, used)

    def month(state, forcing):
        pressure, theta = state
        rain, potential, table = forcing
        stored = theta * fine
        supply = rain + jnp.sum(exposed * jnp.maximum(stored - air_dry, 0.0), axis=0)
        evaporation = _limited((1.0 - transpiration_fraction) * potential, supply)
        transpiration = transpiration_fraction * potential
        count = SPELLS * STEPS
        falls = (jnp.arange(count) % STEPS < RAIN_STEPS)[:, None] * (rain / (SPELLS * RAIN_STEPS))
        wanted = (reach * evaporation / count, root_share * transpiration / count)
        repeated = tuple(jnp.broadcast_to(field, (count, *field.shape)) for field in wanted)
        start = (pressure, theta, depth - table, table > 999.0)
        (pressure, theta, _, _), (water, flux, used) = jax.lax.scan(step, start, (falls, *repeated))
        mean = jnp.where(fine > _TINY, jnp.mean(water, axis=0), retention.field_capacity)
        return (pressure, theta), (mean, jnp.mean(flux, axis=0), jnp.sum(used, axis=0))

    theta = jnp.where(fine > _TINY, storage / jnp.maximum(fine, _TINY), retention.field_capacity)
    table = jnp.full(precipitation.shape, 1e3) if water_table is None else jnp.asarray(water_table)
    (_, theta), (water, flux, used) = jax.lax.scan(
        month,
        (head(theta, retention), theta),
        (jnp.asarray(precipitation), jnp.asarray(potential_evapotranspiration), table),
    )
    return WaterYear(water, flux, used, theta * fine)


def zero_flux_plane(face_flux: Array, face: Array) -> Array:
    """Hydrological zero-flux plane: the deepest depth with flux upward above it and downward below it.

    Parameters
    ----------
    face_flux : Array [..., cells + 1, batch]
        Of `richards_year`, m yr-1, positive downward (the bucket's, never upward, has no such plane).
    face : Array [cells + 1, batch]
        m.

    Returns
    -------
    Array [..., batch]
        m; NaN where the column drains, or dries, all the way through.

    References
    ----------
    Richards, Gardner and Ogata (1956); Healy and Scanlon (2010), Estimating Groundwater Recharge, chapter 5.
    """
    above, below = face_flux[..., :-1, :], face_flux[..., 1:, :]
    crosses = (above < 0.0) & (below >= 0.0)
    share = -above / jnp.where(crosses, below - above, 1.0)
    depth = face[:-1] + share * (face[1:] - face[:-1])
    deepest = jnp.max(jnp.where(crosses, depth, -jnp.inf), axis=-2)
    return jnp.where(jnp.isfinite(deepest), deepest, jnp.nan)
