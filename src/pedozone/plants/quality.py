"""Values of a preset that follow from its place on the trait axis where it does not give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pedozone.plants.fields import unit_of
from pedozone.plants.traits import mean_lignin, metabolic_fraction, structural_decay_factor, trait_source, traits_at

#: Fields that are read off the axis directly.
TRAIT_FIELDS = (
    "leaf_carbon_nitrogen",
    "root_carbon_nitrogen",
    "leaf_lignin",
    "root_lignin",
    "mycorrhizal_fraction",
)
#: Metabolic share in this model over that of CENTURY's rule. Temperate grassland was fitted with 0.20 and 0.33 where
#: the rule gives its leaves and roots 0.72 and 0.62: the pool here is what decays within weeks to months, CENTURY's is
#: all that is not bound to lignin. The other types stand on the same scale.
METABOLIC_SCALE = {"leaf": 0.278, "root": 0.540}

_PARTON = "10.2136/sssaj1987.03615995005100050015x"


def quality_records(growth_form: str, given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Records of the fields that follow from trait position and growth form.

    Parameters
    ----------
    growth_form : str
        Of the preset.
    given : mapping of str to float
        What the preset gives itself; those values enter what is derived.

    Returns
    -------
    dict of str to dict
        Name, value, unit, source, status and DOI by field; empty where the preset has no
        ``trait_position``.
    """
    if "trait_position" not in given:
        return {}
    traits = traits_at(given["trait_position"], growth_form)._asdict()
    records = {}
    for name in TRAIT_FIELDS:
        origin = trait_source(name)
        records[name] = _entry(name, traits[name], f"from trait_position: {origin.source}", origin.doi)
    now = {**{name: traits[name] for name in TRAIT_FIELDS}, **given}
    for part in ("leaf", "root"):
        name = f"{part}_metabolic_fraction"
        share = metabolic_fraction(now[f"{part}_lignin"], now[f"{part}_carbon_nitrogen"])
        source = "from its lignin and nitrogen after Parton et al. 1987, scaled to temperate grassland's fitted share"
        records[name] = _entry(name, METABOLIC_SCALE[part] * share, source, _PARTON)
    lignin = mean_lignin(now.get("leaf_input", 0.0), now["leaf_lignin"], now.get("root_input", 0.0), now["root_lignin"])
    factor = structural_decay_factor(lignin)
    records["structural_decay_factor"] = _entry(
        "structural_decay_factor", factor, "from the lignin of leaf and root litter after Parton et al. 1987", _PARTON
    )
    return records


def _entry(name: str, value: float, source: str, doi: str) -> dict[str, Any]:
    # Four digits say more than a prior knows; the rest would only clutter tables.
    rounded = float(f"{value:.4g}")
    return {"name": name, "value": rounded, "unit": unit_of(name), "source": source, "status": "recalled", "doi": doi}
