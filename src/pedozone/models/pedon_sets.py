"""Pools and processes of the zones model: the whole of it, its core, and two assemblies that test hypotheses."""

from __future__ import annotations

from pedozone.engine.declarations import Pool, Role
from pedozone.engine.process import Process
from pedozone.processes.aggregation import Aggregation
from pedozone.processes.bypass import Bypass, LateralDrainage
from pedozone.processes.complexation import Complexation
from pedozone.processes.depolymerisation import Depolymerisation, WoodDecay
from pedozone.processes.entrapment import Entrapment
from pedozone.processes.incorporation import LitterIncorporation
from pedozone.processes.microbes import (
    COPIOTROPHS,
    OLIGOTROPHS,
    Maintenance,
    Mortality,
    Rewetting,
    SubstrateUptake,
    Uptake,
)
from pedozone.processes.plant_inputs import PlantInputs, WoodAndHyphae
from pedozone.processes.sorption import Sorption
from pedozone.processes.stabilisation import Stabilisation
from pedozone.processes.transport import Leaching, LitterSettling, Mixing

METABOLIC = Pool(
    "litter_metabolic", Role.FRESH, "mixing", "fresh plant litter that decays within months", ("metabolic",)
)
STRUCTURAL = Pool(
    "litter_structural", Role.FRESH, "mixing", "fresh plant litter that decays within years", ("structural",)
)
WOOD = Pool("wood", Role.FRESH, None, "coarse woody debris, which lies where it fell", ("structural", "woody"))
MACRO = Pool("pom_macro", Role.OCCLUDED, "mixing", "particulate carbon occluded in macro-aggregates")
MICRO = Pool("pom_micro", Role.OCCLUDED, "mixing", "particulate carbon occluded in micro-aggregates", ("micro",))
DISSOLVED = Pool("dom", Role.DISSOLVED, "dissolved", "dissolved carbon")
BYPASS = Pool("dom_bypass", Role.DISSOLVED, "bypass", "dissolved carbon on its way down macropores", ("bypass",))
MICROBES = Pool("microbial", Role.LIVING, "mixing", "living microbial biomass")
NECROMASS = Pool("necromass", Role.RESIDUE, "mixing", "microbial residues that are not sorbed")
EXCHANGEABLE = Pool(
    "maom_exchangeable",
    Role.MINERAL,
    "mixing",
    "mineral-associated carbon on exchangeable surfaces",
    ("exchangeable",),
)
INTERMEDIATE = Pool("maom_intermediate", Role.MINERAL, "mixing", "mineral-associated carbon, decades", ("slow",))
STABLE = Pool("maom_stable", Role.MINERAL, "mixing", "mineral-associated carbon, centuries to millennia", ("slow",))
ENTRAPPED = Pool(
    "maom_occluded",
    Role.MINERAL,
    "mixing",
    "dissolved and mineral-bound carbon entrapped in micro-aggregates",
    ("slow", "occluded"),
)
PYROGENIC = Pool("pyrogenic", Role.INERT, "mixing", "charcoal and kerogen")

_PARTICULATE = (METABOLIC, STRUCTURAL, MACRO, MICRO)
CORE_POOLS = (*_PARTICULATE, DISSOLVED, MICROBES, NECROMASS, EXCHANGEABLE, INTERMEDIATE, STABLE, PYROGENIC)
WHOLE_POOLS = (
    WOOD,
    *_PARTICULATE,
    DISSOLVED,
    BYPASS,
    MICROBES,
    NECROMASS,
    EXCHANGEABLE,
    INTERMEDIATE,
    STABLE,
    ENTRAPPED,
    PYROGENIC,
)

_GROUPS = (
    Pool(COPIOTROPHS, Role.LIVING, "mixing", "microbes that grow fast where substrate abounds"),
    Pool(OLIGOTROPHS, Role.LIVING, "mixing", "microbes that live on little"),
)
COMMUNITY_POOLS = tuple(each for pool in WHOLE_POOLS for each in (_GROUPS if pool is MICROBES else (pool,)))

