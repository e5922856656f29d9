"""Columns and years of MIMICS and MEMS, for the tests of every model and for their own."""

from typing import Any

import jax.numpy as jnp
import layered_cases as layered

from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.spinup import Spinup, SpinupOptions, spin_up
from pedozone.engine.stepping import STEPPERS
from pedozone.engine.year import State
from pedozone.models import mems, mimics
from pedozone.processes.mems_environment import MemsLitterQuality, MemsSoil

values, spread, wave = layered.values, layered.spread, layered.wave


def thickening(cells: int, first: float):
    """Layers that thicken downward, m [cells, 3]."""
    return jnp.broadcast_to(first * 1.2 ** jnp.arange(cells)[:, None], (cells, 3))


def mimics_case(cells: int, forward: bool = False) -> dict[str, Any]:
    """What the tests of every model need of MIMICS: sand, loam and clay; a cold, a temperate and a warm place."""
    profile = mimics.Profile(spread(cells, 0.05, 0.25, 0.6), thickening(cells, 0.1))
    model = (mimics.MimicsForward if forward else mimics.Mimics)(cells)
    return {
        "model": model,
        "parameters": values("mimics-2015" if forward else "mimics"),
        "site": profile,
        "forcing": mimics_forcing(cells),
        "barren": profile._replace(clay=0.0 * profile.clay),
        "read_around": frozenset(),
    }


def mimics_forcing(cells: int, seasonal: bool = True) -> mimics.Forcing:
    """Temperature falls with depth as little as seasons do; without seasons the mean year."""
    warmth = jnp.asarray([4.0, 10.0, 20.0])
    leaf, root = (0.10, 0.25, 0.50), (0.15, 0.20, 0.60)
    if seasonal:
        temperature, fallen, grown = warmth - 6.0 + wave(6.0, 6.0, 2.0), wave(*leaf), wave(*root)
    else:
        temperature, fallen, grown = (jnp.asarray(a).reshape(1, 1, 3) for a in (warmth, leaf, root))
    shape = (temperature.shape[0], cells, 3)
    depth = jnp.arange(cells)[:, None]
    return mimics.Forcing(
        temperature=jnp.broadcast_to(temperature - 0.1 * depth, shape),
        activity=jnp.broadcast_to(jnp.asarray([0.9, 1.0, 0.7]) - 0.01 * depth, shape),
        leaf=fallen,
        root=grown,
        lignin_to_nitrogen=jnp.asarray([35.0, 20.0, 12.0]),
        productivity=jnp.asarray([0.05, 0.12, 1.1]),
        root_beta=jnp.asarray([0.943, 0.965, 0.976]),
        rooting_depth=jnp.asarray([0.5, 1.0, 2.0]),
        active_layer=jnp.asarray([1.5, jnp.inf, jnp.inf]),
    )


def mems_case(cells: int) -> dict[str, Any]:
    """What the tests of every model need of MEMS: three textures, litters and temperatures."""
    soil = mems_soil(cells)
    return {
        "model": mems.Mems(cells),
        "parameters": values("mems"),
        "site": soil,
        "forcing": mems_forcing(cells),
        "barren": soil._replace(sand=jnp.ones_like(soil.sand)),
    }


def mems_soil(cells: int, first: float = 0.2) -> MemsSoil:
    """Sand, loam and clay, the first with stones."""
    return MemsSoil(
        sand=spread(cells, 0.85, 0.4, 0.1),
        coarse=spread(cells, 0.2, 0.0, 0.05),
        bulk_density=spread(cells, 1500.0, 1300.0, 1100.0),
        ph=spread(cells, 4.5, 6.0, 7.5),
        thickness=thickening(cells, first),
    )


def mems_forcing(cells: int, seasonal: bool = True) -> mems.Forcing:
    """Conifers, a meadow and broadleaves."""
    warmth, leaf, root = jnp.asarray([6.0, 10.0, 18.0]), (0.2, 0.15, 0.4), (0.1, 0.3, 0.2)
    if seasonal:
        temperature, fallen, grown = warmth - 6.0 + wave(6.0, 6.0, 2.0), wave(*leaf), wave(*root)
    else:
        temperature, fallen, grown = (jnp.asarray(a).reshape(1, 1, 3) for a in (warmth, leaf, root))
    return mems.Forcing(
        temperature=jnp.broadcast_to(temperature, (temperature.shape[0], cells, 3)),
        leaf=fallen,
        root=grown,
        quality=MemsLitterQuality(
            soluble=jnp.asarray([0.35, 0.35, 0.40]),
            insoluble=jnp.asarray([0.32, 0.15, 0.27]),
            nitrogen=jnp.asarray([0.41, 1.9, 1.32]),
        ),
        root_half_depth=jnp.asarray([0.30, 0.15, 0.25]),
        rooting_depth=jnp.asarray([3.9, 2.6, 2.9]),
    )


def settled(model, site, forcing, parameters, tolerance: float = 1e-11, living: float = 1e-5) -> Spinup:
    """The steady state of a constant year."""
    pools, (cells, batch) = len(model.graph.pools), site.thickness.shape
    start = State(jnp.broadcast_to(site.thickness, (1, pools, cells, batch)), ())
    stepper, options = STEPPERS["first_order"], SpinupOptions(tolerance=tolerance, living=living)
    return spin_up(model, choose_solver(), stepper, start, site, forcing, parameters, model.modelled(), options)
