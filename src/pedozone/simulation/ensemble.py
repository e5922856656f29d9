"""Many parameter draws of one site: simulated as columns of one batch, reduced one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pedozone.config.radiocarbon import curve_of
from pedozone.config.site import Site
from pedozone.engine.batching import available_cores
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import METHODS
from pedozone.engine.year import State
from pedozone.history.account import Account
from pedozone.parameters import ParameterSet
from pedozone.simulation.columns import soil_of
from pedozone.simulation.dataset import build, geometry_of
from pedozone.simulation.events import happened
from pedozone.simulation.histories import timeline_of
from pedozone.simulation.prescribed_boundary import boundary_by_year
from pedozone.simulation.setting import Setting
from pedozone.simulation.starting import Start, pedogenesis_start, scale_to_measured, steady_starts
from pedozone.simulation.years import Record, run_years
from pedozone.simulation.zoning import zone

Progress = Callable[[float, str], None]
Reduce = Callable[[xr.Dataset], xr.Dataset]

WIDTH = 32
"""Most members whose years are kept at a time: about 2 MB a member and century."""

_SPUN_UP = 0.4  # share of the time that the spin-up of a batch takes


@dataclass(frozen=True)
class Member:
    """What is kept of one draw.

    Parameters
    ----------
    result : xarray.Dataset
        What was asked for of its run.
    status : str
        How its spin-up ended (a value of `Status`), ``"none"`` where there was none.
    message : str
        The same with its cause and advice.
    """

    result: xr.Dataset
    status: str
    message: str


def run_members(
    site: Site,
    setting: Setting,
    parameters: ParameterSet,
    values: Mapping[str, np.ndarray],
    reduce: Reduce,
    progress: Progress | None = None,
    width: int = WIDTH,
) -> list[Member]:
    """Simulate a site with many sets of parameter values.

    The members are the columns of one batch: one spin-up for all, then their years in chunks of equal width over the
    available cores. Each is then diagnosed as a run of its own, so that a member is what `pedozone.simulate` gives for
    a site file with its values under ``[parameters]``; only what `reduce` returns of it is kept.

    Parameters
    ----------
    site : Site
    setting : Setting
        Of the site (batch of one); its model, solver and modes serve all members.
    parameters : ParameterSet
        Of the site.
    values : mapping of str to numpy.ndarray [members]
        Values in the place of those of `parameters`.
    reduce : callable
        From a member's run dataset to what is to be kept.
    progress : callable, optional
        Called with a fraction from 0 to 1 and a message.
    width : int
        Most members of a chunk.

    Returns
    -------
    list of Member
        In the order of the values.
    """
    members = next(iter(values.values())).size
    say = progress or (lambda fraction, message: None)
    with double_precision():
        batch = members_of(site, setting, parameters, values, members)
        timeline = replace(timeline_of(site), held=boundary_by_year(site))
        curve = curve_of(site)
        first = repeated(timeline.first, members)
        starts, state = _start(site, batch, first, curve, lambda f, m: say(_SPUN_UP * f, m))

    done, lock = [0], threading.Lock()

    def chunk(which: np.ndarray) -> list[Member]:
        with double_precision():  # of this thread
            part = _columns(batch, which)
            covers = [(year, name, repeated(forcing, which.size)) for year, name, forcing in timeline.covers]
            held = [(year, repeated(profiles, which.size)) for year, profiles in timeline.held]
            years = replace(timeline, covers=covers, held=held)
            stepper = starts[which[0]].stepper
            _, record = run_years(part, stepper, _take(state, which), list(site.years), years, curve)
            found = []
            for j, k in enumerate(which):
                found.append(_member(site, _columns(part, [j]), parameters, starts[k], _column(record, j), reduce))
                with lock:
                    done[0] = min(done[0] + 1, members)
                    say(_SPUN_UP + (1.0 - _SPUN_UP) * done[0] / members, f"member {done[0]} of {members}")
            return found

    found: dict[int, Member] = {}
    for stepper in dict.fromkeys(start.stepper for start in starts):
        own = np.flatnonzero([start.stepper == stepper for start in starts])
        chunks = list(_chunks(own, width))
        results = [chunk(chunks[0])]  # alone, so that it is compiled once
        with ThreadPoolExecutor(available_cores()) as pool:
            results += pool.map(chunk, chunks[1:])
        for which, part in zip(chunks, results, strict=True):
            found.update(zip(which.tolist(), part, strict=True))
    return [found[k] for k in range(members)]


def _chunks(members: np.ndarray, width: int) -> Iterator[np.ndarray]:
    """Members in parts of one size, the last filled up with its own last one."""
    parts = -(-members.size // width)
    size = -(-members.size // parts)
    for part in range(parts):
        yield members[np.minimum(np.arange(part * size, (part + 1) * size), members.size - 1)]


def members_of(
    site: Site, setting: Setting, parameters: ParameterSet, values: Mapping[str, np.ndarray], members: int
) -> Setting:
    """The setting with a column per member; what the soil takes from parameters follows them."""
    whole = {name: np.broadcast_to(values.get(name, value), (members,)) for name, value in parameters.values().items()}
    soils = [soil_of(site, {name: float(value[k]) for name, value in whole.items()}) for k in range(members)]
    soil = jax.tree.map(lambda *parts: jnp.concatenate([jnp.asarray(p) for p in parts], axis=-1), *soils)
    batch = replace(setting, soil=soil, parameters={name: jnp.asarray(value) for name, value in whole.items()})
    return _columns(batch, range(members))


def _start(site: Site, setting: Setting, forcing: Any, curve: Any, progress: Progress) -> tuple[list[Start], State]:
    """Where every member starts, and the states side by side."""
    method, year = METHODS[site.run.method], site.start.year
    members = setting.soil.mineral_mass.shape[-1]
    if site.start.mode == "pedogenesis":
        grown = pedogenesis_start(setting, method.usual, forcing, curve, year, site.start.pedogenesis_years, progress)
        starts = [replace(grown, state=_take(grown.state, [k])) for k in range(members)]
        return starts, grown.state
    starts = steady_starts(setting, method, forcing, curve, year, progress)
    if site.start.mode == "measured":
        layers = list(site.start.measured)
        starts = [scale_to_measured(_columns(setting, [k]), start, layers) for k, start in enumerate(starts)]
    return starts, jax.tree.map(lambda *parts: jnp.concatenate(parts, axis=-1), *(start.state for start in starts))


def _member(
    site: Site, setting: Setting, parameters: ParameterSet, start: Start, record: Record, reduce: Reduce
) -> Member:
    faces = geometry_of(setting, record)["face"]
    zoning = zone(setting, record, faces, **happened(record))
    ds = build(site, setting, parameters, start, record, zoning, start.stepper.name)
    return Member(reduce(ds), start.status, start.message)


def repeated(forcing: Any, members: int) -> Any:
    """The forcing of a single column for a column per member."""
    return jax.tree.map(lambda a: jnp.repeat(jnp.asarray(a), members, axis=-1), forcing)


def _take(tree: Any, which: Sequence[int] | np.ndarray) -> Any:
    index = np.asarray(which)
    return jax.tree.map(lambda a: a[..., index], tree)


def _columns(setting: Setting, which: Sequence[int] | np.ndarray) -> Setting:
    """Some columns; a single one has scalar parameters, as a run of its own."""
    index = np.asarray(which)
    chosen = index if index.size > 1 else int(index[0])
    own = {name: value[chosen] if value.ndim else value for name, value in setting.parameters.items()}
    return replace(setting, soil=_take(setting.soil, index), parameters=own)


def _column(record: Record, j: int) -> Record:
    """One column of a record, as a batch of one."""

    def of(tree: Any) -> Any:
        return jax.tree.map(lambda a: a[..., j : j + 1] if a.shape[-1] > 1 else a, tree)

    return replace(
        record,
        stocks=of(record.stocks),
        ledger=of(record.ledger),
        inc_share=of(record.inc_share),
        inputs=of(record.inputs),
        weather=of(record.weather),
        physical=of(record.physical),
        soils=of(record.soils),
        events=tuple(replace(event, account=_account(event.account, of)) for event in record.events),
    )


def _account(account: Account, of: Callable[[Any], Any]) -> Account:
    parts = {name: of(getattr(account, name)) for name in ("gain", "loss", "redistribution", "before", "added_mass")}
    return Account(**parts)
