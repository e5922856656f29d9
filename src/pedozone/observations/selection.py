"""Choosing profiles: by the depths they cover, land cover, climate, soil type, year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from pedozone.column.soil_classes import group_names, translated
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


def select(
    profiles: Profiles,
    *,
    covers_cm: tuple[float, float] | None = None,
    share: float = 0.9,
    fields: Sequence[str] = ("soc_percent",),
    land_cover: str | Iterable[str] = (),
    climate: str | Iterable[str] = (),
    soil_type: str | Iterable[str] = (),
    soil_group: str | Iterable[str] = (),
    years: tuple[float, float] | None = None,
    peat: bool | None = None,
    control_only: bool = False,
) -> Profiles:
    """Profiles that meet every condition given, with all that belongs to them.

    Parameters
    ----------
    covers_cm : (float, float), optional
        Layers with all of `fields` cover at least `share` of this interval.
    share : float
        0 to 1.
    fields : sequence of str
    land_cover : str or iterable of str
        As reported; capitals do not matter. Any of them.
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

    Raises
    ------
    ValueError
        The interval has no thickness, or a field or a soil group is unknown.
    """
    profile = profiles.profile
    chosen = np.ones(len(profile), dtype=bool)
    if covers_cm is not None:
        chosen &= coverage(profiles, *covers_cm, fields=fields).to_numpy() >= share - 1e-9
    if wanted := _words(land_cover):
        chosen &= profile["land_cover"].str.casefold().isin(wanted).to_numpy(dtype=bool)
    if wanted := _words(climate):
        chosen &= _each(
            profile["climate_class"].to_numpy(), lambda found: any(found.startswith(word) for word in wanted)
        )
    if wanted := _words(soil_type):
        named = [
            _each(profile[scheme].to_numpy(), lambda found: _is_soil(found, wanted))
            for scheme in ("wrb", "usda", "fao")
        ]
        chosen &= np.logical_or.reduce(named)
    if wanted := _words(soil_group):
        meant = [translated(word).group for word in wanted]
        if "" in meant:
            unknown = next(word for word in wanted if not translated(word).group)
            raise ValueError(
                f"there is no reference soil group {unknown!r}; there are {', '.join(group_names().values())}"
            )
        chosen &= soil_groups(profiles)["soil_group"].isin(meant).to_numpy(dtype=bool)
    if years is not None:
        chosen &= profile["sampling_year"].between(*years).to_numpy(dtype=bool)
    if peat is not None:
        chosen &= profile["peat"].to_numpy(dtype=bool) == peat
    if control_only:
        chosen &= profile["treatment"].str.casefold().isin(["", "control"]).to_numpy(dtype=bool)
    return profiles.of(profile["profile_id"][chosen])


def _words(given: str | Iterable[str]) -> list[str]:
    return [word.strip().casefold() for word in ([given] if isinstance(given, str) else given) if word.strip()]


def _each(column: np.ndarray, test: Callable[[str], bool]) -> np.ndarray:
    codes, uniques = pd.factorize(column)
    return np.array([test(str(word).casefold()) for word in uniques] + [False], dtype=bool)[codes]


def _is_soil(found: str, wanted: Sequence[str]) -> bool:
    names = group_names()
    name = names.get(found.upper(), found).casefold()
    for word in wanted:
        meant = names.get(word.upper(), word).casefold()
        stem = meant.removesuffix("s")
        if any(part.strip("(),").removesuffix("s") == stem for part in name.split()):
            return True
    return False
