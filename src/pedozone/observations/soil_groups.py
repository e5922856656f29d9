"""Reference soil groups of observed profiles, and stocks by group."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pedozone.column.soil_classes import SCHEMES, Scheme, translated
from pedozone.observations.errors import ObservationError
from pedozone.observations.intervals import Intervals
from pedozone.observations.profiles import Profiles
from pedozone.observations.stocks import Choices, grouped, stocks

LEGACY = Choices(density="manrique-jones", method="layers", least=0.9, start_cm=0.5, reported=False)
"""How stocks of legacy profiles are computed where most bulk densities are missing: an interval of which 90 % is known
is scaled to the whole."""


def reference_soil_group(text: str) -> str:
    """The reference soil group that a name or a two-letter code stands for.

    Parameters
    ----------
    text : str
        Such as "LV", "Haplic Luvisol (Siltic)" or "HUMIC FERRALSOLS". Where several groups are named the first counts.

    Returns
    -------
    str
        In the plural; empty where none is recognised.
    """
    return translated(text).group


def checked_schemes(names: Sequence[str]) -> tuple[Scheme, ...]:
    """Fields of soil classes by name.

    Raises
    ------
    ObservationError
        There is no such field, or none is named.
    """
    known = {scheme: scheme for scheme in SCHEMES}
    for name in names or ("",):
        if name not in known:
            allowed = "one of " + ", ".join(SCHEMES)
            raise ObservationError("<command>", "classes", name, allowed, "Name fields that hold soil classes.")
    return tuple(known[name] for name in names if name in known)  # type: ignore[index]


def soil_groups(observed: Profiles, schemes: Sequence[Scheme] = SCHEMES) -> pd.DataFrame:
    """The reference soil group of every profile, from its classes in whatever system they are.

    Parameters
    ----------
    observed : Profiles
    schemes : sequence of {"wrb", "fao", "usda"}
        Fields to read, the first that gives a group decides.

    Returns
    -------
    pandas.DataFrame
        In the order of the profiles: ``profile_id``, ``soil_group`` (plural; empty where none is known),
        ``soil_group_scheme`` (the field), ``soil_group_others`` (groups that the class may be as well, with " or "
        between) and ``soil_group_status`` (how sure the translation is: `pedozone.column.soil_classes.STATUSES`).

    Raises
    ------
    ObservationError
        There is no such field.
    """
    schemes = checked_schemes(schemes)
    rows = []
    for texts in zip(*(observed.profile[scheme] for scheme in schemes), strict=True):
        for scheme, text in zip(schemes, texts, strict=True):
            found = translated(str(text), scheme)
            if found.group:
                rows.append((found.group, scheme, " or ".join(found.others), found.status))
                break
        else:
            rows.append(("", "", "", ""))
    columns = ["soil_group", "soil_group_scheme", "soil_group_others", "soil_group_status"]
    table = pd.DataFrame(rows, columns=columns, dtype=object)
    table.insert(0, "profile_id", observed.profile["profile_id"].to_numpy())
    return table


def stocks_by_soil_group(
    observed: Profiles,
    depths: Intervals = ((0, 30), (0, 50), (0, 100), (0, 200)),
    choices: Choices = LEGACY,
    schemes: Sequence[Scheme] = ("wrb",),
) -> pd.DataFrame:
    """Mean, coefficient of variation and number of carbon stocks by reference soil group and depth.

    Parameters
    ----------
    observed : Profiles
        Those without a recognised soil group are left out.
    depths : sequence of (float, float)
        Intervals (cm).
    choices : Choices
        How stocks are computed.
    schemes : sequence of {"wrb", "fao", "usda"}
        Fields that the soil group is read from: see `soil_groups`.

    Returns
    -------
    pandas.DataFrame
        As of `grouped`, with the column ``soil_group``.
    """
    by = soil_groups(observed, schemes)
    return grouped(stocks(observed, depths, choices).table, by, ["soil_group"])
