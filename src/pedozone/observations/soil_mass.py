"""Stocks of organic carbon above an equivalent soil mass.

A soil that is compacted has more carbon above a fixed depth without having gained any. Compared above the same mass of
soil it has not (Ellert and Bettany 1995, doi:10.4141/cjss95-075). Carbon above a reference mass is read from a curve
through the cumulative carbon against the cumulative soil mass of each profile: a natural cubic spline (Wendt and Hauser
2013, doi:10.1111/ejss.12002), a monotone one on the mass of minerals alone (von Haden et al. 2020,
doi:10.1111/gcb.15124; Hyman 1983, doi:10.1137/0904045), or straight lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import CubicHermiteSpline, CubicSpline

from pedozone.observations.bulk_density import ORGANIC_MATTER
from pedozone.observations.errors import ObservationError
from pedozone.observations.profiles import Profiles
from pedozone.observations.stocks import Choices, Layers, prepared

INTERPOLATIONS = ("monotone", "natural", "linear")
BASES = ("mineral", "fine-earth")
REFERENCES = ("lightest", "first", "mean")


def layer_mass(sample_g: np.ndarray, diameter_mm: float, cores: int) -> np.ndarray:
    """Soil mass of a layer from the dry mass of its sample (kg m-2).

    Parameters
    ----------
    sample_g : array
        Dry mass of the fine earth of all cores together.
    diameter_mm : float
        Inner diameter of the probe.
    cores : int
        Number of cores put together.
    """
    return np.asarray(sample_g, dtype=float) / (np.pi * (diameter_mm / 2) ** 2 * cores) * 1000


def _monotone(x: np.ndarray, y: np.ndarray) -> CubicHermiteSpline:
    """Cubic spline whose ends have the third derivative of a cubic through the outer four points, kept from turning.

    Hyman's (1983) limit on the slopes makes it rise wherever the points do.
    """
    h, count = np.diff(x), len(x)
    chord = np.diff(y) / h
    matrix, right = np.zeros((count, count)), np.zeros(count)
    for k in range(1, count - 1):
        matrix[k, k - 1 : k + 2] = h[k - 1], 2 * (h[k - 1] + h[k]), h[k]
        right[k] = 6 * (chord[k] - chord[k - 1])
    matrix[0, :2], matrix[-1, -2:] = (-1, 1), (-1, 1)
    if count > 3:
        for row, part, step in ((0, slice(0, 4), h[0]), (-1, slice(-4, None), h[-1])):
            right[row] = step * 6 * np.polyfit(x[part] - x[part][0], y[part], 3)[0]
    second = np.linalg.solve(matrix, right)
    slope = np.append(
        chord - h * (2 * second[:-1] + second[1:]) / 6, chord[-1] + h[-1] * (second[-2] + 2 * second[-1]) / 6
    )
    before, after = np.append(chord[0], chord), np.append(chord, chord[-1])
    limit = 3 * np.minimum(np.abs(before), np.abs(after))
    return CubicHermiteSpline(x, y, np.clip(slope, 0.0, limit))


def above_mass(
    mass: np.ndarray,
    content: np.ndarray,
    reference: np.ndarray,
    *,
    interpolation: str = "monotone",
    extrapolate: bool = False,
) -> np.ndarray:
    """What a profile holds above reference masses.

    Parameters
    ----------
    mass, content : array [layers]
        Of the layers from the surface down: soil mass (kg m-2), above zero, and what is summed (carbon, kg m-2, or
        thickness, cm), not below zero.
    reference : array [references]
        Cumulative soil masses (kg m-2).
    interpolation : {"monotone", "natural", "linear"}
        Fewer than three layers are always interpolated linearly.
    extrapolate : bool
        Whether to go on along the last piece of the curve beyond the deepest layer; otherwise NaN.

    Returns
    -------
    array [references]

    Raises
    ------
    ValueError
        A layer without mass.
    """
    mass, content = np.asarray(mass, dtype=float), np.asarray(content, dtype=float)
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"interpolation {interpolation!r}: allowed are {', '.join(INTERPOLATIONS)}")
    if not (mass > 0).all():
        raise ValueError("every layer needs a soil mass above zero")
    x, y = np.append(0.0, np.cumsum(mass)), np.append(0.0, np.cumsum(content))
    reference = np.asarray(reference, dtype=float)
    if interpolation == "linear" or len(mass) < 3:
        inside = np.interp(reference, x, y)
        beyond = y[-1] + (reference - x[-1]) * content[-1] / mass[-1]
        value = np.where(reference > x[-1], beyond, inside)
    else:
        value = (_monotone(x, y) if interpolation == "monotone" else CubicSpline(x, y, bc_type="natural"))(reference)
    outside = (reference < 0) | (reference > x[-1] * (1 + 1e-12))
    return np.where(outside & (not extrapolate), np.nan, value)


@dataclass(frozen=True)
class _Core:
    """A profile from the surface down to its first gap."""

    mass: np.ndarray
    carbon: np.ndarray
    thickness: np.ndarray


def _cores(layers: Layers, basis: str) -> dict[int, _Core]:
    """Profiles that begin at the surface, as far as every layer's mass and carbon is known."""
    table = layers.table
    density = table["bulk_density_g_cm3"].to_numpy(float)
    coarse = table["coarse_fragments_percent"].fillna(0.0).to_numpy(float)
    carbon_percent = table["soc_percent"].to_numpy(float)
    fine = density * 10 * (1 - coarse / 100)  # kg m-2 per cm
    organic = np.minimum(ORGANIC_MATTER * carbon_percent / 100, 1.0) if basis == "mineral" else 0.0
    per_cm = fine * (1 - organic)
    own = np.isfinite(per_cm) & np.isfinite(layers.carbon) & (per_cm > 0) & ~table["stock_reported"].to_numpy(bool)
    mass = layers.stack(np.where(own, per_cm, np.nan))
    carbon = layers.stack(np.where(own, layers.carbon, np.nan))
    cores: dict[int, _Core] = {}
    for row in np.flatnonzero(mass.last > 0):
        nodes = mass.nodes[row]
        known = mass.layer[row] & (nodes[:-1] >= -1e-6)
        first = int(np.argmax(known))
        if not known[first] or abs(nodes[first]) > 1e-6:
            continue
        gap = np.flatnonzero(~known[first:])
        last = first + (int(gap[0]) if gap.size else len(known) - first)
        thick = np.diff(nodes[first : last + 1])
        cores[int(row)] = _Core(mass.mean[row, first:last] * thick, carbon.mean[row, first:last] * thick / 100, thick)
    return cores


