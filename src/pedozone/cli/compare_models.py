"""``pedozone compare --models``: several models on one site."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pedozone.cli.compare import Work, load
from pedozone.cli.run import Solver

if TYPE_CHECKING:
    from pedozone.cli.files import Staging
    from pedozone.cli.progress import Report
    from pedozone.config.site import Site


def prepare(
    files: Sequence[Path], models: str, ensemble: int, seed: int, solver: Solver, *, report: bool
) -> tuple[Site, Work]:
    """Check what was asked for, and say how it is carried out.

    Raises
    ------
    InputError
        More or less than one site file, an ensemble, or models that cannot be run on a site.
    """
    from pedozone.config.compared import OPTION, check_models
    from pedozone.config.errors import InputError
    from pedozone.models.registry import available_models
    from pedozone.simulation.mapping.registry import NOT_MAPPED, mappings

    names = check_models(models.split(","), list(mappings()), list(available_models()), NOT_MAPPED)
    if len(files) != 1:
        raise InputError(
            "compare", "FILE", f"({len(files)} site files)", f"one site file with {OPTION}",
            f"Compare models on one site; leave {OPTION} out to compare sites.",
        )  # fmt: skip
    for field, value in (("--ensemble", ensemble), ("--seed", seed)):
        if value:
            raise InputError(
                "compare", field, value, f"none together with {OPTION}",
                "The models have parameters of their own: leave one of the two options out.",
            )  # fmt: skip
    site = load(list(files))[0]
    return site, Work(lambda staging, moved: _work(site, names, solver, staging, moved, report=report), _text)


def _text(dataset: Any) -> str:
    import textwrap

    from pedozone.report.models_report import closing_lines, terminal_text
    from pedozone.report.models_tables import WIDTH

    closing = (textwrap.fill(line, WIDTH, break_on_hyphens=False) for line in closing_lines(dataset))
    return terminal_text(dataset) + "\n\n" + "\n".join(closing)


def _work(
    site: Site, names: Sequence[str], solver: Solver, staging: Staging, moved: Report, *, report: bool
) -> tuple[Any, list[Path]]:
    """The runs and files, in a thread of their own: everything heavy is loaded here."""
    moved(0.0, "Loading")
    from pedozone.cli.compilation import configure
    from pedozone.engine.progress import part_of

    configure()
    import pedozone
    from pedozone.output import write_dataset
    from pedozone.report.models_report import csv_text

    done = pedozone.compare_models(site, names, solver=solver.value, progress=part_of(moved, 0.0, 0.97))
    written = ["comparison.nc", "comparison.csv"]
    moved(0.97, "Writing")
    write_dataset(done.dataset, staging / "comparison.nc")
    (staging / "comparison.csv").write_text(csv_text(done.dataset), encoding="utf-8")
    if report:
        moved(0.98, "Writing the report")
        from pedozone.report.models_report import write_models

        write_models(done.dataset, staging / "report.html")
        written.append("report.html")
    staging.publish(written)
    moved(1.0, "Done")
    return done.dataset, [staging.folder / name for name in written]
