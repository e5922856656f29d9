"""Stocks of organic carbon to fixed depths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pedozone.observations.bulk_density import DEFAULT, with_density
from pedozone.observations.carbon_method import predicted
from pedozone.observations.errors import ObservationError
from pedozone.observations.findings import Findings
from pedozone.observations.intervals import Intervals, checked_intervals, contents, verdicts
from pedozone.observations.mass_preserving import ENDS, Ends
from pedozone.observations.neighbours import note_neighbours
from pedozone.observations.profiles import Profiles
from pedozone.observations.stacks import Stack, stacked

METHODS = ("layers", "spline")
DEFAULT_DEPTHS: tuple[tuple[float, float], ...] = ((0, 30), (0, 100), (0, 200))


@dataclass(frozen=True)
class Choices:
    """How stocks are computed.

    Parameters
    ----------
    density : str
        Pedotransfer function where no bulk density was measured (`bulk_density.FUNCTIONS`); "none" for none.
    method : {"layers", "spline"}
        Layers as they are, or the mass-preserving spline through their carbon densities. Where an interval ends at a
        limit of a layer both are the same.
    ends : {"sloping", "flat"}
        Ends of the spline.
    bridge : bool
        Whether the spline's values may span gaps.
    least : float
        Share of an interval that must be known, in (0, 1]. Less than 1 takes the rest to be like the known part.
    start_cm : float
        How far below the top of an interval that starts at the surface the first layer may begin; deeper, the profile
        has no stock there, however much of the interval is known.
    reported : bool
        Whether a stock that the source reports stands in for a layer whose own cannot be computed.
    """

    density: str = DEFAULT
    method: str = "layers"
    ends: Ends = "sloping"
    bridge: bool = True
    least: float = 1.0
    start_cm: float = 0.5
    reported: bool = True

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ObservationError(
                "<command>", "method", self.method, "one of " + ", ".join(METHODS), "Choose one of them."
            )
        if self.ends not in ENDS:
            raise ObservationError("<command>", "ends", self.ends, "one of " + ", ".join(ENDS), "Choose one of them.")
        if not 0 < self.least <= 1:
            raise ObservationError("<command>", "least", self.least, "above 0 and at most 1", "1 extends nothing.")


@dataclass(frozen=True)
class Layers:
    """The layers of a set, ready for stocks.

    Attributes
    ----------
    names : array [profiles]
        Profile identifiers.
    owner : array of int [layers]
        Profile of each layer; -1 where it has none.
    top, bottom : array [layers]
        cm.
    carbon : array [layers]
        Density of organic carbon (kg m-3), coarse fragments taken out; NaN where it is not known.
    table : pandas.DataFrame
        The layers, with bulk densities filled in and ``density_estimated``, ``coarse_assumed`` (no coarse fragments
        reported: taken as none), ``stock_reported`` (from the source) and ``carbon_predicted`` (not measured).
    """

    names: np.ndarray
    owner: np.ndarray
    top: np.ndarray
    bottom: np.ndarray
    carbon: np.ndarray
    table: pd.DataFrame

    def stack(self, carbon: np.ndarray | None = None) -> Stack:
        """Side by side, with these or other densities of carbon."""
        here = self.owner >= 0
        value = self.carbon if carbon is None else carbon
        organic = self.table["organic"].to_numpy(bool)[here]
        return stacked(self.owner[here], self.top[here], self.bottom[here], value[here], len(self.names), organic)


def carbon_density(soc_percent: np.ndarray, bulk_density: np.ndarray, coarse_percent: np.ndarray) -> np.ndarray:
    """Organic carbon per volume of soil (kg m-3).

    Parameters
    ----------
    soc_percent : array
        Of the mass of fine earth.
    bulk_density : array
        Fine earth per volume of fine earth (g cm-3).
    coarse_percent : array
        Coarse fragments, of the volume; NaN counts as none.
    """
    return soc_percent * 10 * bulk_density * (1 - np.where(np.isnan(coarse_percent), 0.0, coarse_percent) / 100)


def prepared(observed: Profiles, choices: Choices) -> Layers:
    """The layers of a set with their carbon densities."""
    names = observed.profile["profile_id"].to_numpy(dtype=object)
    table = with_density(observed.layer, choices.density)
    owner = pd.Index(names).get_indexer(pd.Index(table["profile_id"]))
    top, bottom = table["top_cm"].to_numpy(float), table["bottom_cm"].to_numpy(float)
    coarse = table["coarse_fragments_percent"].to_numpy(float)
    carbon = carbon_density(table["soc_percent"].to_numpy(float), table["bulk_density_g_cm3"].to_numpy(float), coarse)
    stands_in = np.zeros(len(table), dtype=bool)
    if choices.reported:
        with np.errstate(divide="ignore", invalid="ignore"):
            reported = table["soc_stock_kg_m2"].to_numpy(float) / ((bottom - top) / 100)
        stands_in = np.isnan(carbon) & np.isfinite(reported)
        carbon = np.where(stands_in, reported, carbon)
    guessed = predicted(table["carbon_method"].to_numpy(dtype=object))
    table = table.assign(coarse_assumed=np.isnan(coarse), stock_reported=stands_in, carbon_predicted=guessed)
    return Layers(names, owner, top, bottom, carbon, table)


def interval_stocks(
    stack: Stack, depths: Intervals, choices: Choices
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Stocks (NaN where not allowed), shares covered and reached by layers, and basis, each [profiles, intervals]."""
    found = contents(stack, depths, method=choices.method, ends=choices.ends)
    allowed, basis = verdicts(found, gaps=choices.bridge and choices.method == "spline", least=choices.least)
    late = stack.top[:, None] > np.array([max(pair[0], 0.0) for pair in depths]) + choices.start_cm
    late &= np.array([pair[0] <= 0 for pair in depths])
    basis = np.where(late & allowed, "begins too deep", basis)
    thick = np.array([pair[1] - pair[0] for pair in depths])
    return np.where(allowed & ~late, found.mean * thick / 100, np.nan), found.covered, found.reached, basis


