"""Depths of layers: missing, exchanged, without thickness, twice, overlapping, with gaps."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from pedozone.observations.fields import field_of
from pedozone.observations.neighbours import REASONS, TOLERANCE_CM, neighbours, reach_above, spans
from pedozone.observations.sieve import Sieve

_DESIGNATED = re.compile(
    r"^\d*(?:O[a-z]*|LFH?|L[a-z]?|FH?|F[a-z]?|H[a-z]?|ORG|SOL|Organic.*|Litter.*|Peat.*|Sphagnum.*|.*moss.*|.*lichen.*)\d*$",
    re.IGNORECASE,
)
_O = re.compile(r"^\d*O", re.IGNORECASE)


def check_depths(sieve: Sieve) -> None:
    """Refuse layers without a place in their profile, set right what can only be meant one way.

    A layer whose upper depth is below its lower one is turned round where it then overlaps no other layer of its
    profile; an organic layer that overlaps so is put above the mineral surface (an old convention counts the depths of
    organic horizons upwards) where it then overlaps none. Any other is refused.
    """
    top, bottom = sieve.number("top_cm"), sieve.number("bottom_cm")
    sieve.refuse(sieve.text("profile_id") == "", "profile_id", "no profile is named, so the layer belongs to none")
    sieve.refuse(np.isnan(top) & np.isnan(bottom), "top_cm", "no depths: the layer has no place in the profile")
    sieve.refuse(np.isnan(top), "top_cm", "no upper depth")
    sieve.refuse(np.isnan(bottom), "bottom_cm", "no lower depth")
    sieve.refuse(np.isinf(top), "top_cm", "the upper depth is open")
    sieve.refuse(np.isinf(bottom), "bottom_cm", "the lower depth is open: how thick the layer is, is not known")
    for name, values in (("top_cm", top), ("bottom_cm", bottom)):
        known = field_of("layer", name)
        outside = (values < known.lower) | (values > known.upper)
        reason = f"outside {known.lower:g} to {known.upper:g} cm (a code for missing? declare [file] missing)"
        sieve.refuse(outside, name, reason, values)
    sieve.refuse(top == bottom, "bottom_cm", "no thickness: upper and lower depth are the same", top)
    _turn_round(sieve)


def _turn_round(sieve: Sieve) -> None:
    top, bottom = sieve.number("top_cm"), sieve.number("bottom_cm")
    swapped = sieve.kept & (top > bottom)
    if not swapped.any():
        return
    where = _pairs(top, bottom, swapped)
    profile = sieve.profiles()
    upper, lower = np.minimum(top, bottom), np.maximum(top, bottom)
    clash = swapped & overlapping(profile, upper, lower, sieve.kept)
    raised = clash & designated_organic(sieve.text("horizon"), sieve.number("soc_percent")) & (bottom >= 0)
    upper, lower = np.where(raised, -top, upper), np.where(raised, 0.0 - bottom, lower)
    still = swapped & clash & (~raised | overlapping(profile, upper, lower, sieve.kept & (~clash | raised)))
    sieve.put("top_cm", np.where(swapped & ~still, upper, top))
    sieve.put("bottom_cm", np.where(swapped & ~still, lower, bottom))
    reason = "upper and lower depth exchanged: turned round, as the layer then overlaps no other of its profile"
    sieve.note("converted", swapped & ~clash, "top_cm", reason, where)
    reason = "depths of an organic layer that count upwards: put above the mineral surface"
    sieve.note("converted", raised & ~still, "top_cm", reason, where)
    reason = "upper depth below the lower one, and turned round it overlaps another layer of the profile: correct it"
    sieve.refuse(still, "top_cm", reason, where)
    share = swapped.sum() / max(1, sieve.kept.sum())
    if share > 0.9 and swapped.sum() > 1:
        said = "nearly all layers have upper and lower depth exchanged: are the two columns named the wrong way round?"
        sieve.about_all("flagged", "top_cm", said)


def overlapping(profile: np.ndarray, top: np.ndarray, bottom: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Which layers overlap another one of their profile.

    Parameters
    ----------
    profile : array [layers] of int
    top, bottom : array [layers]
        cm.
    among : array [layers] of bool
        Layers that count.
    """
    found = np.zeros(len(profile), dtype=bool)
    places = np.flatnonzero(among)
    order = places[np.lexsort((bottom[places], top[places], profile[places]))]
    if not len(order):
        return found
    owner, upper, lower = np.cumsum(_fresh(profile[order])) - 1, top[order], bottom[order]
    above = upper < reach_above(owner, upper, lower) - TOLERANCE_CM
    last = np.append(_fresh(profile[order])[1:], True)
    below = ~last & (np.append(upper[1:], np.inf) < lower - TOLERANCE_CM)
    found[order] = above | below
    return found


def _fresh(profile: np.ndarray) -> np.ndarray:
    """Where a new profile begins among sorted ones."""
    return np.append(True, profile[1:] != profile[:-1])


def note_overlaps_and_gaps(sieve: Sieve) -> None:
    """Flag replicates, overlaps, gaps, and profiles that begin below the surface."""
    kept = np.flatnonzero(sieve.kept)
    top, bottom, profile = sieve.number("top_cm"), sieve.number("bottom_cm"), sieve.profiles()
    found = neighbours(profile[kept], top[kept], bottom[kept])
    for kind, reason in REASONS.items():
        part = found.loc[(found["kind"] == kind).to_numpy()]
        rows, value = np.zeros(len(top), dtype=bool), np.full(len(top), "", dtype=object)
        places = kept[part["position"].to_numpy()]
        rows[places], value[places] = True, spans(part)
        sieve.note("flagged", rows, "top_cm", reason, value)
    if not len(kept):
        return
    first = pd.Series(top[kept]).groupby(profile[kept]).idxmin().to_numpy()
    late = np.zeros(len(top), dtype=bool)
    late[kept[first]] = top[kept[first]] > TOLERANCE_CM
    sieve.note("flagged", late, "top_cm", "the profile begins below the surface", top)


def designated_organic(horizon: np.ndarray, carbon: np.ndarray) -> np.ndarray:
    """Organic by its designation: O; L, F and H (which mean other things elsewhere) unless carbon is below 12 %."""
    codes, uniques = pd.factorize(horizon)
    words = [str(word).strip() for word in uniques]
    named = np.array([bool(_DESIGNATED.match(word)) for word in words] + [False], dtype=bool)[codes]
    sure = np.array([bool(_O.match(word)) for word in words] + [False], dtype=bool)[codes]
    return named & (sure | ~(carbon < 12))


def _pairs(top: np.ndarray, bottom: np.ndarray, rows: np.ndarray) -> np.ndarray:
    found = np.full(len(top), "", dtype=object)
    found[rows] = [f"{a:g}-{b:g} cm" for a, b in zip(top[rows], bottom[rows], strict=True)]
    return found
