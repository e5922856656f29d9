"""Every event conserves every tracer, whatever the stocks, the depth and the shares."""

import history_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.engine.declarations import Role
from pedozone.history.fire import Fire
from pedozone.history.landslip import Burial, Landslip
from pedozone.history.tillage import Plough

NAMES = list(cases.every_event(0.2, 0.5, 0.5))
SHARES = st.floats(0.0, 1.0)


def done(event, column, seed=0):
    before = cases.stocks(column, seed)
    return before, event.apply(before, column, cases.signature())


@pytest.mark.parametrize("name", NAMES)
@given(
    depth=st.floats(0.01, 1.5),
    share=SHARES,
    other=SHARES,
    organic=st.integers(0, 6),
    layers=st.integers(2, 12),
    seed=st.integers(0, 10**6),
)
def test_what_came_and_went_is_the_difference(name, depth, share, other, organic, layers, seed):
    column = cases.column(organic, layers, seed=seed)
    event = cases.every_event(depth, share, other)[name]
    before, outcome = done(event, column, seed)
    account, after = outcome.account, outcome.stocks
    scale = before.sum(axis=(1, 2)).max() + np.abs(account.total_gain).sum() + 1e-30
    assert after.min() >= -1e-15 * scale
    booked = before + account.total_gain - account.total_loss + account.redistribution
    assert np.abs(after - booked).max() <= 1e-12 * scale
    # redistribution moves and does not make: zero over pools and cells, by quantity and column
    assert np.abs(account.redistribution.sum(axis=(1, 2))).max() <= 1e-12 * scale
    # what follows carbon exactly, follows it through the event as well
    gained = account.total_gain
    copy = cases.TRACERS.index("copy") + 1
    inside = after[0] - sum((g[0] for s, g in account.gain.items() if not like_the_column(s)), start=0.0)
    np.testing.assert_allclose(after[copy], inside, rtol=0.0, atol=1e-12 * scale)
    assert (gained >= 0.0).all()
    assert all((lost >= 0.0).all() for lost in account.loss.values())
    np.testing.assert_allclose(account.after, after.sum(axis=1), rtol=0.0, atol=1e-12 * scale)


def like_the_column(source):
    """Sources whose material is composed like that of the column, tracers included."""
    return source in ("sediment", "parent material")


