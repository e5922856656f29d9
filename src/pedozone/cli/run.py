"""``pedozone run``: simulate a site and write its run."""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import sys
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

import typer

from pedozone.cli.console import (
    FAILED,
    INTERRUPTED,
    Quiet,
    SiteFile,
    Verbose,
    guarded,
    set_up_logging,
    tell,
)

if TYPE_CHECKING:
    from pedozone.cli.files import Staging
    from pedozone.cli.progress import Report
    from pedozone.config.site import Site

_log = logging.getLogger(__name__)


class Solver(StrEnum):
    """Solvers of the block-tridiagonal systems."""

    auto = "auto"
    cpp = "cpp"
    jax = "jax"


class _Outcome(NamedTuple):
    run: Any
    summary: str
    files: list[Path]
    failure: Exception | None  # why there is no report


def run(
    file: SiteFile,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the run.  [runs/NAME]"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.html.")] = False,
    solver: Annotated[Solver, typer.Option(help="C++ where it is built, otherwise JAX; or one of them.")] = Solver.auto,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Simulate a site: writes run.nc, report.html and summary.json."""
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.cli.files import Staging
        from pedozone.config.loading import load_site

        site = load_site(file)
        if not quiet:
            for note in site.notes():
                tell(f"Note: {note}")
        staging = Staging(out if out is not None else Path("runs") / default_name(file))
        began = time.monotonic()
        try:
            outcome = _simulate(site, staging, solver, report=not no_report, shown=not (quiet or as_json))
        except OSError as error:
            staging.discard()
            raise staging.final(error) from error
        except Exception as error:
            staging.discard()
            if verbose:
                raise
            tell(f"Error: the run failed: {type(error).__name__}: {error}")
            tell("Nothing was written. Run again with --verbose to see where it failed.")
            raise typer.Exit(FAILED) from None
        if as_json:
            typer.echo(outcome.summary)
        elif not quiet:
            from pedozone.cli.summary_text import summary_text

            typer.echo(summary_text(outcome.run.dataset, outcome.files))
            tell(f"Done in {time.monotonic() - began:.1f} s.")
        if outcome.failure is not None:
            _tell_no_report(staging.folder, outcome.failure, verbose)


def _tell_no_report(folder: Path, failure: Exception, verbose: int) -> NoReturn:
    """The run is there and its report is not: a failure all the same."""
    tell(f"Error: the report failed: {type(failure).__name__}: {failure}")
    if (folder / "report.html").exists():
        tell(f"{folder / 'report.html'} is that of an earlier run.")
    tell(f"The run itself is complete: {folder / 'run.nc'}. Run again with --verbose to see where the report failed.")
    if verbose:
        raise failure
    raise typer.Exit(FAILED)


def _simulate(site: Site, staging: Staging, solver: Solver, *, report: bool, shown: bool) -> _Outcome:
    from pedozone.cli.progress import progress_bar
    from pedozone.cli.worker import run_beside

    try:
        with progress_bar(site.site.name, shown=shown) as moved:
            return run_beside(lambda: _work(site, staging, solver, moved, report=report))
    except KeyboardInterrupt:
        leave(staging)


def _work(site: Site, staging: Staging, solver: Solver, moved: Report, *, report: bool) -> _Outcome:
    """The run itself, in a thread of its own: everything heavy is loaded here."""
    moved(0.0, "Loading")
    from pedozone.cli.compilation import configure
    from pedozone.cli.ringing_cache import ringing_cache

    configure()
    import pedozone

    def progress(fraction: float, message: str) -> None:
        _log.debug("%3.0f %% %s", 100 * fraction, message)
        moved(0.95 * fraction, message)

    done = pedozone.simulate(site, progress=progress, solver=solver.value, known_ringing=ringing_cache())
    names = ["run.nc", "summary.json"]
    moved(0.95, "Writing run.nc")
    done.save(staging / "run.nc")
    failure = None
    if report:
        moved(0.97, "Writing the report")
        try:
            from pedozone.report import write_report

            write_report(done, staging / "report.html")
            names.append("report.html")
        except OSError:
            raise  # a full disk is no fault of the report, and the rest would not fit either
        except Exception as error:
            failure = error  # hours of computing are worth more than their picture
    summary = _json_text(done.summary())
    (staging / "summary.json").write_text(summary + "\n", encoding="utf-8")
    staging.publish(names)
    moved(1.0, "Done")
    return _Outcome(done, summary, [staging.folder / name for name in names], failure)


def leave(staging: Staging) -> NoReturn:
    """End the process while the work may still be deep inside a compiler."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not cut the clearing short
    staging.discard()
    tell("Interrupted." if staging.published else "Interrupted; nothing was written.")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def default_name(file: Path) -> str:
    """Name of a run after its site file, or after the folder of a file named site.toml."""
    name = file.stem if file.stem != "site" else file.resolve().parent.name
    return name or "run"


def _json_text(summary: Mapping[str, Any]) -> str:
    return json.dumps(_plain(summary), indent=2, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """A value that JSON can hold: NumPy's numbers unwrapped, what is not finite as null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)
