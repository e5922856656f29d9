"""The zones model at the steady state of a site's start, as a linear system."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.config.site import Site
from pedozone.engine.ages import CompartmentalSystem, systems
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import METHODS
from pedozone.simulation.histories import timeline_of
from pedozone.simulation.setting import face_at
from pedozone.simulation.setting_up import set_up
from pedozone.simulation.starting import spun_up


class SteadySystem(NamedTuple):
    """A model at the steady state of a site's start.

    Attributes
    ----------
    system : CompartmentalSystem
        Of the year of the start; pools without turnover left out.
    face : numpy.ndarray [cells + 1]
        Depths of the faces of the cells in the soil, m; they are the lowest of the system.
    status : str
        How the spin-up ended (a value of `Status`), or ``none``.
    message : str
        The same in words.
    """

    system: CompartmentalSystem
    face: np.ndarray
    status: str
    message: str


def steady_pedon(site: Site, solver: str = "auto") -> SteadySystem:
    """Spin a site's zones model up and write the year that it comes to as a linear system.

    Parameters
    ----------
    site : Site
        Its climate, soil and first land cover count.
    solver : str
        ``"auto"``, ``"cpp"`` or ``"jax"``.

    Returns
    -------
    SteadySystem
        Of the mean year, with the microbes as they are there.
    """
    with double_precision():
        setting = set_up(site, solver)
        first = jax.tree.map(jnp.asarray, timeline_of(site).first)
        result, _ = spun_up(setting, METHODS[site.run.method], first)
        (found,) = systems(setting.model.graph, result.mean)
        state = result.state
        face = np.asarray(face_at(setting, state.stocks[0], setting.soil, state.physical.swelling))[:, 0]
    status = result.status[0]
    return SteadySystem(
        found, face[setting.model.graph.organic :], status.value, f"{result.causes[0]}: {status.advice}"
    )