@dataclass(frozen=True)
class Stocks:
    """Stocks of organic carbon.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for every profile and interval: ``profile_id``, ``top_cm``, ``bottom_cm``, ``soc_stock_kg_m2``,
        ``covered`` (share of the interval that layers cover), ``density_estimated``, ``coarse_assumed``,
        ``stock_reported`` and ``carbon_predicted`` (shares of the covered part) and ``basis``, as in `Harmonised`, or
        "begins too deep". With Monte-Carlo draws also ``soc_stock_sd``, ``soc_stock_p05`` and ``soc_stock_p95``.
    findings : Findings
        Replicates, overlaps and gaps, by row of the file.
    """

    table: pd.DataFrame
    findings: Findings


def stocks(
    observed: Profiles,
    depths: Intervals = DEFAULT_DEPTHS,
    choices: Choices | None = None,
    *,
    draws: int = 0,
    seed: int = 0,
) -> Stocks:
    """Stocks of organic carbon in depth intervals.

    Depths count from the surface of the mineral soil, so that organic layers above it (negative depths) belong to no
    interval that starts at 0; ask for -20 to 0 to have them.

    Parameters
    ----------
    observed : Profiles
    depths : sequence of (float, float)
        Intervals (cm).
    choices : Choices, optional
    draws : int
        Monte-Carlo draws of the errors of carbon, bulk density and coarse fragments; 0 for none.
    seed : int
        Of the draws.

    Raises
    ------
    ObservationError
    """
    choices = choices or Choices()
    depths = checked_intervals(depths)
    layers = prepared(observed, choices)
    findings = Findings()
    note_neighbours(observed.layer, findings)
    stock, covered, _, basis = interval_stocks(layers.stack(), depths, choices)
    columns: dict[str, np.ndarray] = {
        "profile_id": np.repeat(layers.names, len(depths)),
        "top_cm": np.tile([pair[0] for pair in depths], len(layers.names)),
        "bottom_cm": np.tile([pair[1] for pair in depths], len(layers.names)),
        "soc_stock_kg_m2": stock.ravel(),
        "covered": covered.ravel(),
    }
    for name in ("density_estimated", "coarse_assumed", "stock_reported", "carbon_predicted"):
        columns[name] = _share(layers, name, depths).ravel()
    columns["basis"] = basis.ravel()
    if draws:
        from pedozone.observations.uncertainty import Errors, stock_draws

        drawn = stock_draws(layers, depths, choices, Errors(), draws=draws, seed=seed)
        columns["soc_stock_sd"] = drawn.std(axis=0, ddof=1).ravel()
        low, high = np.percentile(drawn, (5, 95), axis=0)
        columns["soc_stock_p05"], columns["soc_stock_p95"] = low.ravel(), high.ravel()
    return Stocks(pd.DataFrame(columns), findings)


def _share(layers: Layers, name: str, depths: Intervals) -> np.ndarray:
    """Part of the covered thickness of each interval of which something is true, [profiles, intervals]."""
    marked = np.where(np.isfinite(layers.carbon), layers.table[name].to_numpy(float), np.nan)
    return contents(layers.stack(marked), depths, method="layers").mean


def grouped(
    table: pd.DataFrame,
    by: pd.DataFrame,
    columns: Sequence[str],
    value: str = "soc_stock_kg_m2",
    steps: Sequence[str] = ("top_cm", "bottom_cm"),
) -> pd.DataFrame:
    """Mean, spread and number of stocks by group and interval.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `Stocks`.
    by : pandas.DataFrame
        With ``profile_id`` and the columns to group by; profiles where one of them is empty are left out.
    columns : sequence of str
        Columns of `by`.
    value : str
        What to average.
    steps : sequence of str
        Columns of `table` that tell depths (or masses) apart.

    Returns
    -------
    pandas.DataFrame
        The columns, the steps, ``n``, ``mean``, ``sd``, ``cv_percent``, ``standard_error``, ``median`` and, of depths,
        ``density_kg_m3``: the mean per volume, which lets intervals of different thickness be compared.

    Raises
    ------
    ObservationError
        There is no such column.
    """
    for name in columns:
        if name not in by.columns:
            allowed = "one of " + ", ".join(c for c in by.columns if c != "profile_id")
            raise ObservationError("<command>", "by", name, allowed, "Choose columns of the profile or site table.")
    keys = pd.DataFrame(by, columns=["profile_id", *columns])
    for name in columns:
        keys = pd.DataFrame(keys[by[name].notna() & (by[name] != "")])
    joined = table.merge(keys, on="profile_id", how="inner").dropna(subset=[value])
    group = [*columns, *steps]
    found = joined.groupby(group, sort=True)[value].agg(n="size", mean="mean", sd="std", median="median").reset_index()
    found["cv_percent"] = 100 * found["sd"] / found["mean"]
    found["standard_error"] = found["sd"] / np.sqrt(found["n"])
    order = [*group, "n", "mean", "sd", "cv_percent", "standard_error", "median"]
    if {"top_cm", "bottom_cm"} <= set(steps):
        found["density_kg_m3"] = found["mean"] / ((found["bottom_cm"] - found["top_cm"]) / 100)
        order.append("density_kg_m3")
    return pd.DataFrame(found, columns=order)
