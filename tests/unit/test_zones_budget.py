"""The budget of both zones closes for every tracer, wherever the boundary goes and whatever events do."""

import dataclasses

import numpy as np
import pytest
import zone_cases as cases
from hypothesis import given, settings
from hypothesis import strategies as st

from pedozone.simulation.setting import TRACERS
from pedozone.simulation.zoning import SOURCES, events_by_cell, flows_of, mechanisms_of, years_of, zone
from pedozone.zones.boundary import share_above
from pedozone.zones.budget import EVENTS, TERMS, Flows, boundary_movement, previous, zone_budget

CLOSES = 1e-12


@pytest.fixture(scope="module")
def history():
    return cases.history()


@pytest.fixture(scope="module")
def years(history):
    setting, record, faces = history
    return years_of(setting, record, faces[1:])


def eventful(history, seed: int, manure: float = 0.3):
    """What events did by year, and a record whose stocks show it."""
    _, record, _ = history
    rng = np.random.default_rng(seed)
    shape = record.ledger.input.shape[:-1]
    external = manure * rng.uniform(-0.1, 1.0, shape) * (rng.random((shape[0], 1, 1)) < 0.3)
    turned = rng.uniform(-1.0, 1.0, shape) * (rng.random((shape[0], 1, 1)) < 0.3)
    turned -= turned.mean(axis=-1, keepdims=True)
    held = np.array(record.stocks)
    held[1:, :, 0, :, 0] += np.cumsum(external + turned, axis=0)
    return dataclasses.replace(record, stocks=held), external, turned


def worst(budget, flows) -> float:
    """Largest residual of a zone's budget over what the column held and gained."""
    scale = np.abs(flows.before).sum(axis=1) + np.abs(flows.input).sum(axis=1) + np.abs(flows.source).sum(axis=1)
    return float(np.nanmax(np.abs(budget.terms["residual"]) / scale))


def test_thirty_years_with_a_change_of_cover_close_for_every_tracer(history):
    setting, record, faces = history
    zoning = zone(setting, record, faces)
    flows = flows_of(setting, record)
    moved = np.abs(np.diff(zoning.boundaries["dom_fate"].mass))
    assert moved.max() > 10.0  # kg m-2: the boundary does move
    assert np.isfinite(zoning.budget.terms["residual"]).all()
    assert zoning.budget.terms["residual"].shape == (2, 1 + len(TRACERS), cases.YEARS)
    assert worst(zoning.budget, flows) < CLOSES
    assert np.abs(zoning.budget.terms["rezoning"][0, 0]).max() > 1e-3


def test_zones_add_up_to_the_column(history):
    setting, record, faces = history
    budget, flows = zone(setting, record, faces).budget, flows_of(setting, record)
    both = {name: term.sum(axis=0) for name, term in budget.terms.items()}
    stock = np.abs(flows.before).sum(axis=1)
    for name, whole in {
        "input": flows.input.sum(axis=1),
        "respired": -flows.respired.sum(axis=1),
        "decay": flows.source.sum(axis=1),
        "leached": -flows.face[:, :, -1].sum(axis=0),
        "change": (flows.after - flows.before).sum(axis=1),
        "transfer": 0.0,
        "rezoning": 0.0,
    }.items():
        assert np.all(np.abs(both[name] - whole) <= CLOSES * stock), name


def test_sources_and_mechanisms_add_up_to_the_transfer(history):
    setting, record, faces = history
    zoning = zone(setting, record, faces)
    assert zoning.mechanisms == mechanisms_of(setting) == ("dissolved", "mixing", "fragmentation", "anecic burial")
    given = record.ledger.input[:, 0].sum(axis=(1, 2))
    tagged = [1 + TRACERS.index(s) for s in SOURCES]
    np.testing.assert_allclose(zoning.connectivity.sum(axis=0), zoning.budget.crossing[:, tagged].sum(axis=0) / given)
    # source tags make up all carbon here, so their transfers make up the carbon's
    np.testing.assert_allclose(zoning.budget.crossing[:, tagged].sum(axis=1), zoning.budget.crossing[:, 0], rtol=1e-9)
    np.testing.assert_allclose(zoning.budget.terms["transfer"][1, 0], zoning.budget.crossing[:, 0].sum(axis=0))


