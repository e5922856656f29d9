"""``pedozone batch``: thousands of sites from one table."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pedozone.cli.console import FAILED, INTERRUPTED, Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.run import Solver

if TYPE_CHECKING:
    from pedozone.cli.progress import Report
    from pedozone.landscape.batch import Summary

_LINE_EVERY_S = 30.0


def batch(
    table: Annotated[Path, typer.Argument(metavar="SITES", help="CSV or Parquet, a row for every site.")],
    template: Annotated[
        Path, typer.Option("--template", "-t", metavar="FILE", help="Site file for all that the rows do not say.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="STORE", help="Zarr store; one begun is resumed.")],
    variables: Annotated[
        str | None,
        typer.Option(metavar="A,B,...", help="What is kept of every site and year.  [stocks, zones, 14C, fluxes]"),
    ] = None,
    chunk: Annotated[int, typer.Option(metavar="N", help="Sites of a chunk, computed and written as one.")] = 64,
    ignore: Annotated[
        str | None, typer.Option(metavar="A,B,...", help="Columns of the table that are no fields.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of a Dask scheduler.  [processes on this machine]")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", "-w", metavar="N", min=1, help="Local processes.  [one a core]")
    ] = None,
    solver: Annotated[Solver, typer.Option(help="C++ where it is built, otherwise JAX; or one of them.")] = Solver.auto,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Simulate the sites of a table into a Zarr store, over many processes.

    A column is a dotted field of the site file (soil.horizon.1.ph) or a month (temperature_1); the rest comes from the
    template. Sites that fail are recorded with the reason and stop no other. Interrupted, the same command goes on.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.cli.progress import progress_bar
        from pedozone.cli.worker import run_beside

        def work(moved: Report) -> Summary:
            from pedozone.cli.compilation import configure_workers

            configure_workers()
            from pedozone.landscape.batch import run_batch
            from pedozone.landscape.kept import USUAL

            return run_batch(
                table,
                template,
                out,
                variables=_names(variables) if variables is not None else USUAL,
                chunk=chunk,
                ignore=_names(ignore or ""),
                scheduler=scheduler,
                workers=workers,
                solver=solver.value,
                progress=moved,
            )

        try:
            with progress_bar(table.name, shown=not quiet) as moved:
                summary = run_beside(lambda: work(moved if sys.stderr.isatty() or quiet else lines()))
        except KeyboardInterrupt:
            tell("Interrupted; the finished chunks are kept, and the same command goes on from them.")
            os._exit(INTERRUPTED)  # the local workers end with this process
        _tell(summary, out, quiet)
        if summary.unfinished or summary.counts.get("failed", 0) == summary.sites:
            raise typer.Exit(FAILED)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def lines() -> Report:
    """Progress as lines, now and then, where there is no terminal for a bar."""
    last = [0.0]

    def report(fraction: float, message: str) -> None:
        if fraction >= 1.0 or time.monotonic() - last[0] >= _LINE_EVERY_S:
            last[0] = time.monotonic()
            tell(message)

    return report


def _tell(summary: Summary, out: Path, quiet: bool) -> None:
    for text in summary.unfinished:
        tell(f"Error: not computed: {text}")
    if quiet:
        return
    failed = summary.counts.get("failed", 0)
    if failed:
        tell(f"{failed} of {summary.sites} sites failed; the reasons stand in 'message'. The first:")
        for text in summary.examples:
            tell("  " + text.replace("\n", "\n  "))
    before = f" ({summary.resumed} of them before)" if summary.resumed else ""
    counts = ", ".join(f"{count} {name}" for name, count in summary.counts.items())
    typer.echo(f"{summary.sites} sites{before}: {counts}")
    typer.echo(f"store  {out}")
    tell(f"Done in {summary.seconds:.1f} s.")
