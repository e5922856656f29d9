"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pedozone.config.errors import InputError

if TYPE_CHECKING:
    import xarray as xr


def read_run(file: Path) -> xr.Dataset:
    """Read the dataset of a run.

    Raises
    ------
    InputError
        The file is none that `pedozone run` wrote.
    OSError
        It cannot be read.
    """
    from pedozone.output import open_run

    try:
        return open_run(file)
    except ValueError:
        raise InputError(file, "", "(not a run)", "a run.nc", "Name the run.nc that 'pedozone run' wrote.") from None


def write_text(text: str, path: Path) -> None:
    """Write a text under its final name, whole or not at all.

    Raises
    ------
    InputError
        The folder does not exist or cannot be written to.
    OSError
        The disk is full.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(temporary, "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        _discard(temporary)
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise OSError(error.errno, "disk full; nothing was written", str(path)) from None
        raise _not_writable(path.parent, error) from None
    except BaseException:
        _discard(temporary)
        raise


def _discard(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)


def _not_writable(folder: Path, error: OSError) -> InputError:
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        mend = "Choose another folder, or move the file that has this name away."
        return InputError(folder, "", "(a file, or below a file)", "a folder that can be written to", mend)
    return InputError(
        folder,
        "",
        f"({error.strerror})",
        "a folder that can be written to",
        "Create it, correct its permissions, or choose another.",
    )


class Staging:
    """A hidden folder inside the output folder, from which finished files move to their names.

    Parameters
    ----------
    folder : pathlib.Path
        The output folder; created where it does not exist.

    Raises
    ------
    InputError
        The folder cannot be created or written to: found out before anything is computed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.published = False
        self._created = _missing(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.path = folder / f".unfinished-{os.getpid()}-{secrets.token_hex(4)}"
            self.path.mkdir()
            probe = self.path / "probe"
            probe.write_bytes(b"pedozone")
            probe.unlink()
        except OSError as error:
            self._remove_created()
            raise _not_writable(folder, error) from None

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def publish(self, names: Iterable[str]) -> None:
        """Give files their final names, after all of them have reached the disk."""
        names = list(names)
        for name in names:
            descriptor = os.open(self.path / name, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        for name in names:
            os.replace(self.path / name, self.folder / name)
        self.published = True
        self.discard()

    def discard(self) -> None:
        """Remove what is unfinished, and folders made for it that have stayed empty."""
        shutil.rmtree(getattr(self, "path", self.folder / ".unfinished"), ignore_errors=True)
        if not self.published:
            self._remove_created()

    def _remove_created(self) -> None:
        for folder in self._created:
            with contextlib.suppress(OSError):
                folder.rmdir()

    def final(self, error: OSError) -> OSError:
        """The same error, naming the final place in the stead of the hidden one."""
        name = error.filename
        if isinstance(name, str | os.PathLike):
            name = os.fspath(name).replace(os.fspath(self.path) + os.sep, os.fspath(self.folder) + os.sep)
            name = name.replace(os.fspath(self.path), os.fspath(self.folder))
        return OSError(error.errno, error.strerror or str(error), name)


def _missing(folder: Path) -> list[Path]:
    """Folders that making this one would make, the innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]
