"""``pedozone plot``: figures of a run as files."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import typer

from pedozone.cli.console import Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.config.errors import InputError


def plot(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A run.nc.")],
    figure: Annotated[
        str | None,
        typer.Option("--figure", "-f", metavar="NAME", help="Name of one figure; all unless said. --list names them."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="A .png, .svg or .pdf; for all figures a folder.  [NAME.png; all: figures/ beside FILE]",
        ),
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the figures that this run can fill.")] = False,
    dpi: Annotated[float, typer.Option(min=10, max=1200, help="Dots per inch of a PNG.")] = 200.0,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Draw the figures of a run, or one of them, as PNG, SVG or PDF."""
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        if figure is not None and not show_list:
            check_ending(out)
        from pedozone.cli.files import read_run
        from pedozone.report import figures, save_figure

        ds = read_run(file)
        names = figures.available(ds)
        if show_list:
            for name in names:
                typer.echo(f"{name:<24} {figures[name].title}")
            return
        if figure is None:
            folder = out if out is not None else file.parent / "figures"
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                save_figure(figures[name](ds), folder / f"{name}.png", dpi=dpi)
            if not quiet:
                tell(f"Wrote {len(names)} figures into {folder}: {', '.join(names)}.")
            return
        if figure not in names:
            near = difflib.get_close_matches(figure, names, n=2, cutoff=0.5)
            mend = f"Did you mean {' or '.join(near)}?" if near else "Choose one of these."
            raise InputError(file, "--figure", figure, "one of " + ", ".join(names), mend)
        target = out if out is not None else Path(f"{figure}.png")
        save_figure(figures[figure](ds), target, dpi=dpi)
        if not quiet:
            tell(f"Wrote {target}.")


def check_ending(out: Path | None) -> None:
    """Refuse a figure's file whose ending names no format."""
    if out is not None and out.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise InputError(
            out,
            "--out",
            out.suffix or "(no ending)",
            ".png, .svg or .pdf",
            "Give the file one of these endings.",
        )
