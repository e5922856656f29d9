"""The criteria on profiles made by hand: no crossing, one and many; and on models of all kinds."""

import dataclasses

import jax.numpy as jnp
import layered_cases as layered
import numpy as np
import pytest
import zone_cases as cases

from pedozone.engine.blocktri.solver import choose_solver
from pedozone.engine.declarations import Input, Kind, Loss, Pool, Role
from pedozone.engine.graph import Graph
from pedozone.engine.precision import double_precision
from pedozone.engine.steady import MeanYear
from pedozone.engine.stepping import STEPPERS
from pedozone.engine.year import State
from pedozone.models.millennial import Millennial
from pedozone.parameters import load_parameters
from pedozone.simulation.zoning import years_of
from pedozone.zones.boundary import BoundaryStatus, locate
from pedozone.zones.context import Sensitivities, Years
from pedozone.zones.control import Control, control_table, is_biotic
from pedozone.zones.criteria import CRITERIA, CarbonZeroFlux, DomFate
from pedozone.zones.persistence import Persistence, PersistenceRadiocarbon
from pedozone.zones.supply import Rooting, Supply

LAYERS = 4
GRAPH = Graph(
    pools=(Pool("soil", Role.MINERAL, "mixing"),),
    transfers=(),
    losses=(Loss("soil", "respired", Kind.BIOTIC, "test"),),
    inputs=(Input("soil", "leaf"), Input("soil", "root")),
    incorporations=(),
    cells=LAYERS,
    organic=0,
    classes=("mixing",),
)
MASS = np.array([100.0, 200.0, 300.0, 400.0])
FACE = np.array([0.0, 0.1, 0.3, 0.6, 1.0])
CENTRE = np.array([50.0, 200.0, 450.0, 800.0])


def by_hand(*, graph=GRAPH, leaf=(0.0,) * 4, root=(0.0,) * 4, gained=(0.0,) * 4, respired=(1.0,) * 4, stock=(1.0,) * 4,
            radiocarbon=None, face=FACE, mass=MASS, **more):  # fmt: skip
    """One year of a column; `gained` is what transport brings each layer on net."""
    column = lambda values: np.asarray(values, dtype=float)[:, None]  # noqa: E731
    flux = np.concatenate([[0.0], -np.cumsum(gained)])
    return Years(
        graph=graph,
        solver=None,
        mean=MeanYear(None, (), column(stock)[None]),
        organic_flux=column(flux),
        respiration=column(respired),
        plant_input=np.stack([column(leaf), column(root)]),
        mineral_mass=np.asarray(mass),
        face=column(face),
        carbon=column(stock),
        radiocarbon=None if radiocarbon is None else column(np.asarray(radiocarbon) * stock),
        **more,
    )


def found(criterion, years):
    boundary = locate(years, criterion.evaluate(years))
    return str(boundary.status[0]), float(boundary.mass[0])


def between(a: int, ga: float, gb: float, at=CENTRE) -> float:
    """Where a signal that is ga at point a and gb at the next one falls to 0."""
    return at[a] + ga / (ga - gb) * (at[a + 1] - at[a])


@pytest.mark.parametrize(
    ("root", "gained", "status", "place"),
    [
        # w = I / (I + C): 1, 0.8, 0.2, 0
        ((3.0, 4.0, 1.0, 0.0), (0.0, 1.0, 4.0, 2.0), "one", between(1, 0.3, -0.3)),
        # what leaves on net does not count as supply: w = 1 there
        ((3.0, 4.0, 1.0, 0.0), (-2.0, -1.0, 4.0, 0.0), "one", between(1, 0.5, -0.3)),
        ((1.0,) * 4, (0.0,) * 4, "all_vegetation", 1000.0),
        ((0.0,) * 4, (1.0,) * 4, "no_vegetation", 0.0),
        ((0.0,) * 4, (0.0,) * 4, "no_vegetation", 0.0),
        ((4.0, 1.0, 4.0, 1.0), (1.0, 4.0, 1.0, 4.0), "many", between(2, 0.3, -0.3)),
    ],
)
def test_supply(root, gained, status, place):
    assert found(Supply(), by_hand(root=root, gained=gained)) == (status, pytest.approx(place))


