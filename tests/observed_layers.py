"""Observed profiles made for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from pedozone.observations.profiles import Profiles, completed
from pedozone.observations.stacks import Stack, stacked

Layer = tuple[float, float, float]


@st.composite
def layers(draw: st.DrawFn, *, gaps: bool = True, zeros: bool = True, largest: int = 9) -> list[Layer]:
    """Tops, bottoms and means of a profile's layers, from the surface down, each below the other."""
    count = draw(st.integers(1, largest))
    depth = draw(st.sampled_from([0.0, 0.0, 0.0, -4.0, 2.5]))
    found = []
    for _ in range(count):
        if gaps and draw(st.integers(0, 5)) == 0:
            depth += draw(st.floats(0.5, 30))
        thick = draw(st.floats(0.5, 60))
        value = draw(st.one_of(st.floats(1e-4, 60), st.just(0.0))) if zeros else draw(st.floats(1e-4, 60))
        found.append((depth, depth + thick, value))
        depth += thick
    return found


def stack_of(*profiles: Sequence[Layer], organic: Sequence[bool] | None = None) -> Stack:
    """Profiles side by side; of one profile also which of its layers are organic."""
    owner = np.repeat(np.arange(len(profiles)), [len(p) for p in profiles])
    every = [layer for profile in profiles for layer in profile]
    top, bottom, value = (np.array([layer[k] for layer in every], dtype=float) for k in range(3))
    return stacked(owner, top, bottom, value, len(profiles), None if organic is None else np.array(organic, dtype=bool))


def profiles_of(layer: dict[str, Any], profile: dict[str, Any] | None = None) -> Profiles:
    """A set from columns of its layers and, where they matter, of its profiles."""
    table = completed("layer", pd.DataFrame(layer))
    if profile is None:
        profile = {"profile_id": list(dict.fromkeys(table["profile_id"]))}
    none = Profiles.none()
    return Profiles(none.site, completed("profile", pd.DataFrame(profile)), table, none.fraction)
