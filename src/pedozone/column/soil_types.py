"""Soil types: typical profiles of reference soil groups, as named presets for the lower boundary of a column."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import resources
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pedozone.column.soil_classes import group_codes, group_names, known_names, singular
from pedozone.parameters.errors import did_you_mean

__all__ = [
    "SoilRecord",
    "SoilType",
    "SoilTypeError",
    "group_hint",
    "load_soil_type",
    "parse_soil_type",
    "read_soil_type",
    "soil_names",
]

STATUSES = ("cited", "computed", "recalled", "convention")

ALIASES: dict[str, str] = {"xerosol": "calcisol"}
"""Older names, of FAO-Unesco (1974), by the preset that serves them."""

# Unit, lower and upper bound.
_SOIL_RANGES: dict[str, tuple[str, float, float]] = {
    "bedrock_depth_m": ("m", 0.3, 100.0),
    "water_table_m": ("m", 0.0, 100.0),
    "water_table_amplitude_m": ("m", 0.0, 20.0),
    "groundwater_sodium_percent": ("%", 0.0, 100.0),
    "groundwater_base_saturation_percent": ("%", 0.0, 100.0),
    "organic_slots": ("slots", 1, 20),
}
_HORIZON_RANGES: dict[str, tuple[str, float, float]] = {
    "sand_percent": ("%", 0.0, 100.0),
    "silt_percent": ("%", 0.0, 100.0),
    "clay_percent": ("%", 0.0, 100.0),
    "ph": ("1", 2.5, 11.0),
    "coarse_fragments_percent": ("%", 0.0, 95.0),
    "bulk_density_g_cm3": ("g cm-3", 0.05, 2.3),
    "cation_exchange_capacity_cmol_kg": ("cmol kg-1", 0.0, 300.0),
    "base_saturation_percent": ("%", 0.0, 100.0),
    "exchangeable_sodium_percent": ("%", 0.0, 100.0),
    "exchangeable_calcium_cmol_kg": ("cmol kg-1", 0.0, 300.0),
    "oxides_percent": ("%", 0.0, 20.0),
    "electrical_conductivity_ds_m": ("dS m-1", 0.0, 300.0),
}
_TEXTURE = ("sand_percent", "silt_percent", "clay_percent")
_REQUIRED = (*_TEXTURE, "ph", "cation_exchange_capacity_cmol_kg", "base_saturation_percent", "oxides_percent")
_LEAST_DEPTH_CM = 300.0


class SoilTypeError(ValueError):
    """A soil type that cannot be used.

    Parameters
    ----------
    field, value : str, object
        What is wrong, and what was found there.
    allowed, mend : str
        What may stand there, and what to do about it.
    """

    def __init__(self, field: str, value: Any, allowed: str, mend: str) -> None:
        self.field, self.value, self.allowed, self.mend = field, value, allowed, mend
        super().__init__(f"{field} = {value!r}: allowed is {allowed}. {mend}")

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with the message alone and fail in a worker process.
        return SoilTypeError, (self.field, self.value, self.allowed, self.mend)


@dataclass(frozen=True)
class SoilRecord:
    """Where one property of a soil type comes from.

    Parameters
    ----------
    name, unit : str
        The field of a site file's ``[soil]`` or ``[[soil.horizon]]``, and its unit.
    value : float, str or tuple of float
        Its value; of a property of horizons one for each, from the top downward.
    source, doi : str
        The work it rests on; the DOI without resolver, empty where there is none.
    status : str
        ``cited`` (read there), ``computed`` (from the data named), ``recalled`` (from memory of the source),
        ``convention`` (chosen).
    """

    name: str
    value: float | str | tuple[float, ...]
    unit: str
    source: str
    status: str
    doi: str = ""


@dataclass(frozen=True)
class SoilType:
    """A typical profile of a reference soil group; immutable.

    Parameters
    ----------
    name, title, description : str
        Name of the preset, in words, and what it stands for.
    wrb : str
        Reference soil group of the World Reference Base.
    soil : mapping
        Fields of ``[soil]``.
    horizons : tuple of mapping
        Fields of ``[[soil.horizon]]``, from the top downward; depths in cm.
    records : mapping of str to SoilRecord
        Unit, source and status of every property; not part of equality.
    """

    name: str
    title: str
    description: str
    wrb: str
    soil: Mapping[str, Any]
    horizons: tuple[Mapping[str, float], ...]
    records: Mapping[str, SoilRecord] = field(default_factory=lambda: MappingProxyType({}), compare=False, repr=False)

    def section(self) -> dict[str, Any]:
        """The ``[soil]`` section of a site file that it stands for."""
        return {"wrb": self.wrb, **self.soil, "horizon": [dict(horizon) for horizon in self.horizons]}

    def to_records(self) -> list[dict[str, Any]]:
        """Value, unit, source, DOI and status of every property, in a form JSON can hold."""
        return [asdict(record) for record in self.records.values()]


def soil_names() -> tuple[str, ...]:
    """Names of the soil types that come with pedozone."""
    folder = resources.files("pedozone.column") / "presets"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


@lru_cache(maxsize=64)
def load_soil_type(name: str) -> SoilType:
    """Load a soil type by the name of its preset.

    Parameters
    ----------
    name : str
        One of `soil_names`, or an older name in `ALIASES`.

    Raises
    ------
    SoilTypeError
        No preset of that name; the nearest ones are suggested.
    """
    names = soil_names()
    chosen = ALIASES.get(name, name)
    if chosen not in names:
        known = sorted((*names, *ALIASES))
        hint = did_you_mean(name.lower(), known, otherwise="Choose one of these.")
        raise SoilTypeError("soil type", name, "one of " + ", ".join(known), hint)
    resource = resources.files("pedozone.column") / "presets" / f"{chosen}.toml"
    return parse_soil_type(chosen, tomllib.loads(resource.read_text(encoding="utf-8")))


def read_soil_type(file: str, folder: str | PathLike[str] = "") -> SoilType:
    """Read a soil type of one's own from a file laid out like those of the presets.

    Parameters
    ----------
    file : str
        Path of a TOML file.
    folder : str or os.PathLike
        Folder from which the path counts; the current one by default.

    Raises
    ------
    SoilTypeError
        A file that cannot be read or that `parse_soil_type` refuses; the error is about the field ``preset`` and says
        what is wrong inside the file.
    """
    try:
        data = tomllib.loads((Path(folder) / file).read_text(encoding="utf-8"))
    except OSError as error:
        mend = f"{error.strerror}: give its path from the folder of the site file."
        raise SoilTypeError("preset", file, "a preset or a TOML file that can be read", mend) from None
    except ValueError as error:  # no TOML, or not UTF-8
        raise SoilTypeError("preset", file, "a TOML file", f"Mend the file: {error}.") from None
    try:
        return parse_soil_type(Path(file).stem, data)
    except SoilTypeError as error:
        inside = f"a soil type file; in {file}, {error.field} = {error.value!r}, where allowed is {error.allowed}"
        raise SoilTypeError("preset", file, inside, error.mend) from None


def parse_soil_type(name: str, data: Mapping[str, Any]) -> SoilType:
    """Build a soil type from the content of a preset file.

    Parameters
    ----------
    name : str
        Name of the preset.
    data : mapping
        ``title``, ``wrb``, ``description``, a table ``soil``, an array of tables ``horizon``, and under ``sources`` for
        every property used a table with ``source``, ``status`` and, where there is one, ``doi``; sand, silt and
        clay share the source ``texture``.

    Raises
    ------
    SoilTypeError
        A property unknown, missing, without source or out of range; horizons with gaps, or that end above 3 m and
        above the bedrock; a texture that does not sum to 100.
    """
    for key in ("title", "wrb", "description", "soil", "horizon", "sources"):
        if key not in data:
            raise SoilTypeError(f"{name}.{key}", None, "a value", "Add it.")
    soil = dict(data["soil"])
    activity = soil.get("mineral_activity")
    if activity not in ("high", "low"):
        raise SoilTypeError(f"{name}.soil.mineral_activity", activity, "'high' or 'low'", "Add it.")
    for key, value in soil.items():
        if key != "mineral_activity":
            _check(f"{name}.soil.{key}", key, value, _SOIL_RANGES)
    horizons = [dict(horizon) for horizon in data["horizon"]]
    _check_horizons(name, horizons, 100.0 * soil.get("bedrock_depth_m", math.inf))
    records = _records(name, soil, horizons, data["sources"])
    return SoilType(
        name=name,
        title=data["title"],
        description=data["description"],
        wrb=data["wrb"],
        soil=MappingProxyType(soil),
        horizons=tuple(MappingProxyType(horizon) for horizon in horizons),
        records=MappingProxyType(records),
    )


def group_hint(text: str) -> str | None:
    """What to say of a name that holds no reference soil group; None where it holds one.

    Parameters
    ----------
    text : str
        As a person writes it: "Haplic Luvisol", "luvisols", "LV".
    """
    words = re.findall(r"[A-Za-z]+", text)
    if any(word in group_codes() for word in words):
        return None
    groups = {name.lower() for name in known_names()}
    if any(word.lower() in groups or word.lower().rstrip("s") in groups for word in words):
        return None
    for word in reversed(words):
        hint = did_you_mean(word.capitalize(), known_names(), otherwise="")
        if hint:
            return hint
    return "The groups of the World Reference Base are " + ", ".join(map(singular, group_names().values())) + "."


def _check(where: str, key: str, value: Any, ranges: Mapping[str, tuple[str, float, float]]) -> None:
    if key not in ranges:
        hint = did_you_mean(key, ranges, otherwise="Take it out.")
        raise SoilTypeError(where, value, "one of " + ", ".join(ranges), hint)
    unit, lower, upper = ranges[key]
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not lower <= value <= upper:
        raise SoilTypeError(where, value, f"{lower:g} to {upper:g} {unit}", "Correct the number.")


def _check_horizons(name: str, horizons: list[dict[str, Any]], bedrock_cm: float) -> None:
    reached = 0.0
    for number, horizon in enumerate(horizons, start=1):
        where = f"{name}.horizon[{number}]"
        top, bottom = horizon.get("top_cm"), horizon.get("bottom_cm")
        if top != reached or bottom is None or bottom <= top:
            raise SoilTypeError(where, (top, bottom), f"top_cm = {reached:g} and a deeper bottom_cm", "Close the gap.")
        reached = bottom
        for key, value in horizon.items():
            if key not in ("top_cm", "bottom_cm"):
                _check(f"{where}.{key}", key, value, _HORIZON_RANGES)
        for key in _REQUIRED:
            if key not in horizon:
                raise SoilTypeError(f"{where}.{key}", None, "a number", "Add it.")
        total = sum(horizon[key] for key in _TEXTURE)
        if abs(total - 100.0) > 1e-9:
            raise SoilTypeError(where, total, "sand + silt + clay = 100 %", "Correct the texture.")
        if set(horizon) != set(horizons[0]):
            raise SoilTypeError(
                where, sorted(horizon), "the properties of horizon 1", "Give all horizons the same ones."
            )
    if reached < min(_LEAST_DEPTH_CM, bedrock_cm) or reached > bedrock_cm:
        raise SoilTypeError(
            f"{name}.horizon", reached, "horizons down to 300 cm or to the bedrock", "Correct the last."
        )


def _records(
    name: str, soil: Mapping[str, Any], horizons: list[dict[str, Any]], sources: Mapping[str, Any]
) -> dict[str, SoilRecord]:
    depths = ("top_cm", "bottom_cm")
    values: dict[str, Any] = {key: value if isinstance(value, str) else float(value) for key, value in soil.items()}
    values |= {key: tuple(float(h[key]) for h in horizons) for key in horizons[0]}
    found: dict[str, SoilRecord] = {}
    for key, value in values.items():
        given = "horizons" if key in depths else "texture" if key in _TEXTURE else key
        entry = sources.get(given)
        where = f"{name}.sources.{given}"
        if not entry or not entry.get("source") or entry.get("status") not in STATUSES:
            raise SoilTypeError(where, entry, "source and status, " + " or ".join(STATUSES), "Say what it rests on.")
        unit = "cm" if key in depths else {**_SOIL_RANGES, **_HORIZON_RANGES}.get(key, ("1",))[0]
        found[key] = SoilRecord(key, value, unit, entry["source"], entry["status"], entry.get("doi", ""))
    _no_strays(name, sources, {"horizons", "texture", *found})
    return found


def _no_strays(name: str, sources: Iterable[str], known: set[str]) -> None:
    for key in sources:
        if key not in known:
            hint = did_you_mean(key, known, otherwise="Take it out.")
            raise SoilTypeError(f"{name}.sources.{key}", key, "a property that the preset gives", hint)
