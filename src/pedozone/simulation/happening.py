"""What happens at the beginning of a year: its events, carried out on the state."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import Soil
from pedozone.engine.year import State
from pedozone.history.account import Booked
from pedozone.history.column import Column
from pedozone.history.errors import HistoryError
from pedozone.history.event import Outcome, Signature
from pedozone.history.timeline import Plan
from pedozone.history.timelines import Plans, put, taken
from pedozone.models.pedon_forcing import Physical
from pedozone.models.pedon_physics import compacted, ploughed
from pedozone.models.pedon_variants import STRUCTURE
from pedozone.simulation.setting import TRACERS, Setting, face_at, some_columns, traced_as


def happen(
    setting: Setting, plan: Plan | Plans, state: State, soil: Soil, modern: np.ndarray
) -> tuple[State, Soil, list[Booked]]:
    """Carry out the events of a year, one after the other.

    Parameters
    ----------
    plan : Plan or Plans
        For all columns, or one for each.
    state : State
        At the end of the year before.
    soil : Soil
        Lasting properties, NumPy arrays; changed by events that bring or take mineral material.
    modern : numpy.ndarray [1] or [batch]
        Absolute 14C of the year's atmosphere, fraction modern.

    Returns
    -------
    State, Soil, list of Booked

    Raises
    ------
    HistoryError
        Where an event asks for something that the model has not.
    """
    if isinstance(plan, Plans):
        return _in_columns(setting, plan, state, soil, modern)
    if not plan.events:
        return state, soil, []
    stocks = np.asarray(state.stocks)
    physical = state.physical
    signature = Signature(TRACERS, np.broadcast_to(modern, (stocks.shape[-1],)), traced_as=traced_as)
    booked = []
    for event in plan.events:
        face = np.asarray(face_at(setting, stocks[0], soil, physical.swelling))
        outcome = event.apply(stocks, Column(setting.model.graph, soil, face, plan.forcing), signature)
        stocks, soil = outcome.stocks, outcome.soil
        physical = _disturbed(setting, physical, outcome, event.what)
        booked.append(Booked(plan.year, event.what, outcome.account))
    return State(jnp.asarray(stocks), physical), soil, booked


def _in_columns(
    setting: Setting, plans: Plans, state: State, soil: Soil, modern: np.ndarray
) -> tuple[State, Soil, list[Booked]]:
    """The events of every column for itself."""
    booked: list[Booked] = []
    atmosphere = np.broadcast_to(modern, (len(plans.each),))
    for k, plan in enumerate(plans.each):
        if not plan.events:
            continue
        own = State(jnp.asarray(np.asarray(state.stocks)[..., [k]]), taken(state.physical, [k]))
        soil_before = taken(soil, [k])
        after, soil_after, done = happen(some_columns(setting, [k]), plan, own, soil_before, atmosphere[[k]])
        stocks, physical = put(state.stocks, after.stocks, k), put(state.physical, after.physical, k)
        state = State(jnp.asarray(stocks), jax.tree.map(jnp.asarray, physical))
        soil = soil if soil_after is soil_before else put(soil, soil_after, k)
        booked += [replace(event, column=k) for event in done]
    return state, soil, booked


def _disturbed(setting: Setting, physical: Physical, outcome: Outcome, what: str) -> Physical:
    """The physical state after an event that changed structure or brought nitrogen."""
    if outcome.structure is not None:
        if STRUCTURE not in setting.model.physics:
            raise HistoryError(f"'{what}' changes the structure of the soil, which is switched off")
        physical = compacted(physical, jnp.asarray(outcome.structure), setting.parameters)
    if outcome.tilled is not None and STRUCTURE in setting.model.physics:
        physical = ploughed(physical, jnp.asarray(outcome.tilled), setting.parameters)
    if outcome.nitrogen is not None and physical.nitrogen is not None:
        known = physical.nitrogen
        # the carbon that came holds nitrogen at the C:N of its pools; the rest is mineral, or lacking
        gained = outcome.account.total_gain[0]
        left = jnp.asarray(outcome.nitrogen) - jnp.sum(jnp.asarray(gained) * known.per_carbon, axis=0)
        mineral, shortage = known.mineral + jnp.maximum(left, 0.0), known.shortage + jnp.maximum(-left, 0.0)
        physical = physical._replace(nitrogen=known._replace(mineral=mineral, shortage=shortage))
    return physical
