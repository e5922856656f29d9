"""Every variable and coordinate of a run's dataset."""

from __future__ import annotations

from typing import Any

from pedozone.variables.variable import Variable

_FLUX = "kg m-2 yr-1"
_CELL = "Cells of the column: organic slots first, then mineral layers from the surface down."


def _group(group: str, *rows: tuple[Any, ...], coordinate: bool = False) -> tuple[Variable, ...]:
    """Variables from rows of name, dimensions, units, long name, description and other fields."""
    return tuple(
        Variable(
            name=row[0],
            dims=tuple(row[1].split()),
            units=row[2],
            long_name=row[3],
            description=row[4],
            group=group,
            coordinate=coordinate,
            **(row[5] if len(row) > 5 else {}),
        )
        for row in rows
    )


_TEXT = {"kind": "text"}
_INTEGER = {"kind": "integer"}

COORDINATES = _group(
    "coordinates",
    ("time", "time", "yr", "time of a state",
     "Decimal year CE; one more than the years: the first is the start of the first simulated "
     "year."),
    ("year", "year", "yr", "calendar year", "Year CE over which fluxes are summed.", _INTEGER),
    ("layer", "layer", "1", "cell number", _CELL, _INTEGER),
    ("face", "face", "1", "face number",
     "Face i is the top of cell i; the last is the base of the column.", _INTEGER),
    ("month", "month", "1", "month of the year", "1 to 12.", _INTEGER),
    ("horizon", "horizon", "yr", "time horizon",
     "Mean of the exponential horizon within which dissolved carbon is respired or not; 10 yr "
     "is the convention."),
    ("pool", "pool", None, "carbon pool", "Name of the pool.", _TEXT),
    ("source", "source", None, "source of carbon",
     "One of leaf (wood included), root and exudate.", _TEXT),
    ("mechanism", "mechanism", None, "transport mechanism",
     "Transport classes (dissolved, bypass down macropores, mixing), ways in which litter of the organic layer enters "
     "the mineral soil (fragmentation, anecic burial), and events (ploughing).", _TEXT),
    ("transfer", "transfer", None, "transfer between pools",
     "Written donor->receiver, with the mechanism in brackets where two processes move carbon the same way.", _TEXT),
    ("criterion", "criterion", None, "boundary criterion",
     "Rule that locates the boundary between the zones.", _TEXT),
    ("zone", "zone", None, "zone of influence",
     "One of vegetation (above the boundary) and mineral (below it).", _TEXT),
    ("budget_term", "budget_term", None, "term of a zone's budget",
     "Each is positive where the zone gains; residual is change minus all others.", _TEXT),
    ("interval", "interval", None, "depth interval (cm)",
     "Upper and lower depth in cm below the mineral surface, joined by a hyphen.", _TEXT),
    ("tracer", "tracer", None, "tracer",
     "What the budget counts: carbon, radiocarbon, one source, or the age moment.", _TEXT),
    ("cover", "cover", None, "land cover", "Name of the land cover.", _TEXT),
    ("fate", "fate", None, "fate of carbon that events take", "What became of it: harvested, burnt, slid off, buried.",
     _TEXT),
    coordinate=True,
)  # fmt: skip

_DEPTH = {"standard_name": "depth", "positive": "down"}

