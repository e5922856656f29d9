"""Which preset stands for a profile's soil type and land cover: the rules of ``rules.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from pedozone.column.soil_classes import translated

CLIMATES = {"A": "A tropical", "B": "B dry", "C": "C temperate", "D": "D cold", "E": "E polar"}
"""Main classes of Köppen and Geiger."""
UNKNOWN = "not known"


class Choice(NamedTuple):
    """A preset and what it rests on.

    Attributes
    ----------
    preset : str
    group : str
        Class that profiles are sorted by; `UNKNOWN` where the profile does not say.
    told : str
        Where the choice comes from, in words.
    known : bool
        Whether the profile says it.
    """

    preset: str
    group: str
    told: str
    known: bool


@cache
def rules() -> dict[str, Any]:
    """The content of ``rules.toml``."""
    return tomllib.loads((resources.files("pedozone.landscape.evaluation") / "rules.toml").read_text(encoding="utf-8"))


@cache
def soil_choice(wrb: str, fao: str, usda: str) -> Choice:
    """The soil type that stands for a profile's classes: of the first system that gives a reference soil group.

    Parameters
    ----------
    wrb, fao, usda : str
        As reported; empty where they are not.
    """
    table = rules()["soil"]
    named = {"WRB": ("wrb", wrb), "FAO": ("fao", fao), "Soil Taxonomy": ("usda", usda)}
    for system, (scheme, text) in named.items():
        translation = translated(text, scheme)  # type: ignore[arg-type]
        if translation.group:
            found = table["group"][translation.group]
            told = f"{system}: {text}" if scheme == "wrb" else f"{system}: {text}, {translation.group}"
            if translation.others:
                told += f" (or {' or '.join(translation.others)})"
            return Choice(found["preset"], translation.group, _told(told, found), True)
    said = next((text for text in (wrb, fao, usda) if text), "")
    told = f"{said!r} is no soil type that is known" if said else "no soil type given"
    return Choice(table["unknown"]["preset"], UNKNOWN, told, False)


def _told(text: str, found: dict[str, Any]) -> str:
    return f"{text}; the nearest preset" if found.get("nearest") else text


def climate_class(reported: str, mean_temperature: float, precipitation: float) -> str:
    """Main class of Köppen and Geiger as reported; from annual means where it is not (B by aridity below 10)."""
    letter = reported.strip()[:1].upper()
    if letter in CLIMATES:
        return CLIMATES[letter]
    if aridity(mean_temperature, precipitation) < 10.0:
        return CLIMATES["B"]
    warm = (("E", -6.0), ("D", 3.0), ("C", 20.0))
    return CLIMATES[next((name for name, limit in warm if mean_temperature < limit), "A")]


def aridity(mean_temperature: float, precipitation: float) -> float:
    """Index of de Martonne (1926): precipitation (mm) over temperature (degC) + 10; the lower the drier."""
    return precipitation / max(mean_temperature + 10.0, 1.0)


def zone_of(reported: str, mean_temperature: float) -> str:
    """The climate by which plants are chosen."""
    for zone in rules()["climate"]:
        if any(reported.startswith(name) for name in zone.get("classes", [])):
            return zone["name"]
        if reported and "classes" in zone:
            continue  # a class is told, and it is another one
        if mean_temperature < zone.get("below_c", -1e9) or mean_temperature > zone.get("above_c", 1e9):
            return zone["name"]
    return "temperate"


def cover_choice(land_cover: str, reported: str, mean_temperature: float, precipitation: float) -> Choice:
    """The plant preset that stands for a land cover in a climate.

    Parameters
    ----------
    land_cover, reported : str
        As reported: land cover, and class of Köppen and Geiger.
    mean_temperature, precipitation : float
        Annual means (degC, mm).
    """
    zone = zone_of(reported, mean_temperature)
    text = f" {land_cover.casefold()} "
    for found in rules()["cover"]:
        if any(word in text for word in found["words"]):
            return Choice(_by_zone(found, zone, reported), found["group"], f"{land_cover}; {zone} climate", True)
    humid = aridity(mean_temperature, precipitation) >= rules()["natural"]["forest_from_aridity"]
    wanted = "forest" if humid else "grassland"
    natural = [cover for cover in rules()["cover"] if cover["group"] == wanted][-1]
    told = f"{land_cover!r} is no land cover that is known" if land_cover else "no land cover given"
    told += f": {natural['group']}, as {'humid' if humid else 'dry'} climate would let grow"
    return Choice(_by_zone(natural, zone, reported), UNKNOWN, told, False)


def _by_zone(found: dict[str, Any], zone: str, reported: str) -> str:
    if zone == "temperate" and "temperate_humid" in found and not reported.startswith("B"):
        return found["temperate_humid"]
    return found.get(zone, found["any"])
