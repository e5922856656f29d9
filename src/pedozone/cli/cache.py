"""``pedozone cache``: where compiled programs are kept."""

from __future__ import annotations

import shutil

import typer

from pedozone.cli.compilation import cache_folder
from pedozone.cli.console import Quiet, guarded, tell

app = typer.Typer(
    help="Find or delete the cache of compiled programs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("path")
def path() -> None:
    """Print the folder of the cache (PEDOZONE_CACHE_DIR chooses another)."""
    with guarded():
        typer.echo(str(cache_folder()))


@app.command("clear")
def clear(quiet: Quiet = False) -> None:
    """Delete the cache; the next run compiles again."""
    with guarded():
        folder = cache_folder()
        files = [file for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []
        size = sum(file.stat().st_size for file in files)
        if folder.is_dir():
            shutil.rmtree(folder)
        if not quiet:
            tell(f"Deleted {len(files)} files ({size / 1e6:.1f} MB) from {folder}.")