PLANT_DOM, MICROBIAL_DOM = "dom_plant", "dom_microbial"
PLANT_SURFACE, MICROBIAL_SURFACE = "maom_exchangeable_plant", "maom_exchangeable_microbial"
_SPLIT: dict[Pool, tuple[Pool, ...]] = {
    DISSOLVED: (
        Pool(PLANT_DOM, Role.DISSOLVED, "dissolved", "dissolved carbon that comes from plants"),
        Pool(MICROBIAL_DOM, Role.DISSOLVED, "dissolved", "dissolved carbon that comes from microbes"),
    ),
    EXCHANGEABLE: (
        Pool(PLANT_SURFACE, Role.MINERAL, "mixing", "carbon from plants on exchangeable surfaces", EXCHANGEABLE.tags),
        Pool(
            MICROBIAL_SURFACE,
            Role.MINERAL,
            "mixing",
            "carbon from microbes on exchangeable surfaces",
            EXCHANGEABLE.tags,
        ),
    ),
}
ORIGIN_POOLS = tuple(each for pool in CORE_POOLS for each in _SPLIT.get(pool, (pool,)))


def core_processes() -> tuple[Process, ...]:
    """Processes of the core set of eleven pools."""
    return (
        PlantInputs(),
        LitterIncorporation(),
        Depolymerisation(),
        Uptake(),
        Maintenance(),
        Mortality(),
        Sorption(),
        Stabilisation(),
        Aggregation(),
        Leaching(),
        Mixing(),
        LitterSettling(),
    )


def _whole(
    living: tuple[Process, ...], spilling: tuple[Process, ...], colonists: str = "microbial"
) -> tuple[Process, ...]:
    """The whole set around its microbes: uptake comes after all that feeds the solution."""
    return (
        WoodAndHyphae(living=colonists),
        LitterIncorporation(),
        WoodDecay(),
        Depolymerisation(),
        *spilling,
        Stabilisation(),
        Aggregation(),
        Entrapment(),
        *living,
        Sorption(),
        Complexation(),
        Bypass(),
        LateralDrainage(),
        Leaching(),
        Mixing(),
        LitterSettling(),
    )


def whole_processes() -> tuple[Process, ...]:
    """Processes of the whole set of fourteen pools."""
    return _whole((SubstrateUptake(), Maintenance()), (Mortality(), Rewetting()))


def community_processes() -> tuple[Process, ...]:
    """The whole set with two groups of microbes, whose shares by depth emerge."""
    groups = (COPIOTROPHS, OLIGOTROPHS)
    living = tuple(kind(group) for kind in (SubstrateUptake, Maintenance) for group in groups)
    return _whole(living, tuple(kind(group) for kind in (Mortality, Rewetting) for group in groups), COPIOTROPHS)


def origin_processes() -> tuple[Process, ...]:
    """The core set with dissolved and exchangeable carbon by origin, whose affinities differ."""
    affinity = "microbial_affinity_factor"
    return (
        PlantInputs(PLANT_DOM),
        LitterIncorporation(),
        Depolymerisation(PLANT_DOM, MICROBIAL_DOM),
        Uptake(solution=PLANT_DOM),
        Uptake(solution=MICROBIAL_DOM),
        Maintenance(),
        Mortality(solution=MICROBIAL_DOM),
        Sorption(PLANT_DOM, PLANT_SURFACE, None, ((MICROBIAL_DOM, affinity),)),
        Sorption(MICROBIAL_DOM, MICROBIAL_SURFACE, affinity, ((PLANT_DOM, None),)),
        Stabilisation((PLANT_SURFACE, MICROBIAL_SURFACE), MICROBIAL_DOM),
        Aggregation(),
        Leaching(),
        Mixing(),
        LitterSettling(),
    )