@pytest.mark.parametrize("name", NAMES)
@given(depth=st.floats(0.01, 1.4), share=SHARES, other=SHARES, seed=st.integers(0, 10**6))
def test_cells_close_as_the_zones_see_them(name, depth, share, other, seed):
    column = cases.column(seed=seed)
    before, outcome = done(cases.every_event(depth, share, other)[name], column, seed)
    account = outcome.account
    scale = before.sum(axis=(1, 2)).max() + account.total_gain.sum()
    left = outcome.stocks.sum(axis=1) - before.sum(axis=1) - account.external - account.carried
    assert np.abs(left).max() <= 1e-12 * scale
    assert np.abs(account.carried.sum(axis=1)).max() <= 1e-12 * scale
    if not account.added_mass.any():
        np.testing.assert_allclose(account.carried, account.redistribution.sum(axis=1), rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("event", [Landslip, lambda depth: Burial(depth, 0.7)], ids=["landslip", "burial"])
def test_a_boundary_that_moves_with_its_material_is_not_crossed(event):
    """Model page 4.2: mineral mass at the surface first shifts m_b, and then nothing passes through it."""
    column = cases.column(organic=1, layers=8, even=True)
    face = column.mass_faces()[:, 0]
    before, outcome = done(event(float(column.face[3, 0])), column)  # two whole layers
    account = outcome.account
    old = face[5]
    new = old + account.added_mass[0]
    assert np.abs(face - new).min() < 1e-9 and abs(new - old) > 1.0

    def above(cells, mass):
        inner = [np.interp(mass, face, np.concatenate([[0.0], np.cumsum(row)])) for row in cells[:, 1:, 0]]
        return cells[:, 0, 0] + np.array(inner)

    moved = above(account.before, old) + above(account.external, new) - above(account.after, new)
    assert np.abs(moved).max() <= 1e-12 * before.sum(axis=(1, 2)).max()


@given(depth=st.floats(0.02, 1.5), efficiency=SHARES)
def test_ploughing_leaves_an_even_soil_as_it_is(depth, efficiency):
    column = cases.column(organic=0)
    even = np.broadcast_to(column.mass * 0.02, (7, *column.shape)).copy()
    outcome = Plough(depth, efficiency, 0.0).apply(even, column, cases.signature())
    np.testing.assert_allclose(outcome.stocks, even, rtol=1e-12)


def test_a_full_ploughing_evens_out_its_depth_and_nothing_below():
    column = cases.column()
    depth = float(column.face[4, 0])
    before, outcome = done(Plough(depth, 1.0, 0.0), column)
    after = outcome.stocks[0, :, :, 0]
    concentration = after[:, 1:4] / column.mass[1:4, 0]
    worked = column.pools(without="woody")
    np.testing.assert_allclose(concentration[worked], concentration[worked, :1] * np.ones(3), rtol=1e-12)
    np.testing.assert_array_equal(after[worked, 0], 0.0)
    np.testing.assert_allclose(after[:, 4:], before[0, :, 4:, 0], rtol=1e-15)


def test_coarse_wood_lies_where_it_fell_and_takes_what_is_wood():
    column = cases.column()
    logs = column.pools(tag="woody")[0]
    before, outcome = done(Plough(0.5, 0.9, 0.4), column)
    np.testing.assert_array_equal(outcome.stocks[:, logs], before[:, logs])
    _, felled = done(cases.every_event(0.2, 0.5, 0.5)["clear-cut"], column)
    gain = felled.account.gain
    np.testing.assert_allclose(gain["wood"][0].sum(axis=(1, 2)), [*np.eye(9 + 1)[logs] * 2.5 * cases.BATCH])
    assert gain["leaf"][0, logs].max() == gain["root"][0, logs].max() == 0.0


def test_ploughing_frees_macro_aggregates_alone():
    column = cases.column(organic=0)
    clods, crumbs, slow = (
        column.pools(Role.OCCLUDED, without="micro")[0],
        column.pools(tag="micro")[0],
        column.pool(Role.FRESH, "structural"),
    )
    before, outcome = done(Plough(1.5, 0.0, 0.25), column)
    np.testing.assert_allclose(outcome.stocks[:, clods], 0.75 * before[:, clods])
    np.testing.assert_array_equal(outcome.stocks[:, crumbs], before[:, crumbs])
    np.testing.assert_allclose(outcome.stocks[:, slow], before[:, slow] + 0.25 * before[:, clods])


def test_a_plough_moves_carbon_by_layer_overlap():
    column = cases.column(organic=0)
    mid = float(0.5 * (column.face[2, 0] + column.face[3, 0]))
    before, outcome = done(Plough(mid, 1.0, 0.0), column)
    # half of the layer that the depth cuts takes part
    kept = before[0, :, 2, 0] - 0.5 * before[0, :, 2, 0]
    stirred = before[0, :, :2, 0].sum(axis=1) + 0.5 * before[0, :, 2, 0]
    mass = column.mass[:, 0]
    share = 0.5 * mass[2] / (mass[:2].sum() + 0.5 * mass[2])
    worked = column.pools(without="woody")
    np.testing.assert_allclose(outcome.stocks[0, worked, 2, 0], (kept + share * stirred)[worked], rtol=1e-12)


def test_fire_leaves_charcoal_on_the_mineral_soil():
    column = cases.column(organic=2)
    before, outcome = done(Fire(0.6, 0.0, 0.0, 0.1), column)
    coal = column.pool(Role.INERT)
    litter = before[:, :, :2].sum(axis=(1, 2)) - before[:, coal, :2].sum(axis=1)
    burnt = outcome.account.loss["burnt"].sum(axis=(1, 2))
    np.testing.assert_allclose(burnt, 0.6 * 0.9 * litter, rtol=1e-12)
    grown = outcome.stocks[:, coal, 2] - before[:, coal, 2] - before[:, coal, :2].sum(axis=1)
    np.testing.assert_allclose(grown, 0.6 * 0.1 * litter, rtol=1e-12)
    assert outcome.stocks[:, coal, :2].max() == 0.0
    np.testing.assert_array_equal(outcome.stocks[:, :, 3:], before[:, :, 3:])


def test_burial_and_landslip_of_whole_layers_are_each_others_reverse():
    column = cases.column(organic=0, layers=6)
    top = float(column.face[1, 0])
    before = cases.stocks(column)[..., :1]
    one = type(column)(
        column.graph,
        column.soil._replace(**{k: a[:, :1] for k, a in column.soil._asdict().items() if a is not None}),
        column.face[:, :1],
        column.forcing,
    )
    light = cases.signature()._replace(fraction_modern=np.array([1.0]))
    buried = Burial(top, 0.0).apply(before, one, light)
    np.testing.assert_allclose(buried.stocks[:, :, 0], 0.0, atol=1e-12)
    held_below = (before.sum(axis=1) - buried.account.loss["buried below the column"].sum(axis=1)).sum(axis=1)
    np.testing.assert_allclose(buried.stocks.sum(axis=(1, 2)), held_below, rtol=1e-12)
    again = type(one)(one.graph, buried.soil, one.face, None)
    bared = Landslip(top, bare_base=True).apply(buried.stocks, again, light)
    # the first layer slid off again is the deposit, which held nothing
    assert bared.account.loss["removed by landslip"].max() <= 1e-12 * before.max()
    np.testing.assert_allclose(bared.account.added_mass, -buried.account.added_mass, rtol=1e-12)


@given(depth=st.floats(0.01, 1.4), seed=st.integers(0, 10**6), richness=st.floats(0.0, 2.0))
def test_soil_that_moves_takes_its_properties_along(depth, seed, richness):
    column = cases.column(seed=seed)
    for event in (Landslip(depth), Burial(depth, richness)):
        soil = event.soil(column)
        np.testing.assert_array_equal(soil.mineral_mass, column.soil.mineral_mass)
        mineral = slice(column.graph.organic, None)
        whole = np.asarray(soil.sand + soil.silt + soil.clay)[mineral]
        np.testing.assert_allclose(whole, 1.0, rtol=1e-9)
        assert soil.salinity is None  # known nowhere
        for name in ("ph", "clay", "mineral_density", "oxides"):
            new, old = np.asarray(getattr(soil, name))[mineral], np.asarray(getattr(column.soil, name))[mineral]
            assert (new >= old.min(axis=0) - 1e-9).all() and (new <= old.max(axis=0) + 1e-9).all()
    # by one layer: the second becomes the first
    first = float(column.face[column.graph.organic + 1, 0])
    slid = Landslip(first).soil(column)
    if np.isclose(column.mass[1, 0], column.mass[2, 0]):
        np.testing.assert_allclose(slid.clay[1, 0], column.soil.clay[2, 0])


def test_manure_has_the_air_of_its_year_and_its_own_tag():
    column = cases.column()
    event = cases.every_event(0.2, 0.5, 0.5)["manure"]
    _, outcome = done(event, column)
    gain = outcome.account.gain["manure"].sum(axis=(1, 2))
    np.testing.assert_allclose(gain[0], 0.5, rtol=1e-12)
    np.testing.assert_allclose(gain[1], 0.5 * cases.signature().fraction_modern, rtol=1e-12)
    np.testing.assert_allclose(gain[1 + cases.TRACERS.index("manure")], 0.5, rtol=1e-12)
    assert gain[1 + cases.TRACERS.index("leaf")].max() == 0.0
    np.testing.assert_allclose(outcome.nitrogen.sum(axis=0), 0.5 / 15.0, rtol=1e-12)


def test_a_step_that_makes_or_hides_carbon_is_refused():
    from pedozone.history.account import Book
    from pedozone.history.event import Move, unchanged_cells

    column = cases.column()
    z = cases.stocks(column)
    with pytest.raises(ValueError, match="makes carbon"):
        Move(1.1 * unchanged_cells(column)).act(z, cases.signature(), Book(z.shape))
    with pytest.raises(ValueError, match="names no fate"):
        Move(0.9 * unchanged_cells(column)).act(z, cases.signature(), Book(z.shape))


def test_a_deposit_on_peat_holds_as_much_mineral_mass_as_one_on_mineral_soil():
    """Its thickness is that of mineral material, however thick the peat that it buries."""
    peat = cases.column(organic=5, layers=8, depth=1.6, even=True)
    before, outcome = done(Burial(0.4, 0.0), peat)  # two whole layers
    np.testing.assert_allclose(outcome.account.added_mass, 2.0 * peat.mass[5])
    after = outcome.stocks[0].sum(axis=0)
    assert not after[:7].any()
    buried = before[0].sum(axis=0)
    np.testing.assert_allclose(after[7], buried[:5].sum(axis=0) + buried[5])
    np.testing.assert_allclose(after[8:], buried[6:11])
