"""RothC on a site: one topsoil of 23 cm."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from pedozone.models import rothc
from pedozone.physics.rothc_modifiers import inert_carbon, standard_deficits
from pedozone.plants.cover import LandCover
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping, ModelYear, values
from pedozone.simulation.mapping.plant_inputs import below_line, received
from pedozone.simulation.mapping.site_years import SiteYear, SiteYears

DEPTH = 0.23
"""m: the plough layer of Rothamsted's experiments."""

RATIOS = {"crop or improved grass": 1.44, "unimproved grass or scrub": 0.67, "woodland": 0.25}
"""DPM over RPM of plant inputs, as the guide to RothC-26.3 has it."""

IMPROVED = 0.5
"""Place on the axis of traits from which grass counts as improved; a convention."""

MONTH = rothc.T_HA_PER_KG_M2 / rothc.MONTHS
"""t C ha-1 month-1 in 1 kg C m-2 yr-1."""

_GUIDE = "Coleman and Jenkinson 1996, doi:10.1007/978-3-642-61094-3_17"
FALLOON = "Falloon et al. 1998, doi:10.1016/S0038-0717(97)00256-3"


def ratio_of(cover: LandCover) -> float:
    """DPM over RPM under a land cover."""
    if cover.growth_form in ("broadleaf", "needleleaf"):
        return RATIOS["woodland"]
    improved = cover.growth_form == "crop" or (cover.growth_form == "grass" and cover.trait_position >= IMPROVED)
    return RATIOS["crop or improved grass" if improved else "unimproved grass or scrub"]


def ratios(year: SiteYear) -> np.ndarray:
    """DPM over RPM by month [12], of the land covers by their shares."""
    return np.full(12, year.over_covers(ratio_of))


def covered_months(year: SiteYear) -> np.ndarray:
    """1 in months in which plants cover the soil, 0 in others [12].

    Crops leave it bare for as many months as their mean cover lacks, from the month after most of their litter falls
    on; under all other plants it is covered, and bare only where nearly nothing grows.
    """
    form = max(year.covers, key=lambda part: part[0])[1]
    covered = np.ones(12)
    if form.growth_form != "crop" and form.canopy_cover >= 0.5:
        return covered
    bare = round(12.0 * (1.0 - form.canopy_cover))
    harvest = int(np.argmax(np.asarray(year.forcing.leaf_phenology)[:, 0]))
    covered[(harvest + 1 + np.arange(bare)) % 12] = 0.0
    return covered


def forcing_of(year: SiteYear, plant: np.ndarray, pan_factor: float) -> rothc.Forcing:
    """The months of a year as the official input table has them.

    Parameters
    ----------
    plant : numpy.ndarray [12]
        Plant carbon of all layers, kg C m-2 yr-1.
    pan_factor : float
        Evapotranspiration over evaporation from an open pan.
    """
    months = {
        "temperature": year.temperature,
        "rain": year.precipitation,
        "evaporation": year.evapotranspiration / pan_factor,
        "covered": covered_months(year),
        "plant": MONTH * plant,
        "manure": MONTH * year.manure,
        "decomposable_ratio": ratios(year),
    }
    return rothc.Forcing(**{name: jnp.asarray(series)[:, None] for name, series in months.items()})


