"""MIMICS: published steady states, an independent solve, layers, and whether it rings."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import microbial_cases as cases
import numpy as np
import pytest
from scipy.optimize import root

from pedozone.engine.precision import double_precision
from pedozone.engine.spinup import Status
from pedozone.models.mimics import Forcing, Mimics, MimicsForward, Profile
from pedozone.processes.mimics_turnover import MimicsTurnover

NAMES = [pool.name for pool in Mimics().graph.pools]
LAYERS, HOURS = 8, 8760.0
SHORTCUT = (0.85 - 0.3846423) / 0.013
"""Lignin to nitrogen that gives the metabolic share which the public program uses at all sites."""

# site: temperature, clay, litter (g C m-2 yr-1), and total carbon (kg m-2) of the programs in R and in Python as
# github.com/piersond/MIMICS_STODE has them (Misc/LTER_MIMSOC_R_vs_Py.csv); the one in Python ran for 114 years from
# nearly nothing, which is far enough where its figure is given here
SITES = {
    "AND": (8.6, 0.11, 400.0, 5.356608, 5.35447),
    "ARC": (-7.0, 0.05, 70.5, 4.492731, None),
    "BNZ": (-5.0, 0.05, 150.0, 6.201192, None),
    "CDR": (5.5, 0.04, 138.5, 4.414042, None),
    "CWT": (12.5, 0.17, 730.0, 6.583391, 6.583435),
    "HBR": (5.0, 0.03, 352.0, 5.104522, 5.104643),
    "HFR": (7.1, 0.15, 372.0, 5.724887, 5.724937),
    "JRN": (14.6, 0.10, 114.5, 3.299507, None),
    "KBS": (9.7, 0.17, 215.5, 4.896274, None),
    "KNZ": (12.8, 0.39, 221.5, 5.779998, None),
    "LUQ": (23.0, 0.32, 525.0, 5.927136, None),
    "NWT": (-3.7, 0.23, 99.5, 5.882633, None),
    "SEV": (16.0, 0.12, 92.0, 2.867784, None),
    "SGS": (8.9, 0.24, 58.0, 3.183565, None),
}
# the same, with all pools: sites S15, S19 and S20 of Pierson et al. (2022), MIMrun_CAL_default.csv of their program
POOLED = (
    (9.9629402, 0.1126, 633.15249635),
    (7.6005998, 0.1177166667, 779.544983),
    (9.34935, 0.1187875, 350.2575073),
)
POOLS = (
    (0.243772, 1.168101, 0.0298232, 0.0777221, 2.058487, 1.314897, 1.114374),
    (0.266823, 1.251373, 0.0367460, 0.0955338, 2.566939, 1.406217, 1.238323),
    (0.249597, 1.182282, 0.0164579, 0.0432272, 1.157617, 1.335302, 1.160762),
)


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


class Column(NamedTuple):
    """What the equations by hand need of a layer."""

    warmth: float
    activity: float
    clay: float
    metabolic: float
    productivity: float


REVERSE = {"slopes": (0.025, 0.035, 0.025), "oxidation": 6.0, "death": 2.0, "reverse": True}
FORWARD = {"slopes": (0.017, 0.027, 0.017), "oxidation": 4.0, "death": 1.0, "reverse": False}


def by_hand(pools, supply, at: Column, slopes, oxidation, death, reverse, exponent=1.0):
    """Rates of change (mg cm-3 h-1) of one layer, from the published equations, not from the model."""
    lit_m, lit_s, mic_r, mic_k, som_p, som_c, som_a = pools
    vmax = np.exp(0.063 * at.warmth + 5.47) * 8e-6 * np.array([10.0, 2.0, 10.0, 3.0, 3.0, 2.0]) * at.activity
    texture = 2.0 * np.exp(-2.0 * np.sqrt(at.clay))
    divisor = np.array([8.0, 2.0, 4.0 * texture, 2.0, 4.0, 6.0 * texture])
    km = np.exp(np.tile(slopes, 2) * at.warmth + 3.19) * 10.0 / divisor
    tau = np.array([5.2e-4 * np.exp(0.3 * at.metabolic), 2.4e-4 * np.exp(0.1 * at.metabolic)])
    tau = tau * np.clip(np.sqrt(at.productivity / 100.0), 0.8, 1.2) * death
    physical = np.array([0.3 * np.exp(1.3 * at.clay), 0.2 * np.exp(0.8 * at.clay)])
    chemical = np.array([0.1, 0.3]) * np.exp(-3.0 * at.metabolic)

    def eaten(microbes, substrate, i, scale=1.0):
        return microbes * vmax[i] * substrate / (scale * km[i] + (microbes if reverse else substrate))

    r_m, r_s, r_a = (eaten(mic_r, s, i) for i, s in enumerate((lit_m, lit_s, som_a)))
    k_m, k_s, k_a = (eaten(mic_k, s, 3 + i) for i, s in enumerate((lit_m, lit_s, som_a)))
    oxidised = eaten(mic_r, som_c, 1, oxidation) + eaten(mic_k, som_c, 4, oxidation)
    desorbed = som_p * 1.5e-5 * np.exp(-1.5 * at.clay)
    dying = np.array([mic_r, mic_k]) ** exponent * tau
    to_m, to_s = supply * at.metabolic, supply * (1.0 - at.metabolic)
    return np.array(
        [
            0.95 * to_m - r_m - k_m,
            0.95 * to_s - r_s - k_s,
            0.55 * (r_m + r_a) + 0.25 * r_s - dying[0],
            0.75 * (k_m + k_a) + 0.35 * k_s - dying[1],
            0.05 * to_m + dying @ physical - desorbed,
            0.05 * to_s + dying @ chemical - oxidised,
            dying @ (1.0 - physical - chemical) + desorbed + oxidised - r_a - k_a,
        ]
    )


def single(rows, ratio=SHORTCUT):
    """(site, forcing) of one layer of 30 cm for rows of temperature, clay and litter = productivity, g m-2 yr-1."""
    warmth, clay, litter = np.array(rows, dtype=float).T
    batch = len(warmth)
    row = warmth[None, None]
    forcing = Forcing(
        temperature=jnp.asarray(row),
        activity=jnp.ones_like(row),
        leaf=jnp.asarray(litter[None, None] / 1e3),
        root=jnp.zeros_like(row),
        lignin_to_nitrogen=jnp.broadcast_to(jnp.asarray(ratio), batch),
        productivity=jnp.asarray(litter / 1e3),
        root_beta=jnp.full(batch, 0.95),
        rooting_depth=jnp.full(batch, 0.3),
        active_layer=jnp.full(batch, jnp.inf),
    )
    return Profile(jnp.asarray(clay[None]), jnp.full((1, batch), 0.3)), forcing


@pytest.fixture(scope="module")
def published():
    """Steady states of all published places."""
    with double_precision():
        rows = [place[:3] for place in SITES.values()] + list(POOLED)
        return cases.settled(Mimics(), *single(rows), cases.values("mimics"))


def test_steady_states_of_the_public_program(published, record_property):
    assert set(published.status) == {Status.CONVERGED}
    found = np.asarray(published.state.stocks)[0, :, 0]
    totals = found.sum(axis=0)
    worst = 0.0
    for total, (*_, solved, stepped) in zip(totals, SITES.values(), strict=False):
        # the program's solver stops at changes of 1e-8 mg cm-3 h-1
        assert total == pytest.approx(solved, rel=2.5e-3)
        if stepped is not None:
            worst = max(worst, abs(total / stepped - 1.0))
    record_property("largest relative difference from the stepped program", worst)
    assert worst < 3e-7  # it is given to six decimals
    np.testing.assert_allclose(found[:, len(SITES) :].T, POOLS, rtol=2.5e-3)


KINETICS = [
    (Mimics, "mimics", REVERSE),
    (Mimics, "mimics", {**REVERSE, "exponent": 1.4}),
    (MimicsForward, "mimics-2015", FORWARD),
]


@pytest.mark.parametrize(("model", "name", "kinetics"), KINETICS, ids=["reverse", "crowded", "forward"])
def test_steady_states_by_an_independent_solve(model, name, kinetics, record_property):
    rows = [(4.0, 0.05, 250.0), (10.0, 0.25, 450.0), (20.0, 0.6, 900.0), (12.0, 0.0, 60.0)]
    ratios = np.array([30.0, 20.0, 12.0, 25.0])
    values = {**cases.values(name), "death_exponent": jnp.asarray(kinetics.get("exponent", 1.0))}
    done = cases.settled(model(), *single(rows, ratios), values)
    assert set(done.status) == {Status.CONVERGED}
    found = np.asarray(done.state.stocks)[0, :, 0] / 0.3
    furthest = 0.0
    for b, (warmth, clay, litter) in enumerate(rows):
        at = Column(warmth, 1.0, clay, 0.85 - 0.013 * ratios[b], litter)
        supply = litter / 1e3 / 0.3 / HOURS

        def residual(logs, at=at, supply=supply):
            return by_hand(np.exp(logs), supply, at, **kinetics) / supply

        start = np.log(found[:, b]) + 0.05 * np.cos(np.arange(7))  # from some distance
        solved = root(residual, start, tol=1e-13)
        assert np.abs(residual(solved.x)).max() < 1e-10
        furthest = max(furthest, np.abs(found[:, b] / np.exp(solved.x) - 1.0).max())
    record_property("largest relative difference", furthest)
    assert furthest < 1e-7


def steady_layers(exponent):
    """(site, forcing, spin-up) of layers of several thicknesses, mixed."""
    site = cases.mimics_case(LAYERS)["site"]._replace(thickness=cases.thickening(LAYERS, 0.04))
    forcing = cases.mimics_forcing(LAYERS, seasonal=False)
    values = {**cases.values("mimics"), "death_exponent": jnp.asarray(exponent)}
    done = cases.settled(Mimics(LAYERS), site, forcing, values, 1e-9)
    assert set(done.status) == {Status.CONVERGED}
    return site, forcing, done


@pytest.fixture(scope="module")
def layered():
    """The same by exponent of death."""
    with double_precision():
        return {exponent: steady_layers(exponent) for exponent in (1.0, 1.3)}


@pytest.mark.parametrize("exponent", [1.0, 1.3])
def test_layers_are_in_balance_by_the_equations_by_hand(exponent, layered, record_property):
    """In every pool of every layer: reactions, plus diffusion between layers, plus what enters."""
    site, forcing, done = layered[exponent]
    stock, worst = np.asarray(done.state.stocks)[0], 0.0
    for b in range(3):
        h = np.asarray(site.thickness)[:, b]
        face = np.concatenate([[0.0], np.cumsum(h)])
        z = 0.5 * (face[1:] + face[:-1])
        beta, depth = float(forcing.root_beta[b]), min(float(forcing.rooting_depth[b]), face[-1])
        surface = np.diff(1.0 - np.exp(-face / 0.1)) / (1.0 - np.exp(-face[-1] / 0.1))
        roots = np.diff(1.0 - beta ** (100.0 * np.minimum(face, depth))) / (1.0 - beta ** (100.0 * depth))
        supply = float(forcing.leaf[0, 0, b]) * surface + float(forcing.root[0, 0, b]) * roots  # kg m-2 yr-1
        density = stock[:, :, b] / h
        thaw = float(forcing.active_layer[b])
        change = np.zeros_like(density)
        for i in range(LAYERS):
            at = Column(
                float(forcing.temperature[0, i, b]),
                float(forcing.activity[0, i, b]),
                float(site.clay[i, b]),
                0.85 - 0.013 * float(forcing.lignin_to_nitrogen[b]),
                1e3 * float(forcing.productivity[b]),
            )
            change[:, i] = (
                HOURS * h[i] * by_hand(density[:, i], supply[i] / h[i] / HOURS, at, **REVERSE, exponent=exponent)
            )
        for i in range(LAYERS - 1):
            d = 1e-4
            if thaw <= 2.0:
                d = 5e-4 if face[i + 1] < thaw else 5e-4 * max(0.0, 1.0 - (face[i + 1] - thaw) / (3.0 - thaw))
            moved = d * (density[:, i] - density[:, i + 1]) / (z[i + 1] - z[i])
            change[:, i] -= moved
            change[:, i + 1] += moved
        worst = max(worst, np.abs(change).max() / supply.sum())
    record_property("largest imbalance over the supply", worst)
    assert worst < 1e-8


def test_what_thins_out_with_depth_and_what_calms(layered):
    """With death in proportion mostly microbes and what minerals protect; with crowding everything, and calmly."""
    falls, rings = {}, {}
    for exponent, (site, _, done) in layered.items():
        density = np.asarray(done.state.stocks)[0] / np.asarray(site.thickness)
        assert (density > 0.0).all() and (np.diff(density.sum(axis=0), axis=0) < 0.0).all()
        falls[exponent], rings[exponent] = density[:, -1] / density[:, 0], done.ringing().rings
    led = [NAMES.index(name) for name in ("microbial_r", "microbial_k", "physically_protected")]
    others = [k for k in range(7) if k not in led]
    for fall in falls.values():
        assert (fall[led] < 0.2).all()
    assert (falls[1.0][others] > 0.6).all()
    assert (falls[1.3][others] < 0.8 * falls[1.0][others]).all()
    assert rings[1.0].any() and not rings[1.3].any()


def test_one_layer_is_the_layer_of_many_without_mixing(layered):
    site, forcing, _ = layered[1.0]
    values = cases.values("mimics")
    still = dict.fromkeys(("bioturbation_diffusivity", "cryoturbation_diffusivity"), jnp.zeros(()))
    model = Mimics(LAYERS)
    many = np.asarray(cases.settled(model, site, forcing, {**values, **still}, 1e-9).state.stocks)[0]

    @jax.jit
    def entering(values):
        environment = model.environment(None, (), site, forcing, values)[0]
        return sum(model.processes[0].supply(environment, values))

    enters = entering(values)
    for layer in (0, 3):
        part = slice(layer, layer + 1)
        alone = forcing._replace(
            temperature=forcing.temperature[:, part],
            activity=forcing.activity[:, part],
            leaf=enters[:, part],
            root=0.0 * forcing.root,
        )
        here = jax.tree.map(lambda a, part=part: a[part], site)
        lone = np.asarray(cases.settled(Mimics(), here, alone, values, 1e-9).state.stocks)[0]
        np.testing.assert_allclose(lone[:, 0], many[:, layer], rtol=1e-6)


def test_it_rings_as_its_equations_say(published, record_property):
    """The diagnosis against eigenvalues of differences of the equations by hand."""
    ringing = published.ringing()
    found = np.asarray(published.state.stocks)[0, :, 0] / 0.3
    for b, (warmth, clay, litter, *_) in enumerate(SITES.values()):
        at = Column(warmth, 1.0, clay, 0.3846423, litter)
        supply = litter / 1e3 / 0.3 / HOURS
        jacobian = np.zeros((7, 7))
        for j in range(7):
            step = np.zeros(7)
            step[j] = 1e-6 * found[j, b]
            more, less = (by_hand(found[:, b] + s * step, supply, at, **REVERSE) for s in (1.0, -1.0))
            jacobian[:, j] = HOURS * (more - less) / (2.0 * step[j])
        values = np.linalg.eigvals(jacobian)
        assert (values.real < 0.0).all()  # stable, however slowly
        turning = values[values.imag > 1e-6]
        lasting = np.exp(2.0 * np.pi * turning.real / turning.imag)
        assert ringing.lasting[b] == pytest.approx(lasting.max(), rel=1e-4)
        assert ringing.period[b] == pytest.approx(2.0 * np.pi / turning.imag[lasting.argmax()], rel=1e-4)
    rings = ringing.rings[: len(SITES)]
    record_property("sites that ring", int(rings.sum()))
    record_property("periods (yr)", ringing.period[: len(SITES)])
    assert rings.sum() >= 12  # most do: a quarter to a half of a disturbance is left after each period
    assert 2.0 < ringing.period.min() and ringing.period.max() < 15.0


def test_clay_protects_and_warmth_decomposes():
    rows = [(10.0, 0.1, 300.0), (10.0, 0.4, 300.0), (15.0, 0.1, 300.0)]
    stock = np.asarray(cases.settled(Mimics(), *single(rows), cases.values("mimics")).state.stocks)[0, :, 0]
    protected = stock[NAMES.index("physically_protected")]
    assert protected[1] > 1.3 * protected[0]
    assert stock[:, 1].sum() > stock[:, 0].sum() > stock[:, 2].sum()


def test_shares_of_the_dead_add_up_in_any_clay():
    values = cases.values("mimics")
    site = Profile(jnp.linspace(0.0, 1.0, 11)[None], jnp.full((1, 11), 0.3))
    forcing = single([(10.0, 0.1, 300.0)] * 11, ratio=60.0)[1]

    @jax.jit
    def prepared(values):
        return MimicsTurnover().prepare(Mimics().environment(None, (), site, forcing, values)[0], values)

    rates = np.stack([np.asarray(r)[0, 0] for r in prepared(values)])
    assert (rates >= 0.0).all()
    for kind in (rates[:3], rates[3:]):
        np.testing.assert_allclose(kind.sum(axis=0), kind.sum(axis=0)[0], rtol=1e-12)
    physical = rates[0] / rates[:3].sum(axis=0)
    np.testing.assert_allclose(physical[:9], 0.3 * np.exp(1.3 * np.linspace(0.0, 0.8, 9)), rtol=1e-12)
    assert physical[-1] == pytest.approx(1.0)
