"""A run-shaped dataset made by hand, to develop and test `output` and `report` without the engine.

The figures are invented but of the right size: fifty years of grass, then bare fallow. Fluxes and
stocks are made consistent, so that the carbon budget closes to rounding.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from report_records import attributes

POOLS = {
    "litter_metabolic": "fresh",
    "litter_structural": "fresh",
    "pom_macro": "occluded",
    "pom_micro": "occluded",
    "dom": "dissolved",
    "microbial": "living",
    "necromass": "residue",
    "maom_exchangeable": "mineral",
    "maom_intermediate": "mineral",
    "maom_stable": "mineral",
    "pyrogenic": "inert",
}
SOURCES = ["leaf", "root", "exudate", "initial"]
TERMS = ["input", "respired", "leached", "transfer", "events", "decay", "rezoning", "change", "residual"]
TRACERS = ["carbon", "radiocarbon", "leaf", "root", "exudate", "initial", "age"]


def _interval_matrix(top: np.ndarray, bottom: np.ndarray, intervals: list[str]) -> np.ndarray:
    """Share of each layer that lies in each interval, shape (interval, layer)."""
    shares = []
    for name in intervals:
        upper, lower = (float(part) / 100 for part in name.split("-"))
        overlap = np.clip(np.minimum(bottom, lower) - np.maximum(top, upper), 0, None)
        shares.append(overlap / (bottom - top))
    return np.array(shares)


def make_dataset(
    *,
    first_year: int = 1950,
    last_year: int = 2014,
    fallow_from: int | None = 1959,
    site_name: str = "Highfield (synthetic)",
    cover_before: str = "temperate-grassland",
    cover_after: str = "bare-fallow",
    no_vegetation_from: int | None = None,
    organic_thickness: float = 0.012,
    layers: int = 30,
    spinup_status: str = "converged",
    observations: list[dict] | None = None,
) -> xr.Dataset:
    """Build a dataset of the shape `pedozone.simulate(...).dataset` has."""
    year = np.arange(first_year, last_year + 1)
    time = np.arange(first_year, last_year + 2, dtype=float)
    n_t, n_y, n = time.size, year.size, layers + 1

    growth = np.geomspace(1.0, 14.0, layers)
    edges = np.concatenate([[0.0], np.cumsum(growth / growth.sum() * 3.0)])
    top = np.concatenate([[-organic_thickness], edges[:-1]])
    bottom = np.concatenate([[0.0], edges[1:]])
    centre = (top + bottom) / 2
    organic = np.arange(n) == 0
    z = np.clip(centre, 0.0, None)

    fallow_years = np.zeros(n_t)
    if fallow_from is not None:
        fallow_years = np.clip(time - fallow_from, 0, None)

    # A profile like the prototype's grassland, split into pools by depth.
    density = 33.0 * np.exp(-z / 0.27) + 4.5 * np.exp(-z / 2.0)
    density[organic] = 35.0
    share = {
        "litter_metabolic": 0.015 * np.exp(-z / 0.3),
        "litter_structural": 0.20 * np.exp(-z / 0.4),
        "pom_macro": 0.10 * np.exp(-z / 0.3),
        "pom_micro": 0.08 * np.exp(-z / 0.5),
        "dom": np.full(n, 0.002),
        "microbial": 0.02 * np.exp(-z / 0.6),
        "necromass": 0.05 * np.exp(-z / 0.6),
        "maom_exchangeable": np.full(n, 0.03),
        "maom_intermediate": 0.33 * np.exp(-z / 0.7) + 0.02,
        "pyrogenic": np.full(n, 0.02),
    }
    share["maom_stable"] = 1.0 - sum(share.values())
    decay = dict(zip(POOLS, (3.0, 0.25, 0.5, 0.1, 0.08, 0.07, 0.1, 0.04, 0.022, 0.0015, 1e-4), strict=True))
    carbon = np.empty((n_t, len(POOLS), n))
    for i, pool in enumerate(POOLS):
        profile = share[pool] * density * (bottom - top)
        if organic[0] and pool.startswith(("maom", "pyro", "pom")):
            profile = np.where(organic, 0.0, profile)
        carbon[:, i] = profile * np.exp(-decay[pool] * fallow_years)[:, None]
    organic_decay = np.exp(-1.5 * fallow_years)
    carbon[:, :, 0] *= organic_decay[:, None] / np.exp(-0.25 * fallow_years)[:, None]
    total = carbon.sum(1)

    som = total / 0.58
    mineral_mass = np.where(organic, 0.0, 1350.0 * (bottom - top))
    bulk_density = np.where(organic, 80.0, 1.0 / ((1 - 0.06) / 1350.0 + 1.724 * density / 1350 / 224.0)) + (
        np.where(organic, 0.0, 2.2) * fallow_years[:, None] * np.exp(-z / 0.2)
    )
    thickness = np.where(organic, som / 80.0, (bottom - top) * np.ones((n_t, 1)))
    depth_bottom = np.where(organic, 0.0, np.cumsum(np.where(organic, 0.0, thickness), 1))
    depth_top = depth_bottom - thickness

    is_fallow = np.zeros(n_y, bool) if fallow_from is None else year >= fallow_from
    root_share = np.exp(-z / 0.2) * (bottom - top) * ~organic
    root_share /= root_share.sum()
    surface = organic.astype(float)
    plant_input = np.zeros((n_y, len(SOURCES), n))
    growing = (~is_fallow).astype(float)[:, None]
    plant_input[:, 0] = 0.145 * growing * surface
    plant_input[:, 1] = 0.345 * growing * root_share
    plant_input[:, 2] = 0.075 * growing * root_share

    change = np.diff(total.sum(1))
    leaching = 0.0031 + 0.0008 * np.sin(year / 3.0)
    respired_total = plant_input.sum((1, 2)) - leaching - change
    weight = total[:-1] * np.exp(-z / 0.5)
    respiration = respired_total[:, None] * weight / weight.sum(1, keepdims=True)

    source_share = np.stack([0.30 * np.exp(-z / 0.15) + 0.02, 0.55 * np.ones(n), 0.12 * np.ones(n)])
    source_share[:, 0] = (0.97, 0.01, 0.01)
    initial = 1.0 - source_share.sum(0)
    by_source = np.concatenate([source_share, initial[None]])[None] * total[:, None, :]

    base_14c = -20 - 620 * (1 - np.exp(-z / 0.75))
    bomb = np.interp(time, [1955, 1965, 1975, 1990, 2015], [0, 40, 120, 110, 60])
    bomb = np.where(time < 1955, 0, bomb)
    delta14c = base_14c + bomb[:, None] * np.exp(-z / 0.15)
    mean_age = 60 + 9000 * (1 - np.exp(-z / 1.2)) + 8 * fallow_years[:, None] * np.exp(-z / 0.3)

    # Boundary: at 72 cm under grass, rising under fallow, and gone from a given year on.
    after = fallow_years[1:]
    z_b = 0.27 + 0.45 * np.exp(-after / 30.0)
    status = np.full(n_y, "one", dtype=object)
    if no_vegetation_from is not None:
        gone = year >= no_vegetation_from
        z_b = np.where(gone, 0.0, z_b)
        status[gone] = "no_vegetation"
    horizons = np.array([1.0, 10.0, 100.0])
    factor = np.array([0.28, 1.0, 1.38])
    membership = np.empty((n_y, 3, n))
    for k in range(3):
        centre_k = (z_b * factor[k])[:, None]
        scale = 0.06 + 0.22 * centre_k
        membership[:, k] = 0.9 / (1 + np.exp((z - centre_k) / scale)) + 0.02
    if no_vegetation_from is not None:
        membership[year >= no_vegetation_from] *= 0.5
    lower = np.array([_crossing(membership[i, 1], z, 0.25) for i in range(n_y)])
    upper = np.array([_crossing(membership[i, 1], z, 0.75) for i in range(n_y)])
    crossing = np.array([[_crossing(membership[i, k], z, 0.5) for k in range(3)] for i in range(n_y)])
    crossing = np.where(np.isnan(crossing), 0.0, crossing)
    zero_flux = np.where(is_fallow, 0.05, 0.95)
    missing, single = np.full(n_y, np.nan), np.full(n_y, "one", dtype=object)
    unknown = np.full(n_y, "not_defined", dtype=object)
    others = [zero_flux, np.full(n_y, 0.55), 0.8 * crossing[:, 1], missing]
    boundary_depth = np.stack([crossing[:, 1], *others], 1)
    boundary_width = np.stack([lower - upper, *[missing] * 4], 1)
    edges_upper = np.stack([upper, *[missing] * 4], 1)
    edges_lower = np.stack([lower, *[missing] * 4], 1)
    boundary_status = np.stack([status, single, single, single, unknown], 1).astype(str)

    above = np.clip((boundary_depth[:, :1] - top) / (bottom - top), 0, 1)
    above[:, 0] = 1.0
    stock_v = (above * total[1:]).sum(1)
    stock = np.stack([stock_v, total[1:].sum(1) - stock_v], 1)
    zone_input = np.stack([(above * plant_input.sum(1)).sum(1), ((1 - above) * plant_input.sum(1)).sum(1)], 1)
    zone_resp = np.stack([(above * respiration).sum(1), ((1 - above) * respiration).sum(1)], 1)
    zone_leaching = np.stack([np.zeros(n_y), leaching], 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        turnover = stock / (zone_resp + zone_leaching)
    zone_age = np.stack([np.linspace(520, 900, n_y), np.linspace(5200, 4300, n_y)], 1)
    zone_14c = np.stack([np.linspace(-40, -60, n_y), np.linspace(-420, -350, n_y)], 1)
    thick = np.stack([boundary_depth[:, 0], 3.0 - boundary_depth[:, 0]], 1)
    mechanisms = ["dissolved", "mixing", "fragmentation", "anecic burial"]
    across = np.stack([0.009 + 0 * after, 0.004 * np.exp(-after / 20), 0 * after + 2e-4, 0 * after + 1e-4], 1)

    face_flux = np.zeros((n_y, 4, n + 1))
    face_depth = np.concatenate([top, bottom[-1:]])
    face_flux[:, 0] = 0.012 * np.exp(-np.clip(face_depth, 0, None) / 1.0)
    face_flux[:, 0, -1] = leaching

    budget = _budget(carbon.sum(1), plant_input, respiration, leaching, by_source)

    covers = [cover_before] + ([cover_after] if fallow_from is not None else [])
    month = np.arange(1, 13)
    temperature = np.empty((len(covers), 12, n))
    water = np.empty_like(temperature)
    water_flux = np.empty((len(covers), 12, n + 1))
    for c in range(len(covers)):
        wave = np.exp(-z / 2.0)
        phase = 2 * np.pi * (month[:, None] - 1.2) / 12 - z / 2.0
        temperature[c] = 9.8 + 0.6 * c - (7.5 + 1.5 * c) * wave * np.cos(phase)
        dry = np.clip(np.sin(2 * np.pi * (month[:, None] - 4) / 12), 0, None)
        water[c] = 0.36 - (0.14 - 0.06 * c) * dry * np.exp(-z / 0.5)
        water_flux[c] = (0.33 + 0.1 * c) * (1 + 0.9 * np.cos(phase[:, :1]))
    atmosphere = np.interp(
        year,
        [1900, 1955, 1964, 1970, 1980, 1990, 2000, 2015],
        [-10, -20, 720, 540, 270, 150, 90, 15],
    )

    names = ["0-20", "0-23", "0-30", "0-100", "0-200", "0-300"]
    matrix = _interval_matrix(top, bottom, names)
    soc_stock = total @ matrix.T
    fine_earth = (bulk_density * thickness) @ matrix.T
    layer = np.arange(n)
    dataset = xr.Dataset(
        {
            "depth_top": (("time", "layer"), depth_top),
            "depth_bottom": (("time", "layer"), depth_bottom),
            "thickness": (("time", "layer"), thickness),
            "bulk_density": (("time", "layer"), bulk_density),
            "mineral_mass": ("layer", mineral_mass),
            "coarse_fraction": ("layer", np.zeros(n)),
            "clay_fraction": ("layer", np.where(organic, 0, 0.25)),
            "sand_fraction": ("layer", np.where(organic, 0, 0.2)),
            "ph": ("layer", np.full(n, 6.3)),
            "is_organic": ("layer", organic),
            "carbon": (("time", "pool", "layer"), carbon),
            "cSoilLevels": (("time", "layer"), total),
            "carbon_by_source": (("time", "source", "layer"), by_source),
            "delta14c": (("time", "layer"), delta14c),
            "delta14c_pool": (
                ("time", "pool", "layer"),
                np.repeat(delta14c[:, None], len(POOLS), 1),
            ),
            "mean_age": (("time", "layer"), mean_age),
            "mineral_associated_share": (
                ("time", "layer"),
                np.where(organic, 0, (carbon[:, 6:10].sum(1) + 0.5 * carbon[:, 3]) / total),
            ),
            "saturation": (
                ("time", "layer"),
                np.where(organic, np.nan, carbon[:, 8:10].sum(1) / np.maximum(mineral_mass * 0.06, 1)),
            ),
            "soc_stock": (("time", "interval"), soc_stock),
            "soc_percent": (("time", "interval"), 100 * soc_stock / fine_earth),
            "delta14c_interval": (("time", "interval"), (delta14c * total) @ matrix.T / soc_stock),
            "organic_layer_stock": ("time", total[:, 0]),
            "respiration": (("year", "layer"), respiration),
            "plant_input": (("year", "source", "layer"), plant_input),
            "face_flux": (("year", "mechanism", "face"), face_flux),
            "leaching": ("year", leaching),
            "delta14c_respired": ("year", 0.4 * atmosphere),
            "transfer_flux": (("year", "transfer", "layer"), np.full((n_y, 2, n), 0.01)),
            "membership": (("year", "horizon", "layer"), membership),
            "boundary_depth": (("year", "criterion"), boundary_depth),
            "boundary_width": (("year", "criterion"), boundary_width),
            "boundary_upper": (("year", "criterion"), edges_upper),
            "boundary_lower": (("year", "criterion"), edges_lower),
            "boundary_status": (("year", "criterion"), boundary_status),
            "boundary_depth_horizon": (("year", "horizon"), crossing),
            "zone_thickness": (("year", "zone"), thick),
            "zone_stock": (("year", "zone"), stock),
            "zone_input": (("year", "zone"), zone_input),
            "zone_respiration": (("year", "zone"), zone_resp),
            "zone_leaching": (("year", "zone"), zone_leaching),
            "zone_turnover": (("year", "zone"), turnover),
            "zone_age": (("year", "zone"), zone_age),
            "zone_delta14c": (("year", "zone"), zone_14c),
            "zone_root_share": (("year", "zone"), np.tile([0.55, 0.80], (n_y, 1))),
            "zone_leaf_share": (("year", "zone"), np.tile([0.30, 0.06], (n_y, 1))),
            "zone_exudate_share": (("year", "zone"), np.tile([0.15, 0.14], (n_y, 1))),
            "transfer_across_boundary": (("year", "mechanism"), across),
            "rezoning": ("year", np.concatenate([[0.0], np.diff(stock[:, 0])]) * 0.9),
            **_zones(zone_input, zone_resp, leaching, across, stock, plant_input, boundary_depth[:, 0], z, organic),
            "soil_temperature": (("cover", "month", "layer"), temperature),
            "soil_water": (("cover", "month", "layer"), water),
            "water_flux": (("cover", "month", "face"), water_flux),
            "atmosphere_delta14c": ("year", atmosphere),
            "land_cover": ("year", np.where(is_fallow, cover_after, cover_before)),
            **budget,
        },
        coords={
            "time": time,
            "year": year,
            "layer": layer,
            "pool": list(POOLS),
            "pool_role": ("pool", list(POOLS.values())),
            "source": SOURCES,
            "face": np.arange(n + 1),
            "mechanism": mechanisms,
            "criterion": ["dom_fate", "carbon_zero_flux", "rooting", "persistence", "control"],
            "budget_term": TERMS,
            "horizon": horizons,
            "zone": ["vegetation", "mineral"],
            "interval": names,
            "tracer": TRACERS,
            "transfer": ["dom->microbial", "microbial->necromass"],
            "month": month,
            "cover": covers,
        },
    )
    dataset.attrs = attributes(site_name, spinup_status, observations)
    return dataset


def _crossing(w: np.ndarray, z: np.ndarray, level: float) -> float:
    """Deepest depth where `w` falls through `level`; NaN where it never does."""
    down = np.flatnonzero((w[:-1] > level) & (w[1:] <= level))
    if down.size == 0:
        return np.nan
    i = down[-1]
    return float(z[i] + (w[i] - level) / (w[i] - w[i + 1]) * (z[i + 1] - z[i]))


def _zones(zone_input, respired, leaching, across, stock, plant_input, boundary, z, organic):
    """Budget of the zones closed by re-zoning, their connectivity, and who gets below the boundary."""
    n_y, net = leaching.size, across.sum(1)
    term = np.zeros((n_y, len(TRACERS), 2, len(TERMS)))
    term[:, 0, :, 0], term[:, 0, :, 1] = zone_input, -respired
    term[:, 0, 1, 2] = -leaching
    term[:, 0, :, 3] = np.stack([-net, net], 1)
    change = np.diff(stock, axis=0, prepend=stock[:1])
    term[:, 0, :, 6] = change - term[:, 0].sum(axis=2)
    term[:, 0, :, 7] = change
    given = plant_input.sum(axis=(1, 2))
    shares = np.array([0.3, 0.5, 0.2, 0.0])
    by_source = across[:, :, None] * shares / np.where(given > 0, given, np.nan)[:, None, None]
    depth = np.clip(z[None] / np.where(boundary > 0, boundary, np.nan)[:, None], 0.0, None)
    crossing = np.where(organic[None], 0.01, np.where(depth < 1.05, 0.05 + 0.85 * np.minimum(depth, 1.0) ** 2, np.nan))
    by_input = np.where(given[:, None] > 0, np.array([0.006, 0.012, 0.01, np.nan]), np.nan)
    return {
        "zone_budget": (("year", "tracer", "zone", "budget_term"), term),
        "connectivity": (("year", "mechanism", "source"), by_source),
        "crossing_probability": (("year", "layer"), crossing),
        "crossing_probability_source": (("year", "source"), by_input),
    }


def _budget(total, plant_input, respiration, leaching, by_source):
    n_y = respiration.shape[0]
    shape = (n_y, len(TRACERS))
    stock = np.empty((n_y + 1, len(TRACERS)))
    stock[:, 0] = total.sum(1)
    stock[:, 1] = 0.95 * total.sum(1)
    stock[:, 2:6] = by_source.sum(2)
    stock[:, 6] = 1500 * total.sum(1)
    inputs, respired, leached, decay = (np.zeros(shape) for _ in range(4))
    inputs[:, 0] = plant_input.sum((1, 2))
    inputs[:, 1] = 1.1 * inputs[:, 0]
    inputs[:, 2:6] = plant_input.sum(2)
    inputs[:, 6] = total[:-1].sum(1)
    leached[:, 0] = leaching
    leached[:, 1] = 0.7 * leaching
    decay[:, 1] = stock[:-1, 1] / 8267
    change = np.diff(stock, axis=0)
    respired = inputs - leached - decay - change
    residual = inputs - respired - leached - decay - change + 1e-16
    return {
        "budget_initial": ("tracer", stock[0]),
        "budget_input": (("year", "tracer"), inputs),
        "budget_respired": (("year", "tracer"), respired),
        "budget_leached": (("year", "tracer"), leached),
        "budget_decay": (("year", "tracer"), decay),
        "budget_change": (("year", "tracer"), change),
        "budget_residual": (("year", "tracer"), residual),
    }
