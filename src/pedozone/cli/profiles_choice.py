"""Which profiles a command takes: files or sets of a catalogue, and the conditions they are to meet."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pedozone.cli.console import BAD_INPUT, tell
from pedozone.observations.errors import ObservationError

if TYPE_CHECKING:
    from pedozone.observations.profiles import Profiles
    from pedozone.observations.selection import Conditions

CATALOGUE = Path("profiles")

Data = Annotated[
    list[Path],
    typer.Argument(
        metavar="DATA...",
        help="Tables of layers or fractions (CSV, TSV, .gz), a folder, WoSIS's zip, or sets of the catalogue by name.",
    ),
]
Folder = Annotated[Path, typer.Option("--catalogue", "-c", metavar="DIR", help="Folder of the catalogue.")]

_OPTIONS: dict[str, tuple[Any, Any]] = {
    "covers_to": (
        Annotated[
            str | None,
            typer.Option(metavar="CM|CM:CM", help="Profiles whose layers cover 90 % of the depths down to here."),
        ],
        None,
    ),
    "having": (
        Annotated[str, typer.Option(metavar="NAME,...", help="What layers must have to count for --covers-to.")],
        "soc_percent",
    ),
    "land_cover": (
        Annotated[str, typer.Option(metavar="NAME,...", help="As reported, or forest, grassland, cropland ...")],
        "",
    ),
    "soil": (Annotated[str, typer.Option(metavar="NAME,...", help="Name or code in WRB, FAO or Soil Taxonomy.")], ""),
    "climate": (
        Annotated[str, typer.Option(metavar="CLASS,...", help="Köppen class or its beginning: D, Cf, Dfb.")],
        "",
    ),
    "mat": (Annotated[str, typer.Option(metavar="C:C", help="Mean annual temperature (°C); 5:12, :0, 20:")], ""),
    "map_": (
        Annotated[str, typer.Option("--map", metavar="MM:MM", help="Mean annual precipitation (mm).")],
        "",
    ),
    "years": (Annotated[str, typer.Option(metavar="Y:Y", help="Sampled then; 1990:2005, 2000:, 1980s")], ""),
    "country": (Annotated[str, typer.Option(metavar="NAME,...", help="Name (or part of it) or code as reported.")], ""),
    "box": (Annotated[str, typer.Option(metavar="W,S,E,N", help="Within these degrees east and north.")], ""),
    "control_only": (
        Annotated[bool, typer.Option("--control-only", help="Leave out experimental treatments.")],
        False,
    ),
}


@dataclass(frozen=True)
class Choice:
    """What was asked for.

    Attributes
    ----------
    catalogue : pathlib.Path
    conditions : Conditions or None
        None where no condition was given.
    """

    catalogue: Path
    conditions: Conditions | None


Chosen = Callable[[], Choice]
"""What a command calls, where errors are caught, to have the options read."""


def choosing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that choose profiles; it takes what was asked for as ``choice``."""
    own = inspect.signature(command, eval_str=True)
    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in {"catalogue": (Folder, CATALOGUE), **_OPTIONS}.items()
    ]
    kept = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in own.parameters.items()
        if name != "choice"
    ]

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        catalogue = given.pop("catalogue")
        options = {name: given.pop(name) for name in _OPTIONS}
        command(**given, choice=functools.partial(_choice, catalogue, options))

    del asked.__wrapped__
    # The command's own options come first in its help.
    asked.__signature__ = inspect.Signature([*kept, *extra])  # type: ignore[attr-defined]
    asked.__annotations__ = {parameter.name: parameter.annotation for parameter in [*kept, *extra]}
    return asked


def _choice(catalogue: Path, options: dict[str, Any]) -> Choice:
    from pedozone.observations.selection import Conditions

    given: dict[str, Any] = {}
    if options["covers_to"] is not None:
        text = options["covers_to"] if ":" in options["covers_to"] else f"0:{options['covers_to']}"
        given["covers_cm"] = span_of("--covers-to", text, "depths in cm, as 100 or 30:100", closed=True)
    for name, option in (
        ("land_cover", "land_cover"),
        ("soil_type", "soil"),
        ("climate", "climate"),
        ("country", "country"),
    ):
        if words := _words(options[option]):
            given[name] = words
    for name, option, allowed in (
        ("temperature_c", "mat", "a range in °C, as 5:12, :0 or 20:"),
        ("precipitation_mm", "map_", "a range in mm, as 400:800, :300 or 2000:"),
        ("years", "years", "a range of years, as 1990:2005, 2000: or 1980s"),
    ):
        if options[option]:
            given[name] = span_of(f"--{option.removesuffix('_')}", options[option], allowed)
    if options["box"]:
        given["box"] = _box(options["box"])
    if options["control_only"]:
        given["control_only"] = True
    if not given:
        return Choice(catalogue, None)
    return Choice(catalogue, Conditions(**given, fields=_columns(options["having"])))


