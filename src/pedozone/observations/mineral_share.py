"""The share of a layer's carbon that is bound to minerals, from fractions.

A separation by density counts what is heavy, one by particle size what is no coarser than silt (Lavallee et al. 2020,
doi:10.1111/gcb.14859). Chemical, thermal and hand-picked fractions, and aggregates, say nothing of it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pedozone.observations.frames import grouped_rows, numbers, rows_of, texts

BOUND: dict[str, tuple[str, ...]] = {
    "density": ("heavy",),
    "particle size": ("clay", "silt", "silt+clay", "fine"),
}
"""Fractions that are mineral-associated, by scheme."""
OTHER: dict[str, tuple[str, ...]] = {
    "density": ("free light", "occluded light", "light"),
    "particle size": ("sand", "coarse"),
}
"""Fractions that are particulate, by scheme."""

MOST, LEAST = 115.0, 70.0
"""Recovery (% of the layer's carbon) outside of which the fractions of a layer are no division of it: nested, repeated
or incomplete (convention)."""

COLUMNS = ("profile_id", "top_cm", "bottom_cm", "scheme", "mineral_share", "recovery_percent")


def mineral_shares(fraction: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mineral-associated shares of layers.

    Where the source gives every fraction's share of the layer's carbon these are taken, and divided by what was
    recovered of them; otherwise mass times carbon content. A layer counts where its fractions of one scheme have a
    bound and a particulate part (or the bound part alone with its share of the layer's carbon).

    Parameters
    ----------
    fraction : pandas.DataFrame
        The fraction table of `Profiles`.

    Returns
    -------
    shares : pandas.DataFrame
        `COLUMNS`; one row for every layer and scheme.
    refused : pandas.DataFrame
        ``profile_id``, ``top_cm``, ``bottom_cm``, ``scheme`` and ``reason`` of layers whose fractions cannot be used.
    """
    scheme, name = ([str(text).strip().casefold() for text in fraction[column]] for column in ("scheme", "fraction"))
    kind = [_kind(*pair) for pair in zip(scheme, name, strict=True)]
    named = fraction.assign(scheme=scheme, bound=[k == "bound" for k in kind])
    depths = np.isfinite(numbers(named, "top_cm")) & np.isfinite(numbers(named, "bottom_cm"))
    named = rows_of(named, depths & np.array([bool(k) for k in kind], dtype=bool))
    shares, refused = [], []
    keys = ["profile_id", "top_cm", "bottom_cm", "scheme"]
    for key, part in grouped_rows(named, keys):
        found = _share(part)
        if isinstance(found, str):
            refused.append((*key, found))
        else:
            shares.append((*key, *found))
    return pd.DataFrame(shares, columns=list(COLUMNS)), pd.DataFrame(refused, columns=[*keys, "reason"])


def _kind(scheme: str, fraction: str) -> str:
    """Whether a fraction is bound to minerals ("bound") or not ("other"); empty where it says nothing of that."""
    if fraction in BOUND.get(scheme, ()):
        return "bound"
    return "other" if fraction in OTHER.get(scheme, ()) else ""


def _share(part: pd.DataFrame) -> tuple[float, float] | str:
    """Share and recovery of the fractions of one layer and scheme; why there are none."""
    bound = texts(part, "bound").astype(bool)
    given = numbers(part, "carbon_share_percent")
    if not bound.any():
        return "no mineral-associated fraction"
    if np.isfinite(given).all():
        total = float(given.sum())
        if given[bound].sum() <= 0.0:
            return "the mineral-associated fraction is given no carbon"
        if bound.all():
            whole = total >= 100.0
            return "no particulate fraction beside it" if whole else (total / 100.0, np.nan)
        if not LEAST <= total <= MOST:
            return f"the fractions hold {total:.0f} % of the layer's carbon"
        return float(given[bound].sum()) / total, total
    if bound.all():
        return "no particulate fraction beside it"
    carbon = numbers(part, "mass_percent") * numbers(part, "soc_percent")
    if not np.isfinite(carbon).all():
        return "carbon or mass of a fraction is missing"
    mass = float(np.nansum(numbers(part, "mass_percent")))
    if not LEAST <= mass <= MOST:
        return f"the fractions hold {mass:.0f} % of the layer's mass"
    if carbon[bound].sum() <= 0.0:
        return "the mineral-associated fraction is given no carbon"
    return float(carbon[bound].sum() / carbon.sum()), np.nan