def _mass_above(core: _Core, depths: np.ndarray) -> np.ndarray:
    """Cumulative soil mass above depths (kg m-2); NaN below the profile."""
    z = np.append(0.0, np.cumsum(core.thickness))
    found = np.interp(depths, z, np.append(0.0, np.cumsum(core.mass)))
    return np.where(depths > z[-1] + 1e-6, np.nan, found)


def equivalent_stocks(
    observed: Profiles,
    depths: Sequence[float] = (30, 100),
    *,
    by: str = "site_id",
    reference: str = "first",
    masses: Sequence[float] | Mapping[object, Sequence[float]] | None = None,
    basis: str = "mineral",
    interpolation: str = "monotone",
    extrapolate: bool = False,
    choices: Choices | None = None,
) -> pd.DataFrame:
    """Stocks of organic carbon above an equivalent soil mass, beside those above the depths.

    Parameters
    ----------
    observed : Profiles
        Profiles that begin at the surface of the mineral soil; each counts down to its first gap.
    depths : sequence of float
        Depths (cm) at which the reference masses are taken; none where `masses` are given that belong to no depth.
    by : str
        Column of the profile table: profiles that have it in common share their references.
    reference : {"first", "lightest", "mean"}
        Mean mass above the depth in the profiles of the earliest sampling year; the least mass above the depth, which
        no profile needs extrapolating for; or the mean of all.
    masses : sequence of float, or mapping of such, optional
        Reference masses (kg m-2), one a depth, in place of the profiles' own; or by the value of `by`, where a profile
        of another value has no reference.
    basis : {"mineral", "fine-earth"}
        Mass without organic matter (1.724 times the carbon), so that a change of organic matter is no change of the
        mass it is referred to; or with it.
    interpolation : {"monotone", "natural", "linear"}
        See `above_mass`.
    extrapolate : bool
        Whether to go beyond the deepest layer; such values are marked.
    choices : Choices, optional
        Bulk density where it is missing.

    Returns
    -------
    pandas.DataFrame
        A row for every profile and depth: ``profile_id``, the column `by`, ``depth_cm``, ``reference_mass_kg_m2``,
        ``mass_kg_m2`` above the depth, ``soc_stock_fixed_kg_m2``, ``soc_stock_kg_m2`` above the reference mass,
        ``equivalent_depth_cm`` at which the profile has it, and ``basis``: "complete", "extrapolated", "too shallow",
        "not from the surface" or "no reference".

    Raises
    ------
    ObservationError
    """
    _check(observed, by, reference, basis, interpolation, masses, depths)
    at = np.asarray(depths, dtype=float)
    if masses is not None and not isinstance(masses, Mapping) and not at.size:
        at = np.full(len(masses), np.nan)
    layers = prepared(observed, choices or Choices())
    cores = _cores(layers, basis)
    profile = observed.profile
    above = {row: _mass_above(core, at) for row, core in cores.items()}
    if isinstance(masses, Mapping):
        references = {group: np.asarray(of, dtype=float) for group, of in masses.items()}
    elif masses is not None:
        references = dict.fromkeys(profile[by], np.asarray(masses, dtype=float))
    else:
        references = _references(profile, by, reference, above, len(at))
    rows = []
    for row, name in enumerate(layers.names):
        group = profile[by].iloc[row]
        target = references.get(group, np.full(len(at), np.nan))
        core = cores.get(row)
        if core is None:
            stock = fixed = depth = mass = np.full(len(at), np.nan)
            words = ["not from the surface"] * len(at)
        else:
            mass = above[row]
            how = {"interpolation": interpolation, "extrapolate": extrapolate}
            stock = above_mass(core.mass, core.carbon, target, **how)
            depth = above_mass(core.mass, core.thickness, target, interpolation="linear", extrapolate=extrapolate)
            z = np.append(0.0, np.cumsum(core.thickness))
            fixed = np.where(np.isnan(mass), np.nan, np.interp(at, z, np.append(0.0, np.cumsum(core.carbon))))
            beyond = target > core.mass.sum() * (1 + 1e-12)
            words = np.select(
                [np.isnan(target), beyond & extrapolate, beyond],
                ["no reference", "extrapolated", "too shallow"],
                "complete",
            ).tolist()
        for k in range(len(at)):
            rows.append((name, group, at[k], target[k], mass[k], fixed[k], stock[k], depth[k], words[k]))
    names = ["profile_id", by, "depth_cm", "reference_mass_kg_m2", "mass_kg_m2", "soc_stock_fixed_kg_m2"]
    found = pd.DataFrame(rows, columns=[*names, "soc_stock_kg_m2", "equivalent_depth_cm", "basis"])
    return found.loc[:, ~found.columns.duplicated()]  # where `by` is the profile itself


