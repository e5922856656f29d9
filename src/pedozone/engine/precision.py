"""Float64 at the border of the package, without touching the user's JAX settings."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import jax
import jax.numpy as jnp


class PrecisionError(TypeError):
    """Raised when carbon would be computed in less than float64."""


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    """Enter float64 for this thread; usable as ``with`` block or as decorator.

    JAX keeps the setting per thread: enter it inside every thread or task that traces or runs the engine.
    """
    with jax.enable_x64(True):
        yield


def require_double(*arrays: jax.Array) -> None:
    """Raise :class:`PrecisionError` unless every array is float64.

    Raises
    ------
    PrecisionError
        If an array has another type, with the mend in the message.
    """
    for array in arrays:
        if jnp.asarray(array).dtype != jnp.float64:
            raise PrecisionError(
                f"pedozone's engine was given {jnp.asarray(array).dtype} arrays; carbon balances need float64. "
                "Call it through pedozone.simulate, or inside "
                "`with pedozone.engine.precision.double_precision():`."
            )
