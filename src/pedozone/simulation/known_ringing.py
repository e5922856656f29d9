"""Oscillations of a parameter set, looked for once and then recalled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from pedozone.config.references import parameters_of
from pedozone.config.site import Site
from pedozone.engine.ringing import SHORTEST, SLOWEST, Ringing
from pedozone.engine.spinup import Spinup
from pedozone.simulation.setting import Setting
from pedozone.version import __version__

Look = Callable[[Spinup, int], Ringing | None]
"""Gives the oscillations of one column of a spin-up, or None where none were looked for."""


class KnownRinging(Protocol):
    """A place where the oscillations of parameter sets are kept; it never fails, at worst it forgets."""

    def recall(self, digest: str, key: str) -> Ringing | None:
        """What is known of a parameter set with this digest at a steady state with this key."""
        ...

    def keep(self, digest: str, key: str, ringing: Ringing, about: Mapping[str, Any]) -> None:
        """Keep it, with words for people on where it was found."""
        ...


def computed(result: Spinup, column: int) -> Ringing | None:
    """Oscillations of a column by the eigenvalues of its Jacobians; None where these are no numbers."""
    known = bool(np.all(np.isfinite(result.jacobian[..., column])))
    return result.ringing(np.array([column])) if known else None


def not_looked_for(result: Spinup, column: int) -> Ringing | None:
    """None: for runs that do not tell of oscillations."""
    return None


def steady_state_key(result: Spinup, column: int) -> str:
    """What the eigenvalues of a column depend on, as SHA-256.

    Parameters, processes, soil, climate, cover, layers and steps act on them through the Jacobians alone, and so these
    are hashed, with the cells that matter, the version and what is passed over: whatever changes an eigenvalue changes
    the key.
    """
    hashed = hashlib.sha256(repr((__version__, SHORTEST, SLOWEST)).encode())
    jacobian = np.ascontiguousarray(result.jacobian[..., column], dtype="<f8")
    hashed.update(repr(jacobian.shape).encode())
    hashed.update(jacobian.tobytes())
    hashed.update(np.ascontiguousarray(result.needy[:, column], dtype=bool).tobytes())
    return hashed.hexdigest()


def recalling(known: KnownRinging | None, site: Site, setting: Setting) -> Look:
    """How the oscillations of a site's one column are found: recalled where they are known, or computed and kept.

    Parameters
    ----------
    known : KnownRinging or None
        None computes them.
    """
    if known is None:
        return computed
    parameters = parameters_of(site)
    digest = parameters.digest()

    def look(result: Spinup, column: int) -> Ringing | None:
        key = steady_state_key(result, column)
        found = known.recall(digest, key)
        if found is None:
            found = computed(result, column)
            if found is not None:
                known.keep(digest, key, found, {"parameter_set": parameters.name, **_about(site, setting)})
        return found

    return look


def _about(site: Site, setting: Setting) -> dict[str, Any]:
    """Where a steady state was found, in words."""
    model = setting.model
    return {
        "site": site.site.name,
        "year": site.start.year,
        "cover": site.land_cover_segments()[0][1].name,
        "model": model.variant,
        "physics": sorted(model.physics),
        "method": site.run.method,
        "organic_slots": model.graph.organic,
        "layers": model.graph.cells - model.graph.organic,
        "version": __version__,
    }