def test_events_are_booked_once(history):
    setting, _, faces = history
    told, external, turned = eventful(history, 3)
    zoning = zone(setting, told, faces, external=external, redistributed=turned)
    flows = flows_of(setting, told)
    assert zoning.mechanisms[-1] == EVENTS
    assert worst(zoning.budget, flows) < CLOSES
    np.testing.assert_allclose(zoning.budget.terms["events"].sum(axis=0), np.moveaxis(external.sum(axis=-1), 0, -1))
    above = share_above(years_of(setting, told, faces[1:]), zoning.budget.start)
    np.testing.assert_allclose(zoning.budget.crossing[-1, 0], -np.sum(above * turned[:, 0].T, axis=0), atol=1e-14)
    np.testing.assert_array_equal(zoning.face_flux[:, -1, 0], 0.0)
    np.testing.assert_allclose(zoning.face_flux[:, -1, -1], 0.0, atol=1e-13)
    silent = zone(setting, told, faces).budget
    assert worst(silent, flows) > 1e-3  # what is not told is missed


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_any_path_of_the_boundary_closes_with_any_events(history, years, seed, peat, shifting):
    setting, _, _ = history
    rng = np.random.default_rng(seed)
    told, external, turned = eventful(history, seed)
    years = dataclasses.replace(years, peat=peat)
    at = years.position_at_face
    mass = rng.uniform(at[0], at[-1], cases.YEARS)
    mass[rng.random(cases.YEARS) < 0.2] = rng.choice(at)
    mass[rng.random(cases.YEARS) < 0.1] = np.nan
    dug = rng.uniform(-60.0, 80.0, cases.YEARS) if shifting else None
    slots = np.cumsum(rng.random((cases.YEARS, setting.model.graph.organic + 1)), axis=1) if shifting else None
    events = events_by_cell(years, external, turned, dug, slots)
    flows = flows_of(setting, told, events)
    budget = zone_budget(years, mass, flows)
    known = np.isfinite(mass) & np.isfinite(previous(mass))
    assert np.isfinite(budget.terms["residual"]).all(axis=(0, 1))[known].all()
    if known.any():
        assert worst(budget, flows) < CLOSES
    assert set(budget.terms) == set(TERMS)


def test_what_is_buried_with_its_boundary_is_not_rezoned(years):
    """Debris without carbon lies down on the surface and pushes every layer down by one cell."""
    cells, organic = years.graph.cells, years.graph.organic
    even = dataclasses.replace(years, mineral_mass=np.where(np.arange(cells) < organic, 0.0, 50.0))
    stock = np.linspace(3.0, 1.0, cells)
    stock[organic:] -= 0.1
    buried = stock.copy()
    buried[organic + 1 :], buried[organic] = stock[organic:-1], 0.0
    lost = np.zeros(cells)
    lost[-1] = -stock[-1]  # out of the column at its base
    count = cases.YEARS
    still = np.zeros((1, cells, count))

    def all_years(profile):
        return np.repeat(profile[None, :, None], count, axis=2)

    events = events_by_cell(
        even,
        np.repeat(lost[None, None], count, axis=0),
        np.repeat((buried - stock - lost)[None, None], count, axis=0),
        np.full(count, 50.0),
    )
    flows = Flows(all_years(stock), all_years(buried), still, still, still, np.zeros((1, 1, cells + 1, count)), events)
    mass = np.full(count, 120.0)
    mass[1::2] = 170.0
    budget = zone_budget(even, mass, flows)
    after_rise = slice(1, None, 2)  # began at 120, pushed to 170, ended at 170
    np.testing.assert_allclose(budget.start[after_rise], 170.0)
    for name in ("rezoning", "events", "change"):
        np.testing.assert_allclose(budget.terms[name][0, 0, after_rise], 0.0, atol=1e-14)
    np.testing.assert_allclose(budget.crossing[-1, 0, after_rise], 0.0, atol=1e-14)
    np.testing.assert_allclose(budget.terms["residual"], 0.0, atol=1e-14)


def test_renumbered_peat_slots_move_nothing(years):
    """Slots split or merge: the boundary's number changes, its carbon does not."""
    graph = years.graph.with_cells(4, 4)
    peat = dataclasses.replace(years, graph=graph, mineral_mass=np.zeros(4), peat=True)
    np.testing.assert_array_equal(peat.position_at_face, [-4.0, -3.0, -2.0, -1.0, 0.0])
    stock = np.array([1.0, 4.0, 3.0, 2.0])
    split_second = np.array([1.0, 2.0, 2.0, 5.0])  # the second halves, the last two merge
    slots = np.array([[0.0, 1.0, 3.0, 3.0 + 3.0 / 5.0, 4.0]])
    face = np.zeros((1, 1, 5, 1))
    still = np.zeros((1, 4, 1))
    events = events_by_cell(peat, still.T.reshape(1, 1, 4), (split_second - stock)[None, None], None, slots)
    flows = Flows(stock[None, :, None], split_second[None, :, None], still, still, still, face, events)
    for place in (-3.5, -2.5, -2.0):
        budget = zone_budget(peat, np.array([place]), flows)
        to = budget.start[0]
        assert to == pytest.approx(-4.0 + np.interp(place + 4.0, np.arange(5), slots[0]))
        np.testing.assert_allclose(budget.crossing[-1], 0.0, atol=1e-14)
        np.testing.assert_allclose(budget.terms["residual"], 0.0, atol=1e-14)


def test_change_of_depth_is_rezoning_and_swelling(history, years):
    _, _, faces = history
    rng = np.random.default_rng(5)
    mass = rng.uniform(0.0, years.mass_at_face[-1], cases.YEARS)
    rezoned, swollen = boundary_movement(years, mass, faces[:-1].T)
    organic = years.graph.organic

    def depth(at, face):
        return np.array([np.interp(m, years.mass_at_face, f[organic:]) for m, f in zip(at, face, strict=True)])

    whole = depth(mass, faces[1:]) - depth(previous(mass), faces[:-1])
    np.testing.assert_allclose(rezoned + swollen, whole, atol=1e-14)
    still = boundary_movement(years, np.full(cases.YEARS, 300.0), faces[:-1].T)
    np.testing.assert_array_equal(still[0], 0.0)
    assert np.abs(still[1]).max() > 1e-5
