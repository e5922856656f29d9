"""The bucket's compiled kernel: whether it can serve, and the call."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.engine.blocktri.compiled import kernel, register
from pedozone.engine.blocktri.solver import SolverError

TARGET = "pedozone_bucket"
ADJOINT = "pedozone_bucket_adjoint"


def serves(backend: str, operands: tuple[jax.Array, ...]) -> bool:
    """Whether the kernel is to compute: float64 on the processor, in a library that has it.

    Parameters
    ----------
    backend : str
        ``"auto"``, ``"cpp"`` or ``"jax"``.
    operands : tuple of array
        See `run`.

    Raises
    ------
    ValueError
        If the backend is unknown.
    SolverError
        If ``"cpp"`` is asked for and cannot serve.
    """
    if backend not in ("auto", "cpp", "jax"):
        raise ValueError(f"unknown backend '{backend}'; choose auto, cpp or jax")
    if backend == "jax":
        return False
    double = jnp.result_type(*operands) == jnp.float64
    if double and jax.default_backend() == "cpu" and register(TARGET):
        return True
    if backend == "auto":
        return False
    if not kernel().available:
        raise SolverError(kernel().reason)
    if not register(TARGET):
        raise SolverError("the C++ kernel has no water balance; reinstall pedozone to rebuild it")
    raise SolverError("the C++ water balance needs float64 arrays on the processor")


def whole(operands: tuple[jax.Array, ...]) -> list[jax.Array]:
    """Give every operand its full shape and float64, which the kernel needs."""
    cells, batch = operands[0].shape
    shapes: list[tuple[int, ...]] = [(cells, batch)] * len(operands)
    shapes[1] = shapes[2] = (operands[1].shape[0], batch)
    shapes[4] = (batch,)
    pairs = zip(operands, shapes, strict=True)
    return [jnp.broadcast_to(operand.astype(jnp.float64), shape) for operand, shape in pairs]


def run(operands: tuple[jax.Array, ...], *, spells: int, **constants: float) -> Sequence[jax.Array]:
    """Run the kernel.

    Parameters
    ----------
    operands : tuple of array, float64
        Storage (n, B); precipitation and potential evapotranspiration (months, B); root share
        (n, B); transpiration fraction (B,); thickness, coarse, field capacity and wilting point
        (n, B). All of full shape.
    spells : int
        Spells in a month.
    **constants : float
        The constants of `pedozone.physics.water`, by the names that the entry point declares.

    Returns
    -------
    sequence of array
        Water content (months, n, B), flux through the faces (months, n + 1, B), water taken
        (months, n, B) and storage at the end (n, B).
    """
    (cells, batch), months = operands[0].shape, operands[1].shape[0]
    shapes = [(months, cells, batch), (months, cells + 1, batch), (months, cells, batch)]
    results = [jax.ShapeDtypeStruct(shape, jnp.float64) for shape in [*shapes, (cells, batch)]]
    call = jax.ffi.ffi_call(TARGET, results, vmap_method="sequential")
    attributes = {name: np.float64(value) for name, value in constants.items()}
    return call(*operands, spells=np.int32(spells), **attributes)


def adjoint(
    operands: tuple[jax.Array, ...],
    cotangents: Sequence[jax.Array],
    *,
    spells: int,
    **constants: float,
) -> Sequence[jax.Array]:
    """Carry cotangents of the results of `run` to its operands.

    Parameters
    ----------
    operands : tuple of array, float64
        Those of `run`.
    cotangents : sequence of array, float64
        One per result of `run`.
    spells, **constants
        As in `run`.

    Returns
    -------
    sequence of array
        One per operand.
    """
    results = [jax.ShapeDtypeStruct(operand.shape, jnp.float64) for operand in operands]
    call = jax.ffi.ffi_call(ADJOINT, results, vmap_method="sequential")
    attributes = {name: np.float64(value) for name, value in constants.items()}
    return call(*operands, *cotangents, spells=np.int32(spells), **attributes)
