"""``pedozone profiles validate``: what a file of soil profiles holds, and what is wrong with it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from pedozone.cli.console import BAD_INPUT, Quiet, Verbose, guarded, set_up_logging, tell

Data = Annotated[
    list[Path],
    typer.Argument(metavar="DATA...", help="Tables of layers or fractions (CSV, TSV, .gz), a folder, or WoSIS's zip."),
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", "-m", metavar="FILE", help="What the columns are (TOML).  [recognised by their heads]"),
]
ReportFile = Annotated[
    Path | None, typer.Option("--report", "-r", metavar="FILE.csv", help="Write every finding, row by row, here.")
]


def validate(
    data: Data,
    mapping: MappingFile = None,
    report: ReportFile = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Read soil profiles and say what is in them: kept, refused, flagged, assumed, converted.

    ISRaD, WoSIS and SoDaH tables are recognised by their columns, so is a table whose columns are named after the
    fields (profile_id, top_cm, bottom_cm, soc_percent ...; with a unit in brackets behind where it is another one).
    Any other needs a mapping.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.observations.reading import read_profiles
        from pedozone.observations.reading_report import report_table, report_text

        reading = read_profiles(data, mapping)
        if report is not None:
            from pedozone.cli.files import write_text

            write_text(report_table(reading).to_csv(index=False), report)
        if not quiet:
            typer.echo(report_text(reading, max(70, min(shutil.get_terminal_size((100, 24)).columns, 120))))
            if report is not None:
                tell(f"Every finding, row by row: {report}")
        if not any(file.kept for file in reading.files):
            tell("Error: no row can be used: see what is refused above.")
            raise typer.Exit(BAD_INPUT)
