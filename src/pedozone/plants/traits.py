r"""The conservative-acquisitive axis of plants, and the litter quality that goes with a place on it.

At position 0 stand plants that build dear, long-lived, lignified and nitrogen-poor tissue, at
position 1 those that build cheap, short-lived, nitrogen-rich tissue (Wright et al. 2004,
doi:10.1038/nature02403; Reich 2014, doi:10.1111/1365-2745.12211). Roots follow the same axis
(Roumet et al. 2016, doi:10.1111/nph.13828); how much they lean on fungi is nearly independent of
it (Bergmann et al. 2020, doi:10.1126/sciadv.aba3756). A trait is interpolated in its logarithm
between its two ends for the growth form,

.. math:: x(s) = x_0^{1-s} \, x_1^{s},

with the ends, their sources and status in ``traits.toml``. The ends are priors, not regressions.
"""

from __future__ import annotations

import math
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

from pedozone.plants.errors import PlantError, unknown_name
from pedozone.plants.fields import GROWTH_FORMS

#: kg C per kg dry matter of litter, to turn C:N into a nitrogen content.
CARBON_OF_LITTER = 0.47

# Parton et al. 1987: metabolic share 0.85 - 0.018 lignin/N, structural decay exp(-3 lignin).
_METABOLIC_LIMIT, _METABOLIC_SLOPE = 0.85, 0.018
_LEAST_METABOLIC = 0.20  # the model's own floor, from memory
_LIGNIN_EFFECT = 3.0

#: Lignin of the litter of temperate grassland (-), to which the decay of other litter is related.
REFERENCE_LIGNIN = 0.13


class Traits(NamedTuple):
    """What follows from a place on the axis.

    Parameters
    ----------
    leaf_root_ratio : float
        Leaf litter over dead roots (-).
    leaf_carbon_nitrogen, root_carbon_nitrogen : float
        Of litter, kg C per kg N.
    leaf_lignin, root_lignin : float
        Share of dry matter (-).
    root_turnover : float
        Of fine roots, yr-1.
    exudation_share : float
        Exudates over roots and exudates together (-).
    mycorrhizal_fraction : float
        Share of exudates that reaches the soil as hyphal residue (-).
    """

    leaf_root_ratio: float
    leaf_carbon_nitrogen: float
    root_carbon_nitrogen: float
    leaf_lignin: float
    root_lignin: float
    root_turnover: float
    exudation_share: float
    mycorrhizal_fraction: float


class TraitSource(NamedTuple):
    """Where the ends of a trait come from: source, DOI without resolver, and status."""

    source: str
    doi: str
    status: str


def traits_at(position: float, growth_form: str) -> Traits:
    """Traits of a growth form at a place on the axis.

    Parameters
    ----------
    position : float
        0 (conservative) to 1 (acquisitive).
    growth_form : str
        One of `GROWTH_FORMS`.

    Raises
    ------
    PlantError
        A position outside 0 to 1, or a growth form that is not known.
    """
    if growth_form not in GROWTH_FORMS:
        raise unknown_name("growth_form", growth_form, GROWTH_FORMS)
    if not (math.isfinite(position) and 0.0 <= position <= 1.0):
        raise PlantError("trait_position", position, "0 (conservative) to 1 (acquisitive)", "Correct the number.")
    return Traits._make(_between(_table()[name][growth_form], position) for name in Traits._fields)


def trait_source(name: str) -> TraitSource:
    """Where the ends of a trait come from."""
    entry = _table()[name]
    return TraitSource(entry["source"], entry["doi"], entry["status"])


def metabolic_fraction(lignin: float, carbon_nitrogen: float) -> float:
    """Metabolic share of litter from its lignin and nitrogen.

    Parameters
    ----------
    lignin : float
        Share of dry matter (-).
    carbon_nitrogen : float
        kg C per kg N.

    Returns
    -------
    float
        ``0.85 - 0.018 lignin/N``, not below 0.2 (-).

    Notes
    -----
    Source: Parton et al. 1987, doi:10.2136/sssaj1987.03615995005100050015x. Both are contents of
    dry matter, of which 0.47 is carbon.
    """
    ratio = lignin * carbon_nitrogen / CARBON_OF_LITTER
    return max(_METABOLIC_LIMIT - _METABOLIC_SLOPE * ratio, _LEAST_METABOLIC)


def structural_decay_factor(lignin: float) -> float:
    """Decay of structural litter against that of temperate grassland, for its lignin.

    Parameters
    ----------
    lignin : float
        Share of dry matter, mean of leaf and root litter weighted by their amounts (-).

    Notes
    -----
    The effect ``exp(-3 lignin)`` of Parton et al. 1987, doi:10.2136/sssaj1987.03615995005100050015x,
    which they apply to the lignin of the structural part, here to that of the whole litter.
    """
    return math.exp(-_LIGNIN_EFFECT * (lignin - REFERENCE_LIGNIN))


def mean_lignin(leaf: float, leaf_lignin: float, root: float, root_lignin: float) -> float:
    """Lignin of leaf and root litter together (-), weighted by their amounts; their middle where there is none."""
    total = leaf + root
    share = leaf / total if total > 0 else 0.5
    return share * leaf_lignin + (1.0 - share) * root_lignin


def _between(ends: list[float], position: float) -> float:
    conservative, acquisitive = ends
    return math.exp((1.0 - position) * math.log(conservative) + position * math.log(acquisitive))


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads((resources.files("pedozone.plants") / "traits.toml").read_text(encoding="utf-8"))