def test_supply_needs_something_that_moves():
    assert Supply().evaluate(by_hand(graph=dataclasses.replace(GRAPH, pools=(Pool("soil", Role.MINERAL, None),),
                                                               classes=()))) is None  # fmt: skip


@pytest.mark.parametrize(
    ("root", "status", "place"),
    [
        ((50.0, 40.0, 10.0, 0.0), "one", 300.0 + 0.5 * 300.0),
        ((1.0, 0.0, 0.0, 0.0), "one", 95.0),
        ((0.0, 0.0, 0.0, 2.0), "one", 600.0 + 0.95 * 400.0),
        ((0.0,) * 4, "no_vegetation", 0.0),
    ],
)
def test_rooting(root, status, place):
    years = by_hand(root=root, leaf=(9.0, 0.0, 0.0, 9.0))
    assert found(Rooting(), years) == (status, pytest.approx(place))
    half = found(Rooting(0.5), years)[1]
    assert half < place or place == 0.0


def test_rooting_takes_a_share_and_roots():
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        Rooting(1.0)
    rootless = dataclasses.replace(GRAPH, inputs=(Input("soil", "leaf"), Input("soil", "plant")))
    assert Rooting().evaluate(by_hand(graph=rootless)) is None


@pytest.mark.parametrize(
    ("stock", "gained", "status", "place"),
    [
        ((20.0, 50.0, 200.0, 500.0), (0.0,) * 4, "one", between(1, np.log(2.0), -np.log(2.0))),
        # the second layer exports as much as it respires: half the time
        ((20.0, 50.0, 200.0, 500.0), (0.0, -1.0, 0.0, 0.0), "one", between(1, np.log(4.0), -np.log(2.0))),
        ((20.0, 50.0, 60.0, 70.0), (0.0,) * 4, "all_vegetation", 1000.0),
        ((200.0, 500.0, 600.0, 700.0), (0.0,) * 4, "no_vegetation", 0.0),
        ((20.0, 500.0, 60.0, 700.0), (0.0,) * 4, "many", between(2, np.log(1 / 0.6), -np.log(7.0))),
    ],
)
def test_persistence_by_transit_time(stock, gained, status, place):
    assert found(Persistence(), by_hand(stock=stock, gained=gained)) == (status, pytest.approx(place))


def test_thresholds_of_persistence_can_be_set():
    years = by_hand(stock=(20.0, 50.0, 200.0, 500.0), radiocarbon=(1.05, 0.95, 0.85, 0.6))
    assert found(Persistence(300.0), years)[1] > found(Persistence(), years)[1] > found(Persistence(30.0), years)[1]
    assert found(PersistenceRadiocarbon(), years) == ("one", pytest.approx(between(1, 50.0, -50.0)))
    assert found(PersistenceRadiocarbon(-300.0), years) == ("one", pytest.approx(between(2, 150.0, -100.0)))
    assert found(PersistenceRadiocarbon(-500.0), years)[0] == "all_vegetation"
    assert found(PersistenceRadiocarbon(100.0), years)[0] == "no_vegetation"
    assert PersistenceRadiocarbon().evaluate(by_hand()) is None
    for wrong in (lambda: Persistence(0.0), lambda: PersistenceRadiocarbon(-1000.0)):
        with pytest.raises(ValueError):
            wrong()


def told(biotic, abiotic):
    """Sensitivities by layer of one biotic and two abiotic parameters."""
    response = np.array([biotic, abiotic, np.zeros(4)], dtype=float)[:, :, None]
    names = ("uptake_rate", "exchange_rate", "activation_energy_desorption")
    return Sensitivities(names, ("microbes", "minerals", "temperature"), response)