COLUMN = _group(
    "column",
    ("depth_top", "time layer", "m", "depth of the upper bound of a cell",
     "Zero at the mineral surface, organic slots negative.", _DEPTH),
    ("depth_bottom", "time layer", "m", "depth of the lower bound of a cell",
     "Zero at the mineral surface, organic slots negative.", _DEPTH),
    ("thickness", "time layer", "m", "thickness of a cell",
     "Follows organic matter and coarse fragments; the mineral mass stays.",
     {"standard_name": "cell_thickness"}),
    ("bulk_density", "time layer", "kg m-3", "bulk density of the fine earth",
     "Dry mass of minerals and organic matter per volume without coarse fragments.",
     {"standard_name": "dry_soil_density"}),
    ("macroporosity", "time layer", "m3 m-3", "macroporosity",
     "Pores that drain between saturation and 33 kPa, per volume of fine earth; missing in organic slots."),
    ("macropore_connectivity", "time layer", "1", "connectivity of macropores",
     "Relative to a temperate grassland on loam at the same depth; missing in organic slots."),
    ("rooting_depth", "time", "m", "rooting depth",
     "Below the mineral surface, in peat below the surface of the peat; of the year that ends then."),
    ("surface_height", "time", "m", "height of the surface above that at the start",
     "Organic layer included: soils that lose organic matter or pores sink, what is buried rises.",
     {"positive": "up"}),
    ("mineral_mass", "layer", "kg m-2", "mineral mass of the fine earth",
     "Constant in time: the coordinate of the column; zero in organic slots."),
    ("coarse_fraction", "layer", "1", "volume fraction of coarse fragments",
     "At the start; hold no carbon and no sorption capacity."),
    ("clay_fraction", "layer", "1", "clay fraction",
     "Of the mineral fine earth, by mass, at the start.", {"standard_name": "mass_fraction_of_clay_in_soil"}),
    ("sand_fraction", "layer", "1", "sand fraction",
     "Of the mineral fine earth, by mass, at the start.", {"standard_name": "mass_fraction_of_sand_in_soil"}),
    ("ph", "layer", "1", "soil pH",
     "In water, as the site file gives it: without what land covers and lime change of it.",
     {"standard_name": "soil_water_ph"}),
    ("ph_by_year", "year layer", "1", "soil pH in the year",
     "In water, as processes see it: with what the land cover of the year and lime change of it.",
     {"standard_name": "soil_water_ph"}),
    *(
        (f"{name}_fraction_by_year", "year layer", "1", f"{words} in the year",
         "Where landslips or deposits change it; else it is that at the start.", more)
        for name, words, more in (
            ("clay", "clay fraction", {"standard_name": "mass_fraction_of_clay_in_soil"}),
            ("silt", "silt fraction", {"standard_name": "mass_fraction_of_silt_in_soil"}),
            ("sand", "sand fraction", {"standard_name": "mass_fraction_of_sand_in_soil"}),
            ("coarse", "volume fraction of coarse fragments", {}),
        )
    ),
    ("is_organic", "layer", None, "organic slot",
     "True for slots above the mineral soil.", {"kind": "boolean"}),
)  # fmt: skip

_DELTA = "Permil; decay-corrected to the year, as for a sample taken and measured then."

PROFILES = _group(
    "profiles",
    ("carbon", "time pool layer", "kg m-2", "carbon by pool",
     "State of the model.", {"cmip_name": "cSoilPools"}),
    ("pool_role", "pool", None, "role of a pool",
     "One of fresh, dissolved, living, residue, occluded, mineral and inert.", _TEXT),
    ("cSoilLevels", "time layer", "kg m-2", "organic carbon by cell",
     "Sum over pools.",
     {"standard_name": "carbon_mass_content_of_soil_layer", "cmip_name": "cSoilLevels"}),
    ("carbon_by_source", "time source layer", "kg m-2", "carbon by source",
     "Sums over the sources to cSoilLevels."),
    ("delta14c", "time layer", "1e-3", "Delta14C of organic carbon", _DELTA),
    ("delta14c_pool", "time pool layer", "1e-3", "Delta14C by pool", _DELTA),
    ("mean_age", "time layer", "yr", "mean age of organic carbon",
     "Time since the carbon entered the column as plant input."),
    ("mineral_associated_share", "time layer", "1", "share of mineral-associated carbon",
     "What a size or density separation collects: mineral-associated pools, necromass and half "
     "of the litter in micro-aggregates, over all organic carbon."),
    ("saturation", "time layer", "1", "saturation of the mineral capacity",
     "Intermediate, stable and entrapped mineral-associated carbon over its capacity; missing where there is "
     "none."),
)  # fmt: skip

STOCKS = _group(
    "stocks",
    ("soc_stock", "time interval", "kg m-2", "organic carbon stock of the mineral soil",
     "Fixed depths below the mineral surface.",
     {"standard_name": "carbon_mass_content_of_soil_layer"}),
    ("soc_percent", "time interval", "%", "organic carbon content",
     "Mass of organic carbon per mass of fine earth."),
    ("delta14c_interval", "time interval", "1e-3", "Delta14C of organic carbon", _DELTA),
    ("organic_layer_stock", "time", "kg m-2", "organic carbon above the mineral soil",
     "Sum over the organic slots.",
     {"standard_name": "surface_litter_mass_content_of_carbon", "cmip_name": "cLitterSurf"}),
)  # fmt: skip

