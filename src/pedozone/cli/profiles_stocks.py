"""``pedozone profiles stocks``: stocks of organic carbon, by profile and by group."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pedozone.cli.console import Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.profiles_choice import Chosen, Data, choosing, usable
from pedozone.cli.profiles_harmonise import Least, OutFile, counts, put, tell_findings
from pedozone.cli.profiles_mass import OWNERS, WORDS, EqualMasses, MassBasis, MassesOf, refuse_options, stated
from pedozone.cli.profiles_measured import Measured, sifted
from pedozone.cli.profiles_validate import MappingFile

if TYPE_CHECKING:
    import pandas as pd

    from pedozone.observations.profiles import Profiles
    from pedozone.observations.stocks import Choices
    from pedozone.observations.survey_stocks import EqualMass


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
    equal_mass: EqualMasses = "",
    equal_mass_of: MassesOf = "",
    mass_basis: MassBasis = "fine-earth",
    only_measured: Measured = False,
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
    any system (WRB, FAO, Soil Taxonomy) stands for; --by also knows land_cover_class, climate_zone and decade. With
    --equal-mass or --equal-mass-of stocks are those above a mass of soil, the same for all, which compaction leaves
    as they are.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.observations.grouping import group_table
        from pedozone.observations.intervals import parse_intervals
        from pedozone.observations.stocks import Choices, grouped
        from pedozone.observations.stocks import stocks as stocks_of

        intervals = parse_intervals(depths, nested=True)
        choices = Choices(density=density, method=method, least=least)
        equal = stated(equal_mass, equal_mass_of, mass_basis)
        if equal is not None:
            refuse_options({"--method": method != "layers", "--least": least != 1.0, "--draws": draws != 0})
        observed, said = sifted(usable(data, mapping, choice(), quiet=quiet), only_measured)
        columns = [name.strip() for name in by.split(",") if name.strip()]
        groups = group_table(observed, columns)
        if equal is not None:
            _above_masses(observed, equal, intervals, choices, groups, columns or ["all"], out, said, quiet)
            return
        found = stocks_of(observed, intervals, choices, draws=draws, seed=seed)
        table = grouped(found.table, groups, columns or ["all"])
        if out is not None:
            put(found.table.merge(groups, on="profile_id", how="left"), out)
        heads = [f"{top:g}-{bottom:g} cm" for top, bottom in zip(table["top_cm"], table["bottom_cm"], strict=True)]
        typer.echo(_text(table, heads, columns or ["all"]))
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
            if said:
                tell(said)
            if draws:
                tell(f"{draws} draws, seed {seed}: standard deviation and 5-95 % interval of each stock in --out.")
            tell_findings(found.findings)


def _above_masses(
    observed: Profiles,
    equal: EqualMass,
    intervals: list[tuple[float, float]],
    choices: Choices,
    groups: pd.DataFrame,
    columns: list[str],
    out: Path | None,
    said: str,
    quiet: bool,
) -> None:
    """Stocks above the same soil masses, by group."""
    from pedozone.observations.soil_mass import equivalent_stocks
    from pedozone.observations.stocks import grouped
    from pedozone.observations.survey_stocks import depths_of_masses, reference_masses

    limits = [] if equal.masses else depths_of_masses(intervals)
    masses = list(equal.masses) or reference_masses((observed,), limits, equal.of, equal.basis, choices)
    found = equivalent_stocks(observed, limits, by="profile_id", masses=masses, basis=equal.basis, choices=choices)
    if not limits:
        found = found.drop(columns=["depth_cm", "mass_kg_m2", "soc_stock_fixed_kg_m2"])
    table = grouped(found, groups, columns, steps=("reference_mass_kg_m2",))
    if out is not None:
        put(found.merge(groups, on="profile_id", how="left"), out)
    typer.echo(_text(table, [f"{mass:.4g} kg m-2" for mass in table["reference_mass_kg_m2"]], columns))
    if not quiet:
        basis = found["basis"].to_numpy().reshape(-1, len(masses))
        for k, mass in enumerate(masses):
            where = f", that above {limits[k]:g} cm of {OWNERS.get(equal.of, equal.of)}" if limits else ""
            tell(f"{mass:.4g} kg m-2 of {WORDS[equal.basis]}{where}: {counts(basis[:, k])}")
        if said:
            tell(said)


def _text(table: pd.DataFrame, steps: list[str], columns: list[str]) -> str:
    """Groups below each other, depths or masses (the step of each row) side by side."""
    from pedozone.cli.layout import columns as aligned

    order = list(dict.fromkeys(steps))
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for step, record in zip(steps, table.to_dict("records"), strict=True):
        cells = [f"{record['mean']:.2f}", _percent(record["cv_percent"]), f"{record['n']:,}"]
        key = tuple(str(record[name]) for name in columns)
        groups.setdefault(key, {})[step] = cells
    rows = [
        (*key, *(cell for step in order for cell in found.get(step, ["", "", ""])), "")
        for key, found in sorted(groups.items())
    ]
    heads = [*columns]
    for step in order:
        heads += [step, "CV %", "n"]
    width = max(60, shutil.get_terminal_size((140, 24)).columns)
    return aligned(rows, width, (*heads, "")) if rows else "No profile has a stock and a group."


def _percent(value: float) -> str:
    return "" if value != value else f"{value:.0f}"
