"""Tables of an evaluation: agreement by depth and class, boundaries, what was assumed, what was left out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pedozone.landscape.evaluation.compare import VARIABLES
from pedozone.landscape.evaluation.inferred import COUNTERPART, SIGNS
from pedozone.observations.agreement import partial_spearman
from pedozone.observations.frames import counts_of, grouped_rows, numbers, rows_of, texts, where
from pedozone.report.numbers import NONE, depth_words, fixed, percent, signed, unit_words
from pedozone.report.tables import Table

if TYPE_CHECKING:
    from pedozone.landscape.evaluation.run import Evaluation

_DECIMALS = {"soc_density": 1, "soc_percent": 2, "delta14c": 0, "mineral_share": 2, "soc_stock": 1}
_HEADS = ["depth", "n", "profiles", "sites", "observed", "modelled", "bias (90 %)", "RMSE", "MAE", "R²", "ρ"]
_MOST_REASONS = 8
LEAST_TOLD = 10
"""Pairs from which on a rank correlation is told, and a class is told of in a sentence."""


def statistics_row(evaluation: Evaluation, variable: str, depth: str) -> dict[str, Any] | None:
    """The statistics of all pairs of a variable in an interval of depths."""
    found = where(evaluation.compared.statistics, variable=variable, by="all", depth=depth)
    return {str(k): v for k, v in found.to_dict("records")[0].items()} if len(found) else None


def interval_words(row: Any, decimals: int) -> str:
    """The bias with the interval of its mean."""
    told = signed(row["bias"], decimals)
    if not np.isfinite(row["bias_low"]):
        return told
    return f"{told} ({signed(row['bias_low'], decimals)} to {signed(row['bias_high'], decimals)})"


def agreement_rows(evaluation: Evaluation, variable: str, by: str = "all", group: str = "all") -> list[list[str]]:
    """Statistics of a variable by depth, as text under `_HEADS`."""
    part = where(evaluation.compared.statistics, **{"variable": variable, "by": by, "class": group})
    digits = _DECIMALS[variable]
    rows = []
    for row in part.to_dict("records"):
        figures = [
            fixed(row["observed_mean"], digits),
            fixed(row["modelled_mean"], digits),
            interval_words(row, digits),
        ]
        figures += [
            fixed(row["rmse"], digits),
            fixed(row["mae"], digits),
            fixed(row["r2"], 2),
            fixed(row["spearman"], 2),
        ]
        depth = "all" if row["depth"] == "all" else depth_words(str(row["depth"]))
        rows.append([depth, f"{int(row['n']):,}", f"{int(row['profiles']):,}", f"{int(row['sites']):,}", *figures])
    return rows


def agreement_table(evaluation: Evaluation, variable: str) -> Table | None:
    """Statistics of a variable by depth; None where it has no pairs."""
    rows = agreement_rows(evaluation, variable)
    if not rows:
        return None
    unit, words = VARIABLES[variable]
    caption = f"{words[0].upper()}{words[1:]}{'' if unit == '1' else f', {unit_words(unit)}'.replace('permil', '‰')}."
    return Table(caption, _HEADS, rows, frozenset(range(1, len(_HEADS))))


def class_tables(evaluation: Evaluation) -> list[Table]:
    """Statistics by class: of the stock to 30 cm, and of Δ14C above and below."""
    table = evaluation.compared.statistics
    found = []
    for variable, depth in (
        ("soc_stock", "0-30"),
        ("soc_stock", "0-100"),
        ("delta14c", "5-15"),
        ("delta14c", "60-100"),
    ):
        unit, words = VARIABLES[variable]
        digits = _DECIMALS[variable]
        rows = []
        for by, name in _BY.items():
            part = where(table, variable=variable, by=by, depth=depth)
            part = rows_of(part, texts(part, "class") != "").sort_values("n", ascending=False, kind="stable")
            for k, row in enumerate(part.to_dict("records")):
                ratio = fixed(row["median_ratio"], 2) if np.isfinite(row["median_ratio"]) else ""
                figures = [
                    fixed(row["observed_mean"], digits),
                    fixed(row["modelled_mean"], digits),
                    interval_words(row, digits),
                ]
                counts = [f"{int(row[name]):,}" for name in ("n", "profiles", "sites")]
                cells = [*counts, *figures, fixed(row["rmse"], digits)]
                rows.append([name if k == 0 else "", str(row["class"]), *cells, fixed(row["spearman"], 2), ratio])
        if rows:
            shown = unit_words(unit).replace("permil", "‰")
            heads = ["by", "class", *_HEADS[1:7], "RMSE", "ρ", "median ratio"]
            if variable == "delta14c":
                heads, rows = heads[:-1], [row[:-1] for row in rows]
            caption = f"{words[0].upper()}{words[1:]}, {depth_words(depth)}, {shown}."
            caption += " In the median ratio every site counts once." if heads[-1] == "median ratio" else ""
            found.append(Table(caption, heads, rows, frozenset(range(2, len(heads)))))
    return found


_BY = {
    "climate": "climate",
    "soil": "soil type",
    "land_cover": "land cover",
    "texture": "texture",
    "spinup": "spin-up",
    "bulk_density_basis": "bulk density",
}


def boundary_table(evaluation: Evaluation) -> Table | None:
    """How many profiles let a boundary be inferred, and how far it lies from the modelled one."""
    table = evaluation.compared.boundaries
    rows = []
    for sign, words in SIGNS.items():
        part = where(table, sign=sign)
        if not len(part):
            continue
        found = rows_of(part, np.isin(texts(part, "status"), ("one", "smooth")))
        counts = ", ".join(f"{count} {_STATUS_WORDS.get(name, name)}" for name, count in counts_of(part, "status"))
        middle = fixed(_median(numbers(found, "depth_cm")), 0)
        wide = fixed(_median(numbers(found, "high_cm") - numbers(found, "low_cm")), 0)
        rows.append([words, counts, middle, wide, *_against(found, sign)])
    if not rows:
        return None
    heads = [
        "inferred from",
        "profiles",
        "depth (cm)",
        "width of its interval",
        "same estimate, model",
        "model's boundary",
    ]
    caption = (
        "Boundaries inferred from data, profile by profile: medians of those found; of the model its own median and, "
        "in brackets, the median of its difference and the rank correlation ρ over the same profiles, with the depth "
        "to which they were sampled held: no estimate lies below it, so that any two go together."
    )
    return Table(caption, heads, rows, frozenset({2, 3}))


_STATUS_WORDS = {
    "one": "found",
    "smooth": "bend without a corner",
    "none": "none found",
    "too few": "too few layers",
    "all above": "above the threshold throughout",
    "all below": "below it throughout",
    "many": "more than one",
    "deeper": "deeper than sampled",
}


def _median(values: np.ndarray) -> float:
    good = values[np.isfinite(values)]
    return float(np.median(good)) if len(good) else np.nan


def _against(found: pd.DataFrame, sign: str) -> list[str]:
    """How the model's own estimate, and its boundary, lie to what was inferred."""
    cells = []
    for column, name in (("same_depth_cm", ""), ("modelled_depth_cm", f"{COUNTERPART[sign]}: ")):
        both = rows_of(found, np.isfinite(numbers(found, column)))
        if not len(both):
            cells.append(NONE)
            continue
        model, data = numbers(both, column), numbers(both, "depth_cm")
        text = f"{name}{fixed(_median(model), 0)} ({signed(_median(model - data), 0)}"
        told = len(both) >= LEAST_TOLD
        rank = f", ρ {fixed(partial_spearman(model, data, numbers(both, 'deepest_cm')), 2)}" if told else ""
        cells.append(f"{text}{rank}; n = {len(both)})")
    return cells


