"""``pedozone profiles harmonise``: layers brought to common depths."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from pedozone.cli.console import Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.cli.profiles_choice import Chosen, Data, choosing, usable
from pedozone.cli.profiles_validate import MappingFile

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from pedozone.observations.findings import Findings
    from pedozone.observations.mass_preserving import Ends

OutFile = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE.csv", help="Table of every profile and depth.")
]
Least = Annotated[
    float,
    typer.Option(
        metavar="SHARE", help="Of an interval that a profile must reach; below 1 the rest is taken to be like it."
    ),
]


@choosing
def harmonise(
    data: Data,
    choice: Chosen,
    depths: Annotated[
        str, typer.Option(metavar="CM,CM,...", help="Limits of adjoining intervals, or 0-30,30-100.")
    ] = "0,5,15,30,60,100,200",
    fields: Annotated[str, typer.Option(metavar="NAME,...", help="Numeric columns of the layers.")] = "soc_percent",
    method: Annotated[
        str,
        typer.Option(
            metavar="METHOD", help="spline (mass-preserving), smoothing (the classic one) or layers (weighted means)."
        ),
    ] = "spline",
    ends: Annotated[
        str, typer.Option(metavar="ENDS", help="Of the mass-preserving spline: sloping or flat.")
    ] = "sloping",
    smoothness: Annotated[float, typer.Option("--lambda", metavar="L", help="Of the smoothing spline.")] = 0.1,
    no_bridge: Annotated[bool, typer.Option("--no-bridge", help="No value where it would span a gap.")] = False,
    least: Least = 1.0,
    mapping: MappingFile = None,
    out: OutFile = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Bring layers of any thickness to common depths: a table with the basis of every value, as CSV.

    Without --out the table goes to the standard output.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.observations.harmonise import harmonise as bring
        from pedozone.observations.intervals import parse_intervals

        intervals = parse_intervals(depths, nested=False)
        names = [name.strip() for name in fields.split(",")]
        observed = usable(data, mapping, choice(), quiet=quiet)
        found = bring(
            observed,
            names,
            intervals,
            method=method,
            ends=cast("Ends", ends),
            smoothness=smoothness,
            bridge=not no_bridge,
            least=least,
        )
        put(found.table, out)
        if not quiet:
            for name in names:
                tell(f"{name}: {counts(found.table[f'{name}_basis'].to_numpy())}")
            if not found.mass_error.empty:
                tell(_errors(found.mass_error))
            tell_findings(found.findings)
            if out is not None:
                tell(f"{out}: {len(observed):,} profiles, {len(intervals)} depths")


def put(table: pd.DataFrame, out: Path | None) -> None:
    """A table into a file, whole or not at all, or to the standard output."""
    text = table.to_csv(index=False, float_format="%.8g")
    if out is None:
        typer.echo(text, nl=False)
        return
    from pedozone.cli.files import write_text

    write_text(text, out)


def counts(basis: np.ndarray) -> str:
    """How many values rest on what."""
    return ", ".join(f"{count:,} {word}" for word, count in Counter(basis.tolist()).most_common())


def tell_findings(findings: Findings) -> None:
    """How many gaps, overlaps and replicates there are."""
    from pedozone.observations.neighbours import REASONS

    found = Counter(findings.table()["reason"].to_numpy().tolist())
    said = [(found[REASONS["gap"]], "gap between layers", "gaps between layers")]
    said += [
        (found[REASONS["overlap"]], "overlap", "overlaps"),
        (found[REASONS["replicate"]], "replicate", "replicates"),
    ]
    if found:
        words = ", ".join(f"{count:,} {one if count == 1 else more}" for count, one, more in said)
        tell(f"{words} (shared parts have the mean).")


def _errors(errors: pd.DataFrame) -> str:
    import numpy as np

    lost = 100 * np.abs(errors["mass_error"].to_numpy(float))
    median, most, largest = np.nanquantile(lost, (0.5, 0.95, 1.0)) if np.isfinite(lost).any() else (0.0, 0.0, 0.0)
    below = int(errors["below_limit"].to_numpy(bool).sum())
    return (
        f"The smoothing spline misses the content of the layers by {median:.2g} % (median), "
        f"{most:.2g} % (95 % of profiles stay below), {largest:.2g} % (most); "
        f"{below:,} of {len(errors):,} curves fall below the possible."
    )
