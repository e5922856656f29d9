"""Many parameter draws of one site: simulated as columns of one batch, reduced one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pedozone.config.radiocarbon import curve_of
from pedozone.config.site import Site
from pedozone.engine.batching import available_cores
from pedozone.engine.precision import double_precision
from pedozone.engine.progress import Progress
from pedozone.history.timelines import joined, taken
from pedozone.parameters import ParameterSet
from pedozone.simulation.batch_columns import column_of, parts, repeated
from pedozone.simulation.columns import soil_of
from pedozone.simulation.dataset import build, geometry_of
from pedozone.simulation.events import happened
from pedozone.simulation.histories import timeline_of
from pedozone.simulation.prescribed_boundary import boundary_by_year
from pedozone.simulation.setting import Setting, some_columns
from pedozone.simulation.setting_up import starts_of
from pedozone.simulation.starting import Start
from pedozone.simulation.years import Record, run_years
from pedozone.simulation.zoning import zone

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
        starts = starts_of(site, batch, first, curve, lambda f, m: say(_SPUN_UP * f, m))
        state = joined([start.state for start in starts])

    done, lock = [0], threading.Lock()

    def chunk(which: np.ndarray) -> list[Member]:
        with double_precision():  # of this thread
            part = some_columns(batch, which)
            covers = [(year, name, repeated(forcing, which.size)) for year, name, forcing in timeline.covers]
            held = [(year, repeated(profiles, which.size)) for year, profiles in timeline.held]
            years = replace(timeline, covers=covers, held=held)
            stepper = starts[which[0]].stepper
            _, record = run_years(part, stepper, taken(state, which), list(site.years), years, curve)
            found = []
            for j, k in enumerate(which):
                found.append(
                    _member(site, some_columns(part, [j]), parameters, starts[k], column_of(record, j), reduce)
                )
                with lock:
                    done[0] = min(done[0] + 1, members)
                    say(_SPUN_UP + (1.0 - _SPUN_UP) * done[0] / members, f"member {done[0]} of {members}")
            return found

    found: dict[int, Member] = {}
    for stepper in dict.fromkeys(start.stepper for start in starts):
        own = np.flatnonzero([start.stepper == stepper for start in starts])
        chunks = list(parts(own, width))
        results = [chunk(chunks[0])]  # alone, so that it is compiled once
        with ThreadPoolExecutor(available_cores()) as pool:
            results += pool.map(chunk, chunks[1:])
        for which, part in zip(chunks, results, strict=True):
            found.update(zip(which.tolist(), part, strict=True))
    return [found[k] for k in range(members)]


def members_of(
    site: Site, setting: Setting, parameters: ParameterSet, values: Mapping[str, np.ndarray], members: int
) -> Setting:
    """The setting with a column per member; what the soil takes from parameters follows them."""
    whole = {name: np.broadcast_to(values.get(name, value), (members,)) for name, value in parameters.values().items()}
    soils = [soil_of(site, {name: float(value[k]) for name, value in whole.items()}) for k in range(members)]
    soil = jax.tree.map(lambda *parts: jnp.concatenate([jnp.asarray(p) for p in parts], axis=-1), *soils)
    batch = replace(setting, soil=soil, parameters={name: jnp.asarray(value) for name, value in whole.items()})
    return some_columns(batch, range(members))


def _member(
    site: Site, setting: Setting, parameters: ParameterSet, start: Start, record: Record, reduce: Reduce
) -> Member:
    faces = geometry_of(setting, record)["face"]
    zoning = zone(setting, record, faces, **happened(record))
    ds = build(site, setting, parameters, start, record, zoning, start.stepper.name)
    return Member(reduce(ds), start.status, start.message)