def assumed_table(evaluation: Evaluation) -> Table:
    """What columns were built of: how many profiles by origin."""
    table = evaluation.assumed
    total = max(len(set(table["profile_id"])), 1)
    rows = []
    for what, part in grouped_rows(table, "what"):
        shares = ", ".join(f"{origin} {n:,} ({percent(n / total)})" for origin, n in counts_of(part, "origin"))
        rest = rows_of(part, texts(part, "origin") != "profile")
        told = [f"{v} ({w})" if w else str(v) for v, w in zip(rest["value"], rest["words"], strict=True)]
        common = Counter(told).most_common()
        more = f", and others ({len(common) - 1})" if len(common) > 1 else ""
        rows.append([str(what), shares, f"{common[0][0]}{more}" if common else ""])
    caption = "What the columns were built of, by number of profiles; profile by profile in assumed.csv."
    return Table(caption, ["part", "from", "most often, where not from the profile"], rows)


def left_out_table(evaluation: Evaluation) -> Table | None:
    """Profiles that were not compared, by reason."""
    table = evaluation.compared.profiles
    left = rows_of(table, texts(table, "status") != "built")
    if not len(left):
        return None
    pairs = zip(left["status"], left["reason"], strict=True)
    counts = Counter((str(status), str(reason).split("\n")[0]) for status, reason in pairs).most_common()
    rows = [[reason, status, f"{count:,}"] for (status, reason), count in counts[:_MOST_REASONS]]
    if len(counts) > _MOST_REASONS:
        rest = sum(count for _, count in counts[_MOST_REASONS:])
        rows.append([f"{len(counts) - _MOST_REASONS} other reasons", "", f"{rest:,}"])
    caption = "Profiles that were not compared; each by name in profiles.csv."
    return Table(caption, ["reason", "status", "profiles"], rows, frozenset({2}))
