"""Where the run's numbers come from: parameters and references."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pedozone.report.data import as_mapping, attribute_json
from pedozone.report.numbers import significant, unit_words
from pedozone.report.wording import STATUS_OF_PARAMETER

if TYPE_CHECKING:
    import xarray as xr

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]*[^\s\"<>.,;)]")


def parameter_rows(ds: xr.Dataset) -> list[dict[str, str]]:
    """Parameters used: name, value, unit, bounds, source, DOI, status, description."""
    raw = attribute_json(ds, "parameters")
    if isinstance(raw, Mapping):
        records = [{"name": name, **_as_record(value)} for name, value in raw.items()]
    elif isinstance(raw, list):
        records = [dict(as_mapping(record)) for record in raw]
    else:
        return []
    rows = []
    for record in records:
        lower, upper = record.get("lower"), record.get("upper")
        status = str(record.get("status") or "")
        rows.append(
            {
                "name": str(record.get("name", "")),
                "description": str(record.get("description") or ""),
                "value": _number(record.get("value")),
                "unit": _unit(record.get("unit")),
                "bounds": f"{_number(lower)} to {_number(upper)}" if lower is not None and upper is not None else "",
                "source": str(record.get("source") or ""),
                "doi": doi_of(str(record.get("doi") or "")),
                "status": STATUS_OF_PARAMETER.get(status, status),
            }
        )
    return rows


def _as_record(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, Mapping) else {"value": value}


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "" if value is None else str(value)
    text = significant(value, 4)
    mantissa, times, power = text.partition(" × ")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + times + power


def _unit(unit: object) -> str:
    text = str(unit or "")
    return "–" if text in ("", "1", "-") else unit_words(text)


def doi_of(text: str) -> str:
    """Return the DOI in a text, empty where there is none."""
    found = _DOI.search(text)
    return found.group() if found else ""


def reference_rows(ds: xr.Dataset) -> list[dict[str, str]]:
    """References of the run: text, DOI, and what rests on them."""
    raw = attribute_json(ds, "references")
    if raw is None:
        # Not JSON: a plain text, as other models' files may have it.
        raw = [ds.attrs["references"]] if ds.attrs.get("references") else []
    rows = []
    for entry in raw if isinstance(raw, list) else [raw]:
        record = as_mapping(entry)
        text = _first(record, "citation", "text", "source", "title") if record else str(entry)
        doi = doi_of(str(record.get("doi") or text))
        rows.append({"text": text or doi, "doi": doi, "use": _use(record)})
    return rows


def _use(record: Mapping[str, object]) -> str:
    """Parameters that rest on a reference: their values, or the limits of their ranges."""
    parts = []
    for key, words in (("values", "values of"), ("ranges", "ranges of")):
        names = record.get(key)
        if isinstance(names, list) and names:
            parts.append(f"{words} {', '.join(str(name) for name in names)}")
    used = record.get("used")
    if isinstance(used, list) and used:
        parts.append(", ".join(str(use) for use in used))
    if record.get("note"):
        parts.append(str(record["note"]).rstrip("."))
    return "; ".join(parts)


def _first(record: Mapping[str, object], *keys: str) -> str:
    return next((str(record[key]) for key in keys if record.get(key)), "")