@pytest.mark.parametrize(
    ("biotic", "abiotic", "status", "place"),
    [
        # w = b^2 / (b^2 + a^2)
        ((2.0, -2.0, 1.0, 0.0), (0.0, 1.0, -2.0, 1.0), "one", between(1, 0.3, -0.3)),
        ((1.0,) * 4, (0.5,) * 4, "all_vegetation", 1000.0),
        ((0.5,) * 4, (1.0,) * 4, "no_vegetation", 0.0),
        ((2.0, 1.0, 2.0, 1.0), (1.0, 2.0, 1.0, 2.0), "many", between(2, 0.3, -0.3)),
        ((1.0, 1.0, 0.0, 1.0), (1.0, 1.0, 0.0, 1.0), "not_defined", np.nan),
    ],
)
def test_control(biotic, abiotic, status, place):
    given = found(Control(), by_hand(sensitivities=told(biotic, abiotic)))
    assert given == (status, pytest.approx(place, nan_ok=True))


def test_control_needs_its_sensitivities_and_a_table_that_knows_them():
    assert Control().evaluate(by_hand()) is None
    given = told((1.0,) * 4, (1.0,) * 4)
    assert is_biotic(given).tolist() == [True, False, False]
    assert is_biotic(given, {"groups": {"microbes": "abiotic", "minerals": "biotic", "temperature": "biotic"}}).sum()
    strange = dataclasses.replace(given, groups=("microbes", "minerals", "weather"), names=("a", "b", "rain"))
    with pytest.raises(ValueError, match=r"does not know the parameter 'rain' \(group 'weather'\)"):
        is_biotic(strange)
    with pytest.raises(ValueError, match="says 'half' of the parameter 'exchange_rate'"):
        is_biotic(given, {"groups": {"microbes": "biotic", "minerals": "half", "temperature": "biotic"}})


def test_the_shipped_table_knows_every_parameter_of_every_shipped_set():
    from pedozone.parameters import available_sets

    for name in available_sets():
        chosen = load_parameters(name)
        names = tuple(chosen)
        groups = tuple(chosen[n].group for n in names)
        is_biotic(Sensitivities(names, groups, np.zeros((len(names), 1, 1))))
    single = control_table()["parameters"]
    known = {p for name in available_sets() for p in load_parameters(name)}
    assert set(single) <= known


# -- peat ----------------------------------------------------------------------------------------------------

PEAT = dataclasses.replace(GRAPH, cells=6, organic=4)


@pytest.mark.parametrize(
    ("delta", "status", "place", "depth"),
    [
        ((0.0, -50.0, -150.0, -300.0, -400.0, -500.0), "one", -2.0, -0.5),
        ((0.0, 0.0, 0.0, 0.0, -50.0, -150.0), "one", 125.0, 0.125),
        ((-200.0,) * 6, "no_vegetation", -4.0, -1.0),
        ((0.0,) * 6, "all_vegetation", 200.0, 0.2),
        ((0.0, -200.0, 0.0, -200.0, -300.0, -400.0), "many", -1.0, -0.25),
    ],
)
def test_the_boundary_inside_peat_is_a_slot_and_a_fraction(delta, status, place, depth):
    stock = np.ones(6)
    years = by_hand(
        graph=PEAT,
        leaf=np.zeros(6),
        root=np.zeros(6),
        gained=np.zeros(6),
        respired=np.ones(6),
        stock=stock,
        radiocarbon=1.0 + np.array(delta) / 1000.0,
        mass=np.array([0.0, 0.0, 0.0, 0.0, 50.0, 150.0]),
        face=np.array([-1.0, -0.75, -0.5, -0.25, 0.0, 0.05, 0.2]),
        peat=True,
    )
    boundary = locate(years, PersistenceRadiocarbon().evaluate(years))
    assert str(boundary.status[0]) == status
    if status != "one" or place < 0:
        assert boundary.mass[0] == pytest.approx(place)
        assert boundary.depth[0] == pytest.approx(depth)
    else:
        assert 25.0 < boundary.mass[0] < 125.0


