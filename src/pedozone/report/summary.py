"""What a run says, in sentences a land manager can use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pedozone.report.data import (
    band_edges,
    cover_base,
    cover_periods,
    cover_words,
    has_peat,
    main_criterion,
    main_horizon,
    organic_stocks,
    peat_surface,
    status_periods,
)
from pedozone.report.numbers import (
    CO2_PER_CARBON,
    NONE,
    T_HA_PER_KG_M2,
    depth_words,
    fixed,
    signed,
    significant,
)
from pedozone.report.observed import comparisons
from pedozone.report.wording import SPINUP_WORDS, Words, status_words

if TYPE_CHECKING:
    import xarray as xr

_NO_CHANGE_T_HA = 0.05
_LASTING_YEARS = 5
_MOST_NAMES = 4


@dataclass(frozen=True)
class Card:
    """A number in large type.

    `details` are the same in other units, or what it is compared with.
    """

    label: str
    value: str
    unit: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """Headline of the report."""

    cards: list[Card]
    sentences: list[str]
    warnings: list[str]


def headline(ds: xr.Dataset) -> Summary:
    """Put the result of a run into cards and sentences."""
    cards: list[Card] = []
    sentences: list[str] = []
    _stock(ds, cards, sentences)
    _boundary(ds, cards, sentences)
    _comparison(ds, sentences)
    return Summary(cards, sentences, _warnings(ds))


@dataclass(frozen=True)
class Reference:
    """The moment that changes are reckoned from.

    Attributes
    ----------
    state : int
        Its place along `time`.
    year : int
        Place along `year` of the last year before it; the first year where there is none.
    words : str
        The moment, to follow "since".
    """

    state: int
    year: int
    words: str


def _reference(ds: xr.Dataset) -> Reference:
    """Start of the last land cover if that has lasted, else the start of the run.

    A run often begins with a century of what was there before; a mean change since then would
    hide what followed the change of cover.
    """
    periods = cover_periods(ds)
    first = int(ds["year"][0])
    if periods:
        base = cover_base(periods[-1].cover)
        began = periods[-1].first
        for period in reversed(periods):
            if cover_base(period.cover) != base:
                break
            began = period.first
        if began > first and periods[-1].last - began + 1 >= _LASTING_YEARS:
            place = int(np.searchsorted(ds["year"].values, began))
            return Reference(place, place - 1, f"{began}, under {cover_words(base)}")
    return Reference(0, 0, f"the start of {first}")


def _headline_interval(ds: xr.Dataset) -> str | None:
    names = [str(name) for name in ds["interval"].values]
    for name in ("0-30", "0-20", *names):
        if name in names and np.isfinite(ds["soc_stock"].sel(interval=name).values[-1]):
            return name
    return None


def _stock(ds: xr.Dataset, cards: list[Card], sentences: list[str]) -> None:
    if "soc_stock" not in ds.variables:
        return
    name = _headline_interval(ds)
    if name is None:
        return
    reference = _reference(ds)
    depth = depth_words(name)
    mineral = ds["soc_stock"].sel(interval=name).values * T_HA_PER_KG_M2
    above, whole = organic_stocks(ds)
    if has_peat(ds):
        cards += _stock_cards("Carbon in peat and soil", whole, reference)
        cards.append(_part_card("Of it in the peat", above, reference))
        held = f"the peat and the mineral soil below it hold {_in_units(whole)}"
        rest = (
            f"The peat has {fixed(above[-1])} t C/ha of that ({_since(above, reference)}), the mineral soil in {depth} "
            f"{fixed(mineral[-1])} t C/ha ({_since(mineral, reference)})."
        )
        course = _course(ds, whole, reference)
    else:
        cards += _stock_cards(f"Carbon in the soil, {depth}", mineral, reference)
        held = f"the mineral soil holds {_in_units(mineral, f' in {depth}')}"
        rest = ""
        if max(above[reference.state], above[-1]) >= _NO_CHANGE_T_HA:
            cards.append(_part_card("Organic layer on top", above, reference))
            rest = (
                f"The organic layer on top of it holds {fixed(above[-1])} t C/ha more ({_since(above, reference)}), "
                f"the whole column {fixed(whole[-1])} t C/ha ({_since(whole, reference)})."
            )
        course = _course(ds, mineral, reference)
    events = _events(ds, reference)
    sentences.append(" ".join(filter(None, (f"At the end of {int(ds['year'][-1])} {held}. {course}", rest, events))))


def _stock_cards(label: str, series: np.ndarray, reference: Reference) -> list[Card]:
    """A stock, t C/ha by state, and its change."""
    last, change = float(series[-1]), float(series[-1] - series[reference.state])
    units = (f"{fixed(last * CO2_PER_CARBON)} t CO₂/ha", f"{fixed(last / 10, 2)} kg C m⁻²")
    changes = (
        f"{signed(change * CO2_PER_CARBON)} t CO₂/ha",
        f"{signed(change / 10, 2)} kg C m⁻²",
        f"{signed(_share(series, reference), 0)} %",
    )
    return [
        Card(label, fixed(last), "t C/ha", units),
        Card(f"Change since {reference.words}", signed(change), "t C/ha", changes),
    ]


def _part_card(label: str, series: np.ndarray, reference: Reference) -> Card:
    return Card(label, fixed(series[-1]), "t C/ha", (_since(series, reference),))


def _since(series: np.ndarray, reference: Reference) -> str:
    """The change of a part, to stand in brackets; the moment it is reckoned from was named before."""
    change = float(series[-1] - series[reference.state])
    return f"{signed(change)} since then" if abs(change) >= _NO_CHANGE_T_HA else "unchanged since then"


def _share(series: np.ndarray, reference: Reference) -> float:
    first = float(series[reference.state])
    return 100 * (float(series[-1]) - first) / first if first > 0 else np.nan


def _in_units(series: np.ndarray, where: str = "") -> str:
    last = float(series[-1])
    return (
        f"{fixed(last)} t of organic carbon per hectare{where} "
        f"({fixed(last * CO2_PER_CARBON)} t CO₂/ha, {fixed(last / 10, 2)} kg C m⁻²)"
    )


def _course(ds: xr.Dataset, series: np.ndarray, reference: Reference) -> str:
    change = float(series[-1] - series[reference.state])
    if abs(change) < _NO_CHANGE_T_HA:
        return f"That has not changed since {reference.words}."
    word = "gained" if change > 0 else "lost"
    subject = "They have" if has_peat(ds) else "It has"
    years = ds.sizes["year"] - reference.state
    return (
        f"{subject} {word} {fixed(abs(change))} t C/ha since {reference.words} "
        f"({signed(_share(series, reference), 0)} %, on average "
        f"{significant(abs(change) / years, 2)} t C/ha a year), as much carbon as in "
        f"{fixed(abs(change) * CO2_PER_CARBON)} t CO₂/ha."
    )


def _events(ds: xr.Dataset, reference: Reference) -> str:
    """What events brought and took since the reference: no land cover did that."""
    if "event" not in ds.variables:
        return ""
    span = ds.isel(year=slice(reference.state, None))
    gain, loss = (
        T_HA_PER_KG_M2
        * span[name].sel(tracer="carbon").sum([d for d in span[name].dims if d not in ("year", "tracer")])
        for name in ("event_gain", "event_loss")
    )
    brought, taken = float(gain.sum()), float(loss.sum())
    parts = [
        f"{verb} {fixed(amount)} t C/ha {how}"
        for verb, amount, how in (("brought", brought, "from outside"), ("took", taken, "outright"))
        if amount >= _NO_CHANGE_T_HA
    ]
    if not parts:
        return ""
    moved = (gain + loss).values > 0.0
    names = list(dict.fromkeys(str(n) for n in span["event"].values[moved] if str(n)))
    more = ", …" if len(names) > _MOST_NAMES else ""
    named = f" ({', '.join(names[:_MOST_NAMES])}{more})" if names else ""
    return f"In that time events{named} {' and '.join(parts)}, which is part of the change."


def _boundary(ds: xr.Dataset, cards: list[Card], sentences: list[str]) -> None:
    if "boundary_depth" not in ds.variables:
        return
    criterion = main_criterion(ds)
    horizon = main_horizon(ds) if "horizon" in ds.variables else 10.0
    surface = peat_surface(ds)
    depth = 100 * (ds["boundary_depth"].sel(criterion=criterion).values + surface)
    datum = " below the surface of the peat" if has_peat(ds) else ""
    final = status_periods(ds, criterion)[-1]
    convention = f"horizon T = {horizon:g} yr"
    place = _reference(ds).year
    before, before_year = float(depth[place]), int(ds["year"][place])
    earlier = f"{fixed(before, 0)} cm in {before_year}"
    if final.status in ("one", "many") and np.isfinite(depth[-1]):
        details = [datum.strip(), earlier, f"gradual, {_band(ds, criterion, -1)}", convention]
        cards.append(
            Card(
                "Boundary of the zones",
                fixed(depth[-1], 0),
                "cm",
                tuple(text for text in details if text and NONE not in text),
            )
        )
        several = (
            " (the profile changes zone more than once; this is the deepest change)" if final.status == "many" else ""
        )
        sentences.append(
            f"In {final.last} the vegetation zone reaches down to about {fixed(depth[-1], 0)} "
            f"cm{datum}{several}. Above that depth carbon is mostly in the hands of plants and microbes: "
            "dissolved carbon is more likely than not respired to CO₂ within "
            f"{horizon:g} years, stocks follow land use, and they can be lost quickly. Below it "
            f"minerals and water decide, and what gets there stays longer{_ages(ds)}."
        )
        sunk = 100 * float(surface[place] - surface[-1])
        move = float(depth[-1]) - before + sunk  # of the boundary itself, not of the surface that its depth counts from
        if np.isfinite(move) and abs(move) >= 1:
            way = "up" if move < 0 else "down"
            sentences.append(f"The boundary has moved {way} by {fixed(abs(move), 0)} cm since {before_year}.")
        if np.isfinite(sunk) and abs(sunk) >= 1:
            way = "sunk" if sunk > 0 else "risen"
            stays = ", while the boundary stays where it was" if abs(move) < 1 else ""
            sentences.append(
                f"The surface of the peat has {way} by {fixed(abs(sunk), 0)} cm since {before_year}{stays}."
            )
        return
    words = status_words(final.status)
    value = {"no_vegetation": "0", "all_vegetation": fixed(depth[-1], 0)}.get(final.status, "none")
    since = f"since {final.first}"
    cards.append(
        Card(
            "Boundary of the zones",
            value,
            "cm" if value != "none" else "",
            tuple(t for t in (words.short, since, earlier, convention) if NONE not in t),
        )
    )
    sentences.append(
        f"{words.short[:1].upper()}{words.short[1:]} {since}: {words.meaning} (horizon T = {horizon:g} years)."
    )


def _ages(ds: xr.Dataset) -> str:
    """Mean ages of the two zones' carbon in the last year, where both are known."""
    if "zone_age" not in ds.variables:
        return ""
    ages = [float(ds["zone_age"].sel(zone=zone)[-1]) for zone in ("vegetation", "mineral")]
    if not np.isfinite(ages).all():
        return ""
    upper, lower = (significant(age, 2) for age in ages)
    return f": its carbon is {lower} years old on average, that above {upper}"


