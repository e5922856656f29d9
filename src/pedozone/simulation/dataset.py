"""A recorded simulation as an xarray Dataset with units and names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

from pedozone.column.geometry import Soil
from pedozone.config.diary import conditions
from pedozone.config.site import Site
from pedozone.engine.declarations import Role
from pedozone.engine.graph import Graph
from pedozone.history.account import FATES
from pedozone.parameters import ParameterSet
from pedozone.simulation.events import event_totals, event_variables, events_by_cell
from pedozone.simulation.nitrogen_record import nitrogen_variables
from pedozone.simulation.oscillation import oscillation_attributes
from pedozone.simulation.prescribed_boundary import RATES
from pedozone.simulation.provenance import references_of
from pedozone.simulation.setting import TRACERS, Setting, geometry_at, macroporosity_at, traced_as
from pedozone.simulation.starting import Start
from pedozone.simulation.yearly_soil import side_by_side, slow_capacity, soil_by_year
from pedozone.simulation.years import Record
from pedozone.simulation.zoning import SOURCES, Zoning, fate_of
from pedozone.variables import attributes
from pedozone.version import __version__
from pedozone.zones.budget import TERMS, ZONES
from pedozone.zones.criteria import CRITERIA, HORIZONS

INTERVALS = ((0, 20), (0, 30), (0, 100), (0, 200), (0, 300))  # cm


def geometry_of(setting: Setting, record: Record) -> dict[str, np.ndarray]:
    """Geometry at every kept moment: arrays [times, cells (+ 1)]."""
    g = geometry_at(setting.model, *_moments(setting, record))
    return {name: np.asarray(getattr(g, name)).T for name in ("thickness", "volume", "face", "bulk_density")}


def _moments(setting: Setting, record: Record) -> tuple[Any, Soil, Mapping[str, Any], Any]:
    """Stocks, soil, parameters and swelling of every kept moment, the moments side by side as columns of a batch."""
    stocks = jnp.asarray(np.moveaxis(record.stocks[:, 0, :, :, 0], 0, -1))
    swelling = jnp.asarray(np.moveaxis(np.asarray(record.physical.swelling)[..., 0], 0, -1))
    return stocks, side_by_side(record.soils), setting.parameters, swelling


def _base_raised(record: Record, faces: np.ndarray) -> np.ndarray:
    """How far the base of the column has moved up since the start, m [times]; faces [times, cells + 1].

    What is laid on top pushes as much mineral mass out below, which stays where it is; what is taken off lets the
    column reach further down.
    """
    mass = np.concatenate([[0.0], events_by_cell(record)[2]])
    lowest = np.asarray(record.soils.mineral_mass)[:, -1, 0]
    return np.cumsum(mass * (faces[:, -1] - faces[:, -2]) / lowest)


def _physical(setting: Setting, record: Record, faces: np.ndarray) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Structure, rooting depth and height of the surface; faces [times, cells + 1]."""
    physical, organic = record.physical, setting.model.graph.organic
    mineral = np.arange(setting.model.graph.cells) >= organic
    height = faces[:, -1] - faces[:, 0] + _base_raised(record, faces)
    pores = np.asarray(macroporosity_at(setting.model, *_moments(setting, record))).T
    connected = np.exp(np.asarray(physical.connectivity)[..., 0])
    return {
        "macroporosity": (("time", "layer"), np.where(mineral, pores, np.nan)),
        "macropore_connectivity": (("time", "layer"), np.where(mineral, connected, np.nan)),
        "rooting_depth": (("time",), np.asarray(physical.rooting_depth)[..., 0]),
        "surface_height": (("time",), height - height[0]),
    }


def mineral_associated(setting: Setting, stocks: np.ndarray) -> np.ndarray:
    """Mineral-associated share of carbon as a separation collects it.

    All mineral pools, the residues and half of the particulate carbon in micro-aggregates (< 53 um or
    > 1.6 g cm-3). Used wherever the share is compared with data.

    Parameters
    ----------
    stocks : numpy.ndarray [..., pools, cells]
    """
    graph = setting.model.graph
    bound = stocks[..., graph.roles(Role.MINERAL, Role.RESIDUE), :].sum(axis=-2)
    bound = bound + 0.5 * stocks[..., graph.tagged("micro"), :].sum(axis=-2)
    total = stocks.sum(axis=-2)
    return np.where(total > 1e-12, bound / np.maximum(total, 1e-300), np.nan)


def _integrals(cells: np.ndarray, faces: np.ndarray, top: float, bottom: float) -> np.ndarray:
    """Integral of a cell quantity [times, cells] between two depths (m); NaN below the column."""
    out = np.full(cells.shape[0], np.nan)
    for t in range(cells.shape[0]):
        if bottom <= faces[t, -1] + 1e-9:
            cumulative = np.concatenate([[0.0], np.cumsum(cells[t])])
            out[t] = np.interp(bottom, faces[t], cumulative) - np.interp(top, faces[t], cumulative)
    return out