def test_an_empty_slot_of_peat_takes_the_signal_of_the_next_below():
    stock = np.array([0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    delta = np.array([0.0, 0.0, -50.0, -150.0, -300.0, -300.0])
    years = by_hand(graph=PEAT, leaf=np.zeros(6), root=np.zeros(6), gained=np.zeros(6), respired=np.ones(6),
                    stock=stock, radiocarbon=1.0 + delta / 1000.0, mass=np.array([0.0] * 4 + [50.0, 150.0]),
                    face=np.array([-0.5, -0.5, -0.5, -0.25, 0.0, 0.05, 0.2]), peat=True)  # fmt: skip
    signal = PersistenceRadiocarbon().evaluate(years)
    np.testing.assert_allclose(signal.value[:, 0], [50.0, 50.0, 50.0, -50.0, -200.0, -200.0], atol=1e-9)


# -- on models -----------------------------------------------------------------------------------------------


def sensitive(years):
    """A made-up answer, so that `control` has something to read."""
    cells, count = years.respiration.shape
    falling = np.linspace(2.0, 0.1, cells)[:, None] * np.ones(count)
    response = np.stack([falling, np.ones_like(falling)])
    return dataclasses.replace(
        years, sensitivities=Sensitivities(("uptake_rate", "exchange_rate"), ("microbes", "minerals"), response)
    )


def test_every_criterion_works_on_the_pedon():
    setting, record, faces = cases.history()
    years = sensitive(years_of(setting, record, faces[1:]))
    for name, criterion in CRITERIA.items():
        with double_precision():
            boundary = locate(years, criterion.evaluate(years))
        assert BoundaryStatus.NOT_DEFINED not in boundary.status, name
        assert np.isfinite(boundary.depth).all(), name


def test_criteria_on_layered_century():
    cells = 12
    with double_precision():
        case = layered.century(cells)
        model, batch = case["model"], 3
        rng = np.random.default_rng(2)
        depth = np.exp(-np.arange(cells) / 4.0)[:, None]
        stocks = rng.uniform(0.5, 1.5, (1, len(model.graph.pools), cells, batch)) * depth
        face = np.concatenate([[0.0], np.cumsum(np.asarray(case["site"].thickness)[:, 0])])
        years = cases.recorded(
            model, choose_solver(), STEPPERS["mprk22"], State(jnp.asarray(stocks), ()),
            case["site"], case["forcing"], case["parameters"], np.diff(face) * 1300.0, face,
        )  # fmt: skip
        years = sensitive(years)
        status = {name: locate(years, c.evaluate(years)).status for name, c in CRITERIA.items()}
    defined = {name for name, found in status.items() if BoundaryStatus.NOT_DEFINED not in found}
    # it dissolves nothing and follows no radiocarbon here
    assert set(CRITERIA) - defined == {"dom_fate", "persistence_radiocarbon"}
    assert DomFate().evaluate(years) is None
    assert isinstance(CarbonZeroFlux().evaluate(years).value, np.ndarray)
    assert status["rooting"] == (BoundaryStatus.ONE,) * 3


def test_a_model_of_one_cell_and_no_roots_supports_little():
    graph = Millennial(1, 0).graph
    years = by_hand(graph=dataclasses.replace(graph, cells=1), leaf=(1.0,), root=(0.0,), gained=(0.0,), respired=(1.0,),
                    stock=(1.0,), mass=(100.0,), face=(0.0, 0.1))  # fmt: skip
    assert Rooting().evaluate(years) is None
    assert Supply().evaluate(years) is None
    assert locate(years, Rooting().evaluate(years)).status == (BoundaryStatus.NOT_DEFINED,)
