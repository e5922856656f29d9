"""Getting public sets: over the network or from a folder, checked, kept, pinned."""

from __future__ import annotations

import datetime
import fnmatch
import hashlib
import json
import os
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pedozone.observations.errors import ObservationError
from pedozone.observations.public_sets.registry import PublicFile, PublicSet
from pedozone.observations.public_sets.transfer import Report, Transfer

PINS = "pins.json"
"""File in the user's folder with the hashes of first copies."""


@dataclass(frozen=True)
class Got:
    """A file that is here.

    Attributes
    ----------
    path : pathlib.Path
    size : int
        Bytes.
    origin : str
        Where this copy came from: "here before", an address, or a folder.
    checked : {"publisher", "pinned", "first"}
        Its hash agrees with the publisher's; with the first copy that came; it is the first copy, pinned now.
    sha256 : str
    unpacked : tuple of pathlib.Path
        Files taken out of it.
    """

    path: Path
    size: int
    origin: str
    checked: str
    sha256: str
    unpacked: tuple[Path, ...] = ()

    @property
    def useful(self) -> tuple[Path, ...]:
        """What a reader is given: the files taken out of an archive, or the file itself."""
        return self.unpacked or (self.path,)


def _silent(fraction: float, message: str) -> None:
    pass


def get_set(
    public: PublicSet,
    folder: Path,
    *,
    source: Path | None = None,
    replace: bool = False,
    report: Report = _silent,
) -> list[Got]:
    """Get the files of a set, where they are not here yet.

    Parameters
    ----------
    public : PublicSet
    folder : pathlib.Path
        Of all sets; each has a folder of its own below.
    source : pathlib.Path, optional
        Folder with files placed there by hand, recognised by their names and hashes; the network is not touched.
    replace : bool
        Get them anew; where the publisher gives no hash the new copy is pinned in place of the first.
    report : callable
        Is told the fraction done and what is being done.

    Raises
    ------
    NetworkError
        A file could not be fetched.
    ObservationError
        What came is not what was expected; it is not in the folder given; pooch is not installed.
    OSError
        The folder cannot be written to, or the disk is full.
    """
    own = folder / public.name
    own.mkdir(parents=True, exist_ok=True)
    return [_get(public, file, folder, own, source, replace, report) for file in public.files]


def held(public: PublicSet, folder: Path) -> list[Path]:
    """The files of a set that are here."""
    return [path for file in public.files if (path := folder / public.name / file.name).exists()]


def pinned(public: PublicSet, file: PublicFile, folder: Path) -> dict[str, Any]:
    """What is known of the first copy of a file: sha256, bytes, date, origin; empty where there was none."""
    return _pins(folder).get(f"{public.name}/{file.name}", {})


def _get(
    public: PublicSet, file: PublicFile, folder: Path, own: Path, source: Path | None, replace: bool, report: Report
) -> Got:
    target = own / file.name
    pin = {} if replace and not file.hashes else pinned(public, file, folder)
    right = file.hashes or ((f"sha256:{pin['sha256']}",) if pin else ())
    origin = "here before"
    if replace or not target.exists() or not _agrees(target, right):
        if source is not None:
            _copy(_found(source, file, right, public), target)
            origin = str(source)
        else:
            _fetch(file, own, target, right, public, pin, report)
            origin = file.address
    found = _digest(target, "sha256")
    checked = "publisher" if file.hashes else "pinned" if pin else "first"
    if checked == "first":
        size = target.stat().st_size
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        _pin(folder, f"{public.name}/{file.name}", {"sha256": found, "bytes": size, "date": today, "origin": origin})
    unpacked = tuple(_unpacked(target, file.unpack)) if file.unpack else ()
    return Got(target, target.stat().st_size, origin, checked, found, unpacked)


