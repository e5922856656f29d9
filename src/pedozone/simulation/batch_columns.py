"""Columns of one batch: some of them, one of them, and what a run makes of a single one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.history.account import Account
from pedozone.simulation.years import Record


def parts(columns: np.ndarray, width: int) -> Iterator[np.ndarray]:
    """Columns in parts of one size, at most a width, the last filled up with its own last one."""
    count = -(-columns.size // width)
    size = -(-columns.size // count)
    for part in range(count):
        yield columns[np.minimum(np.arange(part * size, (part + 1) * size), columns.size - 1)]


def repeated(forcing: Any, columns: int) -> Any:
    """The forcing of a single column for several."""
    return jax.tree.map(lambda a: jnp.repeat(jnp.asarray(a), columns, axis=-1), forcing)


def column_of(record: Record, j: int) -> Record:
    """One column of a record, as a batch of one."""

    def of(tree: Any) -> Any:
        return jax.tree.map(lambda a: a[..., j : j + 1] if a.shape[-1] > 1 else a, tree)

    weather: dict[Any, Any] = {}
    for cover, fields in record.weather.items():
        weather.setdefault(_cover(cover, j), of(fields))
    events = [event for event in record.events if event.column in (None, j)]
    return replace(
        record,
        covers=tuple(_cover(cover, j) for cover in record.covers),
        stocks=of(record.stocks),
        ledger=of(record.ledger),
        inc_share=of(record.inc_share),
        inputs=of(record.inputs),
        weather=weather,
        physical=of(record.physical),
        ph_shift=of(record.ph_shift),
        soils=of(record.soils),
        nitrogen=of(record.nitrogen),
        events=tuple(
            replace(e, account=_account(e.account, of)) if e.column is None else replace(e, column=None) for e in events
        ),
    )


def years_until(record: Record, year: int, count: int) -> Record:
    """The last years of a record up to one of them, that one included; as many as there are, at most a number."""
    end = record.years.index(year) + 1
    start = max(end - count, 0)
    years, moments = slice(start, end), slice(start, end + 1)
    kept = record.years[years]

    def of(tree: Any, part: slice) -> Any:
        return jax.tree.map(lambda a: a[part], tree)

    return replace(
        record,
        years=kept,
        covers=record.covers[years],
        stocks=record.stocks[moments],
        ledger=of(record.ledger, years),
        inc_share=of(record.inc_share, years),
        inputs=of(record.inputs, years),
        physical=of(record.physical, moments),
        atmosphere=record.atmosphere[years],
        ph_shift=record.ph_shift[years],
        events=tuple(event for event in record.events if event.year in kept),
        soils=of(record.soils, moments),
        nitrogen=of(record.nitrogen, years),
    )


def _cover(cover: str | tuple[str, ...], j: int) -> str:
    return cover if isinstance(cover, str) else cover[j]


def _account(account: Account, of: Any) -> Account:
    names = ("gain", "loss", "redistribution", "before", "added_mass")
    return Account(**{name: of(getattr(account, name)) for name in names})
