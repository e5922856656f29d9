"""MEMS v1.0: two pathways from litter to particulate and to mineral-associated carbon, in one layer or many."""

from __future__ import annotations

from typing import NamedTuple

import jax

from pedozone.engine.assembly import Assembly
from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.processes.clm_environment import Layers
from pedozone.processes.mems_environment import (
    MemsEnvironment,
    MemsLitterQuality,
    MemsSoil,
    MemsView,
    root_share,
)
from pedozone.processes.mems_litter import MemsFragmentation, MemsLitterDecay, MemsLitterInputs
from pedozone.processes.mems_soil import MemsLeaching, MemsMixing, MemsSoilDecay, MemsSorption

Array = jax.Array

POOLS = (
    Pool("litter_soluble", Role.FRESH, None, "litter that hot water extracts (C1)", ("metabolic",)),
    Pool("litter_acid_soluble", Role.FRESH, None, "litter that acid dissolves (C2)", ("structural",)),
    Pool("litter_acid_insoluble", Role.FRESH, None, "litter that acid does not dissolve (C3)", ("structural",)),
    Pool("litter_microbial", Role.LIVING, None, "microbes in the litter (C4)"),
    Pool("litter_dom", Role.DISSOLVED, None, "dissolved carbon in the litter (C6)"),
    Pool("dom", Role.DISSOLVED, "dissolved", "dissolved carbon in the soil (C8)"),
    Pool("pom_heavy", Role.OCCLUDED, "mixing", "heavy, coarse particulate carbon (C5)"),
    Pool("pom_light", Role.FRESH, "mixing", "light particulate carbon (C10)", ("particulate",)),
    Pool("maom", Role.MINERAL, "mixing", "mineral-associated carbon (C9)"),
)


class Forcing(NamedTuple):
    """Conditions and plants of one year; what changes by month leads with 12, what does not with 1.

    Attributes
    ----------
    temperature : Array [12 or 1, cells, batch]
        Of the soil, degC.
    leaf, root : Array [12 or 1, 1, batch]
        Litter above and below the ground, kg C m-2 yr-1.
    quality : MemsLitterQuality
    root_half_depth : Array [batch]
        m, see `pedozone.processes.mems_environment.root_share`.
    rooting_depth : Array [batch]
        m.
    """

    temperature: Array
    leaf: Array
    root: Array
    quality: MemsLitterQuality
    root_half_depth: Array
    rooting_depth: Array


def processes() -> tuple[Process, ...]:
    """The processes of the model."""
    return (
        MemsLitterInputs(),
        MemsLitterDecay(),
        MemsFragmentation(),
        MemsSoilDecay(),
        MemsSorption(),
        MemsLeaching(),
        MemsMixing(),
    )


class Mems(Assembly):
    """MEMS v1.0. The site is a `MemsSoil`, the year a `Forcing`.

    Litter decays over the soil that its fragments and its dissolved carbon enter. Both stand in one cell, which is the
    published model; further cells are layers below it, with litter of their roots, leached carbon from above, and
    mixing. No decay waits for its microbes, who on poor litter are a millionth of a soil's carbon: a spin-up is to be
    told that (``SpinupOptions(living=0.0)``), or it takes such a soil for dead.

    Parameters
    ----------
    cells, organic : int
        Layers; one is the published model. The litter layer belongs to the first, organic slots are not used.

    References
    ----------
    Robertson et al. (2019), doi:10.5194/bg-16-1225-2019; Cotrufo et al. (2013), doi:10.1111/gcb.12113.
    """

    def __init__(self, cells: int = 1, organic: int = 0) -> None:
        super().__init__(POOLS, processes(), cells, organic)

    def environment(self, stock, physical, site: MemsSoil, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        layers = Layers.of(site.thickness)
        environment = MemsEnvironment(
            temperature=forcing.temperature,
            soil=site,
            layers=layers,
            leaf=forcing.leaf,
            root=forcing.root,
            quality=forcing.quality,
            root_share=root_share(layers.face, forcing.root_half_depth, forcing.rooting_depth),
        )
        return environment, physical

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return ()

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return MemsView(self.graph, stock)
