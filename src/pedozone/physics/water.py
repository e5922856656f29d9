"""Layered bucket: monthly water balance of a column without a loop over layers.

A month is a few spells: rain falls at the start of each and fills the cells to field capacity from
the top, what is left drains within the spell; then evaporation and transpiration are taken. The
cascade ``f[i+1] = max(f[i] + s[i], 0)``, s being a cell's surplus over field capacity, is a
reflected running sum, so in JAX it needs a cumulative sum and a cumulative minimum only. The
compiled kernel (kernels/bucket.cpp) runs down the cells instead, at a fraction of the time; it is
differentiated through the JAX version.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from pedozone.engine.blocktri.compiled import register
from pedozone.physics.kernels import bucket

__all__ = [
    "WaterYear",
    "bucket_climatology",
    "bucket_year",
    "field_capacity_storage",
    "snow_storage",
]

# Share of the available water that roots take at the full rate before uptake falls in proportion
# to what is left: depletion fraction p of FAO-56, 0.5 for most crops and grass at 5 mm/day.
DEPLETION_FRACTION = 0.5
# Soil evaporation dries the surface below the wilting point, to half of it (FAO-56, equation 73); the deeper a
# cell, the less: what lies out of the reach of air keeps the wilting point.
AIR_DRY_FRACTION = 0.5
# e-folding depth of soil evaporation, m: FAO-56 gives an evaporating layer of 0.10-0.15 m.
EVAPORATION_DEPTH = 0.10
# Share of the surface's evaporation below which none is left (0.46 m): vapour does not come from further down.
EVAPORATION_CUT = 0.01
# Sharpness of the curve between the limits of demand and of water at the surface, set so that 0.42
# (Thornthwaite) to 0.53 (Penman) of the rain drains from bare soil at Rothamsted, where the drain
# gauges gave "a little less than one-half" over 35 years (Hall 1908, The Soil).
EVAPORATION_EXPONENT = 1.5

# Wet and dry spells in a month: about one a week, the pace of weather systems in middle latitudes.
# One spell a month would keep the topsoil at field capacity as long as rain covers its own demand.
SPELLS = 4

_TINY = 1e-12


class WaterYear(NamedTuple):
    """One year of the water balance.

    Attributes
    ----------
    theta : array, shape (12, n, B)
        Water content, mean over the month, m3 m-3 of fine earth.
    face_flux : array, shape (12, n + 1, B)
        Downward flux through the top of each cell, last the drainage at the base, m yr-1, >= 0.
    evapotranspiration : array, shape (12, n, B)
        Water taken from each cell, m month-1.
    storage : array, shape (n, B)
        Water at the end of the year, m.
    """

    theta: jax.Array
    face_flux: jax.Array
    evapotranspiration: jax.Array
    storage: jax.Array


def _cascade(surplus, inflow):
    """Flux through the top of each cell and the base, m, for cells of given surplus (m, signed)."""
    running = jnp.cumsum(jnp.concatenate([inflow[None], surplus]), axis=0)
    lowest = jax.lax.cummin(jnp.minimum(running, 0.0), axis=0)
    return running - lowest


def _take(demand, available, capacity):
    """Water given up over a spell, m, by cells asked for `demand`.

    Exact solution of ``dA/dt = -demand min(1, A/((1 - p) capacity))`` over the spell: full rate
    while the soil is moist, exponential decline once it is dry.
    """
    stressed = jnp.maximum((1.0 - DEPLETION_FRACTION) * capacity, _TINY)
    free = jnp.maximum(available - stressed, 0.0)
    unstressed = jnp.minimum(demand, free)
    rest = jnp.minimum(available, stressed)
    return unstressed - rest * jnp.expm1(-(demand - unstressed) / stressed)


def _limited(demand, supply):
    """Evaporation between the limits of demand and supply, m, on the curve of Choudhury (1999)."""
    smaller, larger = jnp.minimum(demand, supply), jnp.maximum(demand, supply)
    ratio = smaller / jnp.maximum(larger, _TINY)
    return smaller * (1.0 + jnp.maximum(ratio, _TINY) ** EVAPORATION_EXPONENT) ** (-1.0 / EVAPORATION_EXPONENT)


def field_capacity_storage(thickness, coarse, retention):
    """Water of every cell at field capacity, m; the usual start. Shape (n, B)."""
    return retention.field_capacity * thickness * (1.0 - coarse)


def _jax_year(
    storage,
    precipitation,
    potential_evapotranspiration,
    root_share,
    transpiration_fraction,
    thickness,
    coarse,
    field_capacity,
    wilting_point,
):
    """`bucket_year` in JAX, on the two fields of the retention that it reads."""
    fine = thickness * (1.0 - coarse)
    full = field_capacity * fine
    wilting = wilting_point * fine
    capacity = full - wilting
    bottom = jnp.exp(-jnp.cumsum(thickness, axis=0) / EVAPORATION_DEPTH)
    light = jnp.maximum(jnp.concatenate([jnp.ones_like(bottom[:1]), bottom]) - EVAPORATION_CUT, 0.0)
    reach = light[:-1] - light[1:]
    exposed = EVAPORATION_DEPTH * reach / jnp.maximum(thickness, _TINY)  # mean of the e-folds over the cell
    air_dry = wilting * (1.0 - (1.0 - AIR_DRY_FRACTION) * exposed)
    reach = reach / jnp.maximum(jnp.sum(reach, axis=0), _TINY)
    safe_fine = jnp.maximum(fine, _TINY)

    def spell(state, forcing):
        stored, water, flux, taken = state
        rain, evaporation_wanted, transpiration_wanted = forcing
        through = _cascade(stored - full, rain)
        wet = stored + through[:-1] - through[1:]

        evaporated = _take(evaporation_wanted, jnp.maximum(wet - air_dry, 0.0), full - air_dry)
        available = jnp.maximum(wet - evaporated - wilting, 0.0)
        transpired = _take(transpiration_wanted, available, capacity)
        unmet = jnp.sum(transpiration_wanted - transpired, axis=0)
        available = available - transpired
        weight = root_share * available / jnp.maximum(capacity, _TINY)
        weight = weight / jnp.maximum(jnp.sum(weight, axis=0), _TINY)
        transpired = transpired + _take(unmet * weight, available, capacity)

        used = evaporated + transpired
        left = wet - used
        return left, water + 0.5 * (wet + left), flux + through, taken + used

    def month(stored, forcing):
        rain, potential = forcing
        supply = rain + jnp.sum(exposed * jnp.maximum(stored - air_dry, 0.0), axis=0)
        evaporation = _limited((1.0 - transpiration_fraction) * potential, supply)
        transpiration = transpiration_fraction * potential
        wanted = (rain / SPELLS, reach * evaporation / SPELLS, root_share * transpiration / SPELLS)
        none = jnp.zeros_like(stored)
        state = (stored, none, jnp.concatenate([none, none[:1]]), none)
        state = jax.lax.fori_loop(0, SPELLS, lambda _, s: spell(s, wanted), state)
        stored, water, flux, taken = state
        theta = jnp.where(fine > _TINY, water / SPELLS / safe_fine, field_capacity)
        return stored, (theta, 12.0 * flux, taken)

    end, (theta, face_flux, taken) = jax.lax.scan(
        month, jnp.asarray(storage), (precipitation, potential_evapotranspiration)
    )
    return WaterYear(theta, face_flux, taken, end)


@jax.custom_vjp
def _kernel_year(*operands):
    """`bucket_year` by the compiled kernel; every operand float64 and of full shape."""
    return WaterYear(*bucket.run(operands, **_constants()))


def _constants():
    return {
        "spells": SPELLS,
        "depletion_fraction": DEPLETION_FRACTION,
        "air_dry_fraction": AIR_DRY_FRACTION,
        "evaporation_depth": EVAPORATION_DEPTH,
        "evaporation_cut": EVAPORATION_CUT,
        "evaporation_exponent": EVAPORATION_EXPONENT,
        "tiny": _TINY,
    }


def _kernel_year_backward(operands, cotangent):
    """Derivative by the kernel's own adjoint, or through the JAX version where it has none."""
    if register(bucket.ADJOINT):
        return tuple(bucket.adjoint(operands, cotangent, **_constants()))
    return jax.vjp(_jax_year, *operands)[1](cotangent)


