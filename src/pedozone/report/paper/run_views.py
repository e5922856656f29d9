"""What figures 2 and 3 read of a run: numbers of its zones in a year, and whether there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pedozone.report.data import main_criterion, main_horizon
from pedozone.report.numbers import fixed

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

GRAMS = 1000.0
CENTIMETRES = 100.0
NEEDED = (
    "boundary_depth", "boundary_upper", "boundary_lower", "boundary_status", "boundary_depth_horizon", "membership",
    "zone_stock", "zone_thickness", "zone_input", "zone_respiration", "zone_leaching", "transfer_across_boundary",
    "plant_input", "respiration", "connectivity", "depth_top", "depth_bottom", "is_organic", "cSoilLevels",
)  # fmt: skip
"""Variables without which a run has no zones to draw."""


class NoZones(ValueError):
    """A run that the figures cannot be drawn of.

    Parameters
    ----------
    found : str
        What it is or lacks.
    allowed : str
        What is needed.
    mend : str
        What to do.
    """

    def __init__(self, found: str, allowed: str, mend: str) -> None:
        self.found, self.allowed, self.mend = found, allowed, mend
        super().__init__(f"{found}: needed is {allowed}. {mend}")


def check_zones(ds: xr.Dataset) -> None:
    """Make sure that a run has zones.

    Raises
    ------
    NoZones
        It lacks what the figures show, or its boundary is nowhere in any year.
    """
    missing = [name for name in NEEDED if name not in ds.variables]
    if missing:
        model = str(ds.attrs.get("model", "")) or "unknown"
        raise NoZones(
            f"(model {model}: no {', '.join(missing[:4])}{' ...' if len(missing) > 4 else ''})",
            "a run with zones",
            "Run a site with the zones model: 'pedozone run site.toml'.",
        )
    if not drawable_years(ds).size:
        statuses = sorted({str(s) for s in ds["boundary_status"].sel(criterion=main_criterion(ds)).values})
        raise NoZones(
            f"(no year with a boundary: {', '.join(statuses)})",
            "a run with a boundary between the zones",
            "Choose a site with plants, and a column deep enough.",
        )


def drawable_years(ds: xr.Dataset) -> np.ndarray:
    """Places of the years in which there is a boundary inside the column."""
    status = ds["boundary_status"].sel(criterion=main_criterion(ds)).values.astype(str)
    depth = ds["boundary_depth"].sel(criterion=main_criterion(ds)).values
    return np.flatnonzero(np.isin(status, ("one", "many")) & np.isfinite(depth))


@dataclass(frozen=True)
class Boundary:
    """The boundary of a year and how sure its depth is, cm.

    Attributes
    ----------
    depth : float
    upper, lower : float
        Where three quarters and one quarter of the dissolved carbon ends up with the microbes; NaN where not reached.
    horizons : dict of float to float
        Depth by horizon (years).
    lowest, highest : float
        Least and largest depth in the years of the run.
    """

    depth: float
    upper: float
    lower: float
    horizons: dict[float, float]
    lowest: float
    highest: float


def boundary_of(ds: xr.Dataset, place: int) -> Boundary:
    """The boundary of the year at `place`."""
    main = ds.sel(criterion=main_criterion(ds))
    depth, upper, lower = (
        CENTIMETRES * float(main[name].values[place]) for name in ("boundary_depth", "boundary_upper", "boundary_lower")
    )
    by_horizon = CENTIMETRES * ds["boundary_depth_horizon"].values[place]
    horizons = {float(t): float(z) for t, z in zip(ds["horizon"].values, by_horizon, strict=True) if np.isfinite(z)}
    every = CENTIMETRES * main["boundary_depth"].values[drawable_years(ds)]
    return Boundary(depth, upper, lower, horizons, float(every.min()), float(every.max()))


def mean_depth(ds: xr.Dataset, place: int, flux: np.ndarray, within: np.ndarray) -> float:
    """Depth (cm) about which a flux by layer is centred in some of the layers; NaN where it is nothing."""
    centre = 50.0 * (ds["depth_top"].values[place + 1] + ds["depth_bottom"].values[place + 1])
    amount = np.where(within, np.maximum(flux, 0.0), 0.0)
    return float((amount * centre).sum() / amount.sum()) if amount.sum() > 0 else float("nan")


def layer_zones(ds: xr.Dataset, place: int) -> dict[str, np.ndarray]:
    """Layers whose centre lies in each zone."""
    centre = 50.0 * (ds["depth_top"].values[place + 1] + ds["depth_bottom"].values[place + 1])
    above = centre <= boundary_of(ds, place).depth
    return {"vegetation": above, "mineral": ~above}


def zone_numbers(ds: xr.Dataset, place: int) -> pd.DataFrame:
    """All that figure 2 writes and draws of one year.

    Returns
    -------
    pandas.DataFrame
        ``year``, ``zone`` (vegetation, mineral, boundary or column), ``quantity``, ``value``, ``unit``.
    """
    import pandas as pd

    now = ds.isel(year=place)
    year, found = int(now["year"]), boundary_of(ds, place)
    rows: list[tuple[int, str, str, float, str]] = []
    for zone in ds["zone"].values.astype(str):
        here = now.sel(zone=zone)
        for name, words, factor, unit in _ZONE_ROWS:
            if name in ds.variables:
                rows.append((year, zone, words, factor * float(here[name]), unit))
    for source in ds["source"].values.astype(str):
        value = GRAMS * float(now["plant_input"].sel(source=source).sum())
        rows.append((year, "column", f"plant input, {source}", value, "g m-2 yr-1"))
    given = float(now["plant_input"].sum())
    for mechanism in ds["mechanism"].values.astype(str):
        value = float(now["transfer_across_boundary"].sel(mechanism=mechanism))
        rows.append((year, "boundary", f"moved down, {mechanism}", GRAMS * value, "g m-2 yr-1"))
    moved = float(now["transfer_across_boundary"].sum("mechanism"))
    rows.append((year, "boundary", "moved down", GRAMS * moved, "g m-2 yr-1"))
    share = 100.0 * moved / given if given > 0 else float("nan")
    rows.append((year, "boundary", "connectivity: moved down of plant input", share, "%"))
    if "crossing_probability_source" in ds.variables:
        for source in ds["source"].values.astype(str):
            value = 100.0 * float(now["crossing_probability_source"].sel(source=source))
            rows.append((year, "boundary", f"chance to cross, {source}", value, "%"))
    depths = {
        "depth": found.depth, "depth where w = 3/4": found.upper, "depth where w = 1/4": found.lower,
        **{f"depth, horizon {t:g} yr": z for t, z in found.horizons.items()},
        "least depth of all years": found.lowest, "largest depth of all years": found.highest,
    }  # fmt: skip
    rows += [(year, "boundary", name, value, "cm") for name, value in depths.items()]
    return pd.DataFrame(rows, columns=["year", "zone", "quantity", "value", "unit"])


_ZONE_ROWS = (
    ("zone_thickness", "thickness", CENTIMETRES, "cm"),
    ("zone_stock", "stock", 1.0, "kg m-2"),
    ("zone_input", "plant input", GRAMS, "g m-2 yr-1"),
    ("zone_respiration", "respired", GRAMS, "g m-2 yr-1"),
    ("zone_leaching", "leached", GRAMS, "g m-2 yr-1"),
    ("zone_turnover", "turnover time", 1.0, "yr"),
    ("zone_age", "mean age", 1.0, "yr"),
    ("zone_delta14c", "Delta14C", 1.0, "permil"),
    ("zone_saturation", "minerals saturated", 100.0, "%"),
    ("zone_leaf_share", "from leaves", 100.0, "%"),
    ("zone_root_share", "from roots", 100.0, "%"),
    ("zone_exudate_share", "from exudates", 100.0, "%"),
)


def place_of_year(ds: xr.Dataset, year: int | None) -> int:
    """Place of a year: the one asked for, or the last with a boundary.

    Raises
    ------
    NoZones
        It was not simulated, or has no boundary.
    """
    years = drawable_years(ds)
    if year is None:
        return int(years[-1])
    every = ds["year"].values.astype(int)
    if year not in every:
        raise NoZones(f"{year}", f"a year from {every[0]} to {every[-1]}", "Choose a year of the run.")
    place = int(np.flatnonzero(every == year)[0])
    if place not in years:
        raise NoZones(
            f"{year}", "a year with a boundary inside the column", f"Choose another, such as {every[years[-1]]}."
        )
    return place


def horizon_words(ds: xr.Dataset, found: Boundary) -> str:
    """The depths by the other horizons, in words."""
    main = main_horizon(ds)
    others = [f"{fixed(z, 0)} cm with {t:g}" for t, z in found.horizons.items() if t != main]
    words = f"with a horizon of {main:g} years"
    return f"{words} ({' and '.join(others)} years)" if others else words