def _band(ds: xr.Dataset, criterion: str, place: int) -> str:
    edges = band_edges(ds, criterion)
    if edges is not None:
        height = peat_surface(ds)[place]
        upper, lower = (100 * float(values[place] + height) for values in edges)
        if np.isfinite(upper) and np.isfinite(lower):
            return f"{fixed(upper, 0)}–{fixed(lower, 0)} cm"
    return NONE


def _comparison(ds: xr.Dataset, sentences: list[str]) -> None:
    for found in comparisons(ds):
        if found.quantity.variable == "soc_stock" and found.dates > 1:
            sentences.append(
                f"Measured stocks in {depth_words(found.interval)} are met with a typical "
                f"error (RMSE) of {significant(found.rmse, 2)} t C/ha over {found.dates} dates."
            )
            return


def _warnings(ds: xr.Dataset) -> list[str]:
    from pedozone.simulation.summary import held_words  # with JAX behind it

    found = held_words(ds)
    words = spinup_words(ds)
    if ds.attrs.get("spinup_status") not in (None, "", "none", "converged"):
        found.append(f"{words.short} {words.meaning}")
    return found


def spinup_words(ds: xr.Dataset) -> Words:
    """Words and advice for the status of the spin-up."""
    status = str(ds.attrs.get("spinup_status", ""))
    return SPINUP_WORDS.get(status, Words(f"Spin-up status: {status or 'not stated'}.", ""))
