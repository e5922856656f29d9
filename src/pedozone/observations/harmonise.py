"""Layers of any thickness brought to common depths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pedozone.observations.errors import ObservationError
from pedozone.observations.fields import FIELDS, field_of
from pedozone.observations.findings import Findings
from pedozone.observations.intervals import STANDARD_CM, Contents, Intervals, checked_intervals, contents, verdicts
from pedozone.observations.mass_preserving import ENDS, Ends
from pedozone.observations.neighbours import note_neighbours
from pedozone.observations.profiles import Profiles
from pedozone.observations.smoothing import LAMBDA, smoothing
from pedozone.observations.stacks import Stack, stacked

METHODS = ("spline", "smoothing", "layers")
_CHUNK = 5000


@dataclass(frozen=True)
class Harmonised:
    """Profiles at common depths.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for every profile and interval: ``profile_id``, ``top_cm``, ``bottom_cm``, and for each field its mean,
        ``<field>_covered`` (share of the interval that layers cover) and ``<field>_basis``: "complete", "across a
        gap", "extended from part", "reaches only part", "has a gap" or "nothing there". Where the basis does not allow
        a value it is NaN.
    findings : Findings
        Replicates, overlaps and gaps, by row of the file.
    mass_error : pandas.DataFrame
        Of the smoothing spline, for every profile and field: the relative ``mass_error``, the ``largest_error`` of a
        layer's mean, and whether it falls ``below_limit``. Empty for the other methods, which have none.
    """

    table: pd.DataFrame
    findings: Findings
    mass_error: pd.DataFrame = field(default_factory=pd.DataFrame)


def harmonise(
    observed: Profiles,
    fields: Sequence[str] = ("soc_percent",),
    depths: Intervals = STANDARD_CM,
    *,
    method: str = "spline",
    ends: Ends = "sloping",
    smoothness: float = LAMBDA,
    bridge: bool = True,
    least: float = 1.0,
) -> Harmonised:
    """Means of layer properties over common depth intervals.

    Parameters
    ----------
    observed : Profiles
    fields : sequence of str
        Numeric columns of the layer table.
    depths : sequence of (float, float)
        Intervals (cm).
    method : {"spline", "smoothing", "layers"}
        The mass-preserving spline; the classic smoothing spline; the mean of the layers weighted by thickness.
    ends : {"sloping", "flat"}
        Ends of the mass-preserving spline.
    smoothness : float
        Lambda of the smoothing spline.
    bridge : bool
        Whether the splines' values may span gaps between layers; they are marked. Layers' means never do.
    least : float
        Share of an interval that a profile must reach, in (0, 1]. Less than 1 takes the rest to be like the part that
        is known: such values are marked as extended.

    Raises
    ------
    ObservationError
        No such field, method or depths.
    """
    _check(fields, method, ends, least, smoothness)
    depths = checked_intervals(depths)
    names = observed.profile["profile_id"].to_numpy(dtype=object)
    layer = observed.layer
    owner = pd.Index(names).get_indexer(pd.Index(layer["profile_id"]))
    found = Findings()
    note_neighbours(layer, found)
    top, bottom = layer["top_cm"].to_numpy(float), layer["bottom_cm"].to_numpy(float)
    organic, here = layer["organic"].to_numpy(bool), owner >= 0
    columns: dict[str, np.ndarray] = {
        "profile_id": np.repeat(names, len(depths)),
        "top_cm": np.tile([pair[0] for pair in depths], len(names)),
        "bottom_cm": np.tile([pair[1] for pair in depths], len(names)),
    }
    errors = []
    for name in fields:
        of = field_of("layer", name)
        value = layer[name].to_numpy(float)
        stack = stacked(owner[here], top[here], bottom[here], value[here], len(names), organic[here])
        part, error = interval_contents(stack, depths, of.lower, method, ends, smoothness, upper=of.upper)
        allowed, basis = verdicts(part, gaps=bridge and method != "layers", least=least)
        columns[name] = np.where(allowed, part.mean, np.nan).ravel()
        columns[f"{name}_covered"] = part.covered.ravel()
        columns[f"{name}_basis"] = basis.ravel()
        if error is not None:
            errors.append(error.assign(profile_id=names, field=name))
    table = pd.DataFrame(columns)
    order = ["profile_id", "field", "mass_error", "largest_error", "below_limit"]
    mass_error = pd.DataFrame(pd.concat(errors, ignore_index=True), columns=order) if errors else pd.DataFrame()
    return Harmonised(table, found, mass_error)


def _check(fields: Sequence[str], method: str, ends: str, least: float, smoothness: float) -> None:
    numeric = {f.name for f in FIELDS["layer"] if f.kind == "number"} - {"top_cm", "bottom_cm"}
    for name in fields:
        if name not in numeric:
            raise ObservationError(
                "<command>", "fields", name, "one of " + ", ".join(sorted(numeric)), "Choose a column."
            )
    if method not in METHODS:
        raise ObservationError("<command>", "method", method, "one of " + ", ".join(METHODS), "Choose one of them.")
    if ends not in ENDS:
        raise ObservationError("<command>", "ends", ends, "one of " + ", ".join(ENDS), "Choose one of them.")
    if not 0 <= smoothness < np.inf:
        raise ObservationError("<command>", "lambda", smoothness, "0 or more", "0.1 is what most work has used.")
    if not 0 < least <= 1:
        raise ObservationError("<command>", "least", least, "above 0 and at most 1", "1 extends nothing.")


def interval_contents(
    stack: Stack,
    depths: Intervals,
    lower: float,
    method: str = "spline",
    ends: Ends = "sloping",
    smoothness: float = LAMBDA,
    *,
    upper: float = np.inf,
) -> tuple[Contents, pd.DataFrame | None]:
    """What many profiles hold in depth intervals, and the errors of the smoothing spline.

    Parameters
    ----------
    stack : Stack
    depths : sequence of (float, float)
        Intervals (cm).
    lower : float
        Least value possible.
    method, ends, smoothness
        As of `harmonise`.
    upper : float
        Largest value possible; see `contents`.
    """
    # In chunks of profiles with like numbers of layers, so that padding costs little.
    order = np.argsort(stack.last, kind="stable")
    parts, errors = [], []
    for start in range(0, len(order), _CHUNK):
        rows = order[start : start + _CHUNK]
        chunk = stack.rows(rows).narrowed()
        if method == "smoothing":
            smooth = smoothing(chunk, smoothness, lower=lower)
            error = {"mass_error": smooth.mass_error, "largest_error": smooth.largest_error}
            errors.append(pd.DataFrame({**error, "below_limit": smooth.below_limit}))
            parts.append(contents(chunk, depths, spline=smooth.spline))
        else:
            parts.append(contents(chunk, depths, method=method, lower=lower, upper=upper, ends=ends))
    back = np.argsort(order)
    if not parts:
        none = np.empty((0, len(depths)))
        return Contents(none, none, none), None
    joined = Contents(
        *(np.concatenate(part)[back] for part in zip(*((p.mean, p.covered, p.reached) for p in parts), strict=True))
    )
    return joined, pd.concat(errors, ignore_index=True).iloc[back].reset_index(drop=True) if errors else None