def _references(
    profile: pd.DataFrame, by: str, reference: str, above: dict[int, np.ndarray], count: int
) -> dict[object, np.ndarray]:
    found: dict[object, np.ndarray] = {}
    for group, rows in profile.groupby(by, sort=False).indices.items():
        known = [row for row in rows if row in above]
        if reference == "first":
            years = profile["sampling_year"].to_numpy(float)[known]
            if np.isfinite(years).any():
                known = [row for row, year in zip(known, years, strict=True) if year == np.nanmin(years)]
            elif len(known) > 1:
                known = []  # without a year none is the first
        if known:
            masses = np.array([above[row] for row in known])
            counted = np.isfinite(masses).sum(axis=0)
            total = np.nanmin(masses, axis=0, initial=np.inf) if reference == "lightest" else np.nansum(masses, axis=0)
            value = total if reference == "lightest" else total / np.maximum(counted, 1)
            found[group] = np.where(counted > 0, value, np.nan)
        else:
            found[group] = np.full(count, np.nan)
    return found


def _check(
    observed: Profiles,
    by: str,
    reference: str,
    basis: str,
    interpolation: str,
    masses: Sequence[float] | Mapping[object, Sequence[float]] | None,
    depths: Sequence[float],
) -> None:
    for option, value, allowed in (
        ("reference", reference, REFERENCES),
        ("basis", basis, BASES),
        ("interpolation", interpolation, INTERPOLATIONS),
    ):
        if value not in allowed:
            raise ObservationError("<command>", option, value, "one of " + ", ".join(allowed), "Choose one of them.")
    if by not in observed.profile.columns:
        raise ObservationError("<command>", "by", by, "a column of the profile table", "Use site_id or another.")
    at = np.asarray(depths, dtype=float)
    alone = masses is not None and not isinstance(masses, Mapping) and len(masses) > 0
    if not (at.size or alone) or not (np.isfinite(at).all() and (at > 0).all()):
        raise ObservationError("<command>", "depths", list(depths), "depths above 0 cm", "Count from the surface down.")
    if isinstance(masses, Mapping):
        # NaN: a group of which no profile has a mass.
        good = all(len(of) == len(at) and not (np.asarray(of, dtype=float) <= 0).any() for of in masses.values())
        if not good:
            raise ObservationError("<command>", "masses", dict(masses), "one mass above 0 a depth", "Give kg m-2.")
    elif masses is not None:
        of = np.asarray(masses, dtype=float)
        if len(of) != (at.size or len(of)) or not (np.isfinite(of) & (of > 0)).all():
            raise ObservationError("<command>", "masses", list(masses), "one mass above 0 a depth", "Give kg m-2.")