def _nominal_base(faces: np.ndarray, wanted: float, depth: float) -> float:
    """Where an interval ends that goes to the nominal depth of the column, which may have shrunk to less than that."""
    return min(wanted, float(faces[:, -1].min())) if abs(wanted - depth) < 1e-9 else wanted


def build(
    site: Site,
    setting: Setting,
    parameters: ParameterSet,
    start: Start,
    record: Record,
    zoning: Zoning,
    method: str,
) -> xr.Dataset:
    """Assemble the dataset of a run (one column)."""
    ds = variables_of(site, setting, record, zoning)
    ds.attrs.update(_attributes(site, setting, parameters, start, method))
    return ds


def variables_of(site: Site, setting: Setting, record: Record, zoning: Zoning) -> xr.Dataset:
    """The variables of a run (one column), without the account of where they come from."""
    graph = setting.model.graph
    organic = graph.organic
    z = record.stocks[..., 0]  # [times, quantities, pools, cells]
    carbon = z[:, 0]
    total = carbon.sum(axis=1)
    by_tracer = {name: z[:, 1 + k].sum(axis=1) for k, name in enumerate(TRACERS)}
    g = geometry_of(setting, record)
    some = np.where(total > 1e-12, total, np.nan)
    pool_some = np.where(carbon > 1e-12, carbon, np.nan)
    years = np.array(record.years)
    time = np.concatenate([[years[0]], years + 1]).astype(float)
    led = record.ledger
    drained = _lost(setting, led, "drained")[:, 0]
    mechanisms = zoning.mechanisms
    bound = carbon[:, graph.tagged("slow")].sum(axis=1)
    capacity = slow_capacity(setting, record, g["face"])
    data: dict[str, tuple[tuple[str, ...], Any]] = {
        "depth_top": (("time", "layer"), g["face"][:, :-1]),
        "depth_bottom": (("time", "layer"), g["face"][:, 1:]),
        "thickness": (("time", "layer"), g["thickness"]),
        "bulk_density": (("time", "layer"), g["bulk_density"]),
        "mineral_mass": (("layer",), np.asarray(setting.soil.mineral_mass)[:, 0]),
        "coarse_fraction": (("layer",), np.asarray(setting.soil.coarse)[:, 0]),
        "clay_fraction": (("layer",), np.asarray(setting.soil.clay)[:, 0]),
        "sand_fraction": (("layer",), np.asarray(setting.soil.sand)[:, 0]),
        "ph": (("layer",), np.asarray(setting.soil.ph)[:, 0]),
        "is_organic": (("layer",), np.arange(graph.cells) < organic),
        "pool_role": (("pool",), np.array([str(p.role) for p in graph.pools])),
        "carbon": (("time", "pool", "layer"), carbon),
        "cSoilLevels": (("time", "layer"), total),
        "carbon_by_source": (
            ("time", "source", "layer"),
            np.stack([by_tracer[s] for s in SOURCES], axis=1),
        ),
        "delta14c": (("time", "layer"), 1000.0 * (by_tracer["radiocarbon"] / some - 1.0)),
        "delta14c_pool": (("time", "pool", "layer"), 1000.0 * (z[:, 1] / pool_some - 1.0)),
        "mean_age": (("time", "layer"), by_tracer["age"] / some),
        "mineral_associated_share": (("time", "layer"), mineral_associated(setting, carbon)),
        "saturation": (
            ("time", "layer"),
            np.where(capacity > 0, bound / np.where(capacity > 0, capacity, 1), np.nan),
        ),
        "organic_layer_stock": (("time",), total[:, :organic].sum(axis=1)),
        "respiration": (("year", "layer"), _lost(setting, led, "respired")[:, 0]),
        "lateral_drainage": (("year", "layer"), drained),
        "plant_input": (("year", "source", "layer"), _inputs_by_source(setting, record)),
        "face_flux": (("year", "mechanism", "face"), zoning.face_flux),
        "transfer_flux": (("year", "transfer", "layer"), led.flux[:, : len(graph.transfers), :, 0]),
        "leaching": (
            ("year",),
            led.face[:, 0, :, -1, 0].sum(axis=1) + drained.sum(axis=-1),
        ),
        "delta14c_respired": (("year",), _respired(setting, led)),
        "membership": (("year", "horizon", "layer"), np.moveaxis(zoning.membership, -1, 0)),
        "atmosphere_delta14c": (("year",), record.atmosphere),
        "land_cover": (("year",), np.array(record.covers)),
    }
    names = list(CRITERIA)
    for name, field in (
        ("boundary_depth", "depth"),
        ("boundary_width", "width"),
        ("boundary_upper", "upper"),
        ("boundary_lower", "lower"),
    ):
        values = np.stack([getattr(zoning.boundaries[c], field) for c in names], axis=1)
        data[name] = (("year", "criterion"), values)
    statuses = np.array([[str(s) for s in zoning.boundaries[c].status] for c in names]).T
    data["boundary_status"] = (("year", "criterion"), statuses)
    by_horizon = [zoning.boundaries[f"dom_fate {h:g}"].depth for h in HORIZONS]
    data["boundary_depth_horizon"] = (("year", "horizon"), np.stack(by_horizon, axis=1))
    data |= {name: (("year", "zone"), table.T) for name, table in zoning.tables.items()}
    data |= _zones(zoning, g["face"])
    data |= _budget(setting, record)
    data |= event_variables(record)
    data |= _weather(record)
    data |= _physical(setting, record, g["face"])
    data |= soil_by_year(record, g)
    data |= nitrogen_variables(record)
    intervals, stocks = _by_interval(site, g, carbon.sum(axis=1), by_tracer["radiocarbon"], organic)
    data |= stocks
    coords = {
        "time": time,
        "year": years,
        "layer": np.arange(graph.cells),
        "face": np.arange(graph.cells + 1),
        "pool": [p.name for p in graph.pools],
        "source": list(SOURCES),
        "mechanism": list(mechanisms),
        "transfer": _transfer_names(graph),
        "criterion": names,
        "horizon": list(HORIZONS),
        "zone": list(ZONES),
        "budget_term": list(TERMS),
        "interval": intervals,
        "tracer": ["carbon", *TRACERS],
        "fate": list(FATES),
        "month": np.arange(1, 13),
        "cover": list(record.weather),
    }
    return xr.Dataset(
        {name: (dims, values, attributes(name)) for name, (dims, values) in data.items()},
        coords={name: (name, values, attributes(name)) for name, values in coords.items()},
    )


