"""What a layer can hold: ranges, units that were mistaken, texture, carbonates, coarse fragments, organic layers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pedozone.observations.depth_checks import designated_organic
from pedozone.observations.fields import FIELDS, Field
from pedozone.observations.mapping import COARSE_MASS, WHOLE_DENSITY
from pedozone.observations.sieve import Sieve

ROCK_DENSITY_G_CM3 = 2.6
"""Of coarse fragments (Poeplau et al. 2017, doi:10.5194/soil-3-61-2017)."""

ASSUMED_DENSITY_G_CM3 = 1.3
"""Of fine earth, only to turn coarse fragments by mass into volume where no density is known."""

ORGANIC_CARBON_PERCENT = 20.0
"""Organic material has at least this much organic carbon (World Reference Base 2022)."""

PEAT_CM = 40.0
"""Organic material at least this thick makes a Histosol (World Reference Base 2022)."""

CARBONATE_FREE_PH = 6.5
"""In water; carbonates do not last below it."""

_PERCENT = "% by mass of fine earth"
_TEXTURE = ("clay_percent", "silt_percent", "sand_percent")


def check_units(sieve: Sieve) -> set[str]:
    """Flag columns whose values look like those of another unit; nothing is converted.

    Returns
    -------
    set of str
        Fields with a doubt.
    """
    doubted = set()
    texture = _texture_doubt(sieve)
    found = {
        "bottom_cm": _depth_doubt(sieve),
        "soc_percent": _carbon_doubt(sieve),
        "clay_percent": texture,
        "bulk_density_g_cm3": _density_doubt(sieve),
    }
    if texture:
        doubted |= {"silt_percent", "sand_percent"}
    for field in FIELDS["layer"]:
        if field.unit == _PERCENT and field.name not in doubted and not found.get(field.name):
            found[field.name] = _percent_doubt(sieve, field)
    for name, said in found.items():
        if said:
            doubted.add(name)
            unit = next((unit for unit in ("g/kg", "kg m-3") if f"{unit}?" in said), "")
            how = f', as {{ field = "{name}", unit = "{unit}" }} under [columns]' if unit else ""
            sieve.about_all("flagged", name, f"{said} Nothing was converted: declare the unit in a mapping{how}")
    return doubted


def _percent_doubt(sieve: Sieve, field: Field) -> str:
    """Of a property by itself: no value can be in per cent, and all can be in g/kg."""
    values = sieve.number(field.name)
    values = values[sieve.kept & ~np.isnan(values)]
    if not len(values) or values.min() <= field.upper or values.max() > 10 * field.upper:
        return ""
    said = "the value is" if len(values) == 1 else f"all {len(values)} values are"
    return f"{said} above {field.upper:g} % and none above {10 * field.upper:g}: are they g/kg?"


def _depth_doubt(sieve: Sieve) -> str:
    rows = sieve.kept & (sieve.number("bottom_cm") > 0)
    if rows.sum() < 2:  # a single layer may well be thin
        return ""
    bottom, profile = sieve.number("bottom_cm")[rows], sieve.profiles()[rows]
    deepest = np.zeros(int(profile.max()) + 1)
    np.maximum.at(deepest, profile, bottom)
    middle = float(np.median(deepest[deepest > 0]))
    if bottom.max() <= 3:
        return f"no layer reaches below {bottom.max():g} cm: are depths in m?"
    if middle >= 500:
        return f"half of the profiles reach {middle:g} cm and deeper: are depths in mm?"
    return ""


def _carbon_doubt(sieve: Sieve) -> str:
    carbon = sieve.number("soc_percent")
    rows = sieve.kept & ~np.isnan(carbon)
    if not rows.any():
        return ""
    top = sieve.number("top_cm")
    mineral = rows & ~sieve.flag("peat") & (top >= 0) & ~designated_organic(sieve.text("horizon"), carbon)
    beyond = np.mean(carbon[rows] > 65)
    if beyond > 0.02:
        return f"{100 * beyond:.0f} % of the values are above 65 %, more than organic matter holds: are they g/kg?"
    deep, shallow = mineral & (top >= 50), mineral & (top < 20)
    nitrogen = sieve.number("nitrogen_percent")
    both = mineral & (nitrogen > 0) & (carbon > 0)
    if both.sum() >= 3:
        ratio = float(np.median(carbon[both] / nitrogen[both]))
        if ratio > 60:
            return f"the median ratio of carbon to nitrogen is {ratio:.0f}: is carbon in g/kg, or nitrogen not in %?"
        if ratio < 2.5:
            return f"the median ratio of carbon to nitrogen is {ratio:.1f}: is carbon a fraction, or nitrogen in g/kg?"
    if deep.sum() >= 3 and np.median(carbon[deep]) > 2.5:
        return f"the median below 50 cm is {np.median(carbon[deep]):.3g} %, a tenth of which is usual: are they g/kg?"
    if mineral.sum() >= 3 and np.median(carbon[mineral]) > 6:
        return f"the median of mineral layers is {np.median(carbon[mineral]):.3g} %: are they g/kg?"
    if shallow.sum() >= 3 and 0 < np.median(carbon[shallow]) < 0.12:
        said = f"the median above 20 cm is {np.median(carbon[shallow]):.2g} %"
        return f"{said}: were percent declared as g/kg, or are they fractions?"
    return ""


def _texture_doubt(sieve: Sieve) -> str:
    total = sum((sieve.number(name) for name in _TEXTURE), start=np.zeros(len(sieve)))
    sums = total[sieve.kept & ~np.isnan(total)]
    if not len(sums):
        return ""
    middle = float(np.median(sums))
    if 0.9 < middle < 1.1:
        return "clay, silt and sand add up to 1: are they fractions?"
    if 900 < middle < 1100:
        return "clay, silt and sand add up to 1000: are they g/kg?"
    if 9 < middle < 11:
        return "clay, silt and sand add up to 10: were percent declared as g/kg?"
    return ""


def _density_doubt(sieve: Sieve) -> str:
    density = sieve.number("bulk_density_g_cm3")
    values = density[sieve.kept & ~np.isnan(density)]
    if not len(values):
        return ""
    middle = float(np.median(values))
    if middle > 30:
        return f"the median bulk density is {middle:.3g} g cm-3: is it kg m-3?"
    return ""


def check_ranges(sieve: Sieve, doubted: set[str]) -> None:
    """Take out values that cannot be."""
    for each in (sieve.table, "profile", "site"):
        for field in FIELDS[each]:
            if field.kind != "number" or field.name not in sieve or field.name in ("top_cm", "bottom_cm"):
                continue
            values = sieve.number(field.name)
            hint = "; see the doubt about the unit of this column" if field.name in doubted else ""
            reason = f"outside {field.lower:g} to {field.upper:g} {field.unit}{hint}"
            outside = (values < field.lower) | (values > field.upper)
            sieve.empty(outside, field.name, reason)
    if "sampling_year" in sieve:
        years = sieve.number("sampling_year")
        with np.errstate(invalid="ignore"):
            ahead = years > date.today().year
        sieve.note("flagged", ahead, "sampling_year", "a year that is still to come", years)
    for name, lower, upper in ((COARSE_MASS, 0, 100), (WHOLE_DENSITY, 0.01, 2.8)):
        if name in sieve:
            values = sieve.number(name)
            sieve.empty((values < lower) | (values > upper), name, f"outside {lower:g} to {upper:g}")


def check_texture(sieve: Sieve) -> None:
    """Flag clay, silt and sand that do not add up to 100 %."""
    total = sum((sieve.number(name) for name in _TEXTURE), start=np.zeros(len(sieve)))
    with np.errstate(invalid="ignore"):
        off = np.abs(total - 100) > 5
    sieve.note("flagged", off, "clay_percent", "clay, silt and sand do not add up to 100 % within 5", total)


def derive_carbon(sieve: Sieve) -> None:
    """Organic carbon out of total carbon, where inorganic carbon is known or cannot be."""
    if "total_carbon_percent" not in sieve:
        return
    total, inorganic = sieve.number("total_carbon_percent"), sieve.number("inorganic_carbon_percent")
    carbon, ph = sieve.number("soc_percent"), sieve.number("ph")
    lacking = np.isnan(carbon) & ~np.isnan(total)
    left = total - inorganic
    declared = lacking & ~np.isnan(left)
    good = declared & (left >= 0)
    sieve.note("converted", good, "soc_percent", "total minus inorganic carbon", left)
    reason = "less total than inorganic carbon: organic carbon is not known"
    sieve.note("emptied", declared & ~good, "soc_percent", reason, left)
    free = lacking & ~declared & (ph < CARBONATE_FREE_PH)
    reason = f"total carbon taken as organic: carbonates do not last below pH {CARBONATE_FREE_PH}"
    sieve.note("assumed", free, "soc_percent", reason, total)
    sieve.put("soc_percent", np.where(good, left, np.where(free, total, carbon)))
    reason = "total carbon only, and carbonates cannot be excluded: organic carbon is not known"
    sieve.note("flagged", lacking & ~declared & ~free, "soc_percent", reason, total)


def derive_density(sieve: Sieve) -> None:
    """Coarse fragments by mass to volume; density of fine earth out of that of the whole soil.

    With the share w of coarse fragments by mass, their density r and the density b of fine earth, they fill
    v = (w / r) / (w / r + (1 - w) / b) of the volume; with the density t of the whole soil v = w t / r and
    b = t (1 - w) / (1 - v) (Poeplau et al. 2017, doi:10.5194/soil-3-61-2017).
    """
    share = sieve.number(COARSE_MASS) / 100
    whole = sieve.number(WHOLE_DENSITY)
    density, volume = sieve.number("bulk_density_g_cm3"), sieve.number("coarse_fragments_percent")
    filled = np.clip(share * whole / ROCK_DENSITY_G_CM3, 0, None)
    stone = np.isnan(density) & ~np.isnan(whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        fine = whole * (1 - share) / (1 - filled)
        of_whole = np.where(np.isnan(share), whole * np.nan, fine)
    free = stone & (np.isnan(share) | (share == 0)) & ~(volume > 0) & (whole <= 2.65)
    parted = stone & (share > 0) & (filled < 1) & (of_whole >= 0.01) & (of_whole <= 2.65)
    by_volume = stone & np.isnan(share) & (volume > 0) & (volume < 100)
    with np.errstate(invalid="ignore"):
        without = (whole - volume / 100 * ROCK_DENSITY_G_CM3) / (1 - volume / 100)
    by_volume &= (without >= 0.01) & (without <= 2.65)
    said = "density of the whole soil taken as that of fine earth: no coarse fragments reported"
    sieve.note("assumed", free, "bulk_density_g_cm3", said, whole)
    said = "from the density of the whole soil, coarse fragments taken out"
    sieve.note("converted", parted | by_volume, "bulk_density_g_cm3", said, whole)
    lost = stone & ~free & ~parted & ~by_volume
    sieve.note(
        "emptied", lost, "bulk_density_g_cm3", "density of the whole soil that its stones leave no room for", whole
    )
    density = np.where(free, whole, np.where(parted, of_whole, np.where(by_volume, without, density)))
    if WHOLE_DENSITY in sieve or "bulk_density_g_cm3" in sieve:
        sieve.put("bulk_density_g_cm3", density)
    wanted = np.isnan(volume) & ~np.isnan(share)
    if not wanted.any():
        return
    used = np.where(np.isnan(density), ASSUMED_DENSITY_G_CM3, density)
    stones = share / ROCK_DENSITY_G_CM3
    turned = 100 * stones / (stones + (1 - share) / used)
    known = wanted & ((share == 0) | ~np.isnan(density))
    said = f"by mass to by volume, with {ROCK_DENSITY_G_CM3} g cm-3 for the fragments"
    sieve.note("converted", known & (share > 0), "coarse_fragments_percent", said, 100 * share)
    said += f" and {ASSUMED_DENSITY_G_CM3} for fine earth, whose density is not known"
    sieve.note("assumed", wanted & ~known, "coarse_fragments_percent", said, 100 * share)
    sieve.put("coarse_fragments_percent", np.where(wanted, turned, volume))


def mark_organic(sieve: Sieve, doubted: set[str]) -> None:
    """Mark organic layers, and profiles that are organic throughout; not by carbon whose unit is in doubt."""
    carbon, bottom, top = sieve.number("soc_percent"), sieve.number("bottom_cm"), sieve.number("top_cm")
    horizon, peat = sieve.text("horizon"), sieve.flag("peat")
    declared = sieve.flag("organic")
    above = (bottom <= 0) & ~peat
    named, rich = designated_organic(horizon, carbon), carbon >= ORGANIC_CARBON_PERCENT
    if "soc_percent" in doubted:
        rich = np.zeros_like(named)
    organic = declared | above | named | rich
    why = np.full(len(organic), f"organic carbon of {ORGANIC_CARBON_PERCENT:g} % and more", dtype=object)
    why[named] = "by its designation"
    why[above] = "above the mineral soil"
    reason = np.array(["organic layer, kept and marked: "], dtype=object) + why
    sieve.note("assumed", organic & ~declared, "organic", reason, horizon)
    sieve.put("organic", organic)
    profile = sieve.profiles()
    kept = sieve.kept
    throughout = np.ones(profile.max(initial=-1) + 1, dtype=bool)
    deepest = np.full(len(throughout), -np.inf)
    throughout[profile[kept & (~organic | peat | (top < 0))]] = False
    np.maximum.at(deepest, profile[kept], bottom[kept])
    new = kept & (throughout & (deepest >= PEAT_CM))[profile]
    reason = f"organic in all its layers, to {PEAT_CM:g} cm or deeper: taken as peat, with depths from the surface"
    sieve.note("assumed", new & ~pd.Series(profile).duplicated().to_numpy(), "peat", reason, table="profile")
    sieve.put("peat", peat | new)
    dense = (carbon > 12) & (sieve.number("bulk_density_g_cm3") > 1.2)
    said = "organic carbon above 12 % in a soil denser than 1.2 g cm-3: is one of them in another unit?"
    sieve.note("flagged", dense, "soc_percent", said, carbon)
