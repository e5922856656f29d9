"""Processes of the whole model one by one, in a constant year made by hand."""

import types

import jax.numpy as jnp
import numpy as np
import prototype_model as prototype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.engine.precision import double_precision
from pedozone.models.pedon import Pedon
from pedozone.parameters import load_parameters
from pedozone.processes.bypass import Bypass, LateralDrainage, bypass_share
from pedozone.processes.depolymerisation import WoodDecay
from pedozone.processes.entrapment import Entrapment
from pedozone.processes.environment import Local, View
from pedozone.processes.microbes import Maintenance, Rewetting, SubstrateUptake
from pedozone.processes.respiration_potential import respiration_potential
from pedozone.processes.transport import (
    FAUNA_WITHOUT_EARTHWORMS,
    NEUTRAL,
    SOUR,
    fauna_activity,
)

FACE = np.array([0.0, 0.05, 0.15, 0.4, 1.0, 2.0])
CELLS = FACE.size - 1
MODEL = Pedon(CELLS, 1)
VALUES = load_parameters("pedon").values()


@pytest.fixture(autouse=True, scope="module")
def precise():
    with double_precision():
        yield


@pytest.fixture(scope="module")
def surroundings():
    """The prototype's grassland with its uppermost cell taken for an organic slot."""
    return prototype.environment("grass", FACE, np.full((3, CELLS), 0.1))._replace(organic=1)


def with_moisture(surroundings, *by_month):
    """The same with an activity against water by month."""
    year = np.asarray(by_month, dtype=float)[:, None, None] * np.ones((1, CELLS, 1))
    return surroundings._replace(moisture_factor=jnp.asarray(year))


def view(surroundings, stock, capacity=1.0):
    """Stocks [pools, cells, 1] as processes see them."""
    local = Local(
        surroundings.geometry.volume, surroundings.theta[0], jnp.full((CELLS, 1), capacity), jnp.zeros((CELLS, 1))
    )
    return View(MODEL.graph, jnp.asarray(stock), local)


def stocks(**pools):
    found = np.zeros((len(MODEL.graph.pools), CELLS, 1))
    for name, value in pools.items():
        found[MODEL.graph.index[name]] = value
    return found


# -- microbes ------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0.0, 1.0), min_size=12, max_size=12))
def test_rewetting_spills_in_proportion_to_the_rise_and_only_then(surroundings, moist):
    rate = np.asarray(Rewetting().prepare(with_moisture(surroundings, *moist), VALUES))[:, 0, 0]
    rise = np.array(moist) - np.roll(moist, 1)
    np.testing.assert_array_equal(rate[rise <= 0.0], 0.0)
    # over its month, the share of the biomass that a full rise releases, times the rise
    np.testing.assert_allclose(rate / 12.0, VALUES["rewetting_release"] * np.maximum(rise, 0.0), rtol=1e-12, atol=0.0)
    assert VALUES["rewetting_release"] > 0.0


def maintained(surroundings, moist, dissolved):
    """Rate of maintenance (yr-1) of the first month in every cell, with so much dissolved carbon (kg m-2)."""
    surroundings = with_moisture(surroundings, moist)
    prepared = {name: rate[0] for name, rate in Maintenance().prepare(surroundings, VALUES).items()}
    return np.asarray(Maintenance().rates(view(surroundings, stocks(dom=dissolved)), prepared, VALUES)[0])


def test_dormant_microbes_need_less_and_take_up_nothing(surroundings):
    dry, half, wet = (maintained(surroundings, m, 1e6) for m in (0.0, 0.5, 1.0))
    dormant = VALUES["dormant_maintenance_share"]
    assert 0.0 < dormant < 1.0
    np.testing.assert_allclose(dry, dormant * wet, rtol=1e-3)  # amid plenty all but a thousandth are awake
    np.testing.assert_allclose(half, 0.5 * (dry + wet), rtol=1e-3)
    month = SubstrateUptake().prepare(with_moisture(surroundings, 0.0), VALUES)
    prepared = {"rate": month["rate"][0], "efficiency": {c: e[0] for c, e in month["efficiency"].items()}}
    grown, burnt = SubstrateUptake().rates(view(surroundings, stocks(dom=0.01, microbial=0.02)), prepared, VALUES)
    np.testing.assert_array_equal(grown, 0.0)
    np.testing.assert_array_equal(burnt, 0.0)


def test_microbes_lie_dormant_where_uptake_does_not_cover_maintenance(surroundings):
    dissolved = np.array([0.0, 1e-8, 1e-6, 1e-4, 1e-2, 1.0, 1e6])
    needs = np.array([maintained(surroundings, 1.0, d) for d in dissolved])
    assert (np.diff(needs, axis=0) > 0.0).all()
    # nothing to feed on: only what dormant cells need, to the bit, and a derivative that exists
    np.testing.assert_allclose(needs[0], VALUES["dormant_maintenance_share"] * needs[-1], rtol=1e-3)
    ratio = np.asarray(Maintenance().prepare(with_moisture(surroundings, 1.0), VALUES)["ratio"])[0]
    assert (ratio > 1.0).all()  # amid plenty
    assert (ratio * 0.4 > 1.0).all()  # and at the efficiency of growth: life pays


