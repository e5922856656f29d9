"""Figure 4, a and c: carbon stocks of observed profiles by soil group and depth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from pedozone.column.soil_classes import SCHEMES, Scheme, translated
from pedozone.observations.errors import ObservationError
from pedozone.observations.profiles import Profiles
from pedozone.observations.soil_groups import LEGACY, soil_groups
from pedozone.observations.stocks import Choices, grouped, stocks
from pedozone.report.paper.figure import PaperFigure
from pedozone.report.paper.soil_panels import Cell, Cells, drawn_panels, drawn_table

DEPTHS = (30.0, 50.0, 100.0, 200.0)
"""Depths (cm) to which stocks are summed up; between them lie the intervals."""

PAPER_GROUPS = (
    "Histosols", "Podzols", "Gleysols", "Vertisols", "Luvisols", "Arenosols", "Calcisols", "Solonchaks",
)  # fmt: skip
"""The soil types of the paper's figure, its Xerosols as Calcisols."""

MOST_PANELS = 8
FEW = 10
"""Means of fewer profiles are drawn pale."""

GROWS = 1.01
"""From how many times the value above it one counts as larger."""

_SOURCES = {
    "paper": "Cagnarini et al. (2019), doi:10.1111/gcb.14787",
    "density": "Manrique and Jones (1991), doi:10.2136/sssaj1991.03615995005500020030x",
}


def stock_table(
    observed: Profiles,
    depths: Sequence[float] = DEPTHS,
    choices: Choices = LEGACY,
    schemes: Sequence[Scheme] = SCHEMES,
    certain: bool = False,
    names: str = "<profiles>",
) -> pd.DataFrame:
    """Mean, spread and number of stocks by soil group, from the surface and between the depths.

    Parameters
    ----------
    observed : Profiles
    depths : sequence of float
        Increasing (cm).
    choices : Choices
        How stocks are computed.
    schemes : sequence of {"wrb", "fao", "usda"}
        Fields that the soil group is read from.
    certain : bool
        Leave out profiles whose class may be several groups.
    names : str
        What the profiles are, for errors.

    Returns
    -------
    pandas.DataFrame
        As of `grouped`, by ``soil_group``, with ``kind`` ("from the surface" or "interval"), ``n_translated`` (of a FAO
        or Soil Taxonomy class), ``n_ambiguous`` (of a class that may be several groups), ``n_predicted``
        (with carbon in the interval that was predicted, not measured) and, for intervals, ``mean_by_difference``: the
        difference of the mean stocks from the surface, each of all profiles that reach so deep, which the paper takes.

    Raises
    ------
    ObservationError
        No profile has a soil group and a stock to any of the depths.
    """
    groups = soil_groups(observed, schemes)
    if certain:
        groups = groups.loc[(groups["soil_group_others"] == "").to_numpy(bool)]
    intervals = list(dict.fromkeys([*((0.0, depth) for depth in depths), *pairwise((0.0, *depths))]))
    single = stocks(observed, intervals, choices).table
    table = grouped(single, groups, ["soil_group"])
    if table.empty:
        raise _none(observed, groups, depths, names)
    known = single.dropna(subset=["soc_stock_kg_m2"]).merge(groups, on="profile_id")
    known["translated"] = known["soil_group_scheme"] != "wrb"
    known["ambiguous"] = known["soil_group_others"] != ""
    known["predicted"] = known["carbon_predicted"] > 0
    by = ["soil_group", "top_cm", "bottom_cm"]
    marks = {f"n_{mark}": (mark, "sum") for mark in ("translated", "ambiguous", "predicted")}
    counted = pd.DataFrame(known.groupby(by).agg(**marks)).reset_index()
    table = table.merge(counted, on=by, how="left")
    table["kind"] = np.where(table["top_cm"] == 0, "from the surface", "interval")
    found = cells(table)
    table["mean_by_difference"] = [
        found[group, 0.0, bottom].mean - found[group, 0.0, top].mean
        if top > 0 and (group, 0.0, bottom) in found and (group, 0.0, top) in found
        else np.nan
        for group, top, bottom in found
    ]
    return table


def cells(table: pd.DataFrame) -> Cells:
    """The numbers of a table by soil group and interval."""
    return {
        (str(row["soil_group"]), float(row["top_cm"]), float(row["bottom_cm"])): Cell(
            int(row["n"]), float(row["mean"]), float(row["cv_percent"]), float(row["density_kg_m3"])
        )
        for row in table.to_dict("records")
    }


