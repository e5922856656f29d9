"""A variable of many profiles by depth: median, quartiles and number of each group."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from pedozone.observations.bulk_density import DEFAULT
from pedozone.observations.errors import ObservationError
from pedozone.observations.fields import FIELDS, field_of
from pedozone.observations.harmonise import interval_contents
from pedozone.observations.intervals import Intervals, checked_intervals, verdicts
from pedozone.observations.profiles import Profiles
from pedozone.observations.stacks import Stack, stacked
from pedozone.observations.stocks import Choices, prepared

ALIASES: dict[str, str] = {
    "carbon": "soc_percent",
    "density": "carbon_density_kg_m3",
    "carbon_density": "carbon_density_kg_m3",
    "delta14c": "delta14c_permil",
    "delta13c": "delta13c_permil",
    "bulk_density": "bulk_density_g_cm3",
    "coarse_fragments": "coarse_fragments_percent",
    "clay": "clay_percent",
    "silt": "silt_percent",
    "sand": "sand_percent",
    "nitrogen": "nitrogen_percent",
}
"""Short names of variables."""

_DENSITY = "carbon_density_kg_m3"
LEAST_PROFILES = 5
"""Below this number of profiles a median and quartiles say little."""


@dataclass(frozen=True)
class Variable:
    """What is looked at.

    Attributes
    ----------
    name : str
        Column of the layers, or ``carbon_density_kg_m3``.
    unit : str
    lower : float
        Least value possible.
    """

    name: str
    unit: str
    lower: float


def variable_of(name: str) -> Variable:
    """A variable by its short name or its column.

    Raises
    ------
    ObservationError
        There is none of this name.
    """
    column = ALIASES.get(name, name)
    if column == _DENSITY:
        return Variable(_DENSITY, "kg m-3", 0.0)
    numeric = {f.name for f in FIELDS["layer"] if f.kind == "number"} - {"top_cm", "bottom_cm"}
    if column not in numeric:
        close = difflib.get_close_matches(name, [*ALIASES, *numeric], n=1, cutoff=0.5)
        mend = f"Did you mean {close[0]!r}?" if close else "Choose one of them."
        allowed = "one of " + ", ".join([*ALIASES, *sorted(numeric - set(ALIASES.values()))])
        raise ObservationError("<command>", "variable", name, allowed, mend)
    found = field_of("layer", column)
    return Variable(column, found.unit, found.lower)


@dataclass(frozen=True)
class Values:
    """A variable of the layers of a set.

    Attributes
    ----------
    variable : Variable
    names : array [profiles]
    owner : array of int [layers]
        Profile of each layer; -1 where it has none.
    top, bottom, value, sd : array [layers]
        Depths (cm), the variable and its standard uncertainty, NaN where there is none.
    organic, estimated : array of bool [layers]
        Organic material; rests on an estimated bulk density.
    """

    variable: Variable
    names: np.ndarray
    owner: np.ndarray
    top: np.ndarray
    bottom: np.ndarray
    value: np.ndarray
    sd: np.ndarray
    organic: np.ndarray
    estimated: np.ndarray

    def stack(self) -> Stack:
        """The profiles side by side; layers without a value become gaps."""
        here = self.owner >= 0
        top, bottom, organic = self.top[here], self.bottom[here], self.organic[here]
        return stacked(self.owner[here], top, bottom, self.value[here], len(self.names), organic)


def layer_values(observed: Profiles, variable: Variable, density: str = DEFAULT) -> Values:
    """A variable of every layer.

    Parameters
    ----------
    observed : Profiles
    variable : Variable
    density : str
        Pedotransfer function of bulk densities that were not measured, for the density of carbon; "none" for none.
    """
    layer = observed.layer
    names = observed.profile["profile_id"].to_numpy(dtype=object)
    owner = pd.Index(names).get_indexer(pd.Index(layer["profile_id"]))
    estimated = np.zeros(len(layer), dtype=bool)
    sd = np.full(len(layer), np.nan)
    if variable.name == _DENSITY:
        ready = prepared(observed, Choices(density=density, reported=False))
        value = ready.carbon
        estimated = ready.table["density_estimated"].to_numpy(bool) & np.isfinite(value)
    else:
        value = layer[variable.name].to_numpy(float)
        if f"{variable.name}_sd" in layer:
            sd = layer[f"{variable.name}_sd"].to_numpy(float)
    top, bottom = layer["top_cm"].to_numpy(float), layer["bottom_cm"].to_numpy(float)
    return Values(variable, names, owner, top, bottom, value, sd, layer["organic"].to_numpy(bool), estimated)


def steps(top_cm: float, bottom_cm: float) -> list[tuple[float, float]]:
    """Adjoining intervals of 5 cm down to 1 m, of 10 cm below."""
    edges = [top_cm]
    while edges[-1] < bottom_cm:
        edges.append(min(edges[-1] + (5.0 if edges[-1] < 100 else 10.0), bottom_cm))
    return checked_intervals(pairwise(edges))


@dataclass(frozen=True)
class Group:
    """A variable of a group of profiles by depth.

    Attributes
    ----------
    name : str
    profiles : int
        With a value at any of the depths.
    top, bottom : array [intervals]
        cm.
    n : array of int [intervals]
        Profiles with a value.
    median, low, high : array [intervals]
        And the quartiles; NaN where there is no profile.
    """

    name: str
    profiles: int
    top: np.ndarray
    bottom: np.ndarray
    n: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def enough(self) -> np.ndarray:
        """Where there are `LEAST_PROFILES` and more, [intervals]."""
        return self.n >= LEAST_PROFILES

    def above(self, bottom_cm: float) -> Group:
        """Its depths down to a limit."""
        kept = self.bottom <= bottom_cm
        parts = (self.top, self.bottom, self.n, self.median, self.low, self.high)
        return Group(self.name, self.profiles, *(part[kept] for part in parts))


def groups_by_depth(values: Values, groups: pd.DataFrame, intervals: Intervals, method: str = "spline") -> list[Group]:
    """Median, quartiles and number of profiles by group and depth, the largest group first.

    Parameters
    ----------
    values : Values
    groups : pandas.DataFrame
        Of `group_table`; profiles with an empty group are left out.
    intervals : sequence of (float, float)
        cm. A profile counts in those that its layers cover throughout: nothing is extrapolated, no gap bridged.
    method : {"spline", "layers"}
        Profiles as mass-preserving splines, or as their layers.
    """
    found, _ = interval_contents(values.stack(), intervals, values.variable.lower, method)
    allowed, _ = verdicts(found, gaps=False, least=1.0)
    mean = np.where(allowed, found.mean, np.nan)
    key = groups.set_index("profile_id").reindex(values.names).fillna("").astype(str).to_numpy()
    chosen = (key != "").all(axis=1) & np.isfinite(mean).any(axis=1)
    label = np.array([" / ".join(row) for row in key], dtype=object)
    parts = [_group(str(name), mean[chosen & (label == name)], intervals) for name in pd.unique(label[chosen])]
    return sorted(parts, key=lambda part: (-part.profiles, part.name))


def _group(name: str, rows: np.ndarray, intervals: Intervals) -> Group:
    n = np.isfinite(rows).sum(axis=0)
    low, median, high = np.full((3, rows.shape[1]), np.nan)
    if (n > 0).any():
        low[n > 0], median[n > 0], high[n > 0] = np.nanpercentile(rows[:, n > 0], (25, 50, 75), axis=0)
    top, bottom = np.array(intervals, dtype=float).T
    return Group(name, len(rows), top, bottom, n, median, low, high)