FLUXES = _group(
    "fluxes",
    ("respiration", "year layer", _FLUX, "heterotrophic respiration of carbon",
     "Carbon leaving a cell as CO2; the sum over cells is rh of CMIP.", {"cmip_name": "rh"}),
    ("plant_input", "year source layer", _FLUX, "plant carbon input",
     "Carbon entering a cell, by source."),
    ("face_flux", "year mechanism face", _FLUX, "carbon flux across a face",
     "Net, positive downward."),
    ("lateral_drainage", "year layer", _FLUX, "carbon carried off sideways by groundwater",
     "Dissolved organic carbon; zero without a water table."),
    ("leaching", "year", _FLUX, "carbon leached from the column",
     "Dissolved organic carbon, at the base and sideways by groundwater.",
     {"standard_name": "mass_flux_of_carbon_out_of_soil_due_to_leaching_and_runoff"}),
    ("delta14c_respired", "year", "1e-3", "Delta14C of respired carbon", _DELTA),
    ("transfer_flux", "year transfer layer", _FLUX, "carbon transferred between pools",
     "Gross, from donor to receiver."),
)  # fmt: skip

_FROM_LITTER = "Plants bring the nitrogen of their litter back, and take up what they are given of their demand."

NITROGEN = _group(
    "nitrogen (where it is modelled)",
    ("production_share", "year", "1", "share of potential production",
     "Plant carbon over that without want of nitrogen; 1 where nitrogen does not limit production."),
    ("mineral_nitrogen", "time layer", "kg m-2", "mineral nitrogen", "Ammonium and nitrate, as nitrogen.",
     {"cmip_name": "nMineral"}),
    ("organic_nitrogen", "time layer", "kg m-2", "organic nitrogen",
     "Carbon of every pool at its C:N, less what organic matter lacks of it."),
    ("nitrogen_mineralisation", "year layer", _FLUX, "nitrogen set free by organic matter",
     "Into the mineral stock: net of what other fluxes of the year bind in the same cell."),
    ("nitrogen_immobilisation", "year layer", _FLUX, "nitrogen bound by organic matter",
     "Out of the mineral stock: where the fluxes of the year bind more than they set free in a cell."),
    ("nitrogen_uptake", "year layer", _FLUX, "nitrogen taken up by plants", "From mineral nitrogen, where roots are.",
     {"cmip_name": "fNup"}),
    ("nitrogen_demand", "year layer", _FLUX, "nitrogen that plants ask for",
     "That of a year's litter and exudates; at full production, where nitrogen limits it."),
    ("nitrogen_litter", "year layer", _FLUX, "nitrogen brought by plant litter", _FROM_LITTER),
    ("nitrogen_deposition", "year", _FLUX, "nitrogen deposition", "Onto the top of the column.",
     {"cmip_name": "fNdep"}),
    ("nitrogen_fertiliser", "year", _FLUX, "mineral nitrogen fertiliser", "Onto the top of the column.",
     {"cmip_name": "fNfert"}),
    ("nitrogen_fixation", "year layer", _FLUX, "nitrogen fixed", "From the air, where roots are.",
     {"cmip_name": "fBNF"}),
    ("nitrogen_leaching", "year", _FLUX, "mineral nitrogen leached from the column", "Nitrate, at the base."),
    ("organic_nitrogen_loss", "year", _FLUX, "organic nitrogen carried off in solution",
     "At the base and sideways by groundwater, at the C:N of dissolved matter less what it lacks."),
    ("nitrogen_gaseous_loss", "year layer", _FLUX, "nitrogen lost to the air", "By denitrification.",
     {"cmip_name": "fNgas"}),
    ("nitrogen_event_change", "year", "kg m-2", "nitrogen brought less taken by events",
     "With manure and other matter, and where events change the C:N of what they move."),
    ("nitrogen_relabelled", "year", "kg m-2", "step of organic nitrogen with the C:N of litter",
     "Litter already there is reckoned at the C:N of the year's land cover; nothing flows."),
    ("nitrogen_residual", "year", "kg m-2", "residual of the nitrogen budget",
     "Change of organic and mineral nitrogen less litter, deposition, fertiliser, fixation, events and the step with "
     "the C:N of litter, plus uptake, leaching, organic and gaseous losses: rounding alone."),
)  # fmt: skip

