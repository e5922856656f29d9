"""The report: one HTML file that needs nothing else."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from pedozone.output.atomic import write_atomically
from pedozone.report import plots  # noqa: F401  (declares the figures)
from pedozone.report.data import as_mapping, attribute_json, main_criterion, main_horizon
from pedozone.report.events import event_table
from pedozone.report.ledger import tracer_budgets
from pedozone.report.numbers import scientific
from pedozone.report.registry import REGISTRY
from pedozone.report.sources import parameter_rows, reference_rows
from pedozone.report.summary import headline, spinup_words
from pedozone.report.svg import inline_svg
from pedozone.report.tables import (
    budget_table,
    comparison_tables,
    cover_table,
    status_table,
    stock_table,
    unused_observations,
    zone_table,
)
from pedozone.report.wording import START_WORDS

if TYPE_CHECKING:
    import xarray as xr


_UNSTATED = {
    "version": "(version not stated)",
    "created": "",
    "site_toml": "",
    "method": "not stated",
    "solver": "not stated",
    "parameter_set": "not stated",
    "parameter_digest": "",
    "spinup_message": "",
    "spinup_years": None,
}


class HasDataset(Protocol):
    """A run, or whatever carries a run's dataset."""

    @property
    def dataset(self) -> xr.Dataset:
        """The run's dataset."""
        ...


def write_report(run: HasDataset | xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write the report of a run as one self-contained HTML file.

    Parameters
    ----------
    run : run or xarray.Dataset
        A run (its `dataset` is used) or the dataset itself, as `pedozone.simulate` gives it or
        `pedozone.output.open_run` reads it.
    path : path-like
        Final name, usually ending in ``.html``. Its folder must exist.

    Returns
    -------
    pathlib.Path
        The final name.

    Raises
    ------
    OSError
        Folder missing or not writable, or disk full; no truncated file is left.
    """
    return write_atomically(render_report(run).encode("utf-8"), path)


def render_report(run: HasDataset | xr.Dataset) -> str:
    """Return the report of a run as HTML; see `write_report`."""
    ds = dataset_of(run)
    with collector_paused():
        content = _content(ds)
    return template("report.html.j2").render(**content)


def template(name: str) -> Template:
    """A template of the reports, with what all of them use; a name that it is not given is an error."""
    environment = Environment(
        loader=PackageLoader("pedozone.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["joined"] = joined
    return environment.get_template(name)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking all that JAX holds at every figure.

    Figures are full of cycles, so it would run often; it took a quarter of the time.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def joined(text: str) -> str:
    """Keep ranges such as 0–30 on one line."""
    return text.replace("–", "–\N{WORD JOINER}")


def dataset_of(run: HasDataset | xr.Dataset) -> xr.Dataset:
    """Return the dataset of a run, or the dataset it already is."""
    return run if hasattr(run, "data_vars") else run.dataset  # pyright: ignore


def _content(ds: xr.Dataset) -> dict[str, Any]:
    attrs = {**_UNSTATED, **{str(name): value for name, value in ds.attrs.items()}}
    years = ds["year"].values.astype(int)
    budgets = tracer_budgets(ds)
    worst = max(budgets, key=lambda b: b.relative, default=None)
    has_zones = "boundary_depth" in ds.variables
    start_mode = str(attrs.get("start_mode", ""))
    return {
        "attrs": attrs,
        "created": str(attrs["created"]).partition("T")[0],
        "site": str(attrs.get("site") or attrs.get("title") or "unnamed site"),
        "first_year": years[0],
        "last_year": years[-1],
        "summary": headline(ds),
        "figures": _figures(ds),
        "stocks": stock_table(ds),
        "zones": zone_table(ds),
        "statuses": status_table(ds),
        "covers": cover_table(ds),
        "events": event_table(ds),
        "comparisons": comparison_tables(ds),
        "unused_observations": unused_observations(ds),
        "budget": budget_table(ds),
        "budget_closes": all(b.closes for b in budgets) if budgets else None,
        "worst_residual": scientific(worst.relative) if worst else "",
        "worst_tracer": worst.tracer if worst else "",
        "parameters": parameter_rows(ds),
        "references": reference_rows(ds),
        "notes": _texts(attribute_json(ds, "notes")),
        "modes": as_mapping(attribute_json(ds, "modes")),
        "prescribed": as_mapping(attribute_json(ds, "prescribed_boundary")),
        "spinup": spinup_words(ds),
        "start": START_WORDS.get(start_mode, start_mode or "not stated"),
        "criterion": main_criterion(ds) if has_zones else "",
        "horizon": f"{main_horizon(ds):g}" if has_zones and "horizon" in ds.variables else "",
        "has_zones": has_zones,
    }


def _texts(value: object) -> list[str]:
    """A list of sentences from what an attribute may hold."""
    if isinstance(value, list):
        return [str(item) for item in value]
    return [str(value)] if value else []


def _figures(ds: xr.Dataset) -> dict[str, list[dict[str, object]]]:
    """Figures by section, each as SVG with its caption."""
    sections: dict[str, list[dict[str, object]]] = {}
    for name in _available(ds):
        figure = REGISTRY[name]
        caption = figure.caption(ds)
        svg = inline_svg(figure(ds), name, figure.title, caption)
        sections.setdefault(figure.section, []).append(
            # The figure's own texts were escaped when it was written as SVG.
            {"name": name, "caption": caption, "svg": Markup(svg)}
        )
    return sections


def _available(ds: xr.Dataset) -> Iterable[str]:
    return REGISTRY.available(ds)
