"""``pedozone list`` and ``pedozone show``: what there is, from its own declarations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pedozone.cli.console import guarded
from pedozone.cli.files import write_text
from pedozone.cli.layout import terminal_width

_KINDS = "processes, models, plants, soils, parameters, variables, responses, events or changes"

Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"{_KINDS[0].upper()}{_KINDS[1:]}.")]


def list_kind(kind: Kind) -> None:
    """List the processes, models, plants, soils, parameters, variables, responses, events or changes, one a line."""
    with guarded():
        from pedozone.cli.catalogue import catalogue

        typer.echo(catalogue(kind).listing(terminal_width()))


def show(
    kind: Kind,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As 'pedozone list KIND' names it.")],
    svg: Annotated[Path | None, typer.Option(help="File for the pool diagram of a model.", metavar="FILE.svg")] = None,
    ages: Annotated[
        Path | None, typer.Option(help="Site file on which to tell ages and transit times of a model.", metavar="FILE")
    ] = None,
) -> None:
    """Show one process, model, plant, soil, parameter (or set of them), variable, response, event or change in full.

    Of a model, --svg FILE.svg draws pools, transfers, losses and inputs; --ages SITE.toml tells how old the carbon of
    its pools and depths is at the steady state of that site's start.
    """
    with guarded():
        from pedozone.cli.catalogue import catalogue, diagram

        text = catalogue(kind).description(name, terminal_width())
        if svg is not None:
            write_text(diagram(kind, name), svg)
        if ages is not None:
            from pedozone.cli.model_ages import ages_on_site

            text = ages_on_site(kind, name, ages)
        typer.echo(text if svg is None else f"{text}\n\nDrawn: {svg}")