_ZONE = "year zone"

ZONES = _group(
    "boundary and zones",
    ("membership", "year horizon layer", "1", "membership of the vegetation zone",
     "Probability that dissolved carbon of the cell is respired within the horizon (criterion "
     "dom_fate)."),
    ("boundary_depth", "year criterion", "m", "depth of the boundary",
     "Below the mineral surface, at the end of the year; for dom_fate with a horizon of 10 yr.",
     _DEPTH),
    ("boundary_width", "year criterion", "m", "width of the boundary",
     "Between a membership of 3/4 and of 1/4; missing where not spanned or where the criterion "
     "has no membership."),
    ("boundary_upper", "year criterion", "m", "upper end of the boundary",
     "Depth where the membership falls to 3/4; missing as the width is.", _DEPTH),
    ("boundary_lower", "year criterion", "m", "lower end of the boundary",
     "Depth where the membership falls to 1/4; missing as the width is.", _DEPTH),
    ("boundary_status", "year criterion", None, "status of the boundary",
     "Values: one, many, all_vegetation, no_vegetation, not_defined.", _TEXT),
    ("boundary_depth_horizon", "year horizon", "m", "depth of the boundary by horizon",
     "Criterion dom_fate.", _DEPTH),
    ("zone_thickness", _ZONE, "m", "thickness of a zone", "The vegetation zone with its organic slots."),
    ("zone_stock", _ZONE, "kg m-2", "organic carbon of a zone",
     "Organic slots belong to the vegetation zone; end of the year."),
    ("zone_input", _ZONE, _FLUX, "plant carbon input to a zone",
     "All sources; as all fluxes of the zones, by the boundary with which the year began."),
    ("zone_respiration", _ZONE, _FLUX, "heterotrophic respiration of a zone", "As carbon."),
    ("zone_leaching", _ZONE, _FLUX, "carbon leached from the column out of a zone",
     "Of the zone that holds the base."),
    ("zone_turnover", _ZONE, "yr", "turnover time of a zone",
     "Stock over all losses, transfer to the other zone included; missing where there is next to no stock."),
    ("zone_age", _ZONE, "yr", "mean age of a zone's carbon", "Weighted by carbon."),
    ("zone_delta14c", _ZONE, "1e-3", "Delta14C of a zone", _DELTA),
    ("zone_root_share", _ZONE, "1", "share of root carbon", "Of the zone's organic carbon."),
    ("zone_leaf_share", _ZONE, "1", "share of leaf carbon", "Of the zone's organic carbon."),
    ("zone_exudate_share", _ZONE, "1", "share of exudate carbon", "Of the zone's organic carbon."),
    ("zone_saturation", _ZONE, "1", "saturation of a zone's mineral capacity",
     "Intermediate, stable and entrapped mineral-associated carbon over its capacity, mean of the year."),
    ("zone_budget", "year tracer zone budget_term", "kg m-2", "budget of a zone",
     "Over the year, positive where the zone gains; re-zoning is what changed zone because the "
     "boundary moved. Age moment: kg m-2 yr; radiocarbon: carbon times F14C."),
    ("transfer_by_source", "year mechanism source", _FLUX, "carbon moved across the boundary by source",
     "Net, positive from the vegetation to the mineral zone."),
    ("connectivity", "year mechanism source", "1", "connectivity of the zones",
     "Net transfer across the boundary over the plant input of the whole column; adds up over "
     "mechanisms and sources."),
    ("crossing_probability", "year layer", "1", "probability of crossing the boundary",
     "That carbon of the cell ever enters the mineral zone, with the year's operator; missing below the boundary."),
    ("crossing_probability_source", "year source", "1", "probability of crossing the boundary by source",
     "That plant carbon which enters the vegetation zone ever enters the mineral zone."),
    ("boundary_rezoned", "year", "m", "movement of the boundary by re-zoning",
     "Through the soil, positive downward; the depth changes by this and by swelling."),
    ("boundary_swelling", "year", "m", "movement of the boundary by swelling",
     "With the soil as it swells or shrinks above, positive downward."),
    ("boundary_below_top", "year", "m", "depth of the boundary below the top of the organic layer",
     "Criterion dom_fate; the datum of peat.", _DEPTH),
    ("transfer_across_boundary", "year mechanism", _FLUX, "carbon moved across the boundary",
     "Net, positive from the vegetation to the mineral zone."),
    ("rezoning", "year", _FLUX, "carbon re-zoned",
     "Gain of the vegetation zone because the boundary moved; no carbon moves."),
)  # fmt: skip

