"""Profiles of one name in several files: one profile in parts, or different ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pedozone.observations.findings import Findings
from pedozone.observations.frames import rows_of
from pedozone.observations.neighbours import TOLERANCE_CM
from pedozone.observations.profiles import Profiles

_ONE = "a profile of this name stands in another file, too: taken as the same one"
_APART = "a profile of this name stands in another file, too: another one, as {why}; the file's name is put behind it"
_PLACE = 1e-3
"""Degrees up to which two places count as one."""


def told_apart(parts: Sequence[Profiles], findings: Findings) -> list[Profiles]:
    """Give profiles of layers a name of their own where another file has a different profile of that name.

    They are different where coordinates or years of sampling differ, or where their layers overlap without being the
    same throughout. Otherwise they are one, and that is told.

    Parameters
    ----------
    parts : sequence of Profiles
        One for each file, in order; the first to have a name keeps it.
    findings : Findings
        Takes what was found.
    """
    done: list[Profiles] = []
    names: set[str] = set()
    for part in parts:
        own = set(part.layer["profile_id"]) if len(part.layer) else set()
        shared = own & names
        parted = _parted(part, shared, done, findings) if shared else part
        done.append(_sited(parted, done))
        names |= own
    return done


def _parted(part: Profiles, shared: set[str], before: Sequence[Profiles], findings: Findings) -> Profiles:
    earlier = [p for p in before if len(p.layer)]
    first = {each: pd.concat([getattr(p, each) for p in earlier], ignore_index=True) for each in ("layer", "profile")}
    sites = pd.concat([p.site for p in earlier], ignore_index=True)
    why = {
        "their places differ": _differing(_placed(first["profile"], sites), _placed(part.profile, part.site), _PLACE),
        "they were sampled in other years": _differing(
            _known(first["profile"], ["sampling_year"]), _known(part.profile, ["sampling_year"]), 0.0
        ),
        "their layers overlap": _overlapping(first["layer"], part.layer, shared),
    }
    layer = part.layer
    file = str(layer["file"].iloc[0])
    heads = layer.drop_duplicates("profile_id")
    rows = {str(name): int(row) for name, row in zip(heads["profile_id"], heads["row"], strict=True)}
    other: dict[str, str] = {}
    taken = set(first["profile"]["profile_id"]) | set(part.profile["profile_id"])
    for name in sorted(shared):
        said = next((words for words, found in why.items() if name in found), None)
        if said is not None:
            other[name] = _free(f"{name} ({Path(file).name})", taken)
        reason = _ONE if said is None else _APART.format(why=said)
        findings.note("flagged", reason, file=file, row=rows[name], table="layer", field="profile_id", value=name)
    return _renamed(part, other)


def _free(name: str, taken: set[str]) -> str:
    """A name that is not taken yet, which it then is."""
    found, k = name, 2
    while found in taken:
        found, k = f"{name} {k}", k + 1
    taken.add(found)
    return found


def _placed(profile: pd.DataFrame, site: pd.DataFrame) -> pd.DataFrame:
    place = _known(site, ["latitude", "longitude"], "site_id")
    joined = pd.DataFrame(profile, columns=["profile_id", "site_id"]).join(place, on="site_id")
    return _known(joined, ["latitude", "longitude"])


def _known(table: pd.DataFrame, columns: list[str], key: str = "profile_id") -> pd.DataFrame:
    return pd.DataFrame(table.drop_duplicates(key).set_index(key), columns=columns).astype(float)


def _differing(first: pd.DataFrame, second: pd.DataFrame, by: float) -> set[str]:
    both = first.index.intersection(second.index)
    apart = (first.loc[both] - second.loc[both]).abs() > by  # what is missing differs from nothing
    return set(both[apart.any(axis=1).to_numpy()])


def _overlapping(first: pd.DataFrame, second: pd.DataFrame, shared: set[str]) -> set[str]:
    """Profiles whose layers in two files overlap, but are not the same in both."""
    depths = ["profile_id", "top_cm", "bottom_cm"]
    ours, theirs = (rows_of(table, [name in shared for name in table["profile_id"]]) for table in (first, second))
    values = [*depths, "soc_percent"]
    new = theirs.merge(ours[values].drop_duplicates(), on=values, how="left", indicator=True)
    changed = set(new.loc[(new["_merge"] == "left_only").to_numpy(), "profile_id"])
    pairs = ours[depths].merge(theirs[depths], on="profile_id", suffixes=("", "_there"))
    upper, lower = pairs[["top_cm", "top_cm_there"]].max(axis=1), pairs[["bottom_cm", "bottom_cm_there"]].min(axis=1)
    return changed & set(pairs.loc[(lower - upper > TOLERANCE_CM).to_numpy(), "profile_id"])


def _renamed(part: Profiles, other: dict[str, str]) -> Profiles:
    if not other:
        return part
    profile = part.profile
    chosen = np.array([name in other for name in profile["profile_id"]])
    # A site that was named after its profile, or is that of such profiles alone, goes with them.
    left = set(profile.loc[~chosen, "site_id"])
    sites = {site: name for site, name in zip(profile["site_id"], profile["profile_id"], strict=True) if name in other}
    behind = {site: site + other[name][len(name) :] for site, name in sites.items() if site not in left}
    site = part.site.assign(site_id=_mapped(part.site, "site_id", behind))
    own = {"profile_id": _mapped(profile, "profile_id", other), "site_id": _mapped(profile, "site_id", behind)}
    layer = part.layer.assign(profile_id=_mapped(part.layer, "profile_id", other))
    return replace(part, site=site, profile=profile.assign(**own), layer=layer)


def _sited(part: Profiles, before: Sequence[Profiles]) -> Profiles:
    """Sites that lie elsewhere than those of the same name in earlier files get the file's name behind theirs."""
    sites = [p.site for p in before if len(p.site)]
    if not sites or not len(part.site):
        return part
    names = ["latitude", "longitude"]
    first, second = pd.concat(sites, ignore_index=True), part.site
    moved = _differing(_known(first, names, "site_id"), _known(second, names, "site_id"), _PLACE)
    if not moved:
        return part
    behind = f" ({Path(str(second['file'].iloc[0])).name})"
    taken = set(first["site_id"]) | set(second["site_id"])
    other = {name: _free(name + behind, taken) for name in sorted(moved)}
    site, profile = (t.assign(site_id=_mapped(t, "site_id", other)) for t in (second, part.profile))
    return replace(part, site=site, profile=profile)


def _mapped(table: pd.DataFrame, column: str, other: dict[str, str]) -> list[str]:
    return [other.get(str(name), str(name)) for name in table[column]]
