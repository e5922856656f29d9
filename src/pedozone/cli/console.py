"""What every verb shares: how much is said, and how failures are told."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from pedozone.config.errors import InputError
from pedozone.observations.errors import ObservationError

FAILED, BAD_INPUT, NO_NETWORK, INTERRUPTED = 1, 2, 3, 130

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        help="Say more; twice: everything.",
        metavar="",
        show_default=False,
    ),
]
SiteFile = Annotated[Path, typer.Argument(metavar="FILE", help="A site file (TOML).")]

_LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}


def set_up_logging(quiet: bool, verbose: int) -> None:
    """Send the package's log to stderr: warnings, or more or less as asked for."""
    logger = logging.getLogger("pedozone")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(_LEVELS.get(-1 if quiet else verbose, logging.DEBUG))


def tell(text: str) -> None:
    """Write a line to stderr, which leaves stdout to results."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def guarded(verbose: int = 0) -> Iterator[None]:
    """End with a message and an exit status, not with a traceback.

    Parameters
    ----------
    verbose : int
        From 1 on, failures other than bad input show their traceback.
    """
    try:
        yield
    except InputError as error:
        tell_input_error(error)
        raise typer.Exit(BAD_INPUT) from None
    except ObservationError as error:
        tell_input_error(InputError(error.file, error.field, error.value, error.allowed, error.mend))
        raise typer.Exit(BAD_INPUT) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        if verbose:
            raise
        tell(f"Error: {os_error_text(error)}")
        status = BAD_INPUT if error.errno in _NOT_WRITABLE else FAILED
        raise typer.Exit(status) from None
    except KeyboardInterrupt:
        tell("Interrupted.")
        raise typer.Exit(INTERRUPTED) from None


_NOT_WRITABLE = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENOENT,
    errno.EEXIST,
}


def tell_input_error(error: InputError) -> None:
    """Write each problem of an input to stderr."""
    problems = error.all()
    tell("\n".join(f"Error: {problem.message()}" for problem in problems))
    if len(problems) > 1:
        tell(f"{len(problems)} problems found.")


def os_error_text(error: OSError) -> str:
    """What went wrong with a file, where, and what to do."""
    said = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        if "disk full" not in said:
            said = "disk full; free some space or choose another folder"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and "writable" not in said:
        said = f"{said}; check the permissions or choose another place"
    where = os.fspath(error.filename) if isinstance(error.filename, str | os.PathLike) else ""
    return f"{where}: {said}" if where else said
