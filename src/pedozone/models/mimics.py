"""MIMICS: litter, copiotrophs and oligotrophs, and carbon protected in three ways, in one layer or many."""

from __future__ import annotations

from typing import NamedTuple

import jax

from pedozone.engine.assembly import Assembly
from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.processes.century_environment import metabolic_fraction
from pedozone.processes.clm_environment import Layers
from pedozone.processes.clm_mixing import ClmMixing
from pedozone.processes.mimics_decomposition import MimicsDecomposition, MimicsForwardDecomposition
from pedozone.processes.mimics_environment import MimicsEnvironment, MimicsView
from pedozone.processes.mimics_litter import MimicsLitter
from pedozone.processes.mimics_turnover import MimicsDesorption, MimicsTurnover
from pedozone.processes.roots import root_profile

Array = jax.Array

POOLS = (
    Pool("litter_metabolic", Role.FRESH, "mixing", "metabolic litter", ("metabolic",)),
    Pool("litter_structural", Role.FRESH, "mixing", "structural litter", ("structural",)),
    Pool("microbial_r", Role.LIVING, "mixing", "copiotrophs, which grow fast"),
    Pool("microbial_k", Role.LIVING, "mixing", "oligotrophs, which grow slowly"),
    Pool("physically_protected", Role.MINERAL, "mixing", "carbon protected by minerals (SOMp)"),
    Pool("chemically_protected", Role.RESIDUE, "mixing", "carbon protected by its chemistry (SOMc)", ("slow",)),
    Pool("available", Role.RESIDUE, "mixing", "carbon open to microbes (SOMa)"),
)


class Profile(NamedTuple):
    """A column of soil; [cells, batch].

    Attributes
    ----------
    clay : Array
        A fraction.
    thickness : Array
        Of the layers, m; the published model is one layer of 0.3 m.
    """

    clay: Array
    thickness: Array


class Forcing(NamedTuple):
    """Conditions and plants of one year; what changes by month leads with 12, what does not with 1.

    Attributes
    ----------
    temperature : Array [12 or 1, cells, batch]
        Of the soil, degC.
    activity : Array [12 or 1, cells, batch]
        Factor of water and oxygen on decomposition; 1 in the publication.
    leaf, root : Array [12 or 1, 1, batch]
        Litter, kg C m-2 yr-1.
    lignin_to_nitrogen : Array [batch]
        Of the litter, mass of lignin by mass of nitrogen.
    productivity : Array [batch]
        Net primary production, kg C m-2 yr-1, by which microbes die faster.
    root_beta : Array [batch]
        Share of roots below a depth of d cm: ``beta^d``.
    rooting_depth : Array [batch]
        m.
    active_layer : Array [batch]
        Depth to which the soil thaws, m; infinite where nothing stays frozen.
    """

    temperature: Array
    activity: Array
    leaf: Array
    root: Array
    lignin_to_nitrogen: Array
    productivity: Array
    root_beta: Array
    rooting_depth: Array
    active_layer: Array


def processes(decomposition: Process | None = None) -> tuple[Process, ...]:
    """The processes of MIMICS, with reverse Michaelis-Menten kinetics unless another is given."""
    return (
        MimicsLitter(),
        decomposition or MimicsDecomposition(),
        MimicsTurnover(),
        MimicsDesorption(),
        ClmMixing(),
    )


def every_process() -> tuple[Process, ...]:
    """The processes of both kinetics."""
    return (*processes(), MimicsForwardDecomposition())


class Mimics(Assembly):
    """MIMICS with reverse Michaelis-Menten kinetics. The site is a `Profile`, the year a `Forcing`.

    Every layer has the published pools and rates at its own concentrations, clay and temperature. Between layers all
    pools are mixed as CLM mixes carbon, which is how MIMICS is put into the layers of that model; with one layer
    nothing is.

    Parameters
    ----------
    cells, organic : int
        Layers; one is the published model, which has no organic slots.

    References
    ----------
    Wieder et al. (2014), doi:10.5194/bg-11-3899-2014; Wieder et al. (2015), doi:10.5194/gmd-8-1789-2015.
    """

    def __init__(self, cells: int = 1, organic: int = 0) -> None:
        super().__init__(POOLS, self._processes(), cells, organic)

    def _processes(self) -> tuple[Process, ...]:
        return processes()

    def environment(self, stock, physical, site: Profile, forcing: Forcing, parameters):  # noqa: D102 (inherited)
        layers = Layers.of(site.thickness)
        environment = MimicsEnvironment(
            temperature=forcing.temperature,
            activity=forcing.activity,
            clay=site.clay,
            layers=layers,
            leaf=forcing.leaf,
            root=forcing.root,
            metabolic=metabolic_fraction(forcing.lignin_to_nitrogen, parameters),
            productivity=forcing.productivity,
            root_share=root_profile(layers.face, forcing.root_beta, forcing.rooting_depth),
            active_layer=forcing.active_layer,
        )
        return environment, physical

    def local(self, environment, parameters):  # noqa: D102 (inherited)
        return environment.layers.thickness[None]

    def view(self, stock, local, parameters):  # noqa: D102 (inherited)
        return MimicsView(self.graph, stock, local)


class MimicsForward(Mimics):
    """MIMICS with Michaelis-Menten kinetics, as printed by Wieder et al. (2015), doi:10.5194/gmd-8-1789-2015."""

    def _processes(self) -> tuple[Process, ...]:
        return processes(MimicsForwardDecomposition())
