"""A prescribed boundary as profiles of biotic activity, for hypothesis tests only."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import layer_faces
from pedozone.config.site import Site
from pedozone.processes.environment import Held

LEAST = 0.02
"""Least share of biotic activity, far below the boundary: what the model itself shows there. A convention."""

RATES = (
    "plant_inputs: distribution of roots and exudates",
    "water balance: distribution of roots",
    "uptake: rate V_u",
    "aggregation: activity term of formation, rates of break-up",
    "stabilisation: activity term of the desorption of intermediate and stable carbon",
)
"""What reads a prescribed boundary; everything else stays modelled."""


def membership_profile(face: np.ndarray, depth: Any, width: Any) -> np.ndarray:
    """Share of biotic activity by layer around a boundary: a logistic function of depth, averaged over each layer.

    It falls from ``1 - LEAST`` through 1/2 at the boundary to ``LEAST``.

    Parameters
    ----------
    face : numpy.ndarray [layers + 1]
        Depths of the faces of the mineral layers, m, increasing.
    depth, width : float or array_like [batch]
        Where w = 1/2, and the distance from w = 3/4 to w = 1/4, m; the width is above 0.

    Returns
    -------
    numpy.ndarray [layers, batch]
    """
    depth, width = np.broadcast_arrays(np.atleast_1d(np.asarray(depth, float)), np.atleast_1d(np.asarray(width, float)))
    if not np.all(width > 0.0):
        raise ValueError(f"the width of a prescribed boundary is above 0 m, not {width.min():g}")
    quarter = (0.75 - LEAST) / (1.0 - 2.0 * LEAST)
    scale = width / (2.0 * np.log(quarter / (1.0 - quarter)))
    z = face[:, None]
    # integral of w from the surface, without overflow far below the boundary
    whole = z - scale * np.logaddexp(0.0, (z - depth) / scale)
    return LEAST + (1.0 - 2.0 * LEAST) * np.diff(whole, axis=0) / np.diff(z, axis=0)


def held_by_boundary(face: np.ndarray, organic: int, depth: Any, width: Any) -> Held:
    """What a prescribed boundary holds fixed: roots spread as biotic activity is, which is 1 in organic slots.

    Parameters
    ----------
    face : numpy.ndarray [layers + 1]
        Of the mineral layers, m.
    organic : int
        Number of organic slots, which take part without roots.
    depth, width : float or array_like [batch]
        m.
    """
    w = membership_profile(face, depth, width)
    rooted = w * np.diff(face)[:, None]
    slots = np.zeros((organic, w.shape[1]))
    return Held(
        root_share=jnp.asarray(np.concatenate([slots, rooted / rooted.sum(axis=0)])),
        membership=jnp.asarray(np.concatenate([slots + 1.0, w])),
    )


def boundary_by_year(site: Site) -> list[tuple[int, Held]]:
    """What a site's prescribed boundary holds fixed, an entry for every year in which it moves; none without one.

    Depths are the nominal ones of the layers, so that the boundary stays on its minerals as the soil swells.
    """
    given = site.prescribed_boundary
    if given is None:
        return []
    face = layer_faces(site.soil.depth_m, site.soil.layers)
    moving = range(site.start.year, site.run.end_year + 1) if given.year else [site.start.year]
    slots, width = site.soil.organic_slots, given.width_cm / 100.0
    return [(year, held_by_boundary(face, slots, given.depth_m(year + 0.5), width)) for year in moving]
