"""``pedozone attribute``: how much of a change of carbon is the boundary's own doing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pedozone.cli.compare import Work, carry_out
from pedozone.cli.console import Quiet, SiteFile, Verbose, guarded, set_up_logging, tell
from pedozone.cli.run import Solver, default_name

if TYPE_CHECKING:
    from pedozone.cli.files import Staging
    from pedozone.cli.progress import Report
    from pedozone.config.site import Site


def attribute(
    file: SiteFile,
    since: Annotated[
        int | None,
        typer.Option("--from", metavar="YEAR", help="First year that is held.  [first change or event of the history]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the results.  [runs/NAME-attribution]"),
    ] = None,
    solver: Annotated[Solver, typer.Option(help="C++ where it is built, otherwise JAX; or one of them.")] = Solver.auto,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Tell how much of a change of carbon is made by the feedback of the boundary.

    The history is run twice. In the second run, the frozen twin, what forms the boundary (roots, microbial activity,
    macropores) stays from YEAR on as it was before. Writes run.nc, frozen.nc, attribution.nc, attribution.csv and
    attribution.png.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.cli.files import Staging
        from pedozone.config.loading import load_site

        site = load_site(file)
        year = _first_held(site, file, since)
        if not quiet:
            for note in site.notes():
                tell(f"Note: {note}")
        staging = Staging(out if out is not None else Path("runs") / f"{default_name(file)}-attribution")
        work = Work(lambda staging, moved: _work(site, year, solver, staging, moved), _text)
        carry_out(work, staging, quiet=quiet, verbose=verbose, what="attribution")


def _first_held(site: Site, file: Path, since: int | None) -> int:
    """The year asked for, or the first in which anything happens.

    Raises
    ------
    InputError
        No such year, or a boundary that is prescribed and has no feedback.
    """
    from pedozone.config.errors import InputError

    if site.prescribed_boundary is not None:
        mend = "A boundary that is prescribed answers to nothing: take [prescribed_boundary] out of the file."
        raise InputError(file, "prescribed_boundary", "(given)", "none", mend)
    first, last = site.years[0], site.years[-1]
    span = f"{first} to {last}, the years simulated"
    if since is not None:
        if since not in site.years:
            raise InputError(file, "--from", since, span, "Name the first year of the change that is asked about.")
        return since
    begins = [entry.from_year for entry in (*site.history, *site.change)]
    begins += [entry.all_years[0] for entry in site.event]
    begins = [year for year in begins if first <= year <= last]
    if not begins:
        mend = "Nothing happens in the history of this site: name the year from which on to hold the feedbacks."
        raise InputError(file, "--from", "(not given)", span, mend)
    return min(begins)


def _work(site: Site, year: int, solver: Solver, staging: Staging, moved: Report) -> tuple[Any, list[Path]]:
    """The runs and files, in a thread of their own: everything heavy is loaded here."""
    moved(0.0, "Loading")
    from pedozone.cli.compilation import configure
    from pedozone.cli.ringing_cache import ringing_cache
    from pedozone.engine.progress import part_of

    configure()
    from pedozone.output import write_dataset
    from pedozone.report.attribution import attribution_csv, attribution_figure
    from pedozone.report.files import save_figure
    from pedozone.simulate import simulate_with_twin
    from pedozone.simulation.attributed import attribute_by_part

    run, twin = simulate_with_twin(
        site,
        year,
        solver=solver.value,
        progress=part_of(moved, 0.0, 0.95),
        known_ringing=ringing_cache(),
    )
    moved(0.95, "Writing")
    found = attribute_by_part(run.dataset, twin.dataset)
    run.save(staging / "run.nc")
    twin.save(staging / "frozen.nc")
    write_dataset(found, staging / "attribution.nc")
    (staging / "attribution.csv").write_text(attribution_csv(found), encoding="utf-8")
    save_figure(attribution_figure(found), staging / "attribution.png")
    names = ["attribution.png", "attribution.csv", "attribution.nc", "run.nc", "frozen.nc"]
    staging.publish(names)
    moved(1.0, "Done")
    return found, [staging.folder / name for name in names]


def _text(found: Any) -> str:
    from pedozone.report.attribution import attribution_text

    return attribution_text(found)
