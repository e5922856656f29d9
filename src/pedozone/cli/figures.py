"""``pedozone figures``: the figures of the framework's paper, from profiles and a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from pedozone.cli.console import Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.profiles_measured import Measured, sifted
from pedozone.cli.profiles_validate import MappingFile
from pedozone.config.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from pedozone.observations.profiles import Profiles
    from pedozone.report.paper import PaperFigure

_NUMBERS = ("1", "2", "3", "4")
_NEEDS = {"2": "--run", "3": "--run", "4": "--data"}


class _Wanted(NamedTuple):
    """What the figure of soil groups is made of."""

    depths: str
    classes: str
    certain: bool
    groups: str
    at_least: int
    density: str
    least: float
    measured: bool


def figures(
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            "-d",
            metavar="PATH",
            help="Soil profiles of figure 4: a table, a folder, or an imported set. Repeat.",
        ),
    ] = None,
    run: Annotated[
        Path | None, typer.Option("--run", "-r", metavar="FILE", help="The run.nc of figures 2 and 3.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder of the figures.")] = Path(
        "paper-figures"
    ),
    only: Annotated[
        str, typer.Option(metavar="1,2,3,4", help="Figures to draw.  [all that --data and --run allow]")
    ] = "",
    year: Annotated[
        int | None, typer.Option(metavar="YEAR", help="Of figure 2a.  [the last one with a boundary]")
    ] = None,
    depths: Annotated[str, typer.Option(metavar="CM,CM,...", help="Depths of figure 4.")] = "30,50,100,200",
    classes: Annotated[
        str, typer.Option(metavar="NAME,...", help="Fields of soil classes, the first that is known counts.")
    ] = "wrb,fao,usda",
    certain: Annotated[
        bool, typer.Option("--certain", help="Leave out profiles whose class may be several reference soil groups.")
    ] = False,
    groups: Annotated[
        str, typer.Option(metavar="NAME,...", help="Soil groups of figure 4a.  [the paper's, then the commonest]")
    ] = "",
    at_least: Annotated[int, typer.Option(min=1, metavar="N", help="Profiles that a soil group must have.")] = 10,
    density: Annotated[
        str, typer.Option(metavar="NAME", help="Pedotransfer function of missing bulk densities, or none.")
    ] = "manrique-jones",
    least: Annotated[
        float, typer.Option(metavar="SHARE", help="Of an interval that a profile must reach; the rest is like it.")
    ] = 0.9,
    only_measured: Measured = False,
    mapping: MappingFile = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Draw the figures of the zones-of-influence paper (Cagnarini et al. 2019) from your own profiles and runs.

    1: four per mille of the soil's carbon against emissions. 2: the two zones and their moving boundary, of a run. 3:
    from the drivers of a landscape to processes in the soil and back, of a run with a change. 4: carbon stocks of
    profiles by soil group and depth, as stock, as density and as a table. Each comes as PNG and SVG with its numbers as
    CSV, and a page (index.html) shows them with captions and sources.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        numbers = _numbers(only, data, run)
        wanted = _Wanted(depths, classes, certain, groups, at_least, density, least, only_measured)
        drawn: list[PaperFigure] = []
        notes = [] if only else _missing(numbers)
        if "1" in numbers:
            from pedozone.report.paper import figure_1

            drawn.append(figure_1())
        if run is not None and {"2", "3"} & set(numbers):
            drawn += _of_run(run, numbers, year, notes, asked="3" in only)
        if data and "4" in numbers:
            drawn += _of_profiles(data, mapping, wanted, notes)
        names = _write(drawn, out, notes)
        if not quiet:
            for figure in drawn:
                typer.echo(f"{figure.number:<3} {figure.title:<48} {figure.name}.png, .svg, .csv")
            typer.echo(f"\n{out / names[0]}  (open it in a web browser)")
            for note in notes:
                tell(note)


def _numbers(only: str, data: list[Path] | None, run: Path | None) -> list[str]:
    """The figures to draw: those asked for, or all that can be."""
    given = {"--data": bool(data), "--run": run is not None}
    if not only:
        return [number for number in _NUMBERS if given.get(_NEEDS.get(number, ""), True)]
    found = [word.strip() for word in only.split(",") if word.strip()]
    for number in found:
        if number not in _NUMBERS:
            raise InputError("<command>", "--only", only, "numbers of figures: 1, 2, 3, 4", "Name some, as --only 1,4.")
        need = _NEEDS.get(number, "")
        if not given.get(need, True):
            what = "soil profiles" if need == "--data" else "the run.nc that 'pedozone run' wrote"
            raise InputError("<command>", need, "(not given)", f"what figure {number} is drawn of", f"Name {what}.")
    if not found:
        raise InputError("<command>", "--only", only, "numbers of figures: 1, 2, 3, 4", "Name some, as --only 1,4.")
    return sorted(set(found))


def _missing(numbers: Sequence[str]) -> list[str]:
    notes = []
    if "2" not in numbers:
        notes.append("Figures 2 and 3 are drawn of a run: give one with --run run.nc.")
    if "4" not in numbers:
        notes.append("Figure 4 is drawn of soil profiles: give them with --data.")
    return notes


def _of_run(
    file: Path, numbers: Sequence[str], year: int | None, notes: list[str], *, asked: bool
) -> list[PaperFigure]:
    from pedozone.cli.files import read_run
    from pedozone.report.paper import NoZones, figure_2, figure_3
    from pedozone.report.paper.run_views import check_zones

    ds: xr.Dataset = read_run(file)
    drawn: list[PaperFigure] = []
    try:
        check_zones(ds)
        if "2" in numbers:
            drawn += figure_2(ds, year)
    except NoZones as error:
        field = "" if year is None else "--year"
        raise InputError(file, field, error.found, error.allowed, error.mend) from None
    if "3" in numbers:
        try:
            drawn.append(figure_3(ds))
        except NoZones as error:
            if asked:
                raise InputError(file, "", error.found, error.allowed, error.mend) from None
            notes.append(f"Figure 3 is left out: it needs {error.allowed}.")
    return drawn


def _of_profiles(data: list[Path], mapping: Path | None, wanted: _Wanted, notes: list[str]) -> list[PaperFigure]:
    from pedozone.observations.errors import ObservationError
    from pedozone.observations.intervals import parse_intervals
    from pedozone.observations.soil_groups import checked_schemes
    from pedozone.observations.stocks import Choices
    from pedozone.report.paper import figure_4

    limits = [bottom for _, bottom in parse_intervals(wanted.depths, nested=True)]
    if sorted(limits) != limits or limits[0] <= 0 or "-" in wanted.depths:
        allowed, mend = (
            "depths in cm below the surface, increasing, as 30,50,100,200",
            "Give them from the surface down.",
        )
        raise ObservationError("<command>", "--depths", wanted.depths, allowed, mend)
    choices = Choices(density=wanted.density, method="layers", least=wanted.least, reported=False)
    observed, said = sifted(_profiles(data, mapping), wanted.measured)
    notes += [said] if said else []
    return figure_4(
        observed,
        depths=limits,
        choices=choices,
        schemes=checked_schemes(_listed(wanted.classes)),
        certain=wanted.certain,
        groups=_listed(wanted.groups),
        at_least=wanted.at_least,
        names=", ".join(path.name for path in data),
    )


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _profiles(data: list[Path], mapping: Path | None) -> Profiles:
    """Profiles of files and of imported sets together; a catalogue's folder stands for all of its sets."""
    from pedozone.cli.profiles_choice import CATALOGUE, Choice, usable

    places: list[Path] = []
    for path in data:
        kept = sorted(path.glob("*/layer.parquet")) if path.is_dir() else []
        places += [file.parent for file in kept] or [path]
    return usable(places, mapping, Choice(CATALOGUE, None))


def _write(drawn: Sequence[PaperFigure], out: Path, notes: Sequence[str]) -> list[str]:
    from pedozone.cli.files import Staging
    from pedozone.report.paper import write_figures

    staging = Staging(out)
    try:
        names = write_figures(drawn, lambda content, name: (staging / name).write_bytes(content), notes)
        staging.publish(names)
    except OSError as error:
        staging.discard()
        raise staging.final(error) from error
    except BaseException:
        staging.discard()
        raise
    return names