def _columns(text: str) -> tuple[str, ...]:
    from pedozone.observations.depth_statistics import ALIASES
    from pedozone.observations.fields import LAYER

    known = [field.name for field in LAYER]
    found = tuple(ALIASES.get(name, name) for name in _words(text))
    for name in found:
        if name not in known:
            raise ObservationError(
                "<command>", "--having", name, "columns of layers: " + ", ".join(known), "Correct it."
            )
    return found


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def span_of(option: str, text: str, allowed: str, *, closed: bool = False) -> tuple[float, float]:
    """A range as written on a command line, open at either end unless it is to be closed; of years also a decade.

    Raises
    ------
    ObservationError
    """
    wrong = ObservationError(
        "<command>", option, text, allowed, "Write the least and the greatest with a colon between."
    )
    text = text.strip()
    if option in ("--years", "--from", "--to") and text.endswith("0s") and text[:-1].isdigit():
        return float(text[:-1]), float(text[:-1]) + 9
    low, colon, high = text.partition(":")
    try:
        found = float(low or "-inf"), float(high or "inf")
    except ValueError:
        raise wrong from None
    if not colon or not found[0] <= found[1] or (closed and not -float("inf") < found[0] < found[1] < float("inf")):
        raise wrong
    return found


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90):
        allowed = "west,south,east,north in degrees, as -10,35,30,70"
        raise ObservationError("<command>", "--box", text, allowed, "West may lie east of east, across 180 degrees.")
    return west, south, east, north


def usable(data: list[Path], mapping: Path | None, choice: Choice, *, quiet: bool = False) -> Profiles:
    """The profiles of files and sets that meet the conditions.

    Raises
    ------
    ObservationError
        No such file or set; nothing meets the conditions.
    typer.Exit
        No row can be used.
    """
    from pedozone.observations.catalogue import taken
    from pedozone.observations.profiles import Profiles

    places = {path: _of_set(path, choice) for path in data}
    files = [path for path, place in places.items() if place is None]
    parts = [taken(place.parent, [place.name]) for place in places.values() if place is not None]
    # Files are read as one: one may hold the layers and another the fractions of the same profiles.
    parts += [_of_files(files, mapping, quiet)] if files else []
    try:
        found = Profiles.together(parts)
    except ValueError as error:
        mend = "Take them one by one."
        named = ", ".join(str(path) for path in data)
        raise ObservationError("<command>", "DATA", named, f"sets without common names ({error})", mend) from None
    return _meeting(found, choice, quiet)


def _of_set(path: Path, choice: Choice) -> Path | None:
    """The folder of the set that is meant; none where it is a file."""
    from pedozone.observations.catalogue import kept, set_folder

    # A file of this name is meant before a set is.
    if path.exists() and not (path / "layer.parquet").exists():
        return None
    place = set_folder(path, choice.catalogue)
    if place is not None or path.suffix or len(path.parts) > 1 or not choice.catalogue.is_dir():
        return place
    names = ", ".join(kept(choice.catalogue)["name"]) or "none: the catalogue is empty"
    mend = f"Name a file, or a set of {choice.catalogue} ('pedozone profiles list')."
    raise ObservationError("<command>", "DATA", str(path), f"a file that exists, or a set: {names}", mend)


def _of_files(files: list[Path], mapping: Path | None, quiet: bool) -> Profiles:
    from pedozone.observations.reading import read_profiles

    reading = read_profiles(files, mapping)
    if not any(file.kept for file in reading.files):
        tell("Error: no row can be used: 'pedozone profiles validate' says why.")
        raise typer.Exit(BAD_INPUT)
    refused = sum(file.refused for file in reading.files)
    if refused and not quiet:
        tell(f"Rows refused: {refused:,}; 'pedozone profiles validate' says why.")
    return reading.profiles


def _meeting(found: Profiles, choice: Choice, quiet: bool) -> Profiles:
    if choice.conditions is None:
        return found
    met = choice.conditions.met(found)
    chosen = functools.reduce(lambda a, b: a & b, met.values())
    said = "; ".join(f"{words}: {int(rows.sum()):,}" for words, rows in met.items())
    if not chosen.any():
        mend = f"Of {len(found):,} profiles meet each: {said}. 'pedozone profiles list' with --by shows what there is."
        raise ObservationError("<command>", "conditions", "; ".join(met), "what some profile meets", mend)
    if not quiet:
        tell(f"{int(chosen.sum()):,} of {len(found):,} profiles ({said}).")
    return found.of(found.profile["profile_id"][chosen])
