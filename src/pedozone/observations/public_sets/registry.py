"""The registry of public sets: addresses, versions, licences, citations, hashes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from pedozone.observations.errors import ObservationError
from pedozone.observations.public_sets.curves import FORMS

REGISTRY = Path(__file__).with_name("registry.toml")
UNVERIFIED = "none-verified"
"""In place of a hash where the publisher gives none."""

_HASH = re.compile(r"^(?:md5:[0-9a-f]{32}|sha1:[0-9a-f]{40}|sha256:[0-9a-f]{64})$")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")


@dataclass(frozen=True)
class PublicFile:
    """A file of a set.

    Attributes
    ----------
    name : str
        Under which it is kept.
    address : str
    hashes : tuple of str
        ``md5:...``, ``sha1:...`` or ``sha256:...``, any of which is right; none where the publisher gives none.
    unpack : tuple of str
        Patterns of the members that are taken out of an archive.
    also_named : tuple of str
        Names under which a person may have saved it.
    recalled : bool
        The address was not found written down by the publisher.
    """

    name: str
    address: str
    hashes: tuple[str, ...] = ()
    unpack: tuple[str, ...] = ()
    also_named: tuple[str, ...] = ()
    recalled: bool = False


@dataclass(frozen=True)
class PublicSet:
    """A public set of data.

    Attributes
    ----------
    name, title, version, doi, licence, citation : str
    page : str
        Where a person can find it.
    files : tuple of PublicFile
    size_mb : float or None
    use : str
        What to do next; ``{file}`` and ``{mapping}`` stand for paths, and ``{curve}`` for that of the first curve.
    mapping : str
        Name of the mapping file beside the registry that reads it.
    curve : str
        Form of a radiocarbon curve (`curves.FORMS`) that is brought into a table.
    recalled : tuple of str
        What was not found written down: of ``doi``, ``licence``.
    """

    name: str
    title: str
    version: str
    doi: str
    licence: str
    citation: str
    page: str
    files: tuple[PublicFile, ...]
    size_mb: float | None = None
    use: str = ""
    mapping: str = ""
    curve: str = ""
    recalled: tuple[str, ...] = ()


_TEXTS = ("title", "version", "doi", "licence", "citation", "page")
_MORE = ("size_mb", "use", "mapping", "curve", "doi_status", "licence_status", "files")
_OF_FILE = ("name", "address", "address_status", "hash", "unpack", "also_named")
_STATUS = ("published", "recalled")


def load_registry(file: str | PathLike[str] | None = None) -> dict[str, PublicSet]:
    """The public sets by name.

    Parameters
    ----------
    file : path-like, optional
        Another registry than pedozone's own.

    Raises
    ------
    ObservationError
        It cannot be read, or an entry of it is wrong.
    """
    path = Path(REGISTRY if file is None else file)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        mend = "Check the name and the permissions."
        raise ObservationError(path, "", f"({error.strerror or error})", "a registry", mend) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ObservationError(path, "", f"({error})", "a TOML file in UTF-8", "Correct it.") from None
    return {name: _set(fspath(path), name, given) for name, given in data.items()}


def _set(file: str, name: str, given: Any) -> PublicSet:
    if not isinstance(given, Mapping) or not _NAME.match(name):
        raise ObservationError(file, name, given, "a section [name] of letters, digits, '-' and '_'", "Correct it.")
    _known(file, name, given, (*_TEXTS, *_MORE))
    texts = {key: _text(file, f"{name}.{key}", given.get(key, "")) for key in (*_TEXTS, "use", "mapping", "curve")}
    for key in ("title", "licence", "citation", "page"):
        if not texts[key]:
            raise ObservationError(file, f"{name}.{key}", "", "a text", "Say it: nothing is fetched without.")
    if texts["curve"] and texts["curve"] not in FORMS:
        raise ObservationError(file, f"{name}.curve", texts["curve"], "one of " + ", ".join(FORMS), "Correct it.")
    size = given.get("size_mb")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int | float) or size <= 0):
        raise ObservationError(file, f"{name}.size_mb", size, "a number above 0", "Correct it or leave it out.")
    files = given.get("files")
    if not isinstance(files, list) or not files:
        raise ObservationError(file, f"{name}.files", files, "one or more [[files]]", "Add the address.")
    recalled = tuple(key for key in ("doi", "licence") if _status(file, name, given, f"{key}_status"))
    parts = tuple(_file(file, f"{name}.files", part) for part in files)
    if len({part.name for part in parts}) < len(parts):
        raise ObservationError(file, f"{name}.files", [p.name for p in parts], "names that differ", "Rename one.")
    return PublicSet(name=name, **texts, files=parts, size_mb=size, recalled=recalled)


def _file(file: str, where: str, given: Any) -> PublicFile:
    if not isinstance(given, Mapping):
        raise ObservationError(file, where, given, "a table with name, address and hash", "Correct it.")
    _known(file, where, given, _OF_FILE)
    name, address = (_text(file, f"{where}.{key}", given.get(key, "")) for key in ("name", "address"))
    if not _NAME.match(name):
        raise ObservationError(file, f"{where}.name", name, "the name of a file, without folders", "Correct it.")
    if not re.match(r"^https?://[^\s]+$", address):
        raise ObservationError(file, f"{where}.address", address, "an http or https address", "Correct it.")
    hashes = given.get("hash", "")
    hashes = [hashes] if isinstance(hashes, str) else hashes
    if hashes != [UNVERIFIED] and not (hashes and all(isinstance(h, str) and _HASH.match(h) for h in hashes)):
        allowed = f"md5:, sha1: or sha256: and the digits, or '{UNVERIFIED}'"
        raise ObservationError(file, f"{where}.hash", given.get("hash"), allowed, "Take it from the publisher.")
    lists = {}
    for key in ("unpack", "also_named"):
        found = given.get(key, [])
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise ObservationError(file, f"{where}.{key}", found, "a list of texts", "Correct it.")
        lists[key] = tuple(found)
    return PublicFile(
        name=name,
        address=address,
        hashes=() if hashes == [UNVERIFIED] else tuple(hashes),
        recalled=_status(file, where, given, "address_status"),
        **lists,
    )


def _status(file: str, where: str, given: Mapping[str, Any], key: str) -> bool:
    """Whether something is recalled."""
    found = given.get(key, "published")
    if found not in _STATUS:
        raise ObservationError(file, f"{where}.{key}", found, " or ".join(_STATUS), "Correct it.")
    return found == "recalled"


def _text(file: str, where: str, given: Any) -> str:
    if not isinstance(given, str):
        raise ObservationError(file, where, given, "a text", "Put it in quotation marks.")
    return given


def _known(file: str, where: str, given: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for key in given:
        if key not in allowed:
            raise ObservationError(file, f"{where}.{key}", given[key], ", ".join(allowed), "Take it out or correct it.")
