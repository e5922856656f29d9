"""``pedozone profiles plot``: observed profiles as a figure."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pedozone.cli.console import Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.plot import check_ending
from pedozone.cli.profiles_choice import Chosen, Data, choosing, usable
from pedozone.cli.profiles_validate import MappingFile
from pedozone.observations.errors import ObservationError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pedozone.observations.depth_statistics import Group, Values
    from pedozone.observations.profiles import Profiles

_FEW = 6
"""So many profiles are drawn one by one where nothing else is asked for."""


@choosing
def plot(
    data: Data,
    choice: Chosen,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", "-p", metavar="ID", help="Draw this profile; may stand repeatedly.")
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="NAME,...", help="Draw groups: soil_group, land_cover_class, usda, decade ...")
    ] = "",
    variable: Annotated[
        str, typer.Option(metavar="NAME", help="carbon, density (of carbon), delta14c, bulk_density, clay, ph ...")
    ] = "carbon",
    depths: Annotated[
        str, typer.Option(metavar="CM:CM", help="Depths of groups.  [0 to where the profiles get few]")
    ] = "",
    method: Annotated[str, typer.Option(metavar="METHOD", help="Of groups: spline or layers.")] = "spline",
    density: Annotated[
        str, typer.Option(metavar="NAME", help="Pedotransfer function of missing bulk densities, or none.")
    ] = "manrique-jones",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="A .png, .svg or .pdf.")] = Path(
        "profiles.png"
    ),
    dpi: Annotated[float, typer.Option(min=10, max=1200, help="Dots per inch of a PNG.")] = 200.0,
    mapping: MappingFile = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Draw soil profiles: one by one with their layers, spline and gaps, or groups by depth.

    Of groups the median and the quartiles are drawn, with the number of profiles beside them, where there are five
    and more: each profile counts only at depths that its layers cover. Without --profile and --by a few profiles are
    drawn one by one, more as one group.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        check_ending(out)
        from pedozone.observations.depth_statistics import layer_values, variable_of
        from pedozone.report.files import save_figure

        wanted = variable_of(variable)
        if profile and by:
            mend = "Leave one of them out."
            raise ObservationError("<command>", "--by", by, "--profile or --by, not both", mend)
        observed = usable(data, mapping, choice(), quiet=quiet)
        names = _names(observed, profile)
        if names:
            observed = observed.of(names)
        values = layer_values(observed, wanted, density)
        if names or (not by and len(observed) <= _FEW):
            figure, said = _single(values, names or list(observed.profile["profile_id"]))
        else:
            figure, said = _grouped(values, observed, by, depths, method)
        save_figure(figure, out, dpi=dpi)
        if not quiet:
            tell("\n".join([*said, f"Wrote {out}."]))


def _names(observed: Profiles, asked: list[str] | None) -> list[str]:
    from pedozone.report.profile_plots import MOST_PROFILES

    there = [str(name) for name in observed.profile["profile_id"]]
    known = set(there)
    for name in asked or []:
        if name not in known:
            close = difflib.get_close_matches(name, there, n=2, cutoff=0.5) if len(there) < 20_000 else []
            mend = f"Did you mean {' or '.join(map(repr, close))}?" if close else "'pedozone profiles list' with --out."
            shown = ", ".join(there[:5]) + (f" ... ({len(there):,} profiles)" if len(there) > 5 else "")
            raise ObservationError("<command>", "--profile", name, f"one of {shown}", mend)
    if asked and len(asked) > MOST_PROFILES:
        mend = "Draw the others in a second figure, or groups with --by."
        raise ObservationError("<command>", "--profile", f"{len(asked)} profiles", f"at most {MOST_PROFILES}", mend)
    return list(dict.fromkeys(asked or []))


def _single(values: Values, names: list[str]) -> tuple[Figure, list[str]]:
    import numpy as np

    from pedozone.report.profile_plots import draw_profiles

    known = np.unique(values.owner[np.isfinite(values.value)])
    without = [name for row, name in enumerate(values.names) if row not in known]
    said = [f"{name}: no {values.variable.name}" for name in without]
    _refuse_nothing(values, bool(known.size))
    return draw_profiles(values, names), [*said, *_estimates(values)]


def _grouped(values: Values, observed: Profiles, by: str, depths: str, method: str) -> tuple[Figure, list[str]]:
    import numpy as np

    from pedozone.observations.depth_statistics import LEAST_PROFILES, groups_by_depth, steps
    from pedozone.observations.grouping import group_table
    from pedozone.report.profile_plots import MOST_GROUPS, draw_groups

    if method not in ("spline", "layers"):
        raise ObservationError("<command>", "--method", method, "spline or layers", "Choose one of them.")
    known = np.isfinite(values.value)
    _refuse_nothing(values, bool(known.any()))
    intervals = steps(*_span(depths, float(values.bottom[known].max())))
    columns = [name.strip() for name in by.split(",") if name.strip()]
    found = groups_by_depth(values, group_table(observed, columns), intervals, method)
    many = [group for group in found if group.enough.any()]
    if not many:
        most = max((int(group.n.max()) for group in found), default=0)
        allowed = f"a group with {LEAST_PROFILES} profiles at some depth (the largest has {most})"
        mend = "Group by fewer columns, or draw profiles one by one with --profile."
        raise ObservationError("<command>", "--by", by or "all", allowed, mend)
    said = []
    if len(found) > len(many):
        few = len(found) - len(many)
        said.append(f"Groups with fewer than {LEAST_PROFILES} profiles at any depth are left out: {few}.")
    if len(many) > MOST_GROUPS:
        others = ", ".join(group.name for group in many[MOST_GROUPS:])
        said.append(f"The {MOST_GROUPS} largest of {len(many)} groups are drawn; without: {others}.")
    drawn = many[:MOST_GROUPS]
    unnamed = len(observed) - sum(group.profiles for group in drawn)
    if unnamed:
        lack = f"no {values.variable.name} at these depths"
        where = f"{lack} or no group that is drawn" if columns else lack
        said.append(f"{unnamed:,} of {len(observed):,} profiles have {where}.")
    if not columns:
        drawn = [replace(group, name=f"{group.profiles:,} profiles") for group in drawn]
    together = None
    if len(many) > 1:
        (together,) = groups_by_depth(values, group_table(observed, []), intervals, method)
    if not depths:
        bottom = _where_many(drawn)
        drawn = [group.above(bottom) for group in drawn]
        together = together.above(bottom) if together is not None else None
    return draw_groups(drawn, values.variable, together), [*said, *_estimates(values)]


def _where_many(groups: list[Group]) -> float:
    """Down to where half of the groups still have profiles enough, and a twentieth of their most (cm)."""
    deepest = sorted(float(g.bottom[g.enough & (g.n >= 0.05 * g.n.max())].max()) for g in groups)
    return deepest[len(deepest) // 2]


def _span(depths: str, deepest: float) -> tuple[float, float]:
    if not depths:
        return 0.0, max(5.0, deepest)
    low, _, high = depths.partition(":")
    try:
        found = float(low), float(high)
    except ValueError:
        found = (0.0, 0.0)
    if not -500 <= found[0] < found[1] <= 10_000:
        raise ObservationError("<command>", "--depths", depths, "two depths in cm, as 0:100", "Write them so.")
    return found


def _refuse_nothing(values: Values, some: bool) -> None:
    if not some:
        mend = "Choose another variable, or other profiles."
        raise ObservationError("<command>", "--variable", values.variable.name, "what some layer has", mend)


def _estimates(values: Values) -> list[str]:
    import numpy as np

    known = np.isfinite(values.value)
    if not values.estimated.any():
        return []
    return [f"Bulk density is estimated in {values.estimated[known].mean():.0%} of the layers drawn."]
