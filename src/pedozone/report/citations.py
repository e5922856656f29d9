"""References of a run as a list to read and for BibTeX."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pedozone.report.data import as_mapping, attribute_json

if TYPE_CHECKING:
    import xarray as xr

FRAMEWORK = (
    "Cagnarini, C., Blyth, E., Emmett, B. A., Evans, C. D., Griffiths, R. I., Keith, A., Jones, L., Lebron, I., "
    "McNamara, N. P., Puissant, J., Reinsch, S., Robinson, D. A., Rowe, E. C., Thomas, A. R. C., Smart, S. M., "
    "Whitaker, J., Cosby, B. J. (2019). Zones of influence for soil organic matter dynamics: a conceptual framework "
    "for data and models. Global Change Biology 25, 3996-4007."
)
FRAMEWORK_DOI = "10.1111/gcb.14787"

_DOI = re.compile(r"\(?\s*doi:\s*(10\.\d{4,9}/[^\s\"<>,;)]*[^\s\"<>.,;)])\)?", re.I)
_FULL = re.compile(r"^(?P<authors>[^(]+?)\s*\((?P<year>\d{4})\)\.\s*(?P<title>.+?)\.\s+(?P<rest>.+)$", re.S)
_SHORT = re.compile(
    r"(?P<name>[A-Z][\w'’-]+(?: et al\.?| and [A-Z][\w'’-]+|, [A-Z][\w'’-]+ and [A-Z][\w'’-]+)?)"
    r",? \(?(?P<year>(?:1[6-9]|20)\d\d)\)?"
)
_DATA = ("climate", "observations", "atmospheric radiocarbon")


@dataclass
class Citation:
    """A work, or a statement of where something comes from.

    Attributes
    ----------
    text : str
        Full citation where it is known, otherwise author and year, or a sentence.
    doi : str
        Without resolver; empty where there is none.
    uses : list of str
        What of the run rests on it.
    kind : {"work", "data", "note"}
        A publication; data given by the site file; a choice or fit of the model's own.
    """

    text: str
    doi: str = ""
    uses: list[str] = field(default_factory=list)
    kind: str = "work"


def citations(ds: xr.Dataset) -> list[Citation]:
    """What a run's file says it rests on, one entry per work.

    Entries with the same DOI, or without one the same text, are merged; of their texts the full citation is kept.

    Parameters
    ----------
    ds : xarray.Dataset
        A run's dataset.
    """
    found: dict[str, Citation] = {}
    _add(found, FRAMEWORK, FRAMEWORK_DOI, ["framework of the two zones"], "work")
    raw = attribute_json(ds, "references")
    for entry in raw if isinstance(raw, list) else []:
        record = as_mapping(entry)
        text = str(record.get("citation") or record.get("text") or "") if record else str(entry)
        uses = _uses(record)
        data = bool(uses) and all(use in _DATA for use in uses)
        for part, doi in _parts(text, str(record.get("doi") or "")):
            kind = "data" if data else "work" if doi or _is_work(part) else "note"
            _add(found, part, doi, uses, kind)
    _join_same(found)
    order = {"work": 0, "data": 1, "note": 2}
    return sorted(found.values(), key=lambda c: (order[c.kind], c.text.casefold()))


def _add(found: dict[str, Citation], text: str, doi: str, uses: Sequence[str], kind: str) -> None:
    key = doi.lower() or " ".join(text.split()).casefold()
    known = found.setdefault(key, Citation(text, doi, [], kind))
    known.uses += [use for use in uses if use not in known.uses]
    if not _FULL.match(known.text) and _FULL.match(text):
        known.text = text


def _join_same(found: dict[str, Citation]) -> None:
    """Merge works named without their DOI into the one work of that author and year that has one."""

    def who(c: Citation) -> tuple[str, str]:
        match = _FULL.match(c.text) or _SHORT.match(c.text)
        if match is None:
            return "", ""
        return re.split(r"[,\s]", match[1].strip())[0], match["year"]

    with_doi: dict[tuple[str, str], list[Citation]] = {}
    for c in found.values():
        if c.doi:
            with_doi.setdefault(who(c), []).append(c)
    for key, c in list(found.items()):
        same = with_doi.get(who(c), [])
        if c.kind == "work" and not c.doi and who(c)[0] and len(same) == 1:
            same[0].uses += [use for use in c.uses if use not in same[0].uses]
            del found[key]


def _uses(record: Any) -> list[str]:
    uses = [str(use) for use in record.get("used") or []]
    for key, words in (("values", "values of"), ("ranges", "ranges of")):
        names = record.get(key) or []
        if names:
            shown = ", ".join(map(str, names[:4])) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
            uses.append(f"{words} {shown}")
    return uses


def _parts(text: str, doi: str) -> Iterable[tuple[str, str]]:
    """A text by the works that it names: with one DOI, or several in the text; without, as it is."""
    inside = list(_DOI.finditer(text))
    if doi or len(inside) <= 1:
        number = doi or (inside[0].group(1) if inside else "")
        plain = _DOI.sub("", text).strip(" ,;")
        if number and not _FULL.match(plain):
            named = _SHORT.search(plain)
            plain = f"{named['name']} ({named['year']})" if named else plain
        return [(plain, number)]
    parts, begin = [], 0
    for match in inside:
        words = text[begin : match.start()]
        parts.append((re.sub(r"^.*?\b(?=[A-Z])", "", words.strip(" ,;(")), match.group(1)))
        begin = match.end()
    return parts


def _is_work(text: str) -> bool:
    found = _SHORT.match(text)
    return bool(_FULL.match(text)) or (found is not None and len(text) <= len(found.group()) + 60)


def plain_text(found: Sequence[Citation], ds: xr.Dataset, width: int = 100) -> str:
    """The references as paragraphs with addresses, and what rests on each."""
    heads = {"work": "Works", "data": "Data", "note": "Choices and fits of the model's own"}
    lines = [
        f"References of {ds.attrs.get('title', 'this run')}",
        f"Computed with pedozone {ds.attrs.get('version', '(version not stated)')}, parameter set "
        f"{ds.attrs.get('parameter_set', '(not stated)')}.",
    ]
    for kind, head in heads.items():
        chosen = [c for c in found if c.kind == kind]
        if chosen:
            lines += ["", head, "-" * len(head)]
        for c in chosen:
            text = c.text + (f" https://doi.org/{c.doi}" if c.doi else "")
            lines.append(_wrapped(text, width, ""))
            if c.uses:
                lines.append(_wrapped(f"for {'; '.join(c.uses)}", width, "    "))
    return "\n".join(lines)


def _wrapped(text: str, width: int, indent: str) -> str:
    return textwrap.fill(
        " ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent + "    ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def bibtex(found: Sequence[Citation], ds: xr.Dataset) -> str:
    """Works and data as BibTeX entries; where only author and year are known, the DOI gives the rest."""
    version = str(ds.attrs.get("version", ""))
    entries = [
        _entry("software", "pedozone", {
            "author": "{The pedozone developers}",
            "title": "pedozone: soil organic matter profiles with zones of influence",
            "version": version,
            "year": str(ds.attrs.get("created", ""))[:4],
        })
    ]  # fmt: skip
    taken = {"pedozone"}
    for c in found:
        if c.kind == "note":
            continue
        full, short = _FULL.match(c.text), _SHORT.search(c.text)
        fields: dict[str, str] = {}
        kind = "misc"
        if full:
            kind = "article"
            fields = {"author": _authors(full["authors"]), "title": f"{{{full['title']}}}", "year": full["year"]}
            fields |= _where(full["rest"])
            if "journal" not in fields:
                kind = "misc"
        elif short:
            fields = {"author": _short_authors(short["name"]), "year": short["year"], "note": c.text}
        else:
            fields = {"title": f"{{{c.text}}}"}
        fields |= {"doi": c.doi} if c.doi else {}
        fields["annote"] = "; ".join(c.uses)
        entries.append(_entry(kind, _key(c, full, short, taken), fields))
    return "\n\n".join(entries)


def _authors(text: str) -> str:
    """Surname, I. I., Surname, I. -> joined by "and"."""
    tokens = [token.strip() for token in text.rstrip(" ,").split(",")]
    if len(tokens) % 2 or any(not re.fullmatch(r"(?:[A-Z][a-z]?\.[ -]?)+", token) for token in tokens[1::2]):
        return f"{{{text.strip()}}}" if " and others" not in text else text.strip()
    return " and ".join(f"{surname}, {initials}" for surname, initials in zip(tokens[::2], tokens[1::2], strict=True))


def _short_authors(name: str) -> str:
    return name.replace(" et al.", " and others").replace(" et al", " and others").replace(", ", " and ")


_JOURNAL = re.compile(r"^(?P<journal>[^.]+?) (?P<volume>\d+), (?P<pages>[\w-]+)\b")


def _where(rest: str) -> dict[str, str]:
    found = _JOURNAL.match(rest)
    if found is None:
        return {"howpublished": rest.rstrip(".")}
    return {"journal": found["journal"], "volume": found["volume"], "pages": found["pages"].replace("-", "--")}


def _key(c: Citation, full: Any, short: Any, taken: set[str]) -> str:
    match = full or short
    name = re.split(r"[,\s]", match["authors" if full else "name"])[0] if match else c.text.split()[0]
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"\W", "", plain).lower() + (match["year"] if match else "")
    key, letter = stem or "source", ord("a")
    while key in taken:
        letter += 1
        key = f"{stem}{chr(letter)}"
    taken.add(key)
    return key


_SPECIAL = re.compile(r"(?<!\\)([&%#$_])")


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    lines = [f"@{kind}{{{key},"]
    for name, value in fields.items():
        if value:
            text = value if name == "doi" else _SPECIAL.sub(r"\\\1", " ".join(value.split()))
            lines.append(f"  {name} = {{{text}}},")
    return "\n".join([*lines, "}"])