# -- minerals and wood ---------------------------------------------------------------------------------------


def test_aggregates_entrap_with_microbes_and_room_and_let_go_as_they_break(surroundings):
    process = Entrapment()
    prepared = process.prepare(surroundings, VALUES)[0]

    def shut(capacity=1.0, **pools):
        return [
            np.asarray(k)[:, 0] for k in process.rates(view(surroundings, stocks(**pools), capacity), prepared, VALUES)
        ]

    *some, release = shut(microbial=0.05)
    *more, _ = shut(microbial=0.2)
    for few, many in zip(some, more, strict=True):
        assert few[0] == many[0] == 0.0  # organic slots have no minerals
        assert (many[1:] > few[1:]).all() and (few[1:] > 0.0).all()
        assert (many <= VALUES["entrapment_rate"]).all()
    np.testing.assert_allclose(release, VALUES["microaggregate_breakup_rate"])
    *none, still = shut()
    *full, _ = shut(microbial=0.05, maom_stable=1.0)
    *half, _ = shut(microbial=0.05, maom_stable=0.3, maom_intermediate=0.1, maom_occluded=0.1)
    for nothing, filled, part, few in zip(none, full, half, some, strict=True):
        np.testing.assert_array_equal(nothing, 0.0)
        np.testing.assert_array_equal(filled, 0.0)
        np.testing.assert_allclose(part, 0.5 * few, rtol=1e-12)
    np.testing.assert_array_equal(still, release)


def test_wood_loses_mass_to_fragments_and_to_the_air(surroundings):
    process = WoodDecay()
    prepared = process.prepare(surroundings, VALUES)
    fragments, respired = (np.asarray(k) for k in process.rates(None, prepared, VALUES))
    warm = np.asarray(surroundings.arrhenius(VALUES["activation_energy_depolymerisation"]))
    np.testing.assert_allclose(
        fragments + respired, VALUES["wood_decay_rate"] * warm * surroundings.moisture_factor, rtol=1e-12
    )
    np.testing.assert_allclose(respired / (fragments + respired), VALUES["wood_respired_share"], rtol=1e-12)
    # a log at 9.5 degC lasts for decades, not for years or centuries
    assert 5.0 < 1.0 / (fragments + respired).max() < 200.0


# -- water ---------------------------------------------------------------------------------------------------


def test_what_leaves_sideways_carries_its_concentration(surroundings):
    away = np.linspace(0.0, 0.2, CELLS)[:, None]
    (rate,) = LateralDrainage().rates(
        None, LateralDrainage().prepare(surroundings._replace(lateral=jnp.asarray(away)[None]), VALUES)[0], VALUES
    )
    held = 0.03
    concentration = held / (np.asarray(surroundings.theta[0]) * np.asarray(surroundings.geometry.volume))
    np.testing.assert_allclose(np.asarray(rate) * held, away * concentration, rtol=1e-12)


def test_macropores_end_with_depth_and_need_clay(surroundings):
    def share(clay):
        soil = surroundings.soil._replace(clay=jnp.full((CELLS, 1), clay))
        return np.asarray(bypass_share(surroundings.geometry, soil, 1, VALUES))[:, 0]

    loam, clay, sand, heavy = share(0.15), share(0.30), share(0.0), share(0.8)
    assert (np.diff(loam) < 0.0).all()
    np.testing.assert_allclose(clay, 2.0 * loam, rtol=1e-12)
    np.testing.assert_array_equal(sand, 0.0)
    np.testing.assert_allclose(heavy, share(0.5), rtol=1e-12)  # clay enough
    assert (heavy <= VALUES["bypass_fraction"]).all()


def carried(layers, length):
    """Carbon in macropores at 1 m over that in the water that runs there, on uniform layers; unit concentration."""
    face = np.concatenate([[-0.01], np.linspace(0.0, 2.0, layers + 1)])
    thick, share, q = np.diff(face), 0.2, 0.4

    def column(value):
        return jnp.full((layers + 1, 1), value)

    environment = types.SimpleNamespace(
        theta=column(0.3)[None],
        face_flux=jnp.full((1, layers + 2, 1), q),
        bypass=column(share),
        organic=1,
        geometry=types.SimpleNamespace(volume=jnp.asarray(thick)[:, None], thickness=jnp.asarray(thick)[:, None]),
    )
    process, values = Bypass(), {"bypass_velocity": 100.0, "reinfiltration_depth": length}
    prepared = process.prepare(environment, values)
    into, back = (np.asarray(k)[..., :, 0].reshape(-1) for k in process.rates(None, prepared, values))
    down = np.asarray(process.move(environment, values).down).reshape(-1)
    given, through = into * 0.3 * thick, []
    held = 0.0  # steady: what comes from above and from the matrix goes back to it or on
    for k in range(layers + 1):
        passing = held * down[k - 1] if k else 0.0
        held = (passing + given[k]) / (back[k] + down[k])
        through.append(held * down[k])
    return np.interp(1.0, face[1:], through) / (share * q)


