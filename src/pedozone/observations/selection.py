"""Choosing profiles: by the depths they cover, land cover, climate, soil type, year, place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pedozone.column.soil_classes import group_names, translated
from pedozone.observations.land_covers import is_land_cover
from pedozone.observations.profiles import Profiles
from pedozone.observations.soil_groups import soil_groups


def coverage(profiles: Profiles, top_cm: float, bottom_cm: float, fields: Sequence[str] = ()) -> pd.Series:
    """The share of an interval of depths that the layers of each profile cover.

    Parameters
    ----------
    profiles : Profiles
    top_cm, bottom_cm : float
    fields : sequence of str
        Layers count where they have all of these.

    Returns
    -------
    pandas.Series
        By profile_id, 0 to 1; where layers overlap, depths count once.

    Raises
    ------
    ValueError
        The interval has no thickness, or a field is unknown.
    """
    if not bottom_cm > top_cm:
        raise ValueError(f"an interval from {top_cm!r} to {bottom_cm!r} cm has no thickness")
    unknown = [name for name in fields if name not in profiles.layer]
    if unknown:
        raise ValueError(f"the layer table has no column {unknown[0]!r}")
    layer = profiles.layer
    good = layer["profile_id"].isin(profiles.profile["profile_id"]).to_numpy()
    for name in fields:
        good = good & layer[name].notna().to_numpy()
    index = pd.Index(profiles.profile["profile_id"], name="profile_id")
    place = index.get_indexer(layer["profile_id"].to_numpy()[good])
    upper = np.clip(layer["top_cm"].to_numpy()[good], top_cm, bottom_cm)
    lower = np.clip(layer["bottom_cm"].to_numpy()[good], top_cm, bottom_cm)
    order = np.lexsort((upper, place))
    place, upper, lower = place[order], upper[order], lower[order]
    # How far down the layers above reach: one running maximum, each profile lifted above the one before.
    lift = place * (2.0 * (bottom_cm - top_cm))
    reach = np.append(-np.inf, np.maximum.accumulate(lower + lift)[:-1]) - lift if len(place) else lower
    covered = np.clip(lower - np.maximum(upper, reach), 0, None)
    share = np.bincount(place, weights=covered, minlength=len(index)) / (bottom_cm - top_cm)
    return pd.Series(share, index=index)


@dataclass(frozen=True)
class Conditions:
    """What profiles are to be like; each one meets every condition given.

    Parameters
    ----------
    covers_cm : (float, float), optional
        Layers with all of `fields` cover at least `share` of this interval.
    share : float
        0 to 1.
    fields : sequence of str
    land_cover : str or iterable of str
        As reported, or a class of `land_covers.CLASSES`; capitals do not matter. Any of them.
    climate : str or iterable of str
        Köppen and Geiger, or its beginning: ``D``, ``Df``, ``Dfb``. Any of them.
    soil_type : str or iterable of str
        Name in the World Reference Base, Soil Taxonomy or the FAO legend (``Podzol`` finds ``PZ``, ``Podzols`` and
        ``Orthic Podzol``), or a two-letter code. Any of them.
    soil_group : str or iterable of str
        Reference soil group, name or code, whatever system the class is reported in: ``Podzol`` finds Spodosols, too.
        Any of them; a class that may be several groups counts as the first of them.
    years : (float, float), optional
        First and last year of sampling.
    peat : bool, optional
        Whether they are organic throughout.
    control_only : bool
        Leave out experimental treatments.
    temperature_c, precipitation_mm : (float, float), optional
        Least and greatest annual mean of the air, annual sum.
    country : str or iterable of str
        Name or code as reported; of names a part will do. Any of them.
    box : (float, float, float, float), optional
        West, south, east and north (degrees); west may lie east of east, across 180 degrees.
    """

    covers_cm: tuple[float, float] | None = None
    share: float = 0.9
    fields: Sequence[str] = ("soc_percent",)
    land_cover: str | Iterable[str] = ()
    climate: str | Iterable[str] = ()
    soil_type: str | Iterable[str] = ()
    soil_group: str | Iterable[str] = ()
    years: tuple[float, float] | None = None
    peat: bool | None = None
    control_only: bool = False
    temperature_c: tuple[float, float] | None = None
    precipitation_mm: tuple[float, float] | None = None
    country: str | Iterable[str] = ()
    box: tuple[float, float, float, float] | None = None

    def met(self, profiles: Profiles) -> dict[str, np.ndarray]:
        """Which profiles meet each of the conditions given, [profiles], by what it asks for in words.

        Raises
        ------
        ValueError
            The interval has no thickness, or a field or a soil group is unknown.
        """
        profile = profiles.profile
        found: dict[str, np.ndarray] = {}
        if self.covers_cm is not None:
            what = " and ".join(self.fields) or "layers"
            covered = coverage(profiles, *self.covers_cm, fields=self.fields).to_numpy() >= self.share - 1e-9
            found[f"{what} over {self.share:.0%} of {self.covers_cm[0]:g}-{self.covers_cm[1]:g} cm"] = covered
        for name, given, test in (
            ("land_cover", self.land_cover, is_land_cover),
            ("climate_class", self.climate, _begins),
        ):
            if wanted := _words(given):
                words = f"{name.removesuffix('_class').replace('_', ' ')} {' or '.join(wanted)}"
                found[words] = _each(profile[name].to_numpy(), test, wanted)
        if wanted := _words(self.soil_type):
            named = [_each(profile[scheme].to_numpy(), _is_soil, wanted) for scheme in ("wrb", "usda", "fao")]
            found[f"soil {' or '.join(wanted)}"] = np.logical_or.reduce(named)
        if wanted := _words(self.soil_group):
            meant = [translated(word).group for word in wanted]
            if "" in meant:
                known = ", ".join(group_names().values())
                raise ValueError(f"there is no reference soil group {wanted[meant.index('')]!r}; there are {known}")
            groups = soil_groups(profiles)["soil_group"]
            found[f"soil group {' or '.join(wanted)}"] = groups.isin(meant).to_numpy(dtype=bool)
        if self.years is not None:
            found[f"years {_span(self.years)}"] = profile["sampling_year"].between(*self.years).to_numpy(dtype=bool)
        if self.peat is not None:
            found["peat" if self.peat else "no peat"] = profile["peat"].to_numpy(dtype=bool) == self.peat
        if self.control_only:
            controls = profile["treatment"].str.casefold().isin(["", "control"])
            found["no experimental treatment"] = controls.to_numpy(dtype=bool)
        return found | self._placed(profiles)

    def _placed(self, profiles: Profiles) -> dict[str, np.ndarray]:
        """Conditions about the site."""
        found: dict[str, np.ndarray] = {}
        at = pd.Index(profiles.site["site_id"]).get_indexer(pd.Index(profiles.profile["site_id"]))

        def of_site(name: str) -> np.ndarray:
            values = profiles.site[name].to_numpy()
            blank = "" if values.dtype.kind == "O" else np.nan
            return np.append(values, blank)[at]  # -1, for no site, takes the blank

        for name, words, limits in (
            ("mean_annual_temperature_c", "annual mean temperature {} °C", self.temperature_c),
            ("mean_annual_precipitation_mm", "annual precipitation {} mm", self.precipitation_mm),
        ):
            if limits is not None:
                value = of_site(name).astype(float)
                found[words.format(_span(limits))] = (value >= limits[0]) & (value <= limits[1])
        if wanted := _words(self.country):
            found[f"country {' or '.join(wanted)}"] = _each(of_site("country"), _is_country, wanted)
        if self.box is not None:
            west, south, east, north = self.box
            x, y = of_site("longitude").astype(float), of_site("latitude").astype(float)
            along = (x >= west) & (x <= east) if west <= east else (x >= west) | (x <= east)
            words = f"between {west:g} and {east:g} degrees east, {south:g} and {north:g} north"
            found[words] = along & (y >= south) & (y <= north)
        return found


def select(profiles: Profiles, conditions: Conditions | None = None, **given: Any) -> Profiles:
    """Profiles that meet every condition given, with all that belongs to them.

    Parameters
    ----------
    profiles : Profiles
    conditions : Conditions, optional
    **given
        Fields of `Conditions`, in its stead or in place of some of them.

    Raises
    ------
    ValueError
        The interval has no thickness, or a field or a soil group is unknown.
    """
    conditions = replace(conditions or Conditions(), **given)
    chosen = np.ones(len(profiles), dtype=bool)
    for met in conditions.met(profiles).values():
        chosen &= met
    return profiles.of(profiles.profile["profile_id"][chosen])


def _span(limits: tuple[float, float]) -> str:
    low, high = limits
    if np.isinf(low):
        return f"up to {high:g}"
    return f"from {low:g}" if np.isinf(high) else f"{low:g} to {high:g}"


def _words(given: str | Iterable[str]) -> list[str]:
    return [word.strip().casefold() for word in ([given] if isinstance(given, str) else given) if word.strip()]


def _each(column: np.ndarray, test: Callable[[str, str], bool], wanted: Sequence[str]) -> np.ndarray:
    """Whether a text passes a test with any of the words wanted; every different text is tested once."""
    codes, uniques = pd.factorize(column)
    passed = [any(test(str(found), word) for word in wanted) for found in uniques]
    return np.array([*passed, False], dtype=bool)[codes]


def _begins(found: str, word: str) -> bool:
    return found.casefold().startswith(word)


def _is_country(found: str, word: str) -> bool:
    return found.casefold() == word or (len(word) > 3 and word in found.casefold())


def _is_soil(found: str, word: str) -> bool:
    names = group_names()
    name = names.get(found.upper(), found).casefold()
    stem = names.get(word.upper(), word).casefold().removesuffix("s")
    return any(part.strip("(),").removesuffix("s") == stem for part in name.split())
