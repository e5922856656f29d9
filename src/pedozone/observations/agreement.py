"""How well modelled values agree with observed ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from pedozone.observations.frames import grouped_rows, numbers, rows_of, texts, where

STATISTICS = (
    *("n", "profiles", "sites", "observed_mean", "modelled_mean", "bias", "bias_low", "bias_high"),
    *("rmse", "mae", "r2", "spearman", "median_ratio", "median_factor"),
)
"""Bias is modelled less observed, with a 90 % interval from draws of sites; r2 is the share of the observations'
variance that the model explains, 1 - SSE/SST (below 0 the mean of the observations would be nearer), not a squared
correlation; the median ratio is that of modelled to observed where both are above 0, the median factor what half of
them lie within, up or down: at 1 all agree, where a median ratio of 1 only says that as many lie above as below. In
both medians every site counts once, however many pairs it has."""

LEAST = 3
"""Pairs from which on spread and ranks are told."""

_DRAWS = 400


def agreement(
    observed: np.ndarray, modelled: np.ndarray, profile: Iterable[str], site: Iterable[str]
) -> dict[str, float]:
    """Statistics of pairs.

    Profiles of one site, and layers of one profile, are no independent evidence: the interval of the bias comes from
    drawing whole sites, with replacement, and medians weigh the pairs of a site by one over their number.

    Parameters
    ----------
    observed, modelled : array [pairs]
        Without gaps.
    profile, site : iterable of str [pairs]
        To which each pair belongs.

    Returns
    -------
    dict
        `STATISTICS`; NaN where there are too few.
    """
    o, m = np.asarray(observed, float), np.asarray(modelled, float)
    found = dict.fromkeys(STATISTICS, np.nan)
    codes, sites = pd.factorize(np.asarray(list(site), dtype=object))
    found |= {"n": len(o), "profiles": len(set(profile)), "sites": len(sites)}
    if not len(o):
        return found
    error = m - o
    found |= {"observed_mean": o.mean(), "modelled_mean": m.mean(), "bias": error.mean()}
    found |= {"rmse": np.sqrt(np.mean(error**2)), "mae": np.abs(error).mean()}
    both = (o > 0) & (m > 0)
    if both.any() and o.min() >= 0:
        ratio, place = m[both] / o[both], codes[both]
        found["median_ratio"] = site_median(ratio, place)
        found["median_factor"] = float(np.exp(site_median(np.abs(np.log(ratio)), place)))
    if len(o) < LEAST:
        return found
    spread = float(np.sum((o - o.mean()) ** 2))
    if spread > 0:
        found["r2"] = 1.0 - float(np.sum(error**2)) / spread
        if np.ptp(m) > 0:
            found["spearman"] = spearman(o, m)
    if len(sites) >= LEAST:
        total, count = np.bincount(codes, error), np.bincount(codes)
        drawn = np.random.default_rng(0).multinomial(len(sites), np.full(len(sites), 1.0 / len(sites)), size=_DRAWS)
        found["bias_low"], found["bias_high"] = np.percentile((drawn @ total) / (drawn @ count), (5, 95))
    return found


def site_median(values: np.ndarray, site: Iterable[object]) -> float:
    """Median in which every site counts once: its values weigh one over their number; NaN of none.

    Parameters
    ----------
    values : array [pairs]
        Without gaps.
    site : iterable [pairs]
        To which each belongs.
    """
    values = np.asarray(values, dtype=float)
    if not len(values):
        return float("nan")
    codes, sites = pd.factorize(np.asarray(list(site), dtype=object))
    order = np.argsort(values, kind="stable")
    below = np.cumsum((1.0 / np.bincount(codes))[codes][order]) - 0.5 * len(sites)
    k = int(np.argmax(below > -1e-9))
    # Where half of the weight ends with a value, the median lies between it and the next, as that of an even number.
    last = k + 1 if abs(below[k]) <= 1e-9 and k + 1 < len(values) else k
    return float(values[order[[k, last]]].mean())


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Rank correlation of two series that both vary."""
    return float(np.corrcoef(stats.rankdata(first), stats.rankdata(second))[0, 1])


def partial_spearman(first: np.ndarray, second: np.ndarray, held: np.ndarray) -> float:
    """Rank correlation of two series once what both share with a third is taken out; NaN where nothing is left."""
    x, y, z = (stats.rankdata(series) for series in (first, second, held))
    if np.ptp(z) > 0:
        x, y = (series - np.polyval(np.polyfit(z, series, 1), z) for series in (x, y))
    if min(np.std(x), np.std(y)) < 1e-9:
        return np.nan
    return float(np.corrcoef(x, y)[0, 1])


def agreements(pairs: pd.DataFrame, by: Sequence[str], depths: Sequence[str]) -> pd.DataFrame:
    """Statistics of every variable: of all, by depth, by class, and by class and depth.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``variable``, ``depth``, ``profile_id``, ``site_id``, ``observed``, ``modelled`` and the columns of `by`.
    by : sequence of str
        Columns with classes.
    depths : sequence of str
        In order; pairs of another depth count under "all" only.

    Returns
    -------
    pandas.DataFrame
        ``variable``, ``by`` ("all" for no class), ``class``, ``depth`` ("all" for no interval) and `STATISTICS`.
    """
    good = rows_of(pairs, np.isfinite(numbers(pairs, "observed")) & np.isfinite(numbers(pairs, "modelled")))
    rows = []
    for variable, part in grouped_rows(good, "variable"):
        for name in ("all", *by):
            classes = [("all", part)] if name == "all" else list(grouped_rows(part, name, sort=True))
            for group, members in classes:
                for depth in ("all", *depths):
                    those = members if depth == "all" else where(members, depth=depth)
                    if len(those):
                        columns = [texts(those, c) for c in ("observed", "modelled", "profile_id", "site_id")]
                        rows.append(
                            {"variable": variable, "by": name, "class": group, "depth": depth, **agreement(*columns)}
                        )
    return pd.DataFrame(rows, columns=["variable", "by", "class", "depth", *STATISTICS])
