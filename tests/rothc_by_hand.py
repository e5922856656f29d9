"""RothC month by month in plain Python numbers, after the published equations: an oracle for unlike settings.

Against the official program itself, the model is checked in reference/test_rothc.py.
"""

import math
from typing import NamedTuple

RATES = (10.0, 0.3, 0.66, 0.02)


class Site(NamedTuple):
    clay: float
    depth: float
    option: int = 1  # of the moisture, as Rothamsted counts them
    bare_option: int = 1
    silt: float = 40.0
    bulk_density: float = 1.3
    organic_carbon: float = 1.0
    minimum: float = 0.2


def retention(site, suction):
    """Van Genuchten's water content (m3 m-3) with the coefficients of Wösten et al. (1999) for topsoils."""
    c, s, d, om = site.clay, site.silt, site.bulk_density, 1.72 * site.organic_carbon
    log_alpha = [-14.96, 0.03135 * c, 0.0351 * s, 0.646 * om, 15.29 * d, -0.192, -4.671 * d * d, -0.000781 * c * c]
    log_alpha += [-0.00687 * om * om, 0.0449 / om, 0.0663 * math.log(s), 0.1482 * math.log(om), -0.04546 * d * s]
    log_alpha += [-0.4852 * d * om, 0.00673 * c]
    log_n = [-25.23, -0.02195 * c, 0.0074 * s, -0.194 * om, 45.5 * d, -7.24 * d * d, 0.0003658 * c * c]
    log_n += [0.002885 * om * om, -12.81 / d, -0.1524 / s, -0.01958 / om, -0.2876 * math.log(s)]
    log_n += [-0.0709 * math.log(om), -44.6 * math.log(d), -0.02264 * d * c, 0.0896 * d * om, 0.00718 * c]
    saturated = [0.7919, 0.001691 * c, -0.29619 * d, -0.000001491 * s * s, 0.0000821 * om * om, 0.02427 / c]
    saturated += [0.01113 / s, 0.01472 * math.log(s), -0.0000733 * om * c, -0.000619 * d * c, -0.001183 * d * om]
    saturated += [-0.0001664 * s]
    n = 1.0 + math.exp(sum(log_n))
    return 0.01 + (sum(saturated) - 0.01) * (1.0 + (math.exp(sum(log_alpha)) * suction) ** n) ** -(1.0 - 1.0 / n)


def deficits(site):
    """Lowest, bare, onset (1 bar) and wilting deficit, mm."""
    if site.option == 1:
        wilting = -(20.0 + 1.3 * site.clay - 0.01 * site.clay**2) * site.depth / 23.0
        lowest, onset, bare = wilting, 0.444 * wilting, 0.556 * wilting
    else:
        at = [retention(site, suction) for suction in (50.0, 1e3, 15e3, 1e6)]
        onset, wilting, driest = (10.0 * site.depth * (theta - at[0]) for theta in at[1:])
        lowest = driest if site.option == 2 else wilting
        bare = wilting - 0.6388 / 0.8 * (wilting - onset)
    return lowest, wilting if site.bare_option == 2 else bare, onset, wilting


def run(site, rows, pools, inert):
    """Pools (five) and CO2 of every month; rows of (T, rain, evaporation, cover, plant, manure, ratio)."""
    lowest, bare, onset, wilting = deficits(site)
    x = 1.67 * (1.85 + 1.60 * math.exp(-0.0786 * site.clay))
    dpm, rpm, bio, hum = pools
    deficit, out = 0.0, []
    for temperature, rain, evaporation, cover, plant, manure, ratio in rows:
        warmth = 0.0 if temperature < -5.0 else 47.91 / (math.exp(106.06 / (temperature + 18.27)) + 1.0)
        floor = lowest if cover else min(bare, deficit)
        deficit = max(floor, min(0.0, deficit + rain - 0.75 * evaporation))
        if deficit > onset:
            wet = 1.0
        elif deficit > wilting:
            wet = site.minimum + (1.0 - site.minimum) * (wilting - deficit) / (wilting - onset)
        else:
            wet = site.minimum
        factor = warmth * wet * (0.6 if cover else 1.0)
        kept = [pool * math.exp(-k * factor / 12.0) for pool, k in zip((dpm, rpm, bio, hum), RATES, strict=True)]
        decayed = dpm + rpm + bio + hum - sum(kept)
        dpm = kept[0] + ratio / (ratio + 1.0) * plant + 0.49 * manure
        rpm = kept[1] + 1.0 / (ratio + 1.0) * plant + 0.49 * manure
        bio = kept[2] + 0.46 / (x + 1.0) * decayed
        hum = kept[3] + 0.54 / (x + 1.0) * decayed + 0.02 * manure
        out.append((dpm, rpm, bio, hum, inert, x / (x + 1.0) * decayed))
    return out


LIBBY, MEAN_LIFE, INERT_AGE = math.log(2.0) / 5568.0, 8035.0, 50_000.0


def run_dated(site, year, modern_year, years, rows, modern, inert):
    """Delta14C and age of every month after so many repetitions of a year from empty pools; the oracle of dating.

    Every pool keeps what it holds of radiocarbon; what enters in a month decays from the next month on, and the inert
    pool never grows older. Only `option` 1 of the moisture.
    """
    lowest, bare, onset, wilting = deficits(site)
    x = 1.67 * (1.85 + 1.60 * math.exp(-0.0786 * site.clay))
    pools, dated, deficit, out = [0.0] * 4, [0.0] * 4, 0.0, []
    months = [(*row, m) for row, m in zip(year, modern_year, strict=True)] * years
    after = [(*row, m) for row, m in zip(rows, modern, strict=True)]
    for count, (temperature, rain, evaporation, cover, plant, manure, ratio, percent) in enumerate(months + after):
        warmth = 0.0 if temperature < -5.0 else 47.91 / (math.exp(106.06 / (temperature + 18.27)) + 1.0)
        floor = lowest if cover else min(bare, deficit)
        deficit = max(floor, min(0.0, deficit + rain - 0.75 * evaporation))
        wet = 1.0 if deficit > onset else 0.2 + 0.8 * (wilting - deficit) / (wilting - onset)
        factor = warmth * wet * (0.6 if cover else 1.0)
        share = [math.exp(-k * factor / 12.0) for k in RATES]
        entering = [ratio / (ratio + 1.0) * plant + 0.49 * manure, plant / (ratio + 1.0) + 0.49 * manure, 0.0]
        entering.append(0.02 * manure)
        held, ageing = [], math.exp(-LIBBY / 12.0)
        for amounts, fresh, aged in ((pools, 1.0, 1.0), (dated, percent / 100.0, ageing)):
            kept = [aged * amount * part for amount, part in zip(amounts, share, strict=True)]
            decayed = aged * sum(amounts) - sum(kept)
            formed = (0.0, 0.0, 0.46 * decayed / (x + 1.0), 0.54 * decayed / (x + 1.0))
            held.append([sum(parts) for parts in zip(kept, formed, (fresh * e for e in entering), strict=True)])
        pools, dated = held
        if count >= len(months):
            total = sum(pools) + inert
            age = math.log(total / (sum(dated) + inert * math.exp(-LIBBY * INERT_AGE))) / LIBBY
            out.append((*pools, 1000.0 * (math.exp(-age / MEAN_LIFE) - 1.0), age))
    return out
