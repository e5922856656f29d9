"""Layered CENTURY against matrices written by hand, against CENTURY, and in the direction each process must push."""

import functools

import jax
import jax.numpy as jnp
import layered_cases as cases
import numpy as np
import pytest

from pedozone.engine.ages import operator_matrix, systems
from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.frozen import frozen_year
from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import SpinupOptions, Status, spin_up
from pedozone.engine.steady import steady_stock
from pedozone.engine.stepping import STEPPERS, no_tracers
from pedozone.engine.year import State, run_year
from pedozone.models import century
from pedozone.models.century_layered import LayeredCentury, soil_activity
from pedozone.parameters import load_parameters
from pedozone.processes.century_environment import Litter, metabolic_fraction
from pedozone.processes.clm_environment import PlantCarbon
from pedozone.processes.clm_mixing import face_diffusivity
from pedozone.simulation.steady_columns import steady_columns

LAYERS, BATCH = 20, 3
MODEL = LayeredCentury(LAYERS)
WOOD, LABILE, CELLULOSE, LIGNIN, ACTIVE, SLOW, PASSIVE = range(7)
BOTTOMLESS = 1e6
"""A decay depth (m) that leaves decay as it is."""


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


@functools.cache
def standard():
    with double_precision():
        return cases.century_profile(LAYERS, 0.02), cases.century_forcing(LAYERS, seasonal=False)


def parameters(**changed):
    return {**load_parameters("century-clm4.5").values(), **changed}


def frozen(model=MODEL, site=None, forcing=None, **changed):
    """(operator, inputs) of the constant year."""
    site, forcing = (given or usual for given, usual in zip((site, forcing), standard(), strict=True))
    start = State(jnp.zeros((1, 7, model.graph.cells, site.thickness.shape[1])), ())
    return frozen_year(model, start, site, forcing, {k: jnp.asarray(v) for k, v in parameters(**changed).items()})


def steady(**changed):
    return steady_columns(MODEL, *standard(), parameters(**changed))


def columns(stock, site):
    """Total carbon by layer, and the mean depth of it [batch]."""
    carbon = stock.sum(axis=0)
    bottom = np.cumsum(site.thickness, axis=0)
    return carbon, (carbon * (bottom - 0.5 * site.thickness)).sum(axis=0) / carbon.sum(axis=0)


def by_hand(site, forcing, p, b):
    """The matrix (yr-1) and the inputs of one column, from the published equations, layer by layer."""
    layers = site.thickness.shape[0]
    h = np.asarray(site.thickness)[:, b]
    face = np.concatenate([[0.0], np.cumsum(h)])
    z = 0.5 * (face[1:] + face[:-1])
    fines = np.asarray(site.texture.clay + site.texture.silt)[:, b]
    pace = np.asarray(forcing.activity)[0, :, b] * np.exp(-z / p["decay_depth"])
    matrix, inputs = np.zeros((7, layers, 7, layers)), np.zeros((7, layers))
    names = ("coarse_wood", "labile", "cellulose", "lignin", "active", "slow", "passive")
    for i in range(layers):
        co2 = 0.85 - 0.68 * fines[i]
        passed = {
            WOOD: ((CELLULOSE, 0.76), (LIGNIN, 0.24)),
            LABILE: ((ACTIVE, 0.45),),
            CELLULOSE: ((ACTIVE, 0.5),),
            LIGNIN: ((SLOW, 0.5),),
            ACTIVE: ((SLOW, 1.0 - co2 - 0.004), (PASSIVE, 0.004)),
            SLOW: ((ACTIVE, 0.42), (PASSIVE, 0.03)),
            PASSIVE: ((ACTIVE, 0.45),),
        }
        for pool, receivers in passed.items():
            k = p[f"{names[pool]}_decay_rate"] * pace[i]
            matrix[pool, i, pool, i] -= k
            for receiver, share in receivers:
                matrix[receiver, i, pool, i] += k * share
    thaw = float(forcing.active_layer[b])
    for i in range(layers - 1):
        d = 1e-4
        if thaw <= 2.0:
            d = 5e-4 if face[i + 1] < thaw else 5e-4 * max(0.0, 1.0 - (face[i + 1] - thaw) / (3.0 - thaw))
        for pool in range(1, 7):
            for here, there in ((i, i + 1), (i + 1, i)):
                rate = d / (z[i + 1] - z[i]) / h[here]
                matrix[pool, here, pool, here] -= rate
                matrix[pool, there, pool, here] += rate
    leaf, root, stem, coarse = (float(a[0, 0, b]) for a in forcing.plants)
    beta, depth = float(forcing.root_beta[b]), min(float(forcing.rooting_depth[b]), face[-1])
    surface = np.diff(1.0 - np.exp(-face / 0.1)) / (1.0 - np.exp(-face[-1] / 0.1))
    roots = np.diff(1.0 - beta ** (100.0 * np.minimum(face, depth))) / (1.0 - beta ** (100.0 * depth))
    inputs[WOOD] = stem * surface + coarse * roots
    for pool, share in ((LABILE, 0.25), (CELLULOSE, 0.5), (LIGNIN, 0.25)):
        inputs[pool] = share * (leaf * surface + root * roots)
    return matrix.reshape(7 * layers, 7 * layers), inputs.reshape(7 * layers)