def _fetch(
    file: PublicFile, own: Path, target: Path, right: tuple[str, ...], public: PublicSet, pin: Any, report: Report
) -> None:
    try:
        import pooch
    except ImportError:
        mend = "Install it: pip install 'pedozone[data]'; or place the file by hand and give its folder with --from."
        raise ObservationError("pooch", "", "(not installed)", "the package that fetches files", mend) from None
    pooch.get_logger().setLevel("ERROR")
    incoming = own / ".incoming"
    transfer: Any = Transfer(own / f".{file.name}.part", report)
    try:
        came = Path(pooch.retrieve(file.address, None, fname=file.name, path=incoming, downloader=transfer))
        _refuse_damaged(came, file)
        if not _agrees(came, right):
            raise _other(came, file, right, public, pin)
        os.replace(came, target)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _found(source: Path, file: PublicFile, right: tuple[str, ...], public: PublicSet) -> Path:
    """The file in a folder: by its hash where that is known, whatever its name; else by its name."""
    if not source.is_dir():
        raise ObservationError(source, "--from", "(no such folder)", "a folder with the files", "Check the path.")
    inside = sorted(path for path in source.rglob("*") if path.is_file() and not path.name.startswith("."))
    names = {name.casefold() for name in (file.name, *file.also_named)}
    named = [path for path in inside if path.name.casefold() in names]
    others = [path for path in inside if path not in named and path.suffix == Path(file.name).suffix] if right else []
    for path in [*named, *others]:
        if _agrees(path, right):
            _refuse_damaged(path, file)
            return path
    if named:
        raise _other(named[0], file, right, public, {})
    wanted = " or ".join((file.name, *file.also_named))
    mend = f"Download it from {public.page} into this folder."
    raise ObservationError(source, "--from", f"(no {wanted} among {len(inside):,} files)", wanted, mend)


def _other(path: Path, file: PublicFile, right: tuple[str, ...], public: PublicSet, pin: Any) -> ObservationError:
    kind = right[0].split(":")[0]
    found = f"{kind}:{_digest(path, kind)}"
    if file.hashes:
        mend = f"It is damaged, or another version: see {public.page}."
        return ObservationError(file.name, "hash", found, " or ".join(right), mend)
    when = f" of {pin['date']}" if pin else ""
    mend = (
        f"The file has changed since the first copy{when}. If that is right, take it with --replace: it is pinned anew."
    )
    return ObservationError(file.name, "hash", found, f"{right[0]}, that of the first copy", mend)


def _refuse_damaged(path: Path, file: PublicFile) -> None:
    if file.name.endswith(".zip") and not zipfile.is_zipfile(path):
        mend = "It is damaged, or a web page in its place: try again, or download it by hand and use --from."
        raise ObservationError(path.name, "", "(no zip archive)", "a zip archive", mend)


def _unpacked(archive: Path, patterns: Iterable[str]) -> list[Path]:
    """Members of an archive, written beside it under their own names."""
    with zipfile.ZipFile(archive) as inside:
        members = [m for m in inside.infolist() if not m.is_dir()]
        taken = [m for m in members if any(fnmatch.fnmatch(PurePosixPath(m.filename).name, p) for p in patterns)]
        if not taken:
            mend = "The publisher has arranged it anew: unpack what you need by hand."
            names = ", ".join(m.filename for m in members[:8])
            raise ObservationError(archive, "contents", names, " and ".join(patterns), mend)
        found = []
        for member in taken:
            target = archive.parent / PurePosixPath(member.filename).name
            if not target.exists() or _checksum(target) != member.CRC:
                _whole(target, lambda stream, m=member: shutil.copyfileobj(inside.open(m), stream))
            found.append(target)
    return found


def _checksum(path: Path) -> int:
    """As archives keep it of their members."""
    found = 0
    with open(path, "rb") as stream:
        while piece := stream.read(1 << 20):
            found = zlib.crc32(piece, found)
    return found


def _copy(path: Path, target: Path) -> None:
    def write(stream: Any) -> None:
        with open(path, "rb") as given:
            shutil.copyfileobj(given, stream)

    _whole(target, write)


def _whole(target: Path, write: Any) -> None:
    """Write a file whole or not at all."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "xb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _agrees(path: Path, right: tuple[str, ...]) -> bool:
    return not right or any(_digest(path, kind) == digits for kind, digits in (h.split(":") for h in right))


def _digest(path: Path, kind: str) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, kind).hexdigest()


def _pins(folder: Path) -> dict[str, Any]:
    path = folder / PINS
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        mend = "Delete it: the copies that are here are then pinned anew."
        raise ObservationError(path, "", f"({error})", "the hashes of first copies", mend) from None
    return found


def _pin(folder: Path, key: str, pin: dict[str, Any]) -> None:
    text = json.dumps({**_pins(folder), key: pin}, indent=1, sort_keys=True) + "\n"
    _whole(folder / PINS, lambda stream: stream.write(text.encode()))
