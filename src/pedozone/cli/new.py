"""``pedozone new``: write a site file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pedozone.cli.console import Quiet, guarded, tell
from pedozone.config.errors import InputError


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The site file to write.")],
    preset: Annotated[
        str,
        typer.Option(
            "--preset",
            "-p",
            help="temperate-grassland, temperate-forest, cereal-cropland or bare-fallow.",
        ),
    ] = "temperate-grassland",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write a commented site file that is ready to run."""
    with guarded():
        from pedozone.cli.files import write_text
        from pedozone.config.templates import new_site_text

        text = new_site_text(preset)
        if file.exists() and not force:
            raise InputError(
                file,
                "",
                "(exists already)",
                "the name of a new file",
                "Choose another name, or replace it with --force.",
            )
        write_text(text, file)
        if not quiet:
            tell(f"Wrote {file}. Edit it, then: pedozone run {file}")