def test_the_operator_and_the_steady_state_of_140_pools(record_property):
    site, forcing = standard()
    year = frozen()
    matrices, found = operator_matrix(MODEL.graph, year), steady()
    furthest = 0.0
    for b in range(BATCH):
        matrix, inputs = by_hand(site, forcing, parameters(), b)
        assert matrix.shape == (140, 140)
        np.testing.assert_allclose(matrices[b], matrix, rtol=1e-12, atol=1e-15)
        expected = np.linalg.solve(matrix, -inputs)
        furthest = max(furthest, np.abs(found[..., b].reshape(-1) / expected - 1.0).max())
        np.testing.assert_allclose(found[..., b].reshape(-1), expected, rtol=1e-10)
    record_property("largest relative difference", furthest)


def test_both_solvers_give_it():
    twin = steady_columns(MODEL, *standard(), parameters(), solver="jax")
    np.testing.assert_allclose(steady(), twin, rtol=1e-11)


def test_what_enters_is_respired_again():
    forcing = standard()[1]
    found, year = steady(), frozen()
    assert MODEL.graph.fates == ("respired",)
    rates = year.operator.rate[len(MODEL.graph.transfers) :]
    lost = sum(
        np.asarray(k * found[MODEL.graph.index[flux.donor]]) for k, flux in zip(rates, MODEL.graph.losses, strict=True)
    ).sum(axis=0)
    entered = sum(np.asarray(u) for u in year.inputs).sum(axis=0)
    np.testing.assert_allclose(entered, sum(np.asarray(a)[0, 0] for a in forcing.plants), rtol=1e-13)
    np.testing.assert_allclose(lost, entered, rtol=1e-12)


def test_stepping_stays_where_the_solve_ends():
    site, forcing = standard()
    found = jnp.asarray(steady())
    given = {k: jnp.asarray(v) for k, v in parameters().items()}

    @jax.jit
    def later(stocks):
        def year(state, _):
            tracing = no_tracers(MODEL.graph, BATCH)
            return run_year(
                MODEL, choose_solver(), STEPPERS["first_order"], state, site, forcing, given, MODEL.modelled(), tracing,
                record=False,
            ).state, None  # fmt: skip

        return jax.lax.scan(year, State(stocks[None], ()), length=50)[0].stocks[0]

    np.testing.assert_allclose(later(found), found, rtol=1e-10)


def test_a_seasonal_steady_state_repeats_itself():
    site, forcing = standard()[0], cases.century_forcing(LAYERS)
    given = cases.values("century-clm4.5")
    start = State(jnp.ones((1, 7, LAYERS, BATCH)), ())
    modes, stepper = MODEL.modelled(), STEPPERS["first_order"]
    tight = SpinupOptions(tolerance=1e-11)
    found = spin_up(MODEL, choose_solver(), stepper, start, site, forcing, given, modes, tight)
    assert set(found.status) == {Status.CONVERGED} and max(found.years) < 60
    tracing = no_tracers(MODEL.graph, BATCH)
    later = run_year(MODEL, choose_solver(), stepper, found.state, site, forcing, given, modes, tracing, record=False)
    # by layer, as the spin-up counts; single pools follow
    after, before = (np.asarray(state.stocks)[0] for state in (later.state, found.state))
    np.testing.assert_allclose(after.sum(axis=0), before.sum(axis=0), rtol=2e-11)
    np.testing.assert_allclose(after, before, rtol=1e-8)


def test_the_slope_of_the_steady_state():
    """Through the solve, against central differences, and of every parameter finite."""
    site, forcing = standard()
    given = cases.values("century-clm4.5")

    @jax.jit
    def total(values):
        year = frozen_year(MODEL, State(jnp.zeros((1, 7, LAYERS, BATCH)), ()), site, forcing, values)
        return jnp.sum(steady_stock(MODEL.graph, choose_solver(), year, jnp.ones((1, len(year.inputs), BATCH))))

    slope = jax.jit(jax.grad(total))(given)
    assert all(np.isfinite(s) for s in slope.values())
    for name in ("decay_depth", "bioturbation_diffusivity", "cryoturbation_diffusivity", "passive_decay_rate"):
        h = 1e-5 * given[name]
        more, less = (float(total({**given, name: given[name] + sign * h})) for sign in (1.0, -1.0))
        assert float(slope[name]) == pytest.approx((more - less) / (2.0 * float(h)), rel=1e-6), name


