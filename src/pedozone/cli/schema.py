"""``pedozone schema``: the layout of a site file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pedozone.cli.console import guarded


def schema(
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to a file instead.")] = None,
) -> None:
    """Print the layout of a site file as JSON Schema."""
    with guarded():
        from pedozone.config.schema import site_json_schema

        text = json.dumps(site_json_schema(), indent=2, ensure_ascii=False)
        if out is None:
            typer.echo(text)
        else:
            from pedozone.cli.files import write_text

            write_text(text + "\n", out)
