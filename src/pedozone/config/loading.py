"""Reading a site file."""

from __future__ import annotations

import difflib
import logging
import re
import tomllib
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pedozone.config.errors import InputError
from pedozone.config.explain import combine, explain, written
from pedozone.config.locate import key_lines, line_of
from pedozone.config.migration import migrate
from pedozone.config.references import find_problems
from pedozone.config.site import Site

_log = logging.getLogger(__name__)
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


def load_site(path: str | PathLike[str]) -> Site:
    """Read and check a site file.

    Parameters
    ----------
    path : str or os.PathLike
        A TOML file; ``pedozone new`` writes one, ``pedozone schema`` its layout.

    Returns
    -------
    Site

    Raises
    ------
    InputError
        A file that is missing, cannot be read, is no TOML, or holds something that cannot be
        used. The message names file, line, field, value, what is allowed and the mend; further
        problems are attached as ``others``.
    """
    file = Path(path)
    text = _read(file)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(file, text, error) from None
    site = parse_site(data, file=fspath(file), text=text)
    site._source_path, site._source_text = file, text
    return site


def parse_site(data: dict[str, Any], *, file: str = "<dict>", text: str = "", source: Path | None = None) -> Site:
    """Check the content of a site file that is already a dictionary.

    Parameters
    ----------
    data : dict
        As `tomllib.loads` gives it.
    file : str
        Name for messages.
    text : str
        The text it came from, to find the lines of fields.
    source : pathlib.Path, optional
        File that the site is to count paths from once it is simulated.

    Returns
    -------
    Site

    Raises
    ------
    InputError
        As for `load_site`.
    """
    lines = key_lines(text)
    try:
        data, notes = migrate(data, file)
    except InputError as error:
        error.line = line_of(lines, ("schema_version",))
        raise
    for note in notes:
        _log.warning("%s: %s", file, note)
    folder = Path(file).parent if file != "<dict>" else None
    try:
        site = Site.model_validate(data, context={"folder": folder})
    except ValidationError as error:
        raise explain(error, file, lines) from None
    found = [
        InputError(
            file,
            written(problem.path),
            problem.value,
            problem.allowed,
            problem.mend,
            line=line_of(lines, problem.path),
        )
        for problem in find_problems(site, folder)
    ]
    if found:
        raise combine(found)
    site._source_path = source
    return site


def _read(file: Path) -> str:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise InputError(file, "", "(no such file)", "a site file", _nearby(file)) from None
    except IsADirectoryError:
        raise InputError(file, "", "(a folder)", "a site file", "Name the file inside it.") from None
    except OSError as error:
        raise InputError(
            file,
            "",
            f"({error.strerror})",
            "a file that can be read",
            "Check the path and its permissions.",
        ) from None
    try:
        # A byte-order mark, as some editors write it, is no part of the text.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            found = "(UTF-16)"
        else:
            found = f"(byte 0x{content[error.start]:02x} that is not UTF-8)"
        raise InputError(
            file,
            "",
            found,
            "text in UTF-8",
            "Save the file as UTF-8 in your editor.",
            line=content[: error.start].count(b"\n") + 1,
        ) from None


def _nearby(file: Path) -> str:
    create = f"Write one with 'pedozone new {file} --preset temperate-grassland'."
    try:
        names = [entry.name for entry in file.parent.iterdir() if entry.suffix == ".toml"]
    except OSError:
        return f"The folder {file.parent} does not exist either; check the path. {create}"
    near = difflib.get_close_matches(file.name, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {file.parent / near[0]}?"
    return f"Check the path. {create}"


def _not_toml(file: Path, text: str, error: tomllib.TOMLDecodeError) -> InputError:
    said = str(error)
    at = _AT_LINE.search(said)
    line = int(at[1]) if at else None
    lines = text.split("\n")
    shown = lines[line - 1].strip() if line and line <= len(lines) else ""
    reason = _AT_LINE.sub("", said).replace("(at end of document)", "at the end").strip()
    mend = "See https://toml.io for the format, or start from 'pedozone new'."
    if re.search(r"=\s*-?\d+,\d", shown):
        mend = "Write decimals with a point: 9.5, not 9,5."
    elif re.search(r"=\s*[A-Za-z]", shown) and not re.search(r"=\s*(true|false|nan|inf)\b", shown):
        mend = "Put texts in quotes."
    return InputError(file, "", f"({shown or 'the text'}: {reason})", "a TOML file", mend, line=line)