def build(years: SiteYears) -> Mapped:
    """Map a site on RothC-26.3."""
    parameters = values("rothc-26.3")
    layers, face = years.layers, np.array([0.0, DEPTH])
    clay = jnp.asarray([100.0 * float(layers.mean(layers.clay, 0.0, DEPTH, by_mass=True))])
    soil = rothc.Soil(
        clay,
        standard_deficits(clay, jnp.asarray(100.0 * DEPTH), parameters),
        jnp.asarray([parameters["rothc_moisture_minimum_standard"]]),
    )
    pan = float(parameters["rothc_pan_factor"])

    def of(year: SiteYear) -> ModelYear:
        all_but_manure = received(year, face)
        plant = (all_but_manure.all - all_but_manure.manure).sum(axis=-1)
        return ModelYear(soil, forcing_of(year, plant, pan))

    return Mapped(
        model=rothc.RothC(),
        parameter_set="rothc-26.3",
        parameters=parameters,
        stepper=rothc.STEPPER,
        start=of(years.start),
        years=[of(year) for year in years.years],
        face=face,
        physical=jnp.zeros(1),
        exact=True,
        inert=lambda stock: inert_of(stock, parameters),
        inert_fraction_modern=inert_fraction_modern(parameters),
        lines=[
            *climate_lines(),
            *input_lines(years),
            below_line(years, face),
            Line("clay", "clay", f"mean of 0-23 cm, {float(clay[0]):.3g} %"),
            Line(
                "(nothing)",
                "inert carbon (IOM)",
                "0.049 C^1.139 of the model's own carbon at the start; without radiocarbon (50,000 yr)",
                FALLOON,
            ),
        ],
    )


COVERED_LINE = Line(
    "land cover",
    "months covered or bare",
    "crops: bare for 12 (1 - cover) months after harvest; others covered if half of the ground is",
)


def climate_lines() -> list[Line]:
    """What is said of weather and cover."""
    return [
        Line("air temperature", "temperature", "", _GUIDE),
        Line("precipitation", "rain", "", _GUIDE),
        Line("potential evapotranspiration", "open-pan evaporation", "divided by 0.75", _GUIDE),
        COVERED_LINE,
        Line(
            "soil water and temperature of the site",
            "(not used)",
            "RothC reckons its own moisture deficit and takes the air's temperature",
            _GUIDE,
        ),
    ]


def input_lines(years: SiteYears) -> list[Line]:
    """What is said of plant carbon and manure."""
    ratio = ratios(years.start)[0]
    return [
        Line(
            "leaf, wood and root litter, exudates",
            "plant carbon by month",
            f"all of one quality by land cover: DPM/RPM 1.44 crop and improved grass, 0.67 unimproved grass and scrub, "
            f"0.25 woodland; {ratio:.3g} at the start",
            _GUIDE,
        ),
        Line("manure and compost", "farmyard manure", "in January; of one quality", _GUIDE),
        Line(
            "atmospheric radiocarbon",
            "radiocarbon of inputs",
            "by the constants that all models here share, not by those of the official program",
        ),
    ]


def inert_of(stock: np.ndarray, parameters: dict, thickness: np.ndarray | float = DEPTH) -> np.ndarray:
    """Inert carbon in every layer, from carbon that turns over; both [pools, cells, batch], kg C m-2.

    The estimate is for topsoils, and no straight line: layers of another thickness (m [cells, 1]) are taken as parts of
    a topsoil. It needs the total, of which inert carbon is a part: solved by repetition.
    """
    topsoil = DEPTH / np.asarray(thickness)
    active = topsoil * rothc.T_HA_PER_KG_M2 * np.asarray(stock).sum(axis=0)
    inert = np.zeros_like(active)
    for _ in range(60):
        inert = np.asarray(inert_carbon(jnp.asarray(active + inert), parameters))
    out = np.zeros_like(np.asarray(stock))
    out[rothc.INERT] = inert / topsoil / rothc.T_HA_PER_KG_M2
    return out


def inert_fraction_modern(parameters: dict) -> float:
    """Radiocarbon of inert carbon, fraction modern."""
    return float(jnp.exp(-rothc.decay_constant(parameters) * parameters["rothc_inert_age"]))


LEVEL_NOTE = (
    "the level follows the plant carbon given to it, here that of the site's land cover. Those who use RothC mostly "
    "solve for the input that gives the stock they measured: compare its relative change rather than its stock"
)

MAPPING = ModelMapping("rothc", "RothC-26.3", "one layer, 0-23 cm", build, LEVEL_NOTE)
