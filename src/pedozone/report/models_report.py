"""The report of models side by side: one HTML file that needs nothing else."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pedozone.output.atomic import write_atomically
from pedozone.report.comparison_rows import printed
from pedozone.report.data import as_mapping, attribute_json
from pedozone.report.html import collector_paused, template
from pedozone.report.models_figures import model_figures
from pedozone.report.models_spread import course_tables, depth_advice, model_notes, origin_words, origins_table
from pedozone.report.models_tables import csv_text, end_tables, mapping_tables, model_table, terminal_text
from pedozone.report.numbers import T_HA_PER_KG_M2, depth_words, fixed, signed
from pedozone.report.svg import inline_svg
from pedozone.report.wording import SPINUP_WORDS, Words

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["closing_lines", "csv_text", "render_models", "terminal_text", "write_models"]

_GOOD = ("converged", "none")
_HARDLY = 0.05  # t C/ha
_ALIKE_CM = 12.0  # depths that differ by less are not told twice

WHAT_SPREAD_IS = (
    "The spread between the models is what their structure, the values of their parameters, published or not, and the "
    "mapping leave open at a site whose weather, soil, plant carbon and history are the same for all. It is no "
    "interval of confidence: models may share errors, and variants of one model count as models."
)


def write_models(ds: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write the report as one self-contained HTML file.

    Parameters
    ----------
    ds : xarray.Dataset
        As `pedozone.compare_models` gives it.
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
    return write_atomically(render_models(ds).encode("utf-8"), path)


def render_models(ds: xr.Dataset) -> str:
    """Return the report as HTML; see `write_models`."""
    with collector_paused():
        content = _content(ds)
    return template("models.html.j2").render(**content)


def closing_lines(ds: xr.Dataset) -> list[str]:
    """What has to be said with the tables."""
    lines = [*_notes(ds)]
    if ds.sizes["model"] > 1:
        lines.append(WHAT_SPREAD_IS)
    lines += [told for told in (origin_words(ds), depth_advice(ds)) if told]
    lines += model_notes(ds)
    return [*lines, *(f"WARNING: {warning}" for warning in warnings_of(ds))]


def warnings_of(ds: xr.Dataset) -> list[str]:
    """Models whose start is no steady state."""
    messages = as_mapping(attribute_json(ds, "spinup_messages"))
    found = []
    for name, status in zip(ds["model"].values.astype(str), ds["spinup_status"].values.astype(str), strict=True):
        if status not in _GOOD:
            words = SPINUP_WORDS.get(str(status), Words(str(status), ""))
            found.append(f"{name}: {words.short} {messages.get(str(name), '')}")
    return found


def _notes(ds: xr.Dataset) -> list[str]:
    notes = attribute_json(ds, "notes")
    return [str(note) for note in notes] if isinstance(notes, list) else []


def _content(ds: xr.Dataset) -> dict[str, Any]:
    figures: dict[str, list[dict[str, object]]] = {}
    for figure in model_figures(ds):
        svg = inline_svg(figure(), figure.name, figure.title, figure.caption)
        entry = {"name": figure.name, "caption": figure.caption, "svg": Markup(svg)}
        figures.setdefault(figure.section, []).append(entry)
    tables = [replace(table, caption=printed(table.caption)) for table in end_tables(ds)]
    return {
        "title": str(ds.attrs.get("site", "")),
        "models": [str(name) for name in ds["model"].values],
        "version": str(ds.attrs.get("version", "")),
        "created": str(ds.attrs.get("created", "")).partition("T")[0],
        "first_year": int(ds["year"].values[0]),
        "last_year": int(ds["year"].values[-1]),
        "sentences": _sentences(ds),
        "warnings": warnings_of(ds),
        "notes": _notes(ds),
        "spread": WHAT_SPREAD_IS if ds.sizes["model"] > 1 else "",
        "figures": figures,
        "stocks": tables[:-1],
        "courses": [replace(table, caption=printed(table.caption)) for table in course_tables(ds)],
        "radiocarbon": tables[-1:],
        "each": model_table(ds),
        "origins": origins_table(ds),
        "levels": [told for told in (origin_words(ds), depth_advice(ds)) if told] + model_notes(ds),
        "mapping": mapping_tables(ds),
        "messages": list(as_mapping(attribute_json(ds, "spinup_messages")).items()),
        "site_toml": str(ds.attrs.get("site_toml", "")),
    }


def _changed(less: float, more: float) -> str:
    if max(abs(less), abs(more)) < _HARDLY:
        return "hardly changed"
    return f"changed by {signed(less)} to {signed(more)} t C/ha"


def _sentences(ds: xr.Dataset) -> list[str]:
    """A sentence per depth that at least two models share, the two that most do."""
    count = ds["spread_soc_stock"].isel(time=-1).sel(statistic="models").values
    bottoms = [float(str(name).split("-")[1]) for name in ds["interval"].values]
    order: list[int] = []
    for i in sorted(range(count.size), key=lambda i: (-count[i], i)):
        if count[i] >= 2 and all(abs(bottoms[i] - bottoms[k]) > _ALIKE_CM for k in order):
            order.append(i)
    year, found = int(ds["year"].values[-1]), []
    for i in sorted(order[:2]):
        last, depth = ds.isel(time=-1, interval=i), depth_words(f"0-{bottoms[i]:g}")[2:]
        low, high = (T_HA_PER_KG_M2 * float(last["spread_soc_stock"].sel(statistic=e)) for e in ("minimum", "maximum"))
        less, more = (
            T_HA_PER_KG_M2 * float(last["spread_soc_change"].sel(statistic=e)) for e in ("minimum", "maximum")
        )
        found.append(
            f"At the end of {year} the {int(count[i])} models that reach {depth} "
            f"hold {fixed(low, 0)} to {fixed(high, 0)} t C/ha above it; since the start they {_changed(less, more)}."
        )
    return found
