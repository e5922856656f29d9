"""A set of observed soil profiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from pedozone.observations.fields import FIELDS

ORIGIN = ("file", "row")
"""Columns that every table has besides its fields: where a row was read from."""


def empty(table: str) -> pd.DataFrame:
    """A table without rows, its columns of the right kinds."""
    kinds = {"number": "float64", "text": "object", "flag": "bool"}
    columns = {f.name: pd.Series(dtype=kinds[f.kind]) for f in FIELDS[table]}
    return pd.DataFrame({**columns, "file": pd.Series(dtype="object"), "row": pd.Series(dtype="int64")})


def completed(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A table with all its columns in order: numbers that are not there are NaN, texts empty, flags false."""
    parts: dict[str, object] = {}
    for f in FIELDS[table]:
        if f.name not in frame.columns:
            blank = {"number": float("nan"), "text": "", "flag": False}[f.kind]
            # Named, for pandas 3 makes of a lone text a column of another kind than the empty table has.
            parts[f.name] = pd.Series(blank, index=frame.index, dtype="object") if f.kind == "text" else blank
        elif f.kind == "number":
            parts[f.name] = frame[f.name].astype("float64")
        elif f.kind == "flag":
            parts[f.name] = frame[f.name].astype("bool")
        else:
            parts[f.name] = frame[f.name].astype("object").where(frame[f.name].notna(), "")
    own = pd.DataFrame(parts, index=frame.index)
    own["file"] = frame["file"].astype("object") if "file" in frame.columns else "<table>"
    own["row"] = frame["row"] if "row" in frame.columns else range(2, len(frame) + 2)
    return own.reset_index(drop=True)


@dataclass(frozen=True)
class Profiles:
    """Observed profiles in four tables that refer to each other by their identifiers.

    Parameters
    ----------
    site, profile, layer, fraction : pandas.DataFrame
        With the columns of `FIELDS` and `ORIGIN`; layers are in the order of their profiles and depths.
    """

    site: pd.DataFrame
    profile: pd.DataFrame
    layer: pd.DataFrame
    fraction: pd.DataFrame

    @classmethod
    def none(cls) -> Profiles:
        """A set without profiles."""
        return cls(*(empty(table) for table in FIELDS))

    def __len__(self) -> int:
        return len(self.profile)

    def joined(self) -> pd.DataFrame:
        """The layers with what is known of their profiles and sites beside them."""
        profile = self.profile.drop(columns=list(ORIGIN))
        site = self.site.drop(columns=list(ORIGIN))
        return self.layer.merge(profile, on="profile_id", how="left").merge(site, on="site_id", how="left")

    def of(self, profiles: Iterable[str]) -> Profiles:
        """Some of the profiles, by name, with all that belongs to them."""
        names = list(dict.fromkeys(profiles))
        profile = self.profile[self.profile["profile_id"].isin(names)].reset_index(drop=True)
        sites = list(dict.fromkeys(profile["site_id"]))
        return replace(
            self,
            site=self.site[self.site["site_id"].isin(sites)].reset_index(drop=True),
            profile=profile,
            layer=self.layer[self.layer["profile_id"].isin(names)].reset_index(drop=True),
            fraction=self.fraction[self.fraction["profile_id"].isin(names)].reset_index(drop=True),
        )

    @staticmethod
    def together(sets: Iterable[Profiles]) -> Profiles:
        """Several sets as one.

        Raises
        ------
        ValueError
            If two of them have a site, profile, layer or fraction of the same name.
        """
        parts = list(sets)
        if not parts:
            return Profiles.none()
        found = {table: pd.concat([getattr(p, table) for p in parts], ignore_index=True) for table in FIELDS}
        for table, frame in found.items():
            names = frame[f"{table}_id"]
            twice = names.to_numpy()[((names != "") & names.duplicated()).to_numpy()]
            if twice.size:
                raise ValueError(f"{table}_id {twice[0]!r} stands in more than one set: rename it in one of them")
        return Profiles(**found)
