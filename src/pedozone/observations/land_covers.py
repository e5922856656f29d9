"""Land covers as reported, brought to a few broad classes."""

from __future__ import annotations

import re
from functools import cache

CLASSES: dict[str, str] = {
    "wetland": r"wetland|peat|\bbogs?\b|\bfens?\b|marsh|swamp|\bmires?\b",
    "tundra": r"tundra",
    "cropland": r"crop|cultivat|arable|agricultur|fallow|orchard|vineyard",
    "forest": r"forest|wood|taiga|\btrees?\b",
    "shrubland": r"shrub|scrub|heath|chaparral|maquis",
    "grassland": r"grass|range|pastur|meadow|prairie|savanna|steppe|\bhay\b|\bleys?\b",
    "urban": r"urban|developed|settlement",
    "bare": r"bare|barren|desert|glacier",
}
"""Classes and the words of which one makes a reported land cover belong to them; the first class that fits counts."""

_SAME = {"woodland": "forest", "arable": "cropland", "crops": "cropland", "pasture": "grassland", "shrub": "shrubland"}


@cache
def land_cover_class(reported: str) -> str:
    """The broad class of a land cover.

    Parameters
    ----------
    reported : str
        As in "rangeland/grassland", "deciduousForest" or "cultivatedCrops".

    Returns
    -------
    str
        A key of `CLASSES`; empty where none fits.
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", reported).casefold()
    return next((name for name, pattern in CLASSES.items() if re.search(pattern, words)), "")


def is_land_cover(reported: str, wanted: str) -> bool:
    """Whether a reported land cover is the one wanted, by its own words or by its class."""
    word = wanted.strip().casefold()
    return reported.strip().casefold() == word or land_cover_class(reported) == _SAME.get(word, word) != ""