def _transfer_names(graph: Graph) -> list[str]:
    """Names of the transfers, ``donor->receiver``; with the mechanism where two processes move the same way."""
    names = [t.name for t in graph.transfers]
    return [f"{t.name} ({t.mechanism})" if names.count(t.name) > 1 else t.name for t in graph.transfers]


def _inputs_by_source(setting: Setting, record: Record) -> np.ndarray:
    entries = setting.model.graph.inputs
    zero = np.zeros((len(record.years), setting.model.graph.cells))
    rows = [
        sum((record.inputs[u][..., 0] for u, e in enumerate(entries) if traced_as(e.source) == s), start=zero)
        for s in SOURCES
    ]
    return np.stack(rows, axis=1)


def _lost(setting: Setting, ledger: Any, fate: str) -> np.ndarray:
    """Loss with a fate, [years, quantities, cells]."""
    return np.moveaxis(fate_of(setting, np.moveaxis(ledger.loss[..., 0], 0, -1), fate), -1, 0)


def _respired(setting: Setting, ledger: Any) -> np.ndarray:
    respired = _lost(setting, ledger, "respired").sum(axis=-1)
    carbon, radio = respired[:, 0], respired[:, 1 + TRACERS.index("radiocarbon")]
    return 1000.0 * (radio / np.where(carbon > 0, carbon, np.nan) - 1.0)


def _zones(zoning: Zoning, faces: np.ndarray) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Budget of the zones, their connectivity and the movement of the boundary between them."""
    budget, by_source = zoning.budget, [1 + TRACERS.index(s) for s in SOURCES]
    terms = np.stack([budget.terms[name] for name in TERMS])  # [terms, zones, quantities, years]
    below_top = zoning.boundaries["dom_fate"].depth - faces[1:, 0]
    return {
        "zone_budget": (("year", "tracer", "zone", "budget_term"), np.transpose(terms, (3, 2, 1, 0))),
        "transfer_across_boundary": (("year", "mechanism"), budget.crossing[:, 0].T),
        "transfer_by_source": (("year", "mechanism", "source"), np.moveaxis(budget.crossing[:, by_source], -1, 0)),
        "connectivity": (("year", "mechanism", "source"), np.moveaxis(zoning.connectivity, -1, 0)),
        "crossing_probability": (("year", "layer"), zoning.crossing_by_depth.T),
        "crossing_probability_source": (("year", "source"), zoning.crossing_by_source.T),
        "rezoning": (("year",), budget.terms["rezoning"][0, 0]),
        "boundary_rezoned": (("year",), zoning.rezoned_depth),
        "boundary_swelling": (("year",), zoning.swelling),
        "boundary_below_top": (("year",), below_top),
    }


def _budget(setting: Setting, record: Record) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Budget of every tracer: the residual is change minus all booked terms."""
    led, z = record.ledger, record.stocks[..., 0]
    held = z.sum(axis=(2, 3))
    change = np.diff(held, axis=0)
    entered = led.input.sum(axis=(2, 3))
    respired = _lost(setting, led, "respired").sum(axis=-1)
    leached = led.face[:, :, :, -1, 0].sum(axis=2) + _lost(setting, led, "drained").sum(axis=-1)
    source = led.source.sum(axis=(2, 3))
    gained, removed = (a.sum(axis=2) for a in event_totals(record))
    dims = ("year", "tracer")
    return {
        "budget_initial": (("tracer",), held[0]),
        "budget_input": (dims, entered),
        "budget_respired": (dims, respired),
        "budget_leached": (dims, leached),
        "budget_decay": (dims, -source),
        "budget_event_gain": (dims, gained),
        "budget_event_loss": (dims, removed),
        "budget_change": (dims, change),
        "budget_residual": (dims, change - (entered - respired - leached + source + gained - removed)),
    }