_MOMENT = " Age moment: kg m-2 yr; radiocarbon: carbon times F14C."

BUDGET = _group(
    "budget",
    ("budget_initial", "tracer", "kg m-2", "stock at the start", "Whole column." + _MOMENT),
    ("budget_input", "year tracer", "kg m-2", "input of the year", "Positive." + _MOMENT),
    ("budget_respired", "year tracer", "kg m-2", "respired in the year", "Positive." + _MOMENT),
    ("budget_leached", "year tracer", "kg m-2", "leached in the year", "Positive." + _MOMENT),
    ("budget_decay", "year tracer", "kg m-2", "decayed in the year",
     "Radioactive decay, positive; ageing of the age moment counts as negative decay." + _MOMENT),
    ("budget_event_gain", "year tracer", "kg m-2", "brought by events of the year",
     "Manure, residues, sediment and others from outside, positive." + _MOMENT),
    ("budget_event_loss", "year tracer", "kg m-2", "taken by events of the year",
     "Harvested, burnt, slid off or buried below the column, positive." + _MOMENT),
    ("budget_change", "year tracer", "kg m-2", "change of the stock in the year",
     "Taken from the states." + _MOMENT),
    ("budget_residual", "year tracer", "kg m-2", "residual of the budget",
     "Change minus input and gain by events plus respired, leached, decayed and lost by events: rounding alone."
     + _MOMENT),
)  # fmt: skip

EVENTS = _group(
    "events",
    ("event", "year", None, "events of the year",
     "Those that touched the carbon of the column, in order; empty for most years.", _TEXT),
    ("event_gain", "year tracer layer", "kg m-2", "brought by events of the year",
     "From outside the column, where it arrives." + _MOMENT),
    ("event_loss", "year fate tracer layer", "kg m-2", "taken by events of the year",
     "Out of the column, where it was." + _MOMENT),
    ("event_redistribution", "year pool layer", "kg m-2", "carbon moved by events of the year",
     "Net change by what passed between pools and layers; adds up to zero."),
)  # fmt: skip

_AIR_DELTA = "enrichment_of_14C_in_carbon_dioxide_in_air_expressed_as_uppercase_delta_14C"

FORCING = _group(
    "forcing",
    ("soil_temperature", "cover month layer", "degC", "soil temperature",
     "Of the first year under the land cover.",
     {"standard_name": "soil_temperature", "cmip_name": "tsl"}),
    ("soil_water", "cover month layer", "m3 m-3", "soil water content",
     "Volume of water per volume of fine earth.",
     {"standard_name": "volume_fraction_of_condensed_water_in_soil"}),
    ("oxygen", "cover month layer", "1", "oxygen of the soil air",
     "By what it lets decomposers do: 1 that of the atmosphere, 0 none."),
    ("water_flux", "cover month face", "m yr-1", "water flux across a face",
     "Positive downward; the last is drainage at the base."),
    ("atmosphere_delta14c", "year", "1e-3", "Delta14C of atmospheric CO2",
     "Annual mean of the site's hemisphere zone.",
     {"standard_name": _AIR_DELTA}),
    ("land_cover", "year", None, "land cover of the year", "Name of the land cover.", _TEXT),
)  # fmt: skip

VARIABLES = COORDINATES + COLUMN + PROFILES + STOCKS + FLUXES + NITROGEN + ZONES + BUDGET + EVENTS + FORCING
