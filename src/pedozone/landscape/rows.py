"""From a row of a sites table and the template to a site."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pedozone.config.errors import InputError
from pedozone.config.explain import combine
from pedozone.config.loading import parse_site
from pedozone.config.site import Site
from pedozone.landscape.fields import MONTHLY, Field, put_value


def site_of_row(
    template: dict[str, Any], file: Path, fields: Sequence[Field], cells: Sequence[Any] | str, where: str
) -> Site:
    """The site that a row describes: the template with the row's cells put in.

    Parameters
    ----------
    template : dict
        Content of the template.
    file : pathlib.Path
        The template, from whose folder paths count.
    fields : sequence of Field
        Of the cells.
    cells : sequence or str
        The row; a text where it could not be read, and why.
    where : str
        The row, for messages.

    Raises
    ------
    InputError
        The row cannot be used; every problem names its field, value, what is allowed and the mend.
    """
    if isinstance(cells, str):
        raise InputError(where, "", f"({cells})", "as many cells as there are heads", "Correct the row.")
    data = copy.deepcopy(template)
    values = [field.read(cell) for field, cell in zip(fields, cells, strict=True)]
    _whole_years(fields, values, where)
    for field, cell, value in zip(fields, cells, values, strict=True):
        if value is None:
            continue
        try:
            put_value(data, field.path, value)
        except LookupError as error:
            mend = "Fill the entries of a list from the first on, or give them in the template."
            raise InputError(where, field.column, cell, f"not {error.args[0]}", mend) from None
    try:
        return parse_site(data, file=str(file), source=file)
    except InputError as error:
        raise combine([InputError(where, e.field, e.value, e.allowed, e.mend) for e in error.all()]) from None


def _whole_years(fields: Sequence[Field], values: Sequence[Any], where: str) -> None:
    """Refuse a climate of which some months are the row's, and others would silently be those of another place."""
    for name in MONTHLY.values():
        own = [(field, value) for field, value in zip(fields, values, strict=True) if field.path[1:2] == (name,)]
        empty = [field.column for field, value in own if value is None]
        if empty and len(empty) < len(own):
            mend = "Fill them, or leave all months empty for those of the template."
            raise InputError(where, ", ".join(empty), "(empty)", "a value, as in the other months", mend)


def reason(error: InputError) -> str:
    """All problems of a row in one text."""
    return "\n".join(problem.message() for problem in error.all())
