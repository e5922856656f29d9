"""``pedozone list`` and ``pedozone show``: what there is, from its own declarations."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from pedozone.cli.console import guarded
from pedozone.cli.files import write_text

_KINDS = "processes, models, plants, soils, parameters, variables or responses"

Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"{_KINDS[0].upper()}{_KINDS[1:]}.")]


def list_kind(kind: Kind) -> None:
    """List the processes, models, plants, soils, parameters, variables or responses there are, one a line."""
    with guarded():
        from pedozone.cli.catalogue import catalogue

        typer.echo(catalogue(kind).listing(_width()))


def show(
    kind: Kind,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As 'pedozone list KIND' names it.")],
    svg: Annotated[Path | None, typer.Option(help="File for the pool diagram of a model.", metavar="FILE.svg")] = None,
) -> None:
    """Show one process, model, plant, soil, parameter (or set of them), variable or response in full.

    Of a model, --svg FILE.svg draws pools, transfers, losses and inputs.
    """
    with guarded():
        from pedozone.cli.catalogue import catalogue, diagram

        text = catalogue(kind).description(name, _width())
        if svg is not None:
            write_text(diagram(kind, name), svg)
        typer.echo(text if svg is None else f"{text}\n\nDrawn: {svg}")


def _width() -> int:
    return max(60, min(shutil.get_terminal_size((110, 24)).columns, 130))
