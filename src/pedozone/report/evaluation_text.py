"""The summary of an evaluation for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from pedozone.landscape.evaluation.compare import VARIABLES
from pedozone.observations.frames import grouped_rows, rows_of, texts
from pedozone.report.evaluation_report import sentences
from pedozone.report.evaluation_tables import agreement_rows, boundary_table, left_out_table
from pedozone.report.numbers import NONE, percent, unit_words

if TYPE_CHECKING:
    from pedozone.landscape.evaluation.run import Evaluation

_SHOWN = ("soc_stock", "delta14c", "mineral_share")
_HEADS = ("depth", "n", "profiles", "sites", "observed", "modelled", "bias (90 %)", "RMSE", "MAE", "R2", "rho")


def summary_text(evaluation: Evaluation, width: int = 100) -> str:
    """What was built and assumed, how it compares, and which boundaries the data show.

    Parameters
    ----------
    evaluation : Evaluation
    width : int
        Of the terminal, characters.
    """
    blocks = [_built(evaluation, width), _assumed(evaluation, width)]
    for variable in _SHOWN:
        rows = agreement_rows(evaluation, variable)
        if rows:
            unit, words = VARIABLES[variable]
            blocks.append(f"{words}{'' if unit == '1' else f' ({unit_words(unit)})'}\n{_aligned(rows)}")
    told = sentences(evaluation)[1:]
    blocks += [_wrapped(text, width) for text in told if text.startswith("Of ")]
    table = boundary_table(evaluation)
    if table is not None:
        lines = []
        for words, counts, middle, _, same, boundary in table.rows:
            found = f"; median {middle} cm; model: {same} by the same estimate, {boundary}" if middle != NONE else ""
            lines.append(_wrapped(f"{words}: {counts}{found}", width))
        blocks.append("boundaries inferred from data\n" + "\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _built(evaluation: Evaluation, width: int) -> str:
    lines = [f"{evaluation.simulated:,} of {len(evaluation.compared.profiles):,} profiles simulated and compared"]
    left = left_out_table(evaluation)
    for reason, status, count in left.rows if left is not None else ():
        lines.append(_wrapped(f"{count:>6} {status}: {reason}", width))
    return "\n".join(lines)


def _assumed(evaluation: Evaluation, width: int) -> str:
    table = evaluation.assumed
    total = max(len(set(table["profile_id"])), 1)
    parts, given, never = [], [], []
    for what, part in grouped_rows(table, "what"):
        origin = texts(part, "origin")
        own, told = int((origin == "profile").sum()), int((origin == "climate table").sum())
        if 0 < own < total:
            parts.append(f"{what} {percent(own / total)}")
        if told:
            given.append(f"{what} {percent(told / total)}")
        usual = len(rows_of(part, ~np.isin(origin, ("profile", "climate table", "preset"))))
        if usual:
            never.append(f"{what} ({percent(usual / total)})")
    sentences_told = [
        f"{words}: {', '.join(of)}."
        for words, of in (
            ("Measured or reported in", parts),
            ("Given by the table of climates in", given),
            ("Assumed, from the template or a rule", never),
        )
        if of
    ]
    return _wrapped(" ".join([*sentences_told, "The rest: presets."]), width)


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False)


def _aligned(rows: list[list[str]]) -> str:
    table = [list(_HEADS), *rows]
    widths = [max(len(row[c]) for row in table) for c in range(len(_HEADS))]
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
