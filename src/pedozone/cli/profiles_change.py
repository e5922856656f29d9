"""``pedozone profiles change``: change of carbon stocks between two surveys."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pedozone.cli.console import Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.profiles_choice import Choice, Chosen, Data, choosing, span_of, usable
from pedozone.cli.profiles_harmonise import OutFile, put
from pedozone.cli.profiles_mass import OWNERS, WORDS, EqualMasses, MassBasis, MassesOf, stated
from pedozone.cli.profiles_measured import Measured, sifted
from pedozone.cli.profiles_validate import MappingFile
from pedozone.observations.errors import ObservationError

if TYPE_CHECKING:
    import pandas as pd

    from pedozone.observations.profiles import Profiles

_YEARS = "a year or years, as 1990, 1988:1992 or 1990s"


@choosing
def change(
    data: Data,
    choice: Chosen,
    first: Annotated[
        str, typer.Option("--from", metavar="Y|Y:Y", help="Sampling years of the first survey; 1990, 1988:1992, 1990s.")
    ] = "",
    second: Annotated[str, typer.Option("--to", metavar="Y|Y:Y", help="Of the second survey.")] = "",
    depths: Annotated[
        str, typer.Option(metavar="CM,CM,...", help="Depths from the surface, or intervals as 0-30,30-100.")
    ] = "30,100",
    pairs: Annotated[
        bool,
        typer.Option("--paired/--unpaired", help="Compare places that both surveys have; or surveys of other places."),
    ] = True,
    place: Annotated[
        str, typer.Option(metavar="NAME", help="Column that names the places; the mean of a place counts once.")
    ] = "site_id",
    equal_mass: EqualMasses = "",
    equal_mass_of: MassesOf = "",
    mass_basis: MassBasis = "fine-earth",
    confidence: Annotated[float, typer.Option(metavar="SHARE", help="Of the interval and the test.")] = 0.95,
    power: Annotated[float, typer.Option(metavar="SHARE", help="Of the minimum detectable difference.")] = 0.8,
    density: Annotated[
        str, typer.Option(metavar="NAME", help="Pedotransfer function of missing bulk densities, or none.")
    ] = "manrique-jones",
    only_measured: Measured = False,
    mapping: MappingFile = None,
    out: OutFile = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Change of carbon stocks (kg m-2) between two surveys, and the least change that they could have detected.

    Surveys are the sampling years --from and --to of one table, or two tables, the earlier one first. Soils that were
    compacted or loosened in between are compared above the same mass: --equal-mass-of first.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.observations.intervals import parse_intervals
        from pedozone.observations.stocks import Choices
        from pedozone.observations.survey_stocks import survey_change

        intervals = parse_intervals(depths, nested=True)
        choices, equal = Choices(density=density), stated(equal_mass, equal_mass_of, mass_basis)
        surveys, names = _surveys(data, first, second, mapping, choice(), quiet)
        parts = [sifted(survey, only_measured) for survey in surveys]
        found = survey_change(
            parts[0][0],
            parts[1][0],
            intervals,
            equal=equal,
            place=place,
            pairs=pairs,
            choices=choices,
            confidence=confidence,
            power=power,
        )
        if not found.table["change"].notna().to_numpy().any():
            raise _too_few(found.table, names, place, pairs)
        if out is not None:
            put(found.table, out)
        typer.echo(_text(found.table, names, equal is not None))
        typer.echo(f"\n{_basis(found.table, place, pairs, confidence, power)}")
        if not quiet:
            if equal is not None:
                where = "stated" if equal.masses else f"that above the depths of {OWNERS.get(equal.of, equal.of)}"
                tell(f"Stocks above the same mass of {WORDS[equal.basis]} ({where}).")
            for name, (survey, said) in zip(names, parts, strict=True):
                for words in (said, _estimated(survey, density)):
                    if words:
                        tell(f"{name}: {words}")


def _surveys(
    data: list[Path], first: str, second: str, mapping: Path | None, choice: Choice, quiet: bool
) -> tuple[list[Profiles], list[str]]:
    """The profiles of both surveys, and what they are called."""
    if not first and not second:
        if len(data) != 2:
            allowed = "sampling years of both surveys, or two tables, the earlier one first"
            shown = ", ".join(map(str, data))
            raise ObservationError("<command>", "DATA", shown, allowed, "Add --from and --to, or name two tables.")
        return [usable([path], mapping, choice, quiet=quiet) for path in data], [path.name for path in data]
    years = [_years(option, text) for option, text in (("--from", first), ("--to", second))]
    if not years[0][1] < years[1][0]:
        mend = "Give the earlier survey with --from."
        raise ObservationError("<command>", "--to", second, f"years after those of --from ({first})", mend)
    observed = usable(data, mapping, choice, quiet=quiet)
    import numpy as np

    when = np.floor(observed.profile["sampling_year"].to_numpy(float))
    found = []
    for option, text, (low, high) in zip(("--from", "--to"), (first, second), years, strict=True):
        chosen = (when >= low) & (when <= high)
        if not chosen.any():
            known = when[np.isfinite(when)]
            there = f"{known.min():.0f} to {known.max():.0f}" if known.size else "none: no profile has a sampling year"
            allowed = f"years in which profiles were sampled ({there})"
            raise ObservationError("<command>", option, text, allowed, "'pedozone profiles list' shows the years.")
        found.append(observed.of(observed.profile["profile_id"][chosen]))
    return found, [first, second]


def _years(option: str, text: str) -> tuple[float, float]:
    if not text:
        raise ObservationError("<command>", option, text, _YEARS, "Give the years of both surveys.")
    single = ":" not in text and not text.strip().endswith("s")
    return span_of(option, f"{text}:{text}" if single else text, _YEARS)


def _too_few(table: pd.DataFrame, names: Sequence[str], place: str, pairs: bool) -> ObservationError:
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    most = max(rows, key=lambda row: min(row["first_places"], row["second_places"]))
    what = _step(most, isfinite(most["reference_mass_kg_m2"]))
    if pairs:
        value = f"({most['first_places']} places of one {place} have a stock ({what}) in {names[0]} and in {names[1]})"
        mend = "Use --unpaired, name another column with --place, or ask for shallower depths."
        return ObservationError("<command>", "--paired", value, "two places or more in both surveys", mend)
    value = f"({most['first_places']} and {most['second_places']} places with a stock ({what}))"
    mend = "Ask for shallower depths; where profiles of one site are independent, --place profile_id."
    return ObservationError("<command>", "--unpaired", value, "two places or more in each survey", mend)


def _step(row: dict[str, Any], mass: bool) -> str:
    if not mass:
        return f"{row['top_cm']:g}-{row['bottom_cm']:g} cm"
    above = f" ({row['bottom_cm']:g} cm)" if isfinite(row["bottom_cm"]) else ""
    return f"{row['reference_mass_kg_m2']:.4g} kg m-2{above}"


def _text(table: pd.DataFrame, names: Sequence[str], mass: bool) -> str:
    from pedozone.cli.layout import columns as aligned

    rows = []
    for record in table.to_dict("records"):
        row: dict[str, Any] = {str(name): value for name, value in record.items()}
        means = [_number(row["first_mean"]), f"{row['first_places']:,}"]
        means += [_number(row["second_mean"]), f"{row['second_places']:,}"]
        known = isfinite(row["change"])
        interval = f"{row['low']:+.2f} to {row['high']:+.2f}" if known else ""
        shown = [f"{row['change']:+.2f}" if known else "", interval, _p(row["p"]), _p(row["rank_p"])]
        rows.append([_step(row, mass), *means, *shown, _number(row["detectable"]), ""])
    share = float(table["confidence"].to_numpy()[0])
    heads = ["above" if mass else "depth", names[0], "n", names[1], "n", "change"]
    heads.append(f"{100 * share:.3g} % interval")
    width = max(60, shutil.get_terminal_size((140, 24)).columns)
    return aligned(rows, width, [*heads, "p (t)", "p (ranks)", "detectable", ""])


def _basis(table: pd.DataFrame, place: str, pairs: bool, confidence: float, power: float) -> str:
    first, second = (int(table[f"{which}_profiles"].to_numpy().max()) for which in ("first", "second"))
    tests = "Student's t and Wilcoxon's signed ranks" if pairs else "Welch's t and Mann and Whitney's ranks"
    how = "pairs of places" if pairs else "places of each survey"
    return (
        f"kg m-2; n: {how} ({place}), each the mean of its profiles (at most {first:,} and {second:,}). "
        f"Tests: {tests}, two-sided.\n"
        f"detectable: the true change that would be found significant at {100 * (1 - confidence):.3g} % with a power "
        f"of {100 * power:.3g} %."
    )


def _estimated(survey: Profiles, density: str) -> str:
    """What share of the layers with carbon has no measured bulk density."""
    known = survey.layer["soc_percent"].notna().to_numpy()
    missing = survey.layer["bulk_density_g_cm3"].isna().to_numpy()
    share = float(missing[known].mean()) if known.any() else 0.0
    if not share:
        return ""
    if density == "none":
        return f"{share:.0%} of the layers have no bulk density."
    return f"bulk density is estimated ({density}) in {share:.0%} of the layers: a change of it goes unseen there."


def _number(value: float) -> str:
    return f"{value:.2f}" if isfinite(value) else ""


def _p(value: float) -> str:
    return "" if not isfinite(value) else "<0.001" if value < 0.001 else f"{value:.3f}"
