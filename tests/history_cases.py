"""Columns and events for tests of histories: no model is compiled for them."""

from collections import namedtuple

import numpy as np

from pedozone.column.geometry import Soil
from pedozone.engine.declarations import Pool, Role
from pedozone.engine.graph import Graph
from pedozone.history.amendment import Amendment
from pedozone.history.column import Column
from pedozone.history.compaction import Compaction
from pedozone.history.event import Signature
from pedozone.history.fire import Fire
from pedozone.history.harvest import ClearCut, Harvest
from pedozone.history.landslip import Burial, Landslip
from pedozone.history.tillage import Plough

# names that no event knows: pools are found by role and tag
POOLS = (
    Pool("logs", Role.FRESH, None, tags=("structural", "woody")),
    Pool("quick", Role.FRESH, None, tags=("metabolic",)),
    Pool("slow", Role.FRESH, None, tags=("structural",)),
    Pool("clods", Role.OCCLUDED, None),
    Pool("crumbs", Role.OCCLUDED, None, tags=("micro",)),
    Pool("juice", Role.DISSOLVED, None),
    Pool("bugs", Role.LIVING, None),
    Pool("corpses", Role.RESIDUE, None),
    Pool("clay bound", Role.MINERAL, None),
    Pool("charcoal", Role.INERT, None),
)
TRACERS = ("radiocarbon", "leaf", "root", "manure", "copy", "age")
Year = namedtuple(
    "Year", "leaf_input root_input leaf_metabolic_fraction root_metabolic_fraction root_beta rooting_depth"
)
BATCH = 2


def signature() -> Signature:
    """Of two columns under different atmospheres."""
    return Signature(TRACERS, np.array([1.1, 0.98]))


def column(organic: int = 1, layers: int = 7, depth: float = 1.5, seed: int = 0, even: bool = False) -> Column:
    """Two columns of layers of uneven (or even) thickness, with or without organic slots."""
    rng = np.random.default_rng(seed)
    cells = organic + layers
    graph = Graph(POOLS, (), (), (), (), cells, organic, ())
    thick = rng.uniform(0.3, 1.0, (layers, BATCH))
    thick *= depth / thick.sum(axis=0)
    density = rng.uniform(1100.0, 1600.0, (layers, BATCH))
    if even:
        thick, density = np.full_like(thick, depth / layers), np.full_like(density, 1400.0)
    slots = np.zeros((organic, BATCH))

    def cells_of(values):
        return np.concatenate([slots, np.broadcast_to(values, (layers, BATCH))])

    share = rng.uniform(0.1, 0.4, (2, layers, BATCH))
    soil = Soil(
        mineral_mass=cells_of(thick * density),
        sand=cells_of(share[0]),
        silt=cells_of(share[1]),
        clay=cells_of(1.0 - share.sum(axis=0)),
        coarse=cells_of(rng.uniform(0.0, 0.1, (layers, BATCH))),
        ph=cells_of(rng.uniform(4.0, 8.0, (layers, BATCH))),
        mineral_density=np.concatenate([slots + 1000.0, density]),
        capacity=cells_of(0.086),
        oxides=np.concatenate([np.full((organic, BATCH), np.nan), rng.uniform(0.001, 0.03, (layers, BATCH))]),
    )
    above = np.full((organic, BATCH), 0.03)
    face = np.concatenate([-np.flip(np.cumsum(above, axis=0), 0), np.zeros((1, BATCH)), np.cumsum(thick, axis=0)])
    one = np.ones(BATCH)
    year = Year(0.2 * one, 0.3 * one, 0.3 * one, 0.2 * one, 0.95 * one, 1.0 * one)
    return Column(graph, soil, face, year)


def stocks(of: Column, seed: int = 0) -> np.ndarray:
    """Random carbon, the tracers beside it; `copy` is the carbon again."""
    rng = np.random.default_rng(seed)
    carbon = rng.uniform(0.0, 3.0, of.shape) * (rng.uniform(size=of.shape) > 0.1)
    shares = rng.uniform(size=(2, *of.shape))
    rows = [carbon, carbon * rng.uniform(0.3, 1.5, of.shape), carbon * shares[0], carbon * (1 - shares[0]) * shares[1]]
    return np.stack([*rows, np.zeros(of.shape), carbon, carbon * rng.uniform(0.0, 5000.0, of.shape)])


def every_event(depth: float, share: float, other: float) -> dict:
    """One of each kind, with a depth (m) and two shares."""
    return {
        "plough": Plough(depth, share, other),
        "fire": Fire(share, other, depth, 0.5 * share),
        "clear-cut": ClearCut(None, None, 5.0 * share, 2.0),
        "clear-cut with amounts": ClearCut(share, other, 0.0, 1.0),
        "harvest": Harvest(other, share),
        "manure": Amendment("manure", share, 0.1, 0.4, 0.4, 0.1, depth, 15.0),
        "compost on top": Amendment("compost", share, 0.0, 0.1, 0.65, 0.25, 0.0, 12.0),
        "landslip": Landslip(depth),
        "landslip with a bare base": Landslip(depth, bare_base=True),
        "burial": Burial(depth, other),
        "compaction": Compaction(depth, share),
    }