def _weather(record: Record) -> dict[str, tuple[tuple[str, ...], Any]]:
    fields = {"soil_temperature": "temperature", "soil_water": "theta", "oxygen": "air", "water_flux": "face_flux"}
    return {
        name: (
            ("cover", "month", "face" if name == "water_flux" else "layer"),
            np.stack([getattr(w, field)[..., 0] for w in record.weather.values()]),
        )
        for name, field in fields.items()
    }


def _by_interval(
    site: Site, g: Mapping[str, np.ndarray], carbon: np.ndarray, radio: np.ndarray, organic: int
) -> tuple[list[str], dict[str, tuple[tuple[str, ...], Any]]]:
    """Stocks, contents and 14C between standard depths and those of the observations."""
    wanted = [(float(a), float(b)) for a, b in INTERVALS]
    wanted += [(o.top_cm, o.bottom_cm) for o in site.observation]
    wanted = [i for i in dict.fromkeys(wanted) if i[1] <= 100.0 * site.soil.depth_m + 1e-6]
    faces = g["face"][:, organic:]
    mass = (g["bulk_density"] * g["volume"])[:, organic:]
    columns: dict[str, list[np.ndarray]] = {
        "soc_stock": [],
        "soc_percent": [],
        "delta14c_interval": [],
    }
    for top, bottom in wanted:
        base = _nominal_base(faces, bottom / 100.0, site.soil.depth_m)
        stock = _integrals(carbon[:, organic:], faces, top / 100.0, base)
        columns["soc_stock"].append(stock)
        columns["soc_percent"].append(100.0 * stock / _integrals(mass, faces, top / 100.0, base))
        fraction = _integrals(radio[:, organic:], faces, top / 100.0, base) / stock
        columns["delta14c_interval"].append(1000.0 * (fraction - 1.0))
    labels = [f"{top:g}-{bottom:g}" for top, bottom in wanted]
    return labels, {name: (("time", "interval"), np.stack(rows, axis=1)) for name, rows in columns.items()}


def _prescribed(site: Site) -> dict[str, Any]:
    """The boundary that a site prescribes, with the rates that read it; empty where it is diagnosed alone."""
    given = site.prescribed_boundary
    return {} if given is None else {**given.model_dump(), "rates": list(RATES)}


def _attributes(site: Site, setting: Setting, parameters: ParameterSet, start: Start, method: str) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    oscillation = oscillation_attributes(start, setting.model.graph.organic)
    rung = [w for w in (json.loads(oscillation["oscillation"]).get("warning"),) if w]
    return {
        "title": f"Soil organic matter at {site.site.name}",
        "site": site.site.name,
        "version": __version__,
        "model": setting.model.variant,
        "parameter_set": parameters.name,
        "parameter_digest": parameters.digest(),
        "parameters": json.dumps(parameters.to_records()),
        "site_toml": site.to_toml(),
        "observations": json.dumps([o.model_dump(exclude_none=True) for o in site.observation]),
        "spinup_status": start.status,
        "spinup_message": start.message,
        "spinup_years": start.years,
        "start_mode": site.start.mode,
        "solver": setting.solver.description,
        "method": method,
        "references": json.dumps(references_of(site, setting, parameters)),
        "conditions": json.dumps(conditions(site)),
        "modes": json.dumps(dict(site.modes)),
        "prescribed_boundary": json.dumps(_prescribed(site)),
        "notes": json.dumps([*site.notes(), *rung]),
        **oscillation,
        "created": now,
        "history": f"{now} pedozone {__version__}",
        "Conventions": "CF-1.11",
    }