def most_profiles(found: Cells) -> dict[str, int]:
    """Profiles of every group with a stock from the surface, at the depth that most reach; commonest first."""
    most: dict[str, int] = {}
    for (group, top, _), cell in found.items():
        if top == 0:
            most[group] = max(cell.n, most.get(group, 0))
    return dict(sorted(most.items(), key=lambda item: -item[1]))


def _none(observed: Profiles, groups: pd.DataFrame, depths: Sequence[float], names: str) -> ObservationError:
    named = sum(group != "" for group in groups["soil_group"])
    if not named:
        reported = [text for name in SCHEMES for text in observed.profile[name] if text]
        value = f"({len(observed):,} profiles, none with a known soil class)"
        mend = f"Map a column to wrb, fao or usda{f'; {reported[0]!r} is not recognised' if reported else ''}."
        return ObservationError(names, "wrb, fao, usda", value, "names or codes of soil classes", mend)
    carbon, bottom = (observed.layer[name].to_numpy(float) for name in ("soc_percent", "bottom_cm"))
    deepest = np.max(bottom[np.isfinite(carbon)], initial=0.0)
    value = f"({named:,} profiles with a soil group, carbon down to {deepest:g} cm)"
    allowed = f"profiles with carbon from the surface to {depths[0]:g} cm or deeper"
    return ObservationError(names, "depths", value, allowed, "Ask for shallower depths, or add profiles.")


def chosen_groups(found: Cells, groups: Sequence[str] = (), at_least: int = 10) -> list[str]:
    """Soil groups to draw: those asked for, else the paper's that have enough profiles, else the commonest.

    Raises
    ------
    ObservationError
        A group is unknown or has no profile, or none has enough.
    """
    most = most_profiles(found)
    if groups:
        meant = {name: translated(name).group for name in groups}
        for name, group in meant.items():
            if group not in most:
                allowed = "groups of the profiles: " + ", ".join(sorted(most))
                raise ObservationError("<command>", "--groups", name, allowed, "Choose some of them.")
        return list(dict.fromkeys(meant.values()))
    enough = [name for name, n in most.items() if n >= at_least]
    if not enough:
        value = f"(at most {max(most.values())} profiles in a group)"
        mend = "Lower --at-least, or add profiles."
        raise ObservationError("<command>", "--at-least", value, f"groups of {at_least} or more", mend)
    of_paper = [name for name in PAPER_GROUPS if name in enough]
    return [*of_paper, *(name for name in enough if name not in of_paper)][:MOST_PANELS]


def figure_4(
    observed: Profiles,
    *,
    depths: Sequence[float] = DEPTHS,
    choices: Choices = LEGACY,
    schemes: Sequence[Scheme] = SCHEMES,
    certain: bool = False,
    groups: Sequence[str] = (),
    at_least: int = 10,
    names: str = "",
) -> list[PaperFigure]:
    """Carbon stocks by soil group and depth: as stocks (a), as densities (a), and as a table (c).

    Parameters
    ----------
    observed : Profiles
    depths, choices, schemes, certain
        See `stock_table`.
    groups : sequence of str
        Soil groups to draw in (a); by itself the paper's.
    at_least : int
        Profiles that a group must have to be drawn; the table of numbers has all groups.
    names : str
        What the profiles are, for the caption.

    Raises
    ------
    ObservationError
        Nothing can be drawn.
    """
    table = stock_table(observed, depths, choices, schemes, certain, names or "<profiles>")
    found, limits = cells(table), (0.0, *depths)
    chosen = chosen_groups(found, groups, at_least)
    drawn = [(group, *pair) for group in chosen for pair in pairwise(limits)]
    of, basis = _provenance(observed, table, schemes, certain, names), _basis(choices)
    pale = f" Pale: fewer than {FEW} profiles." if any(found[k].n < FEW for k in drawn if k in found) else ""
    deeper = " Fewer profiles reach the deeper intervals: those below each other are not all the same."
    sources = (_SOURCES["paper"], *((_SOURCES["density"],) if choices.density == "manrique-jones" else ()))
    stock = (
        f"Mean carbon stock (kg m⁻²) of the intervals {_words(limits)} cm, with the number of profiles; grey: the "
        f"other soil groups. {_artefact(limits)} {of}{deeper}{pale} {basis}"
    )
    density = (
        "The same stocks as densities (kg m⁻³): each divided by the thickness of its interval, so that intervals can "
        f"be compared. {_turns(found, chosen, limits)} {of}{pale}"
    )
    rows = _rows(found, at_least, chosen, depths)
    summary = (
        f"Mean carbon stock from the surface (kg m⁻²), coefficient of variation in brackets and number of profiles, by "
        f"soil group; darker: more carbon per volume. The coefficient of variation is that of the single profiles; the "
        f"error of a mean is smaller by the square root of n. {of} {basis}"
    )
    intervals = _adjoining(table, limits)
    return [
        PaperFigure("figure_4a_stock", "4a", "Carbon stock by soil group and depth", stock, sources, intervals,
                    lambda: drawn_panels(found, chosen, limits, "mean", FEW)),
        PaperFigure("figure_4a_density", "4a", "Carbon density by soil group and depth", density, sources, intervals,
                    lambda: drawn_panels(found, chosen, limits, "density", FEW)),
        PaperFigure("figure_4c", "4c", "Carbon stock: mean, variation, number", summary, sources,
                    table.loc[(table["top_cm"] == 0).to_numpy(bool)], lambda: drawn_table(found, rows, depths)),
    ]  # fmt: skip


