"""Layers of a profile beside each other: replicates, overlaps and gaps, by one rule for all that reads or computes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pedozone.observations.findings import Findings

TOLERANCE_CM = 0.05
"""Gaps and overlaps up to this are rounding: they are not reported, and closed where layers are put together."""

REASONS = {
    "replicate": "several layers of the profile at the same depths: kept as replicates, their mean counts",
    "overlap": "overlaps a layer above: the shared part has the mean of both",
    "gap": "a gap above the layer: a spline bridges it and says so, layer means leave it out",
}
"""What is said of each kind; the depths stand beside it, as the value."""


def neighbours(profile: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> pd.DataFrame:
    """Where layers of a profile are replicates, overlap, or leave a gap between them.

    Parameters
    ----------
    profile : array [layers]
        Any label.
    top, bottom : array [layers]
        cm; layers without both, or whose bottom is not below its top, are passed over.

    Returns
    -------
    pandas.DataFrame
        ``position`` in the arrays given (each of the replicates; the lower of the two layers otherwise), ``kind`` (a
        key of `REASONS`), ``from_cm`` and ``to_cm``.
    """
    top, bottom = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    with np.errstate(invalid="ignore"):
        known = np.flatnonzero(bottom > top)
    owner = pd.factorize(np.asarray(profile)[known])[0]
    upper, lower = top[known], bottom[known]
    order = np.lexsort((lower, upper, owner))
    position, owner, upper, lower = known[order], owner[order], upper[order], lower[order]
    again = np.zeros(len(order), dtype=bool)
    again[1:] = (owner[1:] == owner[:-1]) & (upper[1:] == upper[:-1]) & (lower[1:] == lower[:-1])
    same = again.copy()
    same[:-1] |= again[1:]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = owner[1:] != owner[:-1]
    reach = reach_above(owner, upper, lower)
    overlap = ~fresh & ~again & (upper < reach - TOLERANCE_CM)
    gap = ~fresh & ~again & (upper > reach + TOLERANCE_CM)
    parts = [
        (same, "replicate", upper, lower),
        (overlap, "overlap", upper, np.minimum(reach, lower)),
        (gap, "gap", reach, upper),
    ]
    found = [
        pd.DataFrame({"position": position[rows], "kind": kind, "from_cm": start[rows], "to_cm": end[rows]})
        for rows, kind, start, end in parts
    ]
    return pd.concat(found, ignore_index=True).sort_values("position", kind="stable", ignore_index=True)


def reach_above(owner: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """How far down the layers above each one reach; -inf for the first of a profile.

    Parameters
    ----------
    owner : array of int [layers]
        Profiles from 0, sorted; each profile's layers are sorted by `top`.
    top, bottom : array [layers]
        cm.
    """
    if not len(owner):
        return np.zeros(0)
    # One running maximum for all profiles: each is lifted above those before it.
    lift = owner * (float(bottom.max() - top.min()) + 1.0)
    reach = np.full(len(owner), -np.inf)
    reach[1:] = np.maximum.accumulate(bottom + lift)[:-1] - lift[1:]
    fresh = np.ones(len(owner), dtype=bool)
    fresh[1:] = owner[1:] != owner[:-1]
    return np.where(fresh, -np.inf, reach)


def note_neighbours(layer: pd.DataFrame, findings: Findings) -> None:
    """Take down the replicates, overlaps and gaps of a layer table, by row of its file."""
    found = neighbours(*(layer[name].to_numpy() for name in ("profile_id", "top_cm", "bottom_cm")))
    rows = layer.iloc[found["position"].to_numpy()]
    for kind, reason in REASONS.items():
        chosen = (found["kind"] == kind).to_numpy()
        findings.note(
            "flagged",
            reason,
            file=rows["file"].to_numpy()[chosen],
            row=rows["row"].to_numpy()[chosen],
            table="layer",
            field="top_cm",
            value=spans(found.loc[chosen]),
        )


def spans(found: pd.DataFrame) -> np.ndarray:
    """The depths of what `neighbours` found, in words."""
    pairs = zip(found["from_cm"], found["to_cm"], strict=True)
    return np.array([f"{a:.6g}-{b:.6g} cm" for a, b in pairs], dtype=object)
