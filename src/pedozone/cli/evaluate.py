"""``pedozone evaluate``: the model beside observed profiles."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pedozone.cli.batch import lines
from pedozone.cli.console import FAILED, INTERRUPTED, Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.profiles_validate import Data, MappingFile
from pedozone.cli.run import Solver

if TYPE_CHECKING:
    from pedozone.cli.progress import Report
    from pedozone.landscape.evaluation.run import Evaluation


def evaluate(
    data: Data,
    params: Annotated[
        str | None,
        typer.Option("--params", "-p", metavar="SET", help="Parameter set: a name or a TOML file.  [the model's]"),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(
            "--template", "-t", metavar="FILE", help="Site file, or parts of one, for what profiles do not say."
        ),
    ] = None,
    climate: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Monthly climate by site (CSV).  [usual seasons around the annual means]"),
    ] = None,
    mapping: MappingFile = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="N", help="Take the first N profiles.  [all]")
    ] = None,
    treated: Annotated[
        bool, typer.Option("--treated", help="Simulate experimental treatments, too, as if there were none.")
    ] = False,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder; one begun is resumed.")] = Path(
        "evaluation"
    ),
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of a Dask scheduler.  [processes on this machine]")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", "-w", metavar="N", min=1, help="Local processes.  [one a core]")
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Tables only, no report.html and figures.")] = False,
    solver: Annotated[Solver, typer.Option(help="C++ where it is built, otherwise JAX; or one of them.")] = Solver.auto,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Simulate observed soil profiles and compare carbon, radiocarbon and fractions with what was measured.

    Every profile gets a column of its own climate, texture, pH, density, stones, land cover and soil type; what had to
    be assumed stands in assumed.csv. Writes report.html, figures and tables. Interrupted, the same command goes on.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.cli.progress import progress_bar
        from pedozone.cli.worker import run_beside

        def work(moved: Report) -> Evaluation:
            from pedozone.cli.compilation import configure_workers

            configure_workers()
            from pedozone.landscape.evaluation.run import evaluate as carry_out

            return carry_out(
                data,
                out,
                parameters=params,
                template=template,
                climate=climate,
                mapping=mapping,
                limit=limit,
                treated=treated,
                scheduler=scheduler,
                workers=workers,
                solver=solver.value,
                progress=moved,
            )

        try:
            with progress_bar(data[0].name, shown=not quiet) as moved:
                found = run_beside(lambda: work(moved if sys.stderr.isatty() or quiet else lines()))
                if not no_report:
                    moved(1.0, "report and figures")
                    _report(found, out, data)
        except KeyboardInterrupt:
            tell("Interrupted; the finished chunks are kept, and the same command goes on from them.")
            os._exit(INTERRUPTED)  # the local workers end with this process
        if not quiet:
            _tell(found, out, no_report)
        for text in found.batch.unfinished:
            tell(f"Error: not computed: {text}")
        if found.batch.unfinished or not found.simulated:
            raise typer.Exit(FAILED)


def _report(found: Evaluation, out: Path, data: list[Path]) -> None:
    from pedozone.report.evaluation_report import write_evaluation

    write_evaluation(found, out, [path.name for path in data])


def _tell(found: Evaluation, out: Path, no_report: bool) -> None:
    from pedozone.report.evaluation_text import summary_text

    width = max(70, min(shutil.get_terminal_size((110, 24)).columns, 130))
    typer.echo(summary_text(found, width))
    places = "profiles.csv, assumed.csv, comparison.csv, statistics.csv, boundaries.csv"
    if not no_report:
        typer.echo(f"report  {out / 'report.html'}")
    typer.echo(f"tables  {out}: {places}")
    tell(f"Done in {sum(found.seconds.values()):.0f} s, {found.seconds['simulating']:.0f} s of them simulating.")
