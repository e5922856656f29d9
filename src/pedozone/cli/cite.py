"""``pedozone cite``: the works that a run rests on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pedozone.cli.console import guarded


class Format(StrEnum):
    """Forms of a list of references."""

    text = "text"
    bibtex = "bibtex"


def cite(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A run.nc.")],
    form: Annotated[Format, typer.Option("--format", "-f", help="As text, or for BibTeX.")] = Format.text,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to a file instead.")] = None,
) -> None:
    """Print the references of everything a run used: parameters, processes, land covers and data."""
    with guarded():
        from pedozone.cli.files import read_run
        from pedozone.report.citations import bibtex, citations, plain_text

        ds = read_run(file)
        found = citations(ds)
        text = bibtex(found, ds) if form is Format.bibtex else plain_text(found, ds)
        if out is None:
            typer.echo(text)
        else:
            from pedozone.cli.files import write_text

            write_text(text + "\n", out)
