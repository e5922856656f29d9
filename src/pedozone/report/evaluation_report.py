"""The report of an evaluation: one HTML file that needs nothing else, and its summary for a terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from pedozone.landscape.evaluation.compare import VARIABLES
from pedozone.observations.frames import counts_of, numbers, rows_of, texts, where
from pedozone.output.atomic import write_atomically
from pedozone.report.comparison_plots import ComparisonFigure
from pedozone.report.evaluation_figures import evaluation_figures
from pedozone.report.evaluation_tables import (
    LEAST_TOLD,
    agreement_table,
    assumed_table,
    boundary_table,
    class_tables,
    interval_words,
    left_out_table,
    statistics_row,
)
from pedozone.report.files import save_figure
from pedozone.report.html import collector_paused, template
from pedozone.report.numbers import depth_words, fixed, signed
from pedozone.report.svg import inline_svg
from pedozone.version import __version__

if TYPE_CHECKING:
    from pedozone.landscape.evaluation.run import Evaluation

FIGURES = "figures"

NOT_TUNED = (
    "Nothing was fitted to these profiles: parameters come from the set named above, columns from the profiles and "
    "the rules stated. Differences hold errors of the model, of what had to be assumed, and of the measurements; they "
    "cannot be told apart by these figures alone."
)


def write_evaluation(evaluation: Evaluation, folder: str | os.PathLike[str], sources: Sequence[str] = ()) -> list[Path]:
    """Write ``report.html`` and the figures, each whole or not at all.

    Parameters
    ----------
    evaluation : Evaluation
    folder : path-like
        That of the evaluation.
    sources : sequence of str
        What was read, for the report.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    OSError
        The folder cannot be written, or the disk is full.
    """
    place = Path(folder)
    (place / FIGURES).mkdir(exist_ok=True)
    written = []
    with collector_paused():
        figures = evaluation_figures(evaluation.compared)
        drawn = [(figure, figure()) for figure in figures]
        for figure, picture in drawn:
            written.append(save_figure(picture, place / FIGURES / f"{figure.name}.png"))
        content = _content(evaluation, drawn, sources)
    text = template("evaluation.html.j2").render(**content)
    return [write_atomically(text.encode("utf-8"), place / "report.html"), *written]


def _content(
    evaluation: Evaluation, drawn: Sequence[tuple[ComparisonFigure, Any]], sources: Sequence[str]
) -> dict[str, Any]:
    figures: dict[str, list[dict[str, object]]] = {}
    for figure, picture in drawn:
        svg = inline_svg(picture, figure.name, figure.title, figure.caption)
        entry = {"name": figure.name, "caption": figure.caption, "svg": Markup(svg)}
        figures.setdefault(figure.section, []).append(entry)
    return {
        "version": __version__,
        "sources": list(sources),
        "parameter_set": evaluation.parameter_set,
        "sentences": sentences(evaluation),
        "not_tuned": NOT_TUNED,
        "figures": figures,
        "agreement": [table for variable in VARIABLES if (table := agreement_table(evaluation, variable))],
        "classes": class_tables(evaluation),
        "boundary": boundary_table(evaluation),
        "assumed": assumed_table(evaluation),
        "left_out": left_out_table(evaluation),
        "failures": evaluation.batch.examples,
        "seconds": [f"{stage} {fixed(value, 0)} s" for stage, value in evaluation.seconds.items()],
    }


def sentences(evaluation: Evaluation) -> list[str]:
    """What the figures amount to, in words."""
    profiles = evaluation.compared.profiles
    built = where(profiles, status="built")
    sites = len(set(built["site_id"]))
    found = [f"{len(built):,} of {len(profiles):,} profiles ({sites:,} sites) were simulated and compared."]
    unsteady = rows_of(built, np.isin(texts(built, "spinup"), ("no steady state", "not alive")))
    if len(unsteady):
        told = ", ".join(f"{count} \u2018{status}\u2019" for status, count in counts_of(unsteady, "spinup"))
        found.append(
            f"The spin-up of {len(unsteady)} of them ended without a steady state in which every layer lives ({told}); "
            "they are compared all the same, and shown apart in the tables by class."
        )
    for variable, name in (("soc_stock", "0-30"), ("soc_stock", "0-100")):
        row = statistics_row(evaluation, variable, name)
        if row is not None and row["n"] >= LEAST_TOLD:
            found.append(
                f"Carbon stock {depth_words(name)}: observed {fixed(row['observed_mean'], 1)}, modelled "
                f"{fixed(row['modelled_mean'], 1)} kg m⁻² (bias {interval_words(row, 1)}; median of "
                f"modelled/observed {fixed(row['median_ratio'], 2)}, every site counting once; "
                f"{int(row['profiles']):,} profiles of {int(row['sites']):,} sites)."
            )
    for name in ("0-5", "15-30", "60-100"):
        row = statistics_row(evaluation, "delta14c", name)
        if row is not None and row["n"] >= LEAST_TOLD:
            found.append(
                f"Δ¹⁴C {depth_words(name)}: observed {signed(row['observed_mean'], 0)}, modelled "
                f"{signed(row['modelled_mean'], 0)} ‰ (bias {interval_words(row, 0)}; n = {int(row['n'])})."
            )
    return [*found, *_worst(evaluation)]


def _worst(evaluation: Evaluation) -> list[str]:
    """Where the model misses most, by class, with as many pairs as allow to say so."""
    table = evaluation.compared.statistics
    told = []
    for by, words in (("climate", "climates"), ("soil", "soil types"), ("land_cover", "land covers")):
        part = where(table, variable="soc_stock", by=by, depth="0-30")
        part = rows_of(part, (numbers(part, "sites") >= LEAST_TOLD) & (numbers(part, "median_factor") > 0))
        if len(part) >= 2:
            order = part.iloc[np.argsort(numbers(part, "median_factor"))].to_dict("records")
            best, worst = order[0], order[-1]
            told.append(
                f"Of {words} with {LEAST_TOLD} sites or more, the stock to 30 cm is nearest in {best['class']} "
                f"(half of the sites within a factor of {fixed(best['median_factor'], 2)}; median of "
                f"modelled/observed {fixed(best['median_ratio'], 2)}) and furthest in {worst['class']} "
                f"({fixed(worst['median_factor'], 2)}; {fixed(worst['median_ratio'], 2)})."
            )
    return told