def test_without_mixing_every_layer_is_a_column_of_its_own():
    """One layer with a layer's share of the inputs holds exactly what that layer holds."""
    site, forcing = standard()
    alone = LayeredCentury(1)
    still = dict.fromkeys(("bioturbation_diffusivity", "cryoturbation_diffusivity"), 0.0)
    found = steady_columns(MODEL, site, forcing, parameters(decay_depth=BOTTOMLESS, **still))
    year = frozen(decay_depth=BOTTOMLESS, **still)
    p = parameters()
    centre = np.cumsum(site.thickness, axis=0) - 0.5 * site.thickness
    for layer in (0, 7, 19):
        here = jax.tree.map(lambda a, layer=layer: a[layer : layer + 1], site)
        wood = (year.inputs[6][layer] + year.inputs[7][layer])[None, None]
        litter = sum(year.inputs[k][layer] for k in range(6))[None, None]
        plants = PlantCarbon(litter, 0.0 * litter, wood, 0.0 * wood)
        # the depth of the layer is in the activity; a column of one layer has no other effect of depth
        pace = np.asarray(forcing.activity)[:, layer : layer + 1] * np.exp(-centre[layer] / BOTTOMLESS)
        own = 0.5 * np.asarray(here.thickness)
        given = forcing._replace(activity=pace * np.exp(own / BOTTOMLESS), plants=plants)
        np.testing.assert_allclose(
            steady_columns(alone, here, given, {**p, "decay_depth": BOTTOMLESS})[:, 0], found[:, layer], rtol=1e-13
        )


def test_one_layer_with_the_values_of_century_is_century():
    """Labile litter and cellulose stand for metabolic and structural residues without lignin."""
    values = load_parameters("century").values()
    texture = jax.tree.map(lambda a: a[:1], standard()[0].texture)
    pace, amount = np.full((1, 1, BATCH), 0.4), np.array([0.1, 0.3, 0.7]).reshape(1, 1, BATCH)
    ratio = jnp.asarray([10.0, 20.0, 35.0])
    nothing = Litter(0.0 * amount, ratio, jnp.zeros(BATCH))
    given = century.Forcing(pace, nothing, nothing._replace(amount=amount))
    expected = steady_columns(century.Century(1), texture, given, values)
    shared = {name: value for name, value in values.items() if name in parameters()}
    p = parameters(
        **{**shared, "decay_depth": 1e300},
        labile_decay_rate=values["soil_metabolic_decay_rate"],
        cellulose_decay_rate=values["soil_structural_decay_rate"],
        labile_to_active=values["metabolic_to_active"],
        cellulose_to_active=values["soil_structural_to_active"],
        litter_labile_fraction=np.asarray(metabolic_fraction(ratio, values)),
        litter_cellulose_fraction=1.0 - np.asarray(metabolic_fraction(ratio, values)),
    )
    site = standard()[0]._replace(texture=texture, thickness=np.full((1, BATCH), 0.2))
    forcing = standard()[1]._replace(
        activity=pace, plants=PlantCarbon(0.0 * amount, amount, 0.0 * amount, 0.0 * amount)
    )
    found = steady_columns(LayeredCentury(1), site, forcing, p)
    assert not found[[WOOD]].any() and np.abs(found[LIGNIN]).max() < 1e-15
    np.testing.assert_allclose(found[[LABILE, CELLULOSE]], expected[[3, 2]], rtol=1e-14)
    np.testing.assert_allclose(found[[ACTIVE, SLOW, PASSIVE]], expected[4:], rtol=1e-13)


def test_more_diffusion_brings_carbon_deeper():
    site, _ = standard()
    depths = [
        columns(steady(bioturbation_diffusivity=d, cryoturbation_diffusivity=d), site)[1] for d in (1e-5, 1e-4, 1e-3)
    ]
    assert (np.diff(depths, axis=0) > 0.0).all()
    # the third place is the frozen one
    stronger = columns(steady(cryoturbation_diffusivity=2e-3), site)[1] / columns(steady(), site)[1]
    np.testing.assert_array_equal(stronger[:2], 1.0)
    assert stronger[2] > 1.0


