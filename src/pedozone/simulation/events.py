"""The account of events as variables of a run's dataset (one column)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pedozone.history.account import FATES, Booked
from pedozone.simulation.years import Record


def event_totals(record: Record) -> tuple[np.ndarray, np.ndarray]:
    """External gain and loss of every year, all pools and events, kg m-2, both [years, quantities, cells]."""
    gain, loss = (np.zeros((len(record.years), *record.stocks.shape[1:2], record.stocks.shape[3])) for _ in range(2))
    for k, booked in _by_year(record):
        gain[k] += booked.account.total_gain[..., 0].sum(axis=1)
        loss[k] += booked.account.total_loss[..., 0].sum(axis=1)
    return gain, loss


def event_variables(record: Record) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Gain, loss by fate and redistribution by events, and what happened in every year."""
    years, (_, pools, cells) = len(record.years), record.stocks.shape[1:4]
    gain = event_totals(record)[0]
    loss = np.zeros((years, len(FATES), *gain.shape[1:]))
    moved = np.zeros((years, pools, cells))
    texts: list[list[str]] = [[] for _ in record.years]
    for k, booked in _by_year(record):
        for fate, amount in booked.account.loss.items():
            loss[k, FATES.index(fate)] += amount[..., 0].sum(axis=1)
        moved[k] += booked.account.redistribution[0, ..., 0]
        texts[k].append(booked.what)
    return {
        "event_gain": (("year", "tracer", "layer"), gain),
        "event_loss": (("year", "fate", "tracer", "layer"), loss),
        "event_redistribution": (("year", "pool", "layer"), moved),
        "event": (("year",), np.array([", ".join(text) for text in texts])),
    }


def events_by_cell(record: Record) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the events of every year did to the cells, as the budget of the zones takes it.

    Returns
    -------
    numpy.ndarray [years, quantities, cells]
        External gain less loss, kg m-2.
    numpy.ndarray [years, quantities, cells]
        Carried between cells, adding up to zero over them, kg m-2.
    numpy.ndarray [years]
        Mineral mass added at the surface, kg m-2; negative where it was removed.
    """
    shape = (len(record.years), record.stocks.shape[1], record.stocks.shape[3])
    external, carried, mass = np.zeros(shape), np.zeros(shape), np.zeros(shape[0])
    for k, booked in _by_year(record):
        external[k] += booked.account.external[..., 0]
        carried[k] += booked.account.carried[..., 0]
        mass[k] += booked.account.added_mass[0]
    return external, carried, mass


def happened(record: Record) -> dict[str, Any]:
    """What the events of a record did to its cells, as arguments of `zone`; nothing where there were none."""
    if not record.events:
        return {}
    return dict(zip(("external", "redistributed", "mineral_mass"), events_by_cell(record), strict=True))


def _by_year(record: Record) -> Iterator[tuple[int, Booked]]:
    place = {year: k for k, year in enumerate(record.years)}
    return ((place[booked.year], booked) for booked in record.events)
