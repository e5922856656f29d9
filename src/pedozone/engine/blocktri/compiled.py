"""Loading the compiled kernel and registering it with XLA."""

from __future__ import annotations

import ctypes
import functools
import logging
import os
from dataclasses import dataclass
from pathlib import Path

import jax
import jaxlib

LIBRARY = Path(__file__).with_name("libpedozone_kernel.so")
ISA_VARIABLE = "PEDOZONE_ISA"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kernel:
    """What is known of the compiled kernel.

    Parameters
    ----------
    available : bool
        Whether the kernel is registered and can be used.
    instruction_set : str
        ``baseline``, ``v3`` (AVX2), ``v4`` (AVX-512) or ``""``.
    reason : str
        Why it is not available, in a sentence with the mend.
    """

    available: bool
    instruction_set: str
    reason: str


def _ffi_version_of_jaxlib() -> tuple[int, int]:
    """Version of the FFI API that the running jaxlib was built with, from its own headers."""
    header = Path(jaxlib.__file__).parent / "include" / "xla" / "ffi" / "api" / "c_api.h"
    found = {"MAJOR": -1, "MINOR": -1}
    for line in header.read_text().splitlines():
        words = line.split()
        if len(words) == 3 and words[0] == "#define" and words[1].startswith("XLA_FFI_API_"):
            found[words[1].rsplit("_", 1)[1]] = int(words[2])
    return found["MAJOR"], found["MINOR"]


def _register(library: ctypes.CDLL, name: str) -> None:
    jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(getattr(library, name)), platform="cpu")


@functools.cache
def register(name: str) -> bool:
    """Register one more entry point of the compiled library with XLA, once.

    Parameters
    ----------
    name : str
        Symbol in the library and name of the FFI target.

    Returns
    -------
    bool
        False where the library is not available or has no such entry point.
    """
    if not kernel().available:
        return False
    library = ctypes.CDLL(str(LIBRARY))
    if not hasattr(library, name):
        return False
    _register(library, name)
    return True


@functools.cache
def kernel() -> Kernel:
    """Load and register the compiled kernel once; never raises."""
    if not LIBRARY.exists():
        return Kernel(
            False,
            "",
            "the C++ kernel was not built (no compiler at installation): using the JAX solver; "
            "install a C++ compiler and reinstall pedozone for speed",
        )
    try:
        library = ctypes.CDLL(str(LIBRARY))
        major, minor = _ffi_version_of_jaxlib()
        if library.pedozone_ffi_major() != major or library.pedozone_ffi_minor() > minor:
            return Kernel(
                False,
                "",
                "the C++ kernel was built for another jaxlib: using the JAX solver; reinstall pedozone to rebuild it",
            )
        wanted = os.environ.get(ISA_VARIABLE, "")
        if wanted and not library.pedozone_select(wanted.encode()):
            return Kernel(
                False,
                "",
                f"{ISA_VARIABLE}={wanted} is not supported by this processor: using the JAX solver",
            )
        for name in ("pedozone_step", "pedozone_solve", "pedozone_dense"):
            _register(library, name)
        library.pedozone_isa.restype = ctypes.c_char_p
        return Kernel(True, library.pedozone_isa().decode(), "")
    except OSError as error:
        return Kernel(False, "", f"the C++ kernel could not be loaded ({error}): using the JAX solver")
