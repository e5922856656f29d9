"""``pedozone profiles import`` and ``list``: a catalogue of sets of profiles."""

from __future__ import annotations

import functools
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pedozone.cli.console import BAD_INPUT, Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.profiles_choice import CATALOGUE, Chosen, Folder, choosing
from pedozone.cli.profiles_harmonise import put
from pedozone.cli.profiles_validate import Data, MappingFile

if TYPE_CHECKING:
    import pandas as pd

    from pedozone.cli.profiles_choice import Choice
    from pedozone.observations.profiles import Profiles


def import_set(
    data: Data,
    name: Annotated[str, typer.Option("--name", "-n", metavar="NAME", help="Of the set in the catalogue.")],
    mapping: MappingFile = None,
    catalogue: Folder = CATALOGUE,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a set of this name.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Read soil profiles and keep them, with everything that was noticed, as Parquet files."""
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.observations.catalogue import keep
        from pedozone.observations.reading import read_profiles

        reading = read_profiles(data, mapping)
        if not any(file.kept for file in reading.files):
            tell("Error: no row can be used: 'pedozone profiles validate' says why.")
            raise typer.Exit(BAD_INPUT)
        place = keep(catalogue, name, reading.profiles, reading.findings, replace=replace)
        if not quiet:
            refused = sum(file.refused for file in reading.files)
            size = f"{len(reading.profiles):,} profiles, {len(reading.profiles.layer):,} layers"
            tell(f"{place}: {size}; {refused:,} rows refused ('pedozone profiles validate' says why).")
            tell(f"Next: pedozone profiles stocks {name} --depths 30,100")


@choosing
def list_sets(
    choice: Chosen,
    names: Annotated[list[str] | None, typer.Argument(metavar="[SET...]", help="Of the catalogue.  [all]")] = None,
    by: Annotated[str, typer.Option(metavar="NAME,...", help="Count profiles by columns of profiles or sites.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.csv", help="Table of the profiles, with their sites.")
    ] = None,
    verbose: Verbose = 0,
) -> None:
    """List the sets of a catalogue, and how many of their profiles meet conditions.

    With --by the profiles are counted by group, so that one sees what there is to choose from. --by also knows set,
    soil_group, land_cover_class, climate_zone and decade.
    """
    set_up_logging(False, verbose)
    with guarded(verbose):
        asked = choice()
        columns = [name.strip() for name in by.split(",") if name.strip()]
        width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 130))
        if columns or out is not None:
            chosen = _meeting(asked, names)
            if columns:
                typer.echo(_counted(chosen, columns, width))
            if out is not None:
                put(_described(chosen), out)
                tell(f"{out}: {sum(map(len, chosen.values())):,} profiles")
        if not columns:
            typer.echo(_sets(asked, names, width))


def _sets(asked: Choice, names: list[str] | None, width: int) -> str:
    from pedozone.cli.layout import columns as aligned
    from pedozone.observations.catalogue import kept

    found = kept(asked.catalogue, names or None, asked.conditions)
    if found.empty:
        return f"{asked.catalogue} holds no set: 'pedozone profiles import FILE --name NAME' puts one there."
    rows = []
    for row in found.to_dict("records"):
        first, last = row["first_year"], row["last_year"]
        years = "" if first != first else f"{first:.0f}-{last:.0f}"
        sizes = [f"{row[name]:,}" for name in ("sites", "profiles", "layers", "fractions")]
        meeting = [f"{row['meeting']:,}"] if asked.conditions is not None else []
        rows.append((row["name"], *sizes, years, f"{row['to_100_cm']:,}", *meeting, ""))
    heads = ("set", "sites", "profiles", "layers", "fractions", "sampled", "carbon to 1 m")
    more = ("meet the conditions",) if asked.conditions is not None else ()
    return aligned(rows, width, (*heads, *more, ""))


def _meeting(asked: Choice, names: list[str] | None) -> dict[str, Profiles]:
    """What of every set meets the conditions, without its layers."""
    from pedozone.observations.catalogue import attributes, kept

    found = {}
    for name in kept(asked.catalogue, names or None)["name"]:
        part = attributes(asked.catalogue / name, asked.conditions)
        if asked.conditions is not None:
            met = functools.reduce(lambda a, b: a & b, asked.conditions.met(part).values())
            part = part.of(part.profile["profile_id"][met])
        found[name] = part
    return found


def _counted(chosen: dict[str, Profiles], columns: list[str], width: int) -> str:
    import pandas as pd

    from pedozone.cli.layout import columns as aligned
    from pedozone.observations.grouping import group_table

    own = [name for name in columns if name != "set"]
    parts = [group_table(part, own).assign(set=name) for name, part in chosen.items()]
    if not parts:
        return "No profile meets the conditions."
    groups = pd.concat(parts, ignore_index=True).fillna("").astype(str)
    counts = Counter(zip(*(groups[name].tolist() for name in columns), strict=True))
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [(*(word or "(not given)" for word in key), f"{count:,}", "") for key, count in ordered]
    return aligned(rows, width, (*columns, "profiles", "")) if rows else "No profile meets the conditions."


def _described(chosen: dict[str, Profiles]) -> pd.DataFrame:
    import pandas as pd

    from pedozone.observations.profiles import ORIGIN

    parts = []
    for name, part in chosen.items():
        site = part.site.drop(columns=list(ORIGIN))
        table = part.profile.drop(columns=list(ORIGIN)).merge(site, on="site_id", how="left")
        table.insert(0, "set", name)
        parts.append(table)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"set": []})
