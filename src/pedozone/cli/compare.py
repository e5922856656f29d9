"""``pedozone compare``: sites side by side, or models on one site."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from pedozone.cli.console import FAILED, Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.run import Solver, leave

if TYPE_CHECKING:
    from pedozone.cli.files import Staging
    from pedozone.cli.progress import Report
    from pedozone.config.site import Site


class _Job(NamedTuple):
    sites: list[Site]
    names: list[str]
    ensemble: int
    seed: int
    solver: Solver
    report: bool


class Work(NamedTuple):
    """A comparison to be carried out.

    Attributes
    ----------
    run : callable
        Given the folder in the making and where to tell progress, returns the dataset and the files written.
    text : callable
        What is printed of the dataset.
    """

    run: Callable[[Staging, Report], tuple[Any, list[Path]]]
    text: Callable[[Any], str]


FEW = 40
"""Draws of which two lie beyond either end of 5-95 %; with fewer the ends hang on one draw."""


def compare(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="BASELINE OTHER...", help="Site files (TOML); the first is the baseline. One with --models."
        ),
    ],
    models: Annotated[
        str | None,
        typer.Option(
            "--models", "-m", metavar="A,B,...", help="Models to run on one site, for instance pedon,rothc,century."
        ),
    ] = None,
    ensemble: Annotated[
        int,
        typer.Option(
            "--ensemble", "-n", metavar="N", help="Draws of the parameters from their priors, for intervals.  [none]"
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the draws; written into the output.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the comparison.  [runs/A-B]"),
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.html.")] = False,
    solver: Annotated[Solver, typer.Option(help="C++ where it is built, otherwise JAX; or one of them.")] = Solver.auto,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Simulate sites and say how they differ from the first: writes comparison.nc, comparison.csv, report.html.

    With --ensemble N, every site is simulated N times more with parameters drawn from their priors, the same draws
    for all sites, and every difference gets a median and a 5-95 % interval.

    With --models A,B,... several models run on one site file: its weather, soil, plant carbon and history are mapped
    on the inputs of each (the mapping is printed), and the spread between them is told.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.cli.files import Staging
        from pedozone.config.compared import check_comparable, names_of

        if models is not None:
            from pedozone.cli.compare_models import prepare

            site, work = prepare(files, models, ensemble, seed, solver, report=not no_report)
            name = names_of([site])[0]
            staging = Staging(out if out is not None else Path("runs") / f"{name}-models")
            sites, names = [site], [name]
        else:
            sites = load(files)
            check_comparable(sites, ensemble, seed)
            names = names_of(sites)
            staging = Staging(out if out is not None else Path("runs") / "-".join(names)[:80])
            job = _Job(sites, names, ensemble, seed, solver, not no_report)
            work = Work(lambda staging, moved: _work(job, staging, moved), _closing)
        if not quiet:
            if 0 < ensemble < FEW:
                tell(f"Note: 5-95 % of {ensemble} draws is little more than their range; {FEW} or more say more.")
            for name, site in zip(names, sites, strict=True):
                for note in site.notes():
                    tell(f"Note: {name}: {note}")
        carry_out(work, staging, quiet=quiet, verbose=verbose)


def carry_out(work: Work, staging: Staging, *, quiet: bool, verbose: int, what: str = "comparison") -> None:
    """Run a comparison beside its progress bar, print what it says, and leave nothing where it fails."""
    began = time.monotonic()
    try:
        dataset, written = _beside(work, staging, what, shown=not quiet)
    except OSError as error:
        staging.discard()
        raise staging.final(error) from error
    except Exception as error:
        staging.discard()
        if verbose:
            raise
        tell(f"Error: the {what} failed: {type(error).__name__}: {error}")
        tell("Nothing was written. Run again with --verbose to see where it failed.")
        raise typer.Exit(FAILED) from None
    if not quiet:
        typer.echo(work.text(dataset))
        typer.echo("\n" + "\n".join(f"{file.name:<16} {file}" for file in written))
        tell(f"Done in {time.monotonic() - began:.1f} s.")


def _closing(dataset: Any) -> str:
    from pedozone.report.comparison import closing_lines, terminal_text

    return terminal_text(dataset) + "\n\n" + "\n".join(closing_lines(dataset))


def load(files: list[Path]) -> list[Site]:
    """Read all files, and tell what is wrong with all of them, not with the first alone."""
    from pedozone.config.errors import InputError
    from pedozone.config.explain import combine
    from pedozone.config.loading import load_site

    sites: list[Site] = []
    problems: list[InputError] = []
    for file in files:
        try:
            sites.append(load_site(file))
        except InputError as error:
            problems += error.all()
    if problems:
        raise combine(problems)
    return sites


def _beside(work: Work, staging: Staging, what: str, *, shown: bool) -> tuple[Any, list[Path]]:
    from pedozone.cli.progress import progress_bar
    from pedozone.cli.worker import run_beside

    try:
        with progress_bar(what.capitalize(), shown=shown) as moved:
            return run_beside(lambda: work.run(staging, moved))
    except KeyboardInterrupt:
        leave(staging)


def _work(job: _Job, staging: Staging, moved: Report) -> tuple[Any, list[Path]]:
    """The simulations and files, in a thread of their own: everything heavy is loaded here."""
    moved(0.0, "Loading")
    from pedozone.cli.compilation import configure
    from pedozone.engine.progress import part_of

    configure()
    import pedozone
    from pedozone.output import write_dataset
    from pedozone.report.comparison import csv_text

    done = pedozone.compare(
        job.sites,
        names=job.names,
        ensemble=job.ensemble,
        seed=job.seed,
        solver=job.solver.value,
        progress=part_of(moved, 0.0, 0.97),
    )
    names = ["comparison.nc", "comparison.csv"]
    moved(0.97, "Writing")
    write_dataset(done.dataset, staging / "comparison.nc")
    (staging / "comparison.csv").write_text(csv_text(done.dataset), encoding="utf-8")
    if job.report:
        moved(0.98, "Writing the report")
        from pedozone.report.comparison import write_comparison

        write_comparison(done.dataset, [run.dataset for run in done.runs], staging / "report.html")
        names.append("report.html")
    staging.publish(names)
    moved(1.0, "Done")
    return done.dataset, [staging.folder / name for name in names]
