"""Stocks of two surveys place by place, to a depth or above a soil mass, and their change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pedozone.observations.errors import ObservationError
from pedozone.observations.intervals import Intervals, checked_intervals
from pedozone.observations.profiles import Profiles
from pedozone.observations.soil_mass import equivalent_stocks
from pedozone.observations.stocks import Choices, stocks
from pedozone.observations.surveys import CONFIDENCE, POWER, Change, paired, unpaired

FIRST = "first"
OVERALL = ("mean", "lightest")


@dataclass(frozen=True)
class EqualMass:
    """The soil masses above which stocks are compared.

    Parameters
    ----------
    masses : tuple of float
        kg m-2; empty where profiles give them.
    of : str
        Whose masses above the depths they are, where `masses` is empty: "mean" or "lightest" of all profiles, the name
        of one, or, of two surveys, "first": each place's own in the first survey where places are paired, else the mean
        of the places of the first survey.
    basis : {"fine-earth", "mineral"}
        With organic matter or without.
    """

    masses: tuple[float, ...] = ()
    of: str = ""
    basis: str = "fine-earth"


def reference_masses(
    sets: Sequence[Profiles],
    depths: Sequence[float],
    of: str,
    basis: str = "fine-earth",
    choices: Choices | None = None,
) -> list[float]:
    """The soil masses above depths (kg m-2): the mean or the least of all profiles, or those of one.

    Parameters
    ----------
    sets : sequence of Profiles
        Together; of a name that several have, the first is meant.
    depths : sequence of float
        cm.
    of : str
        "mean", "lightest" or the name of a profile.
    basis : {"fine-earth", "mineral"}
    choices : Choices, optional
        Bulk density where it is missing.

    Raises
    ------
    ObservationError
        There is no such profile, or none reaches one of the depths.
    """
    meant = list(sets)
    if of not in OVERALL:
        meant = [part.of([of]) for part in sets if of in set(part.profile["profile_id"])][:1]
    if not meant:
        names = [str(name) for part in sets for name in part.profile["profile_id"]]
        shown = ", ".join(names[:3]) + (f" ... ({len(names):,} profiles)" if len(names) > 3 else "")
        allowed = f"{', '.join((*OVERALL, FIRST))} (of two surveys) or a profile: {shown}"
        raise ObservationError("<command>", "--equal-mass-of", of, allowed, "Name one of them.")
    found = pd.concat([_masses(part, depths, "profile_id", basis, choices) for part in meant])
    return _reached(found.min() if of == "lightest" else found.mean(), depths)


def _reached(masses: pd.Series, depths: Sequence[float]) -> list[float]:
    for depth, mass in zip(depths, masses, strict=True):
        if not np.isfinite(mass):
            allowed = "depths that layers with carbon and bulk density reach from the surface without a gap"
            raise ObservationError("<command>", "--depths", f"{depth:g}", allowed, "Ask for less, or state masses.")
    return [float(mass) for mass in masses]


def _masses(
    observed: Profiles, depths: Sequence[float], place: str, basis: str, choices: Choices | None
) -> pd.DataFrame:
    """Soil mass above each depth by place, the mean of its profiles; NaN where none reaches it."""
    found = equivalent_stocks(observed, depths, by=place, reference="mean", basis=basis, choices=choices)
    # By number, not depth: the same depth may be asked for twice.
    found["step"] = np.tile(np.arange(len(depths)), len(observed))
    return found.pivot_table(index=place, columns="step", values="mass_kg_m2", aggfunc="mean", dropna=False)


@dataclass(frozen=True)
class SurveyChange:
    """Change between two surveys.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for every depth or mass: ``top_cm``, ``bottom_cm``, ``reference_mass_kg_m2`` (NaN of stocks to a depth;
        the mean where places have their own), ``design``, places and profiles that count in each survey, means
        (kg m-2), ``change``, its ``standard_error``, confidence interval (``low``, ``high``), ``t``,
        ``degrees_of_freedom``, ``p``, ``rank_p``, ``detectable``, ``confidence`` and ``power``, as in `Change`. Without
        two places in each survey (two pairs) there are numbers of them only.
    places : pandas.DataFrame
        A row for every depth or mass and place: the mean stock of its profiles in each survey.
    """

    table: pd.DataFrame
    places: pd.DataFrame


def survey_change(
    first: Profiles,
    second: Profiles,
    depths: Intervals,
    *,
    equal: EqualMass | None = None,
    place: str = "site_id",
    pairs: bool = True,
    choices: Choices | None = None,
    confidence: float = CONFIDENCE,
    power: float = POWER,
) -> SurveyChange:
    """Compare the stocks of two surveys.

    Profiles of one place are no independent samples of a change: their mean counts once.

    Parameters
    ----------
    first, second : Profiles
    depths : sequence of (float, float)
        Intervals (cm); not used where `equal` states masses.
    equal : EqualMass, optional
        Compare above soil masses instead of in intervals, which must then begin at the surface.
    place : str
        Column of the profile table that names the places.
    pairs : bool
        Compare places that both surveys have, by pairs; otherwise the places of one survey with those of the other.
    choices : Choices, optional
    confidence, power : float
        Between 0 and 1.

    Raises
    ------
    ObservationError
    """
    choices = choices or Choices()
    for option, share in (("--confidence", confidence), ("--power", power)):
        if not 0 < share < 1:
            raise ObservationError("<command>", option, share, "above 0 and below 1", "Give a share, as 0.95.")
    if place not in first.profile.columns:
        allowed = "a column of the profile table: " + ", ".join(c for c in first.profile if c not in ("file", "row"))
        raise ObservationError("<command>", "--place", place, allowed, "Name the column that names the places.")
    if equal is None:
        parts = [_to_depths(part, checked_intervals(depths), place, choices) for part in (first, second)]
    else:
        parts = _above_masses(first, second, depths, equal, place, pairs, choices)
    rows, places = [], []
    steps = parts[0][["step", "top_cm", "bottom_cm"]].drop_duplicates()
    for step, top, bottom in steps.itertuples(index=False):
        one, two = (_by_place(part, step, place).add_suffix(f"_{k}") for k, part in enumerate(parts, 1))
        both = one.join(two, how="inner" if pairs else "outer")
        values = [both[f"stock_{k}"].to_numpy(float) for k in (1, 2)]
        counts = [int(np.nansum(both[f"profiles_{k}"].to_numpy(float))) for k in (1, 2)]
        enough = len(both) >= 2 if pairs else min(np.isfinite(part).sum() for part in values) >= 2
        found = (paired if pairs else unpaired)(*values, confidence=confidence, power=power) if enough else None
        mass = float(np.nanmean(both[["mass_1", "mass_2"]].to_numpy(float))) if len(both) and equal else np.nan
        about = {"top_cm": top, "bottom_cm": bottom, "reference_mass_kg_m2": mass}
        rows.append({**about, **_row(found, values, counts, pairs, confidence, power)})
        shown = {"first_stock_kg_m2": values[0], "second_stock_kg_m2": values[1]}
        places.append(pd.DataFrame({place: both.index.to_numpy(), **about, **shown}))
    return SurveyChange(pd.DataFrame(rows), pd.concat(places, ignore_index=True))


def _to_depths(observed: Profiles, depths: Intervals, place: str, choices: Choices) -> pd.DataFrame:
    table = stocks(observed, depths, choices).table
    return table.assign(
        step=np.tile(np.arange(len(depths)), len(observed)),
        mass=np.nan,
        **{place: np.repeat(observed.profile[place].to_numpy(), len(depths))},
    )


def _above_masses(
    first: Profiles, second: Profiles, depths: Intervals, equal: EqualMass, place: str, pairs: bool, choices: Choices
) -> list[pd.DataFrame]:
    limits = [] if equal.masses else depths_of_masses(depths)
    masses: Sequence[float] | Mapping[object, Sequence[float]]
    if equal.masses:
        masses = equal.masses
    elif equal.of == FIRST:
        own = _masses(first, limits, place, equal.basis, choices)
        _reached(own.mean(), limits)
        masses = dict(zip(own.index, own.to_numpy().tolist(), strict=True)) if pairs else own.mean().tolist()
    else:
        masses = reference_masses((first, second), limits, equal.of, equal.basis, choices)
    count = len(equal.masses) or len(limits)
    parts = []
    for observed in (first, second):
        table = equivalent_stocks(observed, limits, by=place, masses=masses, basis=equal.basis, choices=choices)
        table = table.rename(columns={"depth_cm": "bottom_cm", "reference_mass_kg_m2": "mass"})
        parts.append(table.assign(top_cm=0.0, step=np.tile(np.arange(count), len(observed))))
    return parts


def depths_of_masses(depths: Intervals) -> list[float]:
    """The depths at which reference masses are taken, of intervals that begin at the surface.

    Raises
    ------
    ObservationError
        One does not.
    """
    if any(top != 0 for top, _ in depths):
        allowed = "depths from the surface, as 30,100"
        shown = ",".join(f"{top:g}-{bottom:g}" for top, bottom in depths)
        raise ObservationError("<command>", "--depths", shown, allowed, "Soil masses count from the surface down.")
    return [bottom for _, bottom in depths]


def _by_place(part: pd.DataFrame, step: int, place: str) -> pd.DataFrame:
    chosen = (part["step"] == step) & part["soc_stock_kg_m2"].notna() & (part[place] != "")
    known = part.loc[chosen.to_numpy(dtype=bool)]
    groups = known.groupby(place, sort=True)
    found = groups.agg(stock=("soc_stock_kg_m2", "mean"), profiles=("soc_stock_kg_m2", "size"), mass=("mass", "mean"))
    return pd.DataFrame(found)


def _row(
    found: Change | None, values: Sequence[np.ndarray], counts: Sequence[int], pairs: bool, confidence: float,
    power: float,
) -> dict[str, object]:  # fmt: skip
    first, second = (int(np.isfinite(part).sum()) for part in values)
    numbers = {
        "design": "paired" if pairs else "unpaired",
        "first_places": first,
        "second_places": second,
        "first_profiles": counts[0],
        "second_profiles": counts[1],
    }
    told = ("first_mean", "second_mean", "mean", "standard_error", "low", "high", "t", "degrees_of_freedom", "p")
    names = (*told, "rank_p", "detectable")
    stated = {("change" if name == "mean" else name): getattr(found, name) if found else np.nan for name in names}
    return {**numbers, **stated, "confidence": confidence, "power": power}
