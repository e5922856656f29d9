"""The verbs of the command line, put together."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Annotated

import typer

from pedozone.cli import (
    attribute,
    batch,
    cache,
    cite,
    compare,
    data,
    evaluate,
    figures,
    listing,
    new,
    plot,
    profiles,
    rothc,
    run,
    schema,
    validate,
)

app = typer.Typer(
    name="pedozone",
    help="Soil organic matter profiles with a vegetation zone and a mineral zone.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # loading rich for the help alone would double its time
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("new")(new.new)
app.command("validate")(validate.validate)
app.command("run")(run.run)
app.command("compare")(compare.compare)
app.command("attribute")(attribute.attribute)
app.command("batch")(batch.batch)
app.command("evaluate")(evaluate.evaluate)
app.command("plot")(plot.plot)
app.command("figures")(figures.figures)
app.command("list")(listing.list_kind)
app.command("show")(listing.show)
app.command("cite")(cite.cite)
app.command("rothc")(rothc.rothc)
app.command("schema")(schema.schema)
app.add_typer(profiles.app, name="profiles")
app.add_typer(data.app, name="data")
app.add_typer(cache.app, name="cache")


def _show_version(asked: bool) -> None:
    if asked:
        from pedozone.version import __version__

        typer.echo(f"pedozone {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Soil organic matter profiles with a vegetation zone and a mineral zone.

    Start with 'pedozone new mysite.toml --preset temperate-grassland', then
    'pedozone run mysite.toml'.
    """


def start(arguments: list[str]) -> int:
    """Run a command line and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        # Units have superscripts; a terminal that cannot show them must not end the run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app(args=arguments, prog_name="pedozone")
    except SystemExit as end:
        status = end.code
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.flush()
            return status if isinstance(status, int) else 0 if status is None else 1
        return _reader_left()
    except BrokenPipeError:
        return _reader_left()
    return 0


def _reader_left() -> int:
    # 'pedozone schema | head': the reader has seen enough. Python would complain on its way out.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
