"""Put a complete file under its final name, or none at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from pathlib import Path

# Room left beyond the file itself: directory entry, journal, other writers.
_SPARE_BYTES = 64 * 1024


def write_atomically(data: bytes | bytearray | memoryview, path: str | os.PathLike[str]) -> Path:
    """Write `data` to `path` so that the final name never holds a truncated file.

    The bytes go to a temporary name in the same folder, are flushed and synced to the disk, and
    only then take the final name. An interruption (Ctrl-C included), a full disk or any other
    error removes the temporary file and leaves what stood under the final name as it was.

    Parameters
    ----------
    data : bytes-like
        The whole content of the file.
    path : path-like
        Final name. Its folder must exist.

    Returns
    -------
    pathlib.Path
        The final name.

    Raises
    ------
    OSError
        With the file, the cause and what to do: folder missing or not writable, disk full.
    """
    target = Path(path)
    size = memoryview(data).nbytes
    folder = target.parent
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "folder does not exist; create it or choose another", str(folder))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder; name a file inside it instead", str(target))
    _require_space(folder, size, target)

    temporary = folder / f".{target.name}.{secrets.token_hex(6)}.part"
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except OSError as error:
        _discard(temporary)
        raise _explained(error, size, target) from error
    except BaseException:
        _discard(temporary)
        raise
    _sync_folder(folder)
    return target


def _discard(temporary: Path) -> None:
    # A failing clean-up must not hide the error that led to it.
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)


def _require_space(folder: Path, size: int, target: Path) -> None:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:  # some network file systems do not tell; the write itself will
        return
    if free < size + _SPARE_BYTES:
        raise _disk_full(size, free, target)


def _disk_full(size: int, free: int | None, target: Path) -> OSError:
    left = "" if free is None else f", {free / 1e6:.1f} MB free"
    message = (
        f"disk full: {size / 1e6:.1f} MB needed{left}; nothing was written. Free some space or choose another folder"
    )
    return OSError(errno.ENOSPC, message, str(target))


def _explained(error: OSError, size: int, target: Path) -> OSError:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return _disk_full(size, None, target)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return PermissionError(error.errno, "folder is not writable; choose another folder", str(target))
    if error.errno is None:
        return error
    return OSError(error.errno, error.strerror, str(target))


def _sync_folder(folder: Path) -> None:
    # The rename itself must reach the disk; where folders cannot be opened, nothing is lost by
    # leaving that to the system.
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
