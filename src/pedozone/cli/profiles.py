"""``pedozone profiles``: observed soil profiles."""

from __future__ import annotations

import typer

from pedozone.cli import (
    profiles_catalogue,
    profiles_change,
    profiles_harmonise,
    profiles_plot,
    profiles_stocks,
    profiles_validate,
)

app = typer.Typer(
    help="Observed soil profiles: check what a file holds, bring it to common depths, sum it up, draw it, keep it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("validate")(profiles_validate.validate)
app.command("harmonise")(profiles_harmonise.harmonise)
app.command("stocks")(profiles_stocks.stocks)
app.command("change")(profiles_change.change)
app.command("plot")(profiles_plot.plot)
app.command("import")(profiles_catalogue.import_set)
app.command("list")(profiles_catalogue.list_sets)
