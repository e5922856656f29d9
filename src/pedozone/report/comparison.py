"""The report of a comparison: one HTML file that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pedozone.output.atomic import write_atomically
from pedozone.report.comparison_plots import comparison_figures
from pedozone.report.comparison_rows import (
    Row,
    csv_text,
    main_criterion,
    rows_at_end,
    statuses_at_end,
    tables_at_end,
    terminal_text,
)
from pedozone.report.data import as_mapping, attribute_json, cover_periods, cover_words
from pedozone.report.html import collector_paused, template
from pedozone.report.numbers import depth_words, fixed, significant
from pedozone.report.observed import comparisons
from pedozone.report.svg import inline_svg
from pedozone.report.tables import Table
from pedozone.report.wording import SPINUP_WORDS, Words

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["closing_lines", "csv_text", "render_comparison", "terminal_text", "write_comparison"]

_GOOD = ("converged", "none")


def write_comparison(ds: xr.Dataset, runs: Sequence[xr.Dataset], path: str | os.PathLike[str]) -> Path:
    """Write the report of a comparison as one self-contained HTML file.

    Parameters
    ----------
    ds : xarray.Dataset
        As `pedozone.compare` gives it.
    runs : sequence of xarray.Dataset
        The runs' datasets in the order of the sites, for land covers and measurements.
    path : path-like
        Final name. Its folder must exist.

    Returns
    -------
    pathlib.Path
        The final name.

    Raises
    ------
    OSError
        Folder missing or not writable, or disk full; no truncated file is left.
    """
    return write_atomically(render_comparison(ds, runs).encode("utf-8"), path)


def render_comparison(ds: xr.Dataset, runs: Sequence[xr.Dataset]) -> str:
    """Return the report of a comparison as HTML; see `write_comparison`."""
    with collector_paused():
        content = _content(ds, runs)
    return template("comparison.html.j2").render(**content)


def closing_lines(ds: xr.Dataset) -> list[str]:
    """What has to be said with the table: conventions, years, ensemble and spin-ups."""
    lines = [
        f"Boundary: criterion {main_criterion(ds)}"
        + (", T = 10 yr." if main_criterion(ds) == "dom_fate" else ".")
        + " A convention: compare depths only where it is the same.",
        *_notes(ds),
        *ensemble_lines(ds),
    ]
    return [*lines, *(f"WARNING: {warning}" for warning in warnings_of(ds))]


def ensemble_lines(ds: xr.Dataset) -> list[str]:
    """Size and seed of an ensemble, and which members count; empty without one."""
    if "ensemble_members" not in ds.attrs:
        return []
    asked, used = int(ds.attrs["ensemble_members"]), int(ds.attrs["ensemble_used"])
    text = (
        f"Ensemble: {asked} draws of {ds.sizes['parameter']} parameters from their priors (seed "
        f"{int(ds.attrs['ensemble_seed'])}), the same at every site; {used} of them count."
    )
    lines = [text]
    for site, counts in as_mapping(attribute_json(ds, "ensemble_status")).items():
        bad = [f"{count} '{status}'" for status, count in counts.items() if status not in _GOOD]
        if bad:
            lines.append(f"  {site}: spin-up ended {', '.join(bad)}; these draws are left out at every site.")
    return [
        *lines,
        "The intervals are those of the priors, before any measurement has had its say; climate, soil, land cover and "
        "plant inputs are taken as given.",
    ]


def warnings_of(ds: xr.Dataset) -> list[str]:
    """Sites whose own start was no steady state, and ensembles of which little is left."""
    found = []
    messages = as_mapping(attribute_json(ds, "spinup_message"))
    for site, status in as_mapping(attribute_json(ds, "spinup_status")).items():
        if status not in _GOOD:
            words = SPINUP_WORDS.get(status, Words(str(status), ""))
            found.append(f"{site}: {words.short} {messages.get(site, '')}")
    if "ensemble_members" in ds.attrs and 2 * int(ds.attrs["ensemble_used"]) < int(ds.attrs["ensemble_members"]):
        found.append("Less than half of the ensemble counts; its intervals say little.")
    return found


def _notes(ds: xr.Dataset) -> list[str]:
    notes = attribute_json(ds, "notes")
    return [str(note) for note in notes] if isinstance(notes, list) else []


def _content(ds: xr.Dataset, runs: Sequence[xr.Dataset]) -> dict[str, Any]:
    labels = [str(name) for name in ds["site"].values]
    figures: dict[str, list[dict[str, object]]] = {}
    for figure in comparison_figures(ds, runs):
        svg = inline_svg(figure(), figure.name, figure.title, figure.caption)
        figures.setdefault(figure.section, []).append(
            {"name": figure.name, "caption": figure.caption, "svg": Markup(svg)}
        )
    tables = {table.caption: table for table in tables_at_end(ds)}
    sections = {
        "stocks": [t for c, t in tables.items() if c.startswith("Carbon stock")],
        "zones": [t for c, t in tables.items() if c.startswith("Boundary") or "zone." in c],
        "fluxes": [t for c, t in tables.items() if c.startswith("Fluxes")],
        "radiocarbon": [t for c, t in tables.items() if c.startswith("Radiocarbon")],
    }
    return {
        "title": " · ".join(labels),
        "labels": labels,
        "baseline": labels[0],
        "version": str(ds.attrs.get("version", "")),
        "created": str(ds.attrs.get("created", "")).partition("T")[0],
        "first_year": int(ds["year"].values[0]),
        "last_year": int(ds["year"].values[-1]),
        "sentences": _sentences(ds),
        "warnings": warnings_of(ds),
        "notes": _notes(ds),
        "ensemble": ensemble_lines(ds),
        "figures": figures,
        "tables": sections,
        "covers": _cover_table(labels, runs),
        "measured": _measured_table(labels, runs),
        "criterion": main_criterion(ds),
        "inputs": as_mapping(attribute_json(ds, "site_toml")),
        "causes": {
            site: list(as_mapping(causes).items())
            for site, causes in as_mapping(attribute_json(ds, "ensemble_causes")).items()
            if causes
        },
    }


def _sentences(ds: xr.Dataset) -> list[str]:
    """One sentence per scenario: stock to 30 cm on equal soil mass and to 1 m, and the boundary."""
    base, *others = (str(name) for name in ds["site"].values)
    rows = {(row.group, row.label): row for row in rows_at_end(ds)}
    statuses = statuses_at_end(ds)
    year = int(ds["year"].values[-1])
    found = []
    for k, label in enumerate(others):
        parts = []
        for interval in ("0-30", "0-100"):
            row = rows.get(("Carbon stock, equal soil mass", depth_words(interval)))
            if row is not None:
                parts.append(f"{row.difference(k)} t C/ha{_spread(row, k)} to {depth_words(interval)[2:]}")
        text = f"At the end of {year}, {label} differs from {base} by {' and '.join(parts)} on an equal soil mass"
        row = rows.get((f"Boundary ({main_criterion(ds)})", "depth"))
        if row is not None:
            text += (
                f". Its boundary lies at {fixed(row.values[k + 1], 0)} cm against {fixed(row.values[0], 0)} cm: "
                f"{row.difference(k)} cm{_spread(row, k)}, where negative is shallower"
            )
            if statuses[0] != statuses[k + 1]:
                text += f"; its status is “{statuses[k + 1]}” against “{statuses[0]}”"
        found.append(text + ".")
    return found


def _spread(row: Row, scenario: int) -> str:
    return f" (5–95 %: {row.interval(scenario)})" if row.interval(scenario) else ""


def _cover_table(labels: Sequence[str], runs: Sequence[xr.Dataset]) -> Table:
    rows = [
        [label, f"{p.first}–{p.last}", cover_words(p.cover)]
        for label, run in zip(labels, runs, strict=True)
        for p in cover_periods(run)
    ]
    return Table("Land covers (input).", ["site", "years", "land cover"], rows)


def _measured_table(labels: Sequence[str], runs: Sequence[xr.Dataset]) -> Table | None:
    rows = [
        [label, found.name, found.quantity.unit, str(found.dates), significant(found.rmse), significant(found.bias)]
        for label, run in zip(labels, runs, strict=True)
        for found in comparisons(run)
        if found.points
    ]
    if not rows:
        return None
    heads = ["site", "quantity", "unit", "dates", "RMSE", "bias"]
    return Table("Modelled minus measured, means by date.", heads, rows, frozenset({3, 4, 5}))