def _rows(found: Cells, at_least: int, chosen: Sequence[str], depths: Sequence[float]) -> list[str]:
    """Groups of the table of (c), those with most carbon above the first depth first."""
    kept = {name for name, n in most_profiles(found).items() if n >= at_least} | set(chosen)
    upper = {name: cell.density for (name, top, bottom), cell in found.items() if (top, bottom) == (0.0, depths[0])}
    return sorted(kept, key=lambda name: (-upper.get(name, 0.0), name))


def _words(limits: Sequence[float]) -> str:
    return ", ".join(f"{top:g}–{bottom:g}" for top, bottom in pairwise(limits))


def _artefact(limits: Sequence[float]) -> str:
    thick = [bottom - top for top, bottom in pairwise(limits)]
    if max(thick) == min(thick):
        return "The intervals are equally thick."
    return (
        f"The intervals are {', '.join(f'{t:g}' for t in thick[:-1])} and {thick[-1]:g} cm thick: a stock that grows "
        "with depth may do so because its interval is thicker. Compare soils within an interval, and intervals by "
        "their density."
    )


def _turns(found: Cells, chosen: Sequence[str], limits: Sequence[float]) -> str:
    """Whose stock and whose density is larger in the deepest interval than in the one above."""
    if len(limits) < 3:
        return ""
    above, last = list(pairwise(limits))[-2:]
    ends = {name: (found.get((name, *above)), found.get((name, *last))) for name in chosen}
    known = {name: (a, b) for name, (a, b) in ends.items() if a and b and min(a.n, b.n) >= FEW}
    if not known:
        return ""
    stock = ", ".join(name for name, (a, b) in known.items() if b.mean > GROWS * a.mean) or "none"
    density = ", ".join(name for name, (a, b) in known.items() if b.density > GROWS * a.density) or "none"
    return (
        f"From {above[0]:g}–{above[1]:g} to {last[0]:g}–{last[1]:g} cm the stock grows in {stock}, the density in "
        f"{density}, of those with {FEW} profiles and more in both."
    )


def _adjoining(table: pd.DataFrame, limits: Sequence[float]) -> pd.DataFrame:
    """The rows of the intervals between the limits."""
    wanted = set(pairwise(limits))
    return table.loc[[pair in wanted for pair in zip(table["top_cm"], table["bottom_cm"], strict=True)]]


def _provenance(observed: Profiles, table: pd.DataFrame, schemes: Sequence[str], certain: bool, names: str) -> str:
    sums = dict.fromkeys(("n", "n_translated", "n_ambiguous", "n_predicted"), 0)
    best: dict[str, dict[str, int]] = {}
    for row in table.to_dict("records"):
        if row["top_cm"] == 0 and row["n"] > best.get(row["soil_group"], sums)["n"]:
            best[row["soil_group"]] = {name: int(row[name]) for name in sums}
    n, translations, ambiguous, predictions = (sum(counted[name] for counted in best.values()) for name in sums)
    text = f"{n:,} of {len(observed):,} profiles{f' of {names}' if names else ''} have a soil group and a stock"
    if translations:
        fields = {"fao": "FAO", "usda": "Soil Taxonomy", "wrb": "the World Reference Base"}
        text += (
            f"; {translations:,} of them are translated from {' or '.join(fields[s] for s in schemes if s != 'wrb')}"
        )
        text += " classes that stand for one group" if certain else ""
    if ambiguous:
        text += f", {ambiguous:,} from classes that may be several groups and count as the commonest"
    if predictions:
        text += f". In {predictions:,} of them carbon is predicted, from spectra or by regression, not measured"
    return f"{text}."


def _basis(choices: Choices) -> str:
    least = f"an interval of which {choices.least:.0%} is known is scaled to the whole" if choices.least < 1 else ""
    density = f"missing bulk densities are estimated ({choices.density})" if choices.density != "none" else ""
    parts = [part for part in (least, density, "coarse fragments that are not reported count as none") if part]
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."