def test_advection_brings_carbon_deeper_and_none_out_of_the_column():
    site, _ = standard()
    sinking = steady(solid_advection=2e-4)
    assert (columns(sinking, site)[1] > columns(steady(), site)[1]).all()
    moving, still = (systems(MODEL.graph, frozen(solid_advection=a)) for a in (2e-4, 0.0))
    for system, usual in zip(moving, still, strict=True):
        # what leaves is respired, none of it through the base
        np.testing.assert_allclose(system.leaving, usual.leaving, rtol=1e-9, atol=1e-13)
        assert system.steady_state @ system.leaving == pytest.approx(system.inputs.sum(), rel=1e-11)


def ages(**changed):
    """Mean age of the carbon of each layer, yr [layers, batch]."""
    found = []
    for system in systems(MODEL.graph, frozen(**changed)):
        stock, age = system.by_pool(system.steady_state), system.by_pool(system.mean_ages)
        found.append((stock * age).sum(axis=0) / stock.sum(axis=0))
    return np.stack(found, axis=1)


def test_slower_decay_at_depth_leaves_more_and_older_carbon_there():
    site, _ = standard()
    below = np.cumsum(site.thickness, axis=0)[:, 0] > 0.3
    slow, fast = steady(decay_depth=0.5), steady(decay_depth=10.0)
    assert (columns(slow, site)[0][below] > columns(fast, site)[0][below]).all()
    assert (columns(slow, site)[1] > columns(fast, site)[1]).all()
    old, young = ages(decay_depth=0.5), ages(decay_depth=10.0)
    assert (old[below] > young[below]).all()
    # under CLM4.5's values carbon grows older all the way down
    assert (np.diff(old, axis=0) > 0.0).all()


def test_deeper_roots_and_finer_soil():
    site, forcing = standard()
    deeper = forcing._replace(root_beta=0.5 + 0.5 * forcing.root_beta)
    found = steady_columns(MODEL, site, deeper, parameters())
    assert (columns(found, site)[1] > columns(steady(), site)[1]).all()
    clay = site._replace(texture=site.texture._replace(clay=site.texture.clay + 0.05))
    assert (steady_columns(MODEL, clay, forcing, parameters()).sum(axis=0) > steady().sum(axis=0)).all()


def test_diffusivity_by_freezing_and_by_animals():
    face, thaw = jnp.asarray([[0.5], [1.0], [2.0], [2.9], [3.5]]), jnp.asarray([1.0, 1.9, 2.1, jnp.inf])
    p = {k: jnp.asarray(v) for k, v in parameters().items()}
    found = np.asarray(face_diffusivity(jnp.broadcast_to(face, (5, 4)), thaw, p))
    np.testing.assert_allclose(found[:, 0], 5e-4 * np.array([1.0, 1.0, 0.5, 0.05, 0.0]), rtol=1e-12)
    np.testing.assert_allclose(
        found[:, 1], 5e-4 * np.array([1.0, 1.0, 1.0 / 1.1, 0.1 / 1.1, 0.0]), rtol=1e-12, atol=1e-18
    )
    np.testing.assert_array_equal(found[:, 2:], 1e-4)
    slope = jax.grad(lambda t: jnp.sum(face_diffusivity(jnp.broadcast_to(face, (5, 4)), t, p)))(thaw)
    assert np.isfinite(slope).all()


def test_the_climate_factor():
    p = parameters()
    assert float(soil_activity(25.0, 1.0, 1.0, p)) == pytest.approx(1.0, rel=1e-14)
    assert float(soil_activity(15.0, 1.0, 1.0, p)) == pytest.approx(1.0 / 1.5, rel=1e-14)
    dry = np.log(2.5 / 0.3) / np.log(2.5 / 0.002)
    assert float(soil_activity(25.0, 300.0, 0.0, p)) == pytest.approx(0.2 * dry, rel=1e-13)
    assert float(soil_activity(25.0, 3000.0, 1.0, p)) == 0.0


def test_parameters_may_differ_between_columns():
    both = steady(decay_depth=np.array([0.5, 1.0, 10.0]))
    for b, depth in enumerate((0.5, 1.0, 10.0)):
        np.testing.assert_allclose(both[..., b], steady(decay_depth=depth)[..., b], rtol=1e-13)
    np.testing.assert_array_equal(
        steady_columns(MODEL, *standard(), "century-clm5"),
        steady_columns(MODEL, *standard(), parameters(decay_depth=10.0)),
    )


def test_what_has_no_one_steady_state_is_refused():
    site, forcing = standard()
    with pytest.raises(ValueError, match="12 values in the year"):
        steady_columns(MODEL, site, cases.century_forcing(LAYERS), parameters())
    with pytest.raises(ValueError, match="same number of columns"):
        steady_columns(MODEL, site, forcing._replace(root_beta=forcing.root_beta[:2]), parameters())
