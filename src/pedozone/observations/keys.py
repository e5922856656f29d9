"""Identifiers: rows that stand twice, names that are not unique, what belongs to a profile and to its site."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pedozone.observations.fields import FIELDS
from pedozone.observations.profiles import completed
from pedozone.observations.sieve import Sieve
from pedozone.observations.text_table import TextTable


def refuse_duplicates(sieve: Sieve, table: TextTable) -> None:
    """Refuse rows that are the same as an earlier one in every cell of the file."""
    if not len(table.row):
        return
    codes = np.stack([pd.factorize(column)[0] for column in table.cells.values()], axis=1)
    frame = pd.DataFrame(codes)
    twice = frame.duplicated().to_numpy()
    if not twice.any():
        return
    group = frame.groupby(list(frame.columns), sort=False).ngroup()
    first = pd.Series(np.arange(len(frame))).groupby(group).transform("first")
    value = np.full(len(twice), "", dtype=object)
    value[twice] = [f"row {row}" for row in table.row[first.to_numpy()[twice]]]
    sieve.refuse(twice, "", "a row that stands twice: the same in every cell as the one named", value)


def name_rows(sieve: Sieve) -> None:
    """Give every row a name of its own, and every profile a site."""
    profile = sieve.text("profile_id")
    site = sieve.text("site_id")
    sieve.put("site_id", np.where(site == "", profile, site).astype(object))
    _part_sites(sieve)
    key = f"{sieve.table}_id"
    names = sieve.text(key).copy()
    given = names != ""
    if sieve.table == "layer" and not given.all():
        top, bottom = sieve.number("top_cm"), sieve.number("bottom_cm")
        blank = np.flatnonzero(~given)
        names[blank] = profile[blank] + "/" + _shown(top[blank]) + "-" + _shown(bottom[blank])
    elif not given.all():
        kind = sieve.text("fraction")
        blank = np.flatnonzero(~given)
        names[blank] = [f"{p}/{k}" for p, k in zip(profile[blank], kind[blank], strict=True)]
    kept = np.flatnonzero(sieve.kept)
    frame = pd.DataFrame({"name": names[kept], "profile": profile[kept]})
    shared = frame.groupby("name", sort=False)["profile"].transform("nunique").to_numpy() > 1
    if shared.any():
        said = f"names of {sieve.table}s that several profiles share: the profile's name is put in front"
        sieve.about_all("converted", key, said, frame["name"].to_numpy()[shared][0])
        frame.loc[shared, "name"] = frame.loc[shared, "profile"] + "/" + frame.loc[shared, "name"]
    again = frame.duplicated("name").to_numpy()
    if again.any():
        frame["name"] = _numbered(frame["name"].to_numpy(dtype=object))
        rows = np.zeros(len(names), dtype=bool)
        rows[kept[again]] = given[kept[again]]
        sieve.note("flagged", rows, key, "a name that stands twice in its profile: a number is put behind it", names)
    names[kept] = frame["name"].to_numpy()
    sieve.put(key, names)


def _shown(values: np.ndarray) -> np.ndarray:
    codes, uniques = pd.factorize(values, use_na_sentinel=False)
    return np.array([f"{value:g}" for value in uniques], dtype=object)[codes]


def _part_sites(sieve: Sieve) -> None:
    """A site whose profiles have different coordinates becomes several."""
    site, x, y = sieve["site_id"], sieve.number("longitude"), sieve.number("latitude")
    placed = sieve.kept & ~np.isnan(x) & ~np.isnan(y)
    codes, uniques = pd.factorize(site)
    places = np.unique(np.stack([codes[placed], x[placed], y[placed]], axis=1), axis=0)
    several = np.bincount(places[:, 0].astype(int), minlength=len(uniques)) > 1
    if not several.any():
        return
    rows = placed & several[codes]
    names = site.copy()
    names[rows] = site[rows] + " (" + _shown(y[rows]) + ", " + _shown(x[rows]) + ")"
    sieve.put("site_id", names)
    said = f"{several.sum()} sites have profiles at different coordinates: each place is a site of its own"
    sieve.about_all("converted", "site_id", said, uniques[np.argmax(several)])


def _numbered(names: np.ndarray) -> pd.Series:
    """Names made unique: the second of a kind gets #2, unless another one is called so."""
    found = pd.Series(names, dtype="object")
    while (again := found.duplicated()).any():
        place = found.groupby(found).cumcount() + 1
        found = found.where(~again, found + "#" + place.astype(str))
    return found


def tables_of(sieve: Sieve) -> dict[str, pd.DataFrame]:
    """The rows that were kept, their profiles and sites."""
    columns = {name: values[sieve.kept] for name, values in sieve.columns.items()}
    tables = {sieve.table: _sorted(sieve, columns)}
    for each in ("profile", "site"):
        tables[each] = _one_each(sieve, columns, each)
    return {each: completed(each, found) for each, found in tables.items()}


def _sorted(sieve: Sieve, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    place = sieve.profiles()[sieve.kept]
    if sieve.table == "layer":
        order = np.lexsort((columns["bottom_cm"], columns["top_cm"], place))
    else:
        order = np.argsort(place, kind="stable")
    names = [f.name for f in FIELDS[sieve.table] if f.name in columns] + ["row"]
    return _frame({name: columns[name][order] for name in names}, sieve.file)


def _frame(columns: dict[str, np.ndarray], file: str) -> pd.DataFrame:
    parts = {name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()}
    size = len(columns["row"])
    return pd.DataFrame({**parts, "file": pd.Series(np.full(size, file, dtype=object), dtype=object)})


def _one_each(sieve: Sieve, columns: dict[str, np.ndarray], table: str) -> pd.DataFrame:
    """One row for every profile or site: the first value of each column that there is."""
    key = f"{table}_id"
    code, uniques = pd.factorize(columns[key])
    found: dict[str, np.ndarray] = {key: np.asarray(uniques, dtype=object)}
    for field in FIELDS[table]:
        if field.name == key or field.name not in columns:
            continue
        values = columns[field.name]
        if field.kind == "flag":
            found[field.name] = np.bincount(code, weights=values.astype(float), minlength=len(uniques)) > 0
            continue
        there = ~np.isnan(values.astype("float64")) if field.kind == "number" else values != ""
        places = np.flatnonzero(there)
        first = np.full(len(uniques), -1)
        first[code[places[::-1]]] = places[::-1]
        chosen = np.full(len(uniques), np.nan if field.kind == "number" else "", dtype=object)
        chosen[first >= 0] = values[first[first >= 0]]
        found[field.name] = chosen.astype("float64") if field.kind == "number" else chosen
        differs = there & (values != chosen[code])
        if differs.any():
            rows = np.zeros(len(sieve), dtype=bool)
            rows[np.flatnonzero(sieve.kept)[differs]] = True
            reason = f"differs from an earlier row of the {table}: the first is kept"
            sieve.note("flagged", rows, field.name, reason, sieve[field.name], table)
    start = np.full(len(uniques), len(code))
    np.minimum.at(start, code, np.arange(len(code)))
    found["row"] = columns["row"][start]
    return _frame(found, sieve.file)
