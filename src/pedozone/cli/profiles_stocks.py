"""``pedozone profiles stocks``: stocks of organic carbon, by profile and by group."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Annotated

import typer

from pedozone.cli.console import Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.profiles_choice import Chosen, Data, choosing, usable
from pedozone.cli.profiles_harmonise import Least, OutFile, counts, put, tell_findings
from pedozone.cli.profiles_validate import MappingFile

if TYPE_CHECKING:
    import pandas as pd


@choosing
def stocks(
    data: Data,
    choice: Chosen,
    depths: Annotated[
        str, typer.Option(metavar="CM,CM,...", help="Depths from the surface, or intervals as 0-30,30-100.")
    ] = "30,100,200",
    by: Annotated[
        str, typer.Option(metavar="NAME,...", help="Columns of profiles or sites to average by.  [all together]")
    ] = "",
    density: Annotated[
        str, typer.Option(metavar="NAME", help="Pedotransfer function of missing bulk densities, or none.")
    ] = "manrique-jones",
    method: Annotated[str, typer.Option(metavar="METHOD", help="layers (as they are) or spline.")] = "layers",
    least: Least = 1.0,
    draws: Annotated[
        int, typer.Option(metavar="N", help="Monte-Carlo draws of the errors, for intervals in --out.  [none]")
    ] = 0,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the draws.")] = 0,
    mapping: MappingFile = None,
    out: OutFile = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Stocks of organic carbon (kg m-2): mean, coefficient of variation and number by group; each profile in --out.

    'wrb' groups by the reference soil group that codes and names stand for, 'soil_group' by the one that the class of
    any system (WRB, FAO, Soil Taxonomy) stands for; --by also knows land_cover_class, climate_zone and decade.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.observations.grouping import group_table
        from pedozone.observations.intervals import parse_intervals
        from pedozone.observations.stocks import Choices, grouped
        from pedozone.observations.stocks import stocks as stocks_of

        intervals = parse_intervals(depths, nested=True)
        choices = Choices(density=density, method=method, least=least)
        observed = usable(data, mapping, choice(), quiet=quiet)
        columns = [name.strip() for name in by.split(",") if name.strip()]
        groups = group_table(observed, columns)
        found = stocks_of(observed, intervals, choices, draws=draws, seed=seed)
        table = grouped(found.table, groups, columns or ["all"])
        if out is not None:
            put(found.table.merge(groups, on="profile_id", how="left"), out)
        typer.echo(_text(table, columns or ["all"]))
        if not quiet:
            basis = found.table["basis"].to_numpy().reshape(-1, len(intervals))
            for k, (top, bottom) in enumerate(intervals):
                tell(f"{top:g}-{bottom:g} cm: {counts(basis[:, k])}")
            known = found.table[found.table["soc_stock_kg_m2"].notna()]
            if len(known):
                shares = known[["density_estimated", "coarse_assumed"]].mean()
                tell(
                    f"Bulk density is estimated ({density}) in {shares['density_estimated']:.0%} of what is counted; "
                    f"coarse fragments are not reported, and taken as none, in {shares['coarse_assumed']:.0%}."
                )
            if draws:
                tell(f"{draws} draws, seed {seed}: standard deviation and 5-95 % interval of each stock in --out.")
            tell_findings(found.findings)


def _text(table: pd.DataFrame, columns: list[str]) -> str:
    """Groups below each other, depths side by side."""
    from pedozone.cli.layout import columns as aligned

    pairs = list(dict.fromkeys(zip(table["top_cm"], table["bottom_cm"], strict=True)))
    groups: dict[tuple[str, ...], dict[tuple[float, float], list[str]]] = {}
    for record in table.to_dict("records"):
        cells = [f"{record['mean']:.2f}", _percent(record["cv_percent"]), f"{record['n']:,}"]
        key = tuple(str(record[name]) for name in columns)
        groups.setdefault(key, {})[record["top_cm"], record["bottom_cm"]] = cells
    rows = [
        (*key, *(cell for pair in pairs for cell in found.get(pair, ["", "", ""])), "")
        for key, found in sorted(groups.items())
    ]
    heads = [*columns]
    for top, bottom in pairs:
        heads += [f"{top:g}-{bottom:g} cm", "CV %", "n"]
    width = max(60, shutil.get_terminal_size((140, 24)).columns)
    return aligned(rows, width, (*heads, "")) if rows else "No profile has a stock and a group."


def _percent(value: float) -> str:
    return "" if value != value else f"{value:.0f}"