_kernel_year.defvjp(lambda *operands: (_kernel_year(*operands), operands), _kernel_year_backward)


def bucket_year(
    storage,
    precipitation,
    potential_evapotranspiration,
    root_share,
    transpiration_fraction,
    thickness,
    coarse,
    retention,
    backend="auto",
):
    """Water balance of one year by months.

    Closes to rounding: precipitation = evapotranspiration + drainage + change of storage. All
    rain infiltrates. Transpiration is asked for by `root_share`; what dry layers cannot give is
    asked once more from the others in proportion to roots and relative wetness (compensation,
    Jarvis 1989). Evaporation is asked for by depth, e-fold 0.10 m, and lies between the limits of
    demand and of what wets the surface (rain plus water held near it): between showers a bare
    surface dries and seals the water below. There is no runoff and no water table yet.

    Parameters
    ----------
    storage : array, shape (n, B)
        Water at the start, m.
    precipitation, potential_evapotranspiration : array, shape (12, B)
        m month-1. Precipitation as liquid reaching the ground (see `snow_storage`).
    root_share : array, shape (n, B)
        Share of the roots in each cell, summing to 1 down the column (0 everywhere: bare).
    transpiration_fraction : array_like, shape () or (B,)
        Share of the potential evapotranspiration taken by roots; the rest evaporates.
    thickness : array, shape (n, B)
        m; 0 for an empty organic slot, through which water passes.
    coarse : array, shape (n, B)
        Volume fraction of stones, which hold no water.
    retention : pedotransfer.Retention
        Fields of shape (n, B).
    backend : str
        ``"cpp"`` (compiled kernel, float64 on the processor), ``"jax"`` or ``"auto"``: the kernel
        where it can serve.

    Returns
    -------
    WaterYear

    Raises
    ------
    ValueError
        If the backend is unknown.
    SolverError
        If ``"cpp"`` is asked for and cannot serve.

    References
    ----------
    Allen et al. (1998), FAO-56, chapters 7 and 8 (stress, evaporating layer); Jarvis (1989),
    doi:10.1016/0022-1694(89)90050-4 (compensation); Choudhury (1999),
    doi:10.1016/S0022-1694(98)00293-5, and Zhang et al. (2008), doi:10.1016/j.jhydrol.2008.07.021
    (curve between supply and demand, its use by the month).
    """
    operands = (
        storage,
        precipitation,
        potential_evapotranspiration,
        root_share,
        transpiration_fraction,
        thickness,
        coarse,
        retention.field_capacity,
        retention.wilting_point,
    )
    operands = tuple(jnp.asarray(operand) for operand in operands)
    if bucket.serves(backend, operands):
        return _kernel_year(*bucket.whole(operands))
    return _jax_year(*operands)


