"""Bulk density where it was not measured, and stones.

Each pedotransfer function has been set against the same measured bulk densities here: 12,780 layers with less than 12 %
organic carbon of the Africa Soil Profiles database (Leenaars et al. 2014), the Brazilian repository FEBR (Samuel-Rosa
et al. 2020, Scientia Agricola 77(1)) and ISRIC's ISIS, to which none of them is known to have been fitted. `bias` and
`standard_error` are the mean difference (estimated minus measured) and the root mean square one. Errors within a
profile go together: their correlation is 0.63 between layers of one profile (3,000 profiles, Manrique and Jones).

Organic layers are light, and errors that are small in mineral soil are several times what they weigh. There errors are
factors, measured in 1,890 layers of ISRaD with 12 % organic carbon and more (306 profiles of 50 studies; Lawrence et
al. 2020, doi:10.5194/essd-12-61-2020).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pedozone.observations.errors import ObservationError

ORGANIC_MATTER = 1.724
"""Organic matter per organic carbon (van Bemmelen), where a function asks for organic matter."""
LEAST_DENSITY = 0.1
"""g cm-3; the functions that fall below it, or below zero, in organic material are held there (convention)."""
FRAGMENT_DENSITY = 2.65
"""g cm-3 of stones and gravel, as of quartz (convention)."""
ORGANIC_PERCENT = 12.0
"""Organic carbon from which errors are factors."""
ORGANIC_SCATTER = 0.7
"""Standard deviation of ln(measured / estimated) in layers from `ORGANIC_PERCENT` on: 0.70 to 0.71 in ISRaD, whichever
the function."""
PROFILE_CORRELATION = 0.6
"""Of the errors of estimated densities in one profile."""


@dataclass(frozen=True)
class Pedotransfer:
    """A way to estimate bulk density.

    Attributes
    ----------
    name, formula, source : str
        OC is organic carbon and OM organic matter, in per cent.
    bias, standard_error : float
        g cm-3, of mineral layers: see the head of this module.
    organic_error : float
        Root mean square difference in the 71 layers with 12 % organic carbon and more (g cm-3).
    organic_ratio : float
        Measured over estimated density, geometric mean, in the 1,890 organic layers of ISRaD.
    estimate : callable
        From organic carbon (%) to bulk density (g cm-3).
    """

    name: str
    formula: str
    source: str
    bias: float
    standard_error: float
    organic_error: float
    organic_ratio: float
    estimate: Callable[[np.ndarray], np.ndarray]

    def __call__(self, soc_percent: np.ndarray) -> np.ndarray:
        """Bulk density (g cm-3) from organic carbon (%)."""
        carbon = np.asarray(soc_percent, dtype=float)
        return np.maximum(self.estimate(np.maximum(carbon, 0.0)), LEAST_DENSITY)

    def error(self, soc_percent: np.ndarray) -> np.ndarray:
        """Standard error (g cm-3) of what is estimated; in organic layers relative to it, as of a log-normal error."""
        variance = ORGANIC_SCATTER**2
        relative = np.sqrt(np.expm1(variance) * np.exp(variance))
        carbon = np.asarray(soc_percent, dtype=float)
        return np.where(carbon < ORGANIC_PERCENT, self.standard_error, relative * self(carbon))


FUNCTIONS: dict[str, Pedotransfer] = {
    f.name: f
    for f in (
        Pedotransfer(
            "manrique-jones",
            "1.660 - 0.318 sqrt(OC)",
            "Manrique and Jones 1991, doi:10.2136/sssaj1991.03615995005500020030x",
            0.038,
            0.232,
            0.287,
            1.03,
            lambda c: 1.660 - 0.318 * np.sqrt(c),
        ),
        Pedotransfer(
            "alexander-upland",
            "1.660 - 0.308 sqrt(OC)",
            "Alexander 1980, doi:10.2136/sssaj1980.03615995004400040005x",
            0.046,
            0.233,
            0.267,
            1.00,
            lambda c: 1.660 - 0.308 * np.sqrt(c),
        ),
        Pedotransfer(
            "alexander-alluvial",
            "1.72 - 0.294 sqrt(OC)",
            "Alexander 1980, doi:10.2136/sssaj1980.03615995004400040005x",
            0.118,
            0.256,
            0.228,
            0.92,
            lambda c: 1.72 - 0.294 * np.sqrt(c),
        ),
        Pedotransfer(
            "adams",
            "100 / (OM / 0.244 + (100 - OM) / 1.64)",
            "Adams 1973, doi:10.1111/j.1365-2389.1973.tb00737.x; mineral density 1.64 after Post and Kwon 2000, "
            "doi:10.1046/j.1365-2486.2000.00308.x",
            0.160,
            0.278,
            0.223,
            0.36,
            lambda c: (
                100 / (np.minimum(ORGANIC_MATTER * c, 100) / 0.244 + (100 - np.minimum(ORGANIC_MATTER * c, 100)) / 1.64)
            ),
        ),
        Pedotransfer(
            "honeysett-ratkowsky",
            "1 / (0.564 + 0.0556 OM)",
            "Honeysett and Ratkowsky 1989, Journal of Soil Science 40, 745",
            0.210,
            0.316,
            0.214,
            0.53,
            lambda c: 1 / (0.564 + 0.0556 * ORGANIC_MATTER * c),
        ),
        Pedotransfer(
            "icp-forests",
            "1.511 - 0.0811 sqrt(10 OC)",
            "Forest Soil Coordinating Centre of ICP Forests 2024, Level I plots; its own uncertainty is 0.16",
            -0.060,
            0.235,
            0.236,
            0.94,
            lambda c: 1.511 - 0.0811 * np.sqrt(10 * c),
        ),
    )
}
DEFAULT = "manrique-jones"


def pedotransfer(name: str) -> Pedotransfer:
    """A function by its name.

    Raises
    ------
    ObservationError
    """
    if name not in FUNCTIONS:
        raise ObservationError(
            "<command>",
            "density",
            name,
            "one of none, " + ", ".join(FUNCTIONS),
            "Choose one, or none to estimate nothing.",
        )
    return FUNCTIONS[name]


def with_density(layer: pd.DataFrame, rule: str = DEFAULT) -> pd.DataFrame:
    """The layers with bulk densities estimated where none was measured.

    Parameters
    ----------
    layer : pandas.DataFrame
        With ``soc_percent``, ``bulk_density_g_cm3`` and its ``_sd``.
    rule : str
        A key of `FUNCTIONS`; "none" leaves gaps.

    Returns
    -------
    pandas.DataFrame
        With ``density_estimated`` besides; the estimate's error stands in ``bulk_density_g_cm3_sd``.
    """
    measured = layer["bulk_density_g_cm3"].to_numpy(float)
    estimated = np.zeros(len(layer), dtype=bool)
    filled, error = measured, layer["bulk_density_g_cm3_sd"].to_numpy(float)
    if rule != "none":
        function = pedotransfer(rule)
        carbon = layer["soc_percent"].to_numpy(float)
        estimated = np.isnan(measured) & np.isfinite(carbon)
        filled = np.where(estimated, function(carbon), measured)
        error = np.where(estimated, function.error(carbon), error)
    return layer.assign(bulk_density_g_cm3=filled, bulk_density_g_cm3_sd=error, density_estimated=estimated)


def coarse_by_volume(
    coarse_mass_percent: np.ndarray, bulk_density: np.ndarray, fragment_density: float = FRAGMENT_DENSITY
) -> np.ndarray:
    """Coarse fragments in per cent of the volume from per cent of the mass.

    Parameters
    ----------
    coarse_mass_percent : array
        Stones and gravel in the mass of the whole soil.
    bulk_density : array
        Mass of fine earth per volume of fine earth (g cm-3).
    fragment_density : float
        g cm-3.
    """
    share = np.asarray(coarse_mass_percent, dtype=float) / 100
    stones = share / fragment_density
    return 100 * stones / (stones + (1 - share) / np.asarray(bulk_density, dtype=float))


def fine_earth_density(
    whole_density: np.ndarray, coarse_mass_percent: np.ndarray, fragment_density: float = FRAGMENT_DENSITY
) -> np.ndarray:
    """Mass of fine earth per volume of fine earth from a bulk density of the whole soil, stones included (g cm-3).

    Confusing the two overestimates stocks of stony soils (Poeplau et al. 2017, doi:10.5194/soil-3-61-2017).
    NaN where the stones would fill the sample.
    """
    whole = np.asarray(whole_density, dtype=float)
    share = np.asarray(coarse_mass_percent, dtype=float) / 100
    room = 1 - whole * share / fragment_density
    return np.where(room > 0, whole * (1 - share) / np.where(room > 0, room, 1.0), np.nan)
