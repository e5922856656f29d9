"""``pedozone cache``: where compiled programs, and oscillations of parameter sets, are kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import typer

from pedozone.cli.compilation import cache_folder
from pedozone.cli.console import Quiet, guarded, tell
from pedozone.cli.layout import columns, terminal_width
from pedozone.cli.ringing_cache import ringing_cache

app = typer.Typer(
    help="Find, list or delete the cache of compiled programs and of oscillations of parameter sets.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("path")
def path() -> None:
    """Print the folder of compiled programs (PEDOZONE_CACHE_DIR chooses another)."""
    with guarded():
        typer.echo(str(cache_folder()))


@app.command("show")
def show() -> None:
    """Say what is kept: compiled programs, and where parameter sets rang or did not."""
    with guarded():
        rows = [(name, *_size(folder), str(folder)) for name, folder in _folders().items()]
        typer.echo(columns(rows, terminal_width(), ("what", "files", "MB", "folder")))
        known = ringing_cache().records()
        found = [(one.named, str(one.about["site"]), str(one.about["model"]), one.words) for one in known]
        if found:
            heads = ("parameter set", "site", "model", "about its steady state")
            typer.echo("\n" + columns(found, terminal_width(), heads))


def _folders() -> dict[str, Path]:
    return {"compiled programs": cache_folder(), "oscillations": ringing_cache().folder}


def _size(folder: Path) -> tuple[str, str]:
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []
    return str(len(sizes)), f"{sum(sizes) / 1e6:.1f}"


@app.command("clear")
def clear(quiet: Quiet = False) -> None:
    """Delete the cache; the next run compiles again, and looks for oscillations again."""
    with guarded():
        there = [folder for folder in _folders().values() if folder.is_dir()]
        for folder in there:
            files, size = _size(folder)
            shutil.rmtree(folder)
            if not quiet:
                tell(f"Deleted {files} files ({size} MB) from {folder}.")
        if not there and not quiet:
            tell("Nothing was kept.")
