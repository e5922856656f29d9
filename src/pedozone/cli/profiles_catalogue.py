"""``pedozone profiles import`` and ``list``: a catalogue of sets of profiles."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from pedozone.cli.console import BAD_INPUT, Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.profiles_validate import Data, MappingFile

Folder = Annotated[Path, typer.Option("--catalogue", "-c", metavar="DIR", help="Folder of the catalogue.")]
_CATALOGUE = Path("profiles")


def import_set(
    data: Data,
    name: Annotated[str, typer.Option("--name", "-n", metavar="NAME", help="Of the set in the catalogue.")],
    mapping: MappingFile = None,
    catalogue: Folder = _CATALOGUE,
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


def list_sets(catalogue: Folder = _CATALOGUE, verbose: Verbose = 0) -> None:
    """List the sets of a catalogue."""
    set_up_logging(False, verbose)
    with guarded(verbose):
        from pedozone.cli.layout import columns
        from pedozone.observations.catalogue import kept

        found = kept(catalogue)
        width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 130))
        rows = [
            tuple(f"{value:,}" if isinstance(value, int) else str(value) for value in row)
            for row in found.itertuples(index=False)
        ]
        typer.echo(columns(rows, width, tuple(found.columns)))
