"""Many sites as the columns of one batch: one spin-up, then their years side by side.

For evaluations that need dozens of profiles: a batch costs a fraction of as many runs, and a column of it is what
`pedozone.simulate` gives for its site. Years are counted from each site's own start, so that histories of different
centuries share a batch; 14C is followed only where all sites start in the same year under the same atmosphere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.column.geometry import PEAT_FROM
from pedozone.config.radiocarbon import curve_of
from pedozone.config.references import parameters_of
from pedozone.config.site import Site
from pedozone.engine.operator import annual_operator
from pedozone.engine.spinup import Spinup
from pedozone.engine.steady import MeanYear
from pedozone.engine.stepping import METHODS, Stepper, no_tracers
from pedozone.engine.year import State
from pedozone.history.timeline import Plan
from pedozone.models.pedon_forcing import Forcing
from pedozone.simulate import set_up
from pedozone.simulation.columns import soil_of
from pedozone.simulation.happening import happen
from pedozone.simulation.histories import timeline_of
from pedozone.simulation.setting import TRACERS, Setting, geometry_at
from pedozone.simulation.starting import pedogenesis_start, spun_up, tracing_of, with_tracers
from pedozone.simulation.years import Kept, one_year
from pedozone.zones.boundary import BoundaryStatus, locate
from pedozone.zones.context import Years
from pedozone.zones.criteria import DomFate, _respired_within
from pedozone.zones.criterion import Signal

CARRYING = ("dissolved", "bypass")
"""Ways in which dissolved carbon moves: with the water of the matrix, and with that of macropores."""


@dataclass(frozen=True)
class Column:
    """A site, and what is different in its column.

    Parameters
    ----------
    site : Site
    parameters : mapping of str to float
        Values instead of those of the set.
    soil : callable, optional
        Changes the soil [cells, 1].
    forcing : callable, optional
        Changes the forcing of every year.
    """

    site: Site
    parameters: Mapping[str, float] = field(default_factory=dict)
    soil: Callable[[Any], Any] | None = None
    forcing: Callable[[Forcing], Forcing] | None = None


@dataclass(frozen=True)
class Profiles:
    """Stocks of all columns at one moment, [cells, columns] unless said.

    Parameters
    ----------
    carbon, radiocarbon, age : numpy.ndarray
        kg C m-2, times the absolute fraction modern, times yr; NaN without tracers.
    bound : numpy.ndarray
        Mineral-associated carbon as a separation collects it, kg C m-2.
    surface : numpy.ndarray
        Carbon on the slow mineral surfaces (what saturation counts), kg C m-2.
    face : numpy.ndarray [cells + 1, columns]
        m.
    mass : numpy.ndarray
        Fine mineral mass, kg m-2.
    earth : numpy.ndarray
        Fine earth with its organic matter, kg m-2.
    organic : int
        Number of organic slots.
    """

    carbon: np.ndarray
    radiocarbon: np.ndarray
    age: np.ndarray
    bound: np.ndarray
    surface: np.ndarray
    face: np.ndarray
    mass: np.ndarray
    earth: np.ndarray
    organic: int

    def between(self, values: np.ndarray, top: float, bottom: float) -> np.ndarray:
        """Integral of a quantity of the mineral soil between two depths (m), cut at the base [columns]."""
        found = []
        for k in range(values.shape[-1]):
            face = self.face[self.organic :, k]
            held = np.concatenate([[0.0], np.cumsum(values[self.organic :, k])])
            found.append(np.diff(np.interp([top, bottom], face, held))[0])
        return np.array(found)

    def from_the_ground(self, values: np.ndarray, top: float, bottom: float) -> np.ndarray:
        """The same with depths counted from the top of the organic slots, which are part of the profile."""
        found = []
        for k in range(values.shape[-1]):
            face = self.face[:, k] - self.face[0, k]
            held = np.concatenate([[0.0], np.cumsum(values[:, k])])
            found.append(np.diff(np.interp([top, bottom], face, held))[0])
        return np.array(found)

    def mass_to(self, depth: float) -> np.ndarray:
        """Mineral mass above a depth [columns], kg m-2."""
        return self.between(self.mass, 0.0, depth)

    def on_mass(self, mass: np.ndarray) -> np.ndarray:
        """Carbon above a mineral mass [columns], kg C m-2: a stock on an equal soil mass."""
        found = []
        for k in range(self.carbon.shape[-1]):
            held = np.concatenate([[0.0], np.cumsum(self.mass[self.organic :, k])])
            carbon = np.concatenate([[0.0], np.cumsum(self.carbon[self.organic :, k])])
            found.append(np.interp(mass[k], held, carbon))
        return np.array(found)

    def delta14c(self, top: float, bottom: float) -> np.ndarray:
        """Delta14C between two depths [columns], permil."""
        return 1000.0 * (self.between(self.radiocarbon, top, bottom) / self.between(self.carbon, top, bottom) - 1.0)


class Batch:
    """Columns of one model: all with the same number of layers and of organic slots.

    Parameters
    ----------
    columns : sequence of Column
    tracers : bool
        Whether 14C, sources and ages are followed.
    """

    def __init__(self, columns: Sequence[Column], tracers: bool = False) -> None:
        self.columns, self.tracers = list(columns), tracers
        sites = [column.site for column in columns]
        wet = next((site for site in sites if site.soil.water_table_m is not None), sites[0])
        setting = set_up(wet)
        sizes = {(site.soil.layers, site.soil.organic_slots) for site in sites}
        if len(sizes) > 1:
            raise ValueError(f"columns of one batch have one number of layers and slots, not {sorted(sizes)}")
        values = [parameters_of(c.site).values() | dict(c.parameters) for c in columns]
        soils = [self._soil(c, v) for c, v in zip(columns, values, strict=True)]
        soil = jax.tree.map(lambda *parts: jnp.concatenate([jnp.asarray(p) for p in parts], axis=-1), *soils)
        parameters = {name: jnp.asarray([float(v[name]) for v in values]) for name in values[0]}
        self.setting: Setting = replace(setting, soil=soil, parameters=parameters)
        self.timelines = [timeline_of(site) for site in sites]
        self.method = METHODS[sites[0].run.method]
        self.stepper: Stepper = self.method.usual
        self.curve = curve_of(sites[0])
        self.soil = jax.tree.map(np.asarray, soil)
        self._forcings: dict[Any, Any] = {}

    @staticmethod
    def _soil(column: Column, values: Mapping[str, float]) -> Any:
        soil = soil_of(column.site, values)
        return soil if column.soil is None else column.soil(soil)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.columns)

    def forcing(self, offset: int) -> tuple[Any, list[Plan]]:
        """The forcing of all columns so many years after their starts, and their plans; -1 for the spin-up."""
        plans = [t.year(t.covers[0][0] + max(offset, 0)) for t in self.timelines]
        parts = [t.first if offset < 0 else plan.forcing for t, plan in zip(self.timelines, plans, strict=True)]
        parts = [self._changed(k, part) for k, part in enumerate(parts)]
        key = tuple(id(part) for part in parts)
        if key not in self._forcings:
            joined = jax.tree.map(lambda *a: jnp.concatenate([jnp.asarray(x) for x in a], axis=-1), *parts)
            self._forcings[key] = (parts, joined)  # the parts are kept, so that their ids stay theirs
        return self._forcings[key][1], plans

    def _changed(self, k: int, part: Any) -> Any:
        change = self.columns[k].forcing
        if change is None:
            return part
        key = (k, id(part))
        if key not in self._forcings:
            self._forcings[key] = (part, change(part))
        return self._forcings[key][1]

    def spin(self) -> tuple[State, Spinup]:
        """The steady state of every column under its first forcing, with tracers where they are followed."""
        first, _ = self.forcing(-1)
        setting = self.setting
        spun, finer = spun_up(setting, self.method, first)
        self.stepper = self.method.at(int(finer.max()))  # a batch takes steps of one length
        state = spun.state
        if self.tracers:
            state = with_tracers(setting, state, spun.mean, self.curve, self.timelines[0].covers[0][0])
        return state, spun

    def grow(self, years: int) -> State:
        """Profiles grown from bare parent material, with tracers."""
        first, _ = self.forcing(-1)
        year = self.timelines[0].covers[0][0]
        return pedogenesis_start(self.setting, self.stepper, first, self.curve, year, years, None).state

    def year(self, state: State, offset: int) -> tuple[State, Kept]:
        """One year of all columns, events at its beginning."""
        forcing, plans = self.forcing(offset)
        tracing, modern = no_tracers(self.setting.model.graph, self.width), np.array([1.0])
        if self.tracers:
            start = self.timelines[0].covers[0][0]
            modern = 1.0 + np.atleast_1d(self.curve.delta14c(np.array([start + offset + 0.5]))) / 1000.0
            tracing = tracing_of(self.setting, modern)
        for k, plan in enumerate(plans):
            if plan.events:
                state = self._events(state, k, plan, modern)
        return one_year(
            self.setting.model, self.setting.solver, self.stepper, state, forcing, tracing, *self.setting.values
        )

    def _events(self, state: State, k: int, plan: Plan, modern: np.ndarray) -> State:
        part = self.part([k])
        stocks = np.array(state.stocks)
        carried = np.zeros((1 + len(TRACERS), *stocks.shape[1:3], 1))
        carried[: stocks.shape[0]] = stocks[..., [k]]  # events act on all tracers; those not followed are empty
        one = State(carried, jax.tree.map(lambda a: a[..., [k]], state.physical))
        soil = jax.tree.map(lambda a: a[..., [k]], self.soil)
        done, changed, _ = happen(part, plan, one, soil, modern)
        if changed is not soil:
            raise ValueError("events that bring or take mineral soil need a run of their own")
        stocks[..., k] = np.asarray(done.stocks)[: stocks.shape[0], ..., 0]
        physical = jax.tree.map(lambda a, b: jnp.asarray(a).at[..., k].set(b[..., 0]), state.physical, done.physical)
        return State(jnp.asarray(stocks), physical)

    def part(self, which: Sequence[int]) -> Setting:
        """The setting of some columns."""
        index = np.asarray(which)
        soil = jax.tree.map(lambda a: a[..., index], self.setting.soil)
        parameters = {name: value[index] for name, value in self.setting.parameters.items()}
        return replace(self.setting, soil=soil, parameters=parameters)

    def run(
        self, state: State, years: int, seen: Callable[[int, State, Kept | None], None] | None = None, first: int = 0
    ) -> tuple[State, Kept]:
        """Several years; `seen` is shown the state after each, with the years since the start."""
        kept = None
        for offset in range(first, first + years):
            state, kept = self.year(state, offset)
            if seen is not None:
                seen(offset + 1, state, kept)
        assert kept is not None
        return state, kept

    def profiles(self, state: State) -> Profiles:
        """What is measured on profiles."""
        stocks, graph = np.asarray(state.stocks), self.setting.model.graph
        g = geometry_at(
            self.setting.model, state.stocks[0], self.setting.soil, self.setting.parameters, state.physical.swelling
        )
        from pedozone.simulation.dataset import mineral_associated

        carbon = stocks[0].sum(axis=0)
        share = mineral_associated(self.setting, np.moveaxis(stocks[0], -1, 0))
        unknown = np.full_like(carbon, np.nan)
        tracer = {name: stocks[1 + k].sum(axis=0) if self.tracers else unknown for k, name in enumerate(TRACERS)}
        return Profiles(
            carbon=carbon,
            radiocarbon=tracer["radiocarbon"],
            age=tracer["age"],
            bound=np.nan_to_num(np.moveaxis(share, 0, -1)) * carbon,
            surface=stocks[0][graph.tagged("slow")].sum(axis=0),
            face=np.asarray(g.face),
            mass=np.asarray(self.setting.soil.mineral_mass),
            earth=np.asarray(g.bulk_density * g.volume),
            organic=graph.organic,
        )

    def dissolved_at(self, state: State, kept: Kept, depth: float) -> np.ndarray:
        """Flux of dissolved carbon through a depth in the year that ended in `state` [columns], kg C m-2 yr-1."""
        classes = self.setting.model.graph.classes
        ways = [classes.index(name) for name in CARRYING if name in classes]
        flux = np.asarray(kept.ledger.face[0])[ways].sum(axis=0)
        face = self.profiles(state).face
        return np.array([np.interp(depth, face[1:, k], flux[:, k]) for k in range(self.width)])

    def boundary(self, state: State, kept: Kept) -> tuple[np.ndarray, list[BoundaryStatus]]:
        """Depth (m) and status of the boundary by `dom_fate` in the year that ended in `state` [columns]."""
        graph, setting = self.setting.model.graph, self.setting
        operator = annual_operator(graph, kept.ledger, kept.inc_share)
        mean = MeanYear(operator, kept.inputs, kept.ledger.stock)
        p = np.asarray(_respired_within(graph, setting.solver, mean, jnp.asarray(DomFate().horizon)))[
            graph.index["dom"]
        ]
        face = self.profiles(state).face
        carbon = np.asarray(state.stocks[0]).sum(axis=0)
        depths, statuses = [], []
        for k in range(self.width):
            years = Years(
                graph=graph,
                solver=setting.solver,
                mean=mean,
                organic_flux=face[:, [k]],
                respiration=p[:, [k]],
                plant_input=np.zeros((1, graph.cells, 1)),
                mineral_mass=np.asarray(setting.soil.mineral_mass)[:, k],
                face=face[:, [k]],
                carbon=carbon[:, [k]],
                peat=graph.organic >= PEAT_FROM,
            )
            found = locate(years, Signal(years.position_at_centre, years.profile(p[:, [k]]) - 0.5, 0.25))
            depths.append(float(found.depth[0]))
            statuses.append(found.status[0])
        return np.array(depths), statuses
