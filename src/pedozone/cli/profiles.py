"""``pedozone profiles``: observed soil profiles."""

from __future__ import annotations

import typer

from pedozone.cli import profiles_catalogue, profiles_validate

app = typer.Typer(
    help="Observed soil profiles: check what a file holds, keep it in a catalogue.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("validate")(profiles_validate.validate)
app.command("import")(profiles_catalogue.import_set)
app.command("list")(profiles_catalogue.list_sets)