def bucket_climatology(
    precipitation,
    potential_evapotranspiration,
    root_share,
    transpiration_fraction,
    thickness,
    coarse,
    retention,
    years=6,
    backend="auto",
):
    """Water balance of a repeated year: the last of `years`, started at field capacity.

    Temperate profiles repeat within 2-3 years; dry ones may need more. Below dry root zones, where
    nothing flows, the start is kept. Parameters as in `bucket_year`.

    Returns
    -------
    WaterYear
    """

    def once(stored):
        return bucket_year(
            stored,
            precipitation,
            potential_evapotranspiration,
            root_share,
            transpiration_fraction,
            thickness,
            coarse,
            retention,
            backend,
        )

    start = field_capacity_storage(thickness, coarse, retention)
    start, _ = jax.lax.scan(lambda s, _: (once(s).storage, None), start, None, length=years - 1)
    return once(start)


def snow_storage(precipitation, temperature_c, rain_threshold=3.3, snow_threshold=-10.0, melt=0.5):
    """Rain plus snow melt of a repeated year.

    Monthly scheme of McCabe and Markstrom (2007): all snow below `snow_threshold`, all rain above
    `rain_threshold`, linear between; the same line times `melt` gives the share of the pack that
    melts in a month. The pack is periodic: what a year leaves returns with the first melt of the
    next, so that the year's sum equals precipitation. Where nothing melts, snow is let through.

    Parameters
    ----------
    precipitation, temperature_c : array, shape (12, B)
        m month-1 (any unit) and degC.
    rain_threshold, snow_threshold : float
        degC.
    melt : float
        Largest share of the pack that melts in a month, -.

    Returns
    -------
    array, shape (12, B)
        Liquid water reaching the ground, unit of `precipitation`.

    References
    ----------
    McCabe and Markstrom (2007), USGS Open-File Report 2007-1088.
    """
    span = rain_threshold - snow_threshold
    liquid = jnp.clip((temperature_c - snow_threshold) / span, 0.0, 1.0)
    rain, snow = precipitation * liquid, precipitation * (1.0 - liquid)
    kept = 1.0 - melt * liquid

    def month(pack, forcing):
        fresh, stay = forcing
        return (pack + fresh) * stay, (pack + fresh) * (1.0 - stay)

    # The pack is linear in its start: p_end = gain + keep * p_start, so the periodic one is exact.
    gain, _ = jax.lax.scan(month, jnp.zeros_like(precipitation[0]), (snow, kept))
    keep = jnp.prod(kept, axis=0)
    periodic = jnp.where(keep < 1.0, gain / jnp.where(keep < 1.0, 1.0 - keep, 1.0), 0.0)
    _, melted = jax.lax.scan(month, periodic, (snow, kept))
    return jnp.where(keep < 1.0, rain + melted, precipitation)
