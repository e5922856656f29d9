r"""What nitrogen from the air does to plants: their traits, and above a threshold who grows there.

Two effects, both priors in size and published in sign. (1) Nitrogen moves plants towards the
acquisitive end of the trait axis, :math:`s' = 1 - (1 - s) e^{-N/N_s}` with :math:`N_s` = 100 kg
ha-1 yr-1 (so 10 kg move a plant by a tenth of what is left). (2) Above the critical load
:math:`N_c` of its kind, species that live by exuding and by fungi give way: with
:math:`r = 1 - e^{-(N - N_c)/N_c}`, exudates fall by up to 30 %, the mycorrhizal share by up to
40 % and roots by up to 20 %. The carbon goes to leaves: nothing is made, none is lost.

Fine-root production rises with nitrogen by less than production above ground (Yuan and Chen 2012,
doi:10.1098/rspb.2012.0955); mycorrhizal fungi decline with it (Treseder 2004,
doi:10.1111/j.1469-8137.2004.01159.x; Averill et al. 2018, doi:10.1111/gcb.14368).
"""

from __future__ import annotations

import math

from pedozone.plants.cover import LandCover
from pedozone.plants.errors import PlantError
from pedozone.plants.quality import TRAIT_FIELDS
from pedozone.plants.traits import Traits, mean_lignin, metabolic_fraction, structural_decay_factor, traits_at

#: Deposition that moves a plant by 1 - 1/e of its distance to the acquisitive end, kg N ha-1 yr-1.
TRAIT_DEPOSITION = 100.0
#: The most that an assemblage far above its critical load loses (-).
EXUDATE_LOSS, MYCORRHIZAL_LOSS, ROOT_LOSS = 0.30, 0.40, 0.20

#: A critical load of this much marks a sown assemblage, kg N ha-1 yr-1.
SOWN = 1000.0

_KG_M2_PER_KG_HA = 1e-4


def at_position(
    cover: LandCover, position: float, name: str | None = None, source: str = "trait position"
) -> LandCover:
    """A land cover moved along the trait axis, its total input of carbon kept.

    Parameters
    ----------
    cover : LandCover
        The cover.
    position : float
        Its new place on the axis, 0 (conservative) to 1 (acquisitive).
    name, source : str, optional
        Name of the new cover (that of the old one by default), and who moved it.

    Returns
    -------
    LandCover
        Every trait scaled by its ratio on the axis, so that a preset's own values keep their
        distance from it; metabolic shares moved by the difference.

    Raises
    ------
    PlantError
        A position outside 0 to 1.
    """
    old, new = traits_at(cover.trait_position, cover.growth_form), traits_at(position, cover.growth_form)
    values: dict[str, float] = {"trait_position": position}
    for field in TRAIT_FIELDS:
        values[field] = getattr(cover, field) * getattr(new, field) / getattr(old, field)
    values.update(_moved_inputs(cover, old, new))
    for part in ("leaf", "root"):
        before = metabolic_fraction(getattr(cover, f"{part}_lignin"), getattr(cover, f"{part}_carbon_nitrogen"))
        after = metabolic_fraction(values[f"{part}_lignin"], values[f"{part}_carbon_nitrogen"])
        share = getattr(cover, f"{part}_metabolic_fraction") + after - before
        values[f"{part}_metabolic_fraction"] = min(max(share, 0.0), 1.0)
    if cover.leaf_input + cover.root_input > 0:
        before = mean_lignin(cover.leaf_input, cover.leaf_lignin, cover.root_input, cover.root_lignin)
        after = mean_lignin(values["leaf_input"], values["leaf_lignin"], values["root_input"], values["root_lignin"])
        ratio = structural_decay_factor(after) / structural_decay_factor(before)
        values["structural_decay_factor"] = cover.structural_decay_factor * ratio
    return cover.changed(name or cover.name, source, **values)


def respond_to_deposition(cover: LandCover, kg_n_ha_yr: float, name: str | None = None) -> LandCover:
    """The cover as nitrogen deposition makes it in the long run.

    Parameters
    ----------
    cover : LandCover
        The cover without the nitrogen.
    kg_n_ha_yr : float
        Deposition of nitrogen, kg N ha-1 yr-1, 0 to 500.
    name : str, optional
        Name of the new cover; that of the old one by default.

    Returns
    -------
    LandCover
        With traits, inputs and mycorrhizal share changed and ``nitrogen_deposition`` set; the sum
        of its inputs is that of `cover`. At 0 only ``nitrogen_deposition`` changes.

    Raises
    ------
    PlantError
        A deposition outside its range.
    """
    if not (math.isfinite(kg_n_ha_yr) and 0.0 <= kg_n_ha_yr <= 500.0):
        raise PlantError("nitrogen_deposition_kg_ha_yr", kg_n_ha_yr, "0 to 500 kg N ha-1 yr-1", "Correct the number.")
    name = name or cover.name
    source = f"nitrogen deposition of {kg_n_ha_yr:g} kg ha-1 yr-1"
    deposited = {"nitrogen_deposition": kg_n_ha_yr * _KG_M2_PER_KG_HA}
    # What is sown stays as it was sown.
    if kg_n_ha_yr == 0.0 or cover.critical_nitrogen_load >= SOWN:
        return cover.changed(name, source, **deposited)
    position = 1.0 - (1.0 - cover.trait_position) * math.exp(-kg_n_ha_yr / TRAIT_DEPOSITION)
    moved = at_position(cover, position, name, source)
    response = assemblage_shift(kg_n_ha_yr, cover.critical_nitrogen_load)
    exudate = moved.exudate_input * (1.0 - EXUDATE_LOSS * response)
    root = moved.root_input * (1.0 - ROOT_LOSS * response)
    return moved.changed(
        name,
        source,
        exudate_input=exudate,
        root_input=root,
        leaf_input=moved.leaf_input + (moved.exudate_input - exudate) + (moved.root_input - root),
        mycorrhizal_fraction=moved.mycorrhizal_fraction * (1.0 - MYCORRHIZAL_LOSS * response),
        **deposited,
    )


def assemblage_shift(kg_n_ha_yr: float, critical_load: float) -> float:
    """How far the assemblage has shifted, 0 up to the critical load, towards 1 far above it (-).

    Parameters
    ----------
    kg_n_ha_yr, critical_load : float
        Deposition and its critical load, kg N ha-1 yr-1.
    """
    return -math.expm1(-max(kg_n_ha_yr - critical_load, 0.0) / critical_load)


def _moved_inputs(cover: LandCover, old: Traits, new: Traits) -> dict[str, float]:
    """Leaf, root and exudate input with the ratios moved as on the axis and their sum kept."""
    leaf, root, exudate = cover.leaf_input, cover.root_input, cover.exudate_input
    total = leaf + root + exudate
    if total == 0.0:
        return {}
    # Odds, so that shares stay between 0 and 1 and empty parts stay empty.
    leaf = leaf * new.leaf_root_ratio / old.leaf_root_ratio
    exudate = exudate * _odds(new.exudation_share) / _odds(old.exudation_share)
    scale = total / (leaf + root + exudate)
    return {"leaf_input": leaf * scale, "root_input": root * scale, "exudate_input": exudate * scale}


def _odds(share: float) -> float:
    return share / (1.0 - share)