def test_what_macropores_carry_does_not_hang_on_the_layers():
    # carbon enters at the surface with the concentration of the matrix, and is exchanged against the same below
    assert carried(400, 0.3) == pytest.approx(1.0, rel=1e-2)
    assert carried(20, 0.3) == pytest.approx(carried(400, 0.3), rel=0.05)
    assert carried(20, 3.0) == pytest.approx(carried(400, 3.0), rel=0.05)


# -- animals -------------------------------------------------------------------------------------------------

MONTHS = np.arange(12)
TEMPERATE = 9.5 - 6.4 * np.cos(2.0 * np.pi * (MONTHS + 0.5) / 12.0)


def activity(temperature=TEMPERATE, moist=1.0, ph=6.5, air=1.0) -> float:
    months = np.broadcast_to(np.asarray(temperature, float), 12)[:, None]
    wet = np.full((12, 1), moist)
    return float(fauna_activity(jnp.asarray(months), jnp.asarray(wet), jnp.array([ph]), air)[0])


def test_animals_of_a_moist_temperate_grassland_are_the_measure():
    assert activity(moist=0.75) == pytest.approx(1.0, abs=0.25)


def test_animals_need_warmth_water_air_and_lime():
    best = activity(15.0)
    assert best > activity() > 0.0
    assert activity(-5.0) == activity(40.0) == activity(moist=0.0) == activity(air=0.0) == 0.0
    assert activity(5.0) < activity(10.0) and activity(33.0) < activity(28.0)
    assert activity(moist=0.5) == pytest.approx(0.5 * activity())
    assert activity(ph=SOUR - 0.5) == pytest.approx(FAUNA_WITHOUT_EARTHWORMS * activity())
    assert activity(ph=NEUTRAL) == activity(ph=8.0)
    assert activity(ph=SOUR) < activity(ph=4.2) < activity(ph=NEUTRAL)


# -- demand for oxygen ---------------------------------------------------------------------------------------


def demand(surroundings, temperature=20.0, dryness=1.0, exudates=0.0, structural=1.0, **pools):
    forcing = types.SimpleNamespace(
        root_phenology=jnp.full((12, 1), 1.0 / 12.0),
        exudate_input=jnp.array([exudates]),
        structural_decay_factor=jnp.array([structural]),
    )
    roots = jnp.full((CELLS, 1), 1.0 / CELLS)
    year = np.ones((12, CELLS, 1))
    return np.asarray(
        respiration_potential(
            MODEL.graph,
            jnp.asarray(stocks(**pools)),
            jnp.asarray(surroundings.geometry.volume),
            jnp.asarray(temperature * year),
            jnp.asarray(dryness * year),
            roots,
            forcing,
            VALUES,
        )
    )[0, :, 0]


def test_the_demand_for_oxygen_is_what_is_decayed_exuded_and_maintained(surroundings):
    volume = np.asarray(surroundings.geometry.volume)[:, 0]
    np.testing.assert_array_equal(demand(surroundings), 0.0)
    np.testing.assert_array_equal(demand(surroundings, maom_stable=3.0, dom_bypass=0.1, pyrogenic=1.0), 0.0)
    burnt = 1.0 - VALUES["efficiency_structural"]
    basal, half = VALUES["decay_basal_fraction"], VALUES["decay_half_saturation"]
    alone = demand(surroundings, litter_metabolic=0.2)
    np.testing.assert_allclose(alone, burnt * VALUES["metabolic_decay_rate"] * basal * 0.2 / volume, rtol=1e-12)
    living = 0.05 / volume
    kept = VALUES["maintenance_rate"] * living
    np.testing.assert_allclose(demand(surroundings, microbial=0.05), kept, rtol=1e-12)
    both = demand(surroundings, microbial=0.05, necromass=0.1)
    active = basal + (1.0 - basal) * living / (half + living)
    np.testing.assert_allclose(both, kept + burnt * VALUES["necromass_decay_rate"] * active * 0.1 / volume, rtol=1e-12)
    fed = demand(surroundings, exudates=0.3)
    np.testing.assert_allclose(fed, burnt * 0.3 / CELLS / volume, rtol=1e-12)
    assert (demand(surroundings, 30.0, microbial=0.05, necromass=0.1) > 1.5 * both).all()
    np.testing.assert_allclose(demand(surroundings, dryness=0.0, microbial=0.05, necromass=0.1), kept, rtol=1e-12)
    slow, usual = (demand(surroundings, structural=f, litter_structural=0.4) for f in (0.5, 1.0))
    np.testing.assert_allclose(slow, 0.5 * usual, rtol=1e-12)
