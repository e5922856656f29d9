"""Stocks by reference soil group of the World Reference Base."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd

from pedozone.observations.intervals import Intervals
from pedozone.observations.profiles import Profiles
from pedozone.observations.stocks import Choices, grouped, stocks

GROUPS: dict[str, str] = {
    "AC": "Acrisols",
    "AL": "Alisols",
    "AN": "Andosols",
    "AT": "Anthrosols",
    "AR": "Arenosols",
    "CL": "Calcisols",
    "CM": "Cambisols",
    "CH": "Chernozems",
    "CR": "Cryosols",
    "DU": "Durisols",
    "FR": "Ferralsols",
    "FL": "Fluvisols",
    "GL": "Gleysols",
    "GY": "Gypsisols",
    "HS": "Histosols",
    "KS": "Kastanozems",
    "LP": "Leptosols",
    "LX": "Lixisols",
    "LV": "Luvisols",
    "NT": "Nitisols",
    "PH": "Phaeozems",
    "PL": "Planosols",
    "PT": "Plinthosols",
    "PZ": "Podzols",
    "RG": "Regosols",
    "RT": "Retisols",
    "SC": "Solonchaks",
    "SN": "Solonetz",
    "ST": "Stagnosols",
    "TC": "Technosols",
    "UM": "Umbrisols",
    "VR": "Vertisols",
}
"""Codes and names of the World Reference Base (IUSS Working Group WRB 2022, 4th edition)."""

EARLIER: dict[str, str] = {"AB": "Retisols", "ALBELUVISOL": "Retisols", "NITOSOL": "Nitisols", "LITHOSOL": "Leptosols"}
"""Names and codes of earlier editions and of the FAO legend (FAO-Unesco 1974, 1988) that one group has taken over."""

LEGACY = Choices(density="manrique-jones", method="layers", least=0.9, start_cm=0.5, reported=False)
"""How stocks of legacy profiles are computed where most bulk densities are missing: an interval of which 90 % is known
is scaled to the whole."""


@cache
def _names() -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the groups' names, singular or plural, and of earlier ones."""
    stems = {name.upper().removesuffix("S"): name for name in GROUPS.values()}
    stems |= {name: group for name, group in EARLIER.items() if len(name) > 2}
    return [(re.compile(rf"\b{stem}S?\b"), group) for stem, group in stems.items()]


@cache
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
    word = text.strip().upper()
    if len(word) == 2:
        return GROUPS.get(word, EARLIER.get(word, ""))
    found = [(match.start(), group) for pattern, group in _names() if (match := pattern.search(word))]
    return min(found)[1] if found else ""


def stocks_by_soil_group(
    observed: Profiles, depths: Intervals = ((0, 30), (0, 50), (0, 100), (0, 200)), choices: Choices = LEGACY
) -> pd.DataFrame:
    """Mean, coefficient of variation and number of carbon stocks by reference soil group and depth.

    Parameters
    ----------
    observed : Profiles
        Their soil group is read from ``wrb``; profiles without a recognised one are left out.
    depths : sequence of (float, float)
        Intervals (cm).
    choices : Choices
        How stocks are computed.

    Returns
    -------
    pandas.DataFrame
        As of `grouped`, with the column ``soil_group``.
    """
    groups = [reference_soil_group(text) for text in observed.profile["wrb"]]
    by = pd.DataFrame({"profile_id": observed.profile["profile_id"], "soil_group": groups})
    return grouped(stocks(observed, depths, choices).table, by, ["soil_group"])
