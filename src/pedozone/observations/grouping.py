"""What profiles can be grouped by: columns of their own and their site's, and classes made of them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pedozone.observations.errors import ObservationError
from pedozone.observations.land_covers import land_cover_class
from pedozone.observations.profiles import ORIGIN, Profiles
from pedozone.observations.soil_groups import reference_soil_group, soil_groups

MADE: dict[str, str] = {
    "soil_group": "reference soil group that the class in WRB, FAO or Soil Taxonomy stands for",
    "wrb": "the same, of the WRB name alone",
    "land_cover_class": "forest, grassland, cropland ... of the land cover reported",
    "climate_zone": "first letter of the Köppen class",
    "decade": "of sampling",
    "all": "all profiles together",
}
"""Groups that are made of columns, and what they are."""


def group_table(observed: Profiles, columns: Sequence[str]) -> pd.DataFrame:
    """The groups of every profile.

    Parameters
    ----------
    observed : Profiles
    columns : sequence of str
        Of the profile or site table, or of `MADE`; of all together where there is none.

    Returns
    -------
    pandas.DataFrame
        ``profile_id`` and the columns; empty texts or NaN where a profile has no such group.

    Raises
    ------
    ObservationError
        There is no such column.
    """
    profile = observed.profile.drop(columns=list(ORIGIN))
    table = profile.merge(observed.site.drop(columns=list(ORIGIN)), on="site_id", how="left")
    made = {
        "wrb": [reference_soil_group(str(text)) for text in table["wrb"]],
        "land_cover_class": [land_cover_class(str(text)) for text in table["land_cover"]],
        "climate_zone": [str(text)[:1].upper() for text in table["climate_class"]],
        "decade": ["" if year != year else f"{int(year) // 10 * 10}s" for year in table["sampling_year"]],
        "all": "all",
    }
    made["sampling_year"] = ["" if year != year else f"{year:g}" for year in table["sampling_year"]]
    made["soil_group"] = list(soil_groups(observed)["soil_group"])  # rows of both are those of the profiles
    table = table.assign(**made)
    chosen = list(columns) or ["all"]
    for name in chosen:
        if name not in table.columns or name == "profile_id":
            allowed = "one of " + ", ".join(sorted(set(table.columns) - {"profile_id"}))
            raise ObservationError(
                "<command>", "by", name, allowed, "Choose columns of profiles, sites, or made of them."
            )
    return pd.DataFrame(table, columns=["profile_id", *chosen])
