"""What RothC is given, checked: topsoils, months, pools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pedozone.config.errors import InputError
from pedozone.models.rothc import Forcing, Soil
from pedozone.physics.rothc_modifiers import Deficits, farina_deficits, standard_deficits

Array = jax.Array

RANGES = {
    "temperature": (-60.0, 60.0, "degC"),
    "rain": (0.0, 5000.0, "mm month-1"),
    "evaporation": (-50.0, 1000.0, "mm month-1"),
    "covered": (0.0, 1.0, ""),
    "plant": (0.0, 100.0, "t C ha-1 month-1"),
    "manure": (0.0, 100.0, "t C ha-1 month-1"),
    "decomposable_ratio": (0.0, 100.0, ""),
    "modern": (0.0, 400.0, "% modern"),
    "clay": (0.0, 100.0, "%"),
    "depth": (1.0, 100.0, "cm"),
    "inert": (0.0, 1000.0, "t C ha-1"),
    "silt": (0.01, 100.0, "%"),
    "bulk_density": (0.3, 2.2, "g cm-3"),
    "organic_carbon": (0.01, 60.0, "%"),
    "moisture_minimum": (0.0, 0.99, ""),
}
"""Lowest and highest value of what RothC is given, with the unit."""


@dataclass(frozen=True, kw_only=True)
class Topsoil:
    """A topsoil as RothC sees it; every field a number or [sites].

    Parameters
    ----------
    clay : array_like
        %.
    depth : array_like
        cm.
    moisture : {"standard", "drier", "retention"}
        Where the moisture deficits come from: RothC-26.3's own (Rothamsted's option 1); a retention curve and a soil
        that may dry to 1000 bar (option 2); a retention curve and the standard limits (option 3), both by Farina et al.
        (2013), who need the fields that follow.
    bare_to_wilting : bool
        Whether bare soil may dry to the wilting point.
    silt, bulk_density, organic_carbon : array_like, optional
        %, g cm-3, %.
    moisture_minimum : array_like, optional
        Factor of moisture in the driest soil; that of RothC-26.3 unless given.
    """

    clay: Any
    depth: Any = 23.0
    moisture: str = "standard"
    bare_to_wilting: bool = False
    silt: Any = None
    bulk_density: Any = None
    organic_carbon: Any = None
    moisture_minimum: Any = None


def soil_of(topsoil: Topsoil, sites: int, parameters: dict[str, Array]) -> Soil:
    """The soil that the assembly takes; arrays [sites], checked."""
    clay = jnp.asarray(checked("clay", topsoil.clay, (sites,)))
    depth = jnp.asarray(checked("depth", topsoil.depth, (sites,)))
    least = topsoil.moisture_minimum
    minimum = checked(
        "moisture_minimum", parameters["rothc_moisture_minimum_standard"] if least is None else least, (sites,)
    )
    if topsoil.moisture == "standard":
        deficits = standard_deficits(clay, depth, parameters)
        if topsoil.bare_to_wilting:
            deficits = deficits._replace(bare=deficits.wilting)
    elif topsoil.moisture in ("drier", "retention"):
        given = {}
        for name in ("silt", "bulk_density", "organic_carbon"):
            value = getattr(topsoil, name)
            if value is None:
                raise InputError(
                    "<arguments>",
                    f"topsoil.{name}",
                    "(missing)",
                    "{:g} to {:g} {}".format(*RANGES[name]),
                    f"Moisture '{topsoil.moisture}' needs it.",
                )
            given[name] = jnp.asarray(checked(name, value, (sites,)))
        if float(jnp.min(clay)) < 0.01:
            raise InputError(
                "<arguments>", "topsoil.clay", float(jnp.min(clay)), "0.01 to 100 % with a retention curve",
                "Use moisture='standard' for soils without clay.",
            )  # fmt: skip
        both = np.asarray(clay + given["silt"])
        if float(both.max()) > 100.0:
            raise InputError(
                "<arguments>", "topsoil.silt", f"(with the clay {both.max():g} %)", "up to 100 % together",
                "Correct clay or silt.",
            )  # fmt: skip
        deficits = farina_deficits(
            clay,
            depth=depth,
            parameters=parameters,
            drier=topsoil.moisture == "drier",
            bare_to_wilting=topsoil.bare_to_wilting,
            **given,
        )
        if not (np.asarray(deficits.wilting) < np.asarray(deficits.onset)).all():
            raise InputError(
                "<arguments>", "topsoil", "(no water between 1 and 15 bar)", "a texture and density that soils have",
                "Check silt, bulk density and organic carbon, or use moisture='standard'.",
            )  # fmt: skip
    else:
        raise InputError(
            "<arguments>", "topsoil.moisture", topsoil.moisture, "'standard', 'drier' or 'retention'",
            "Choose one of them.",
        )  # fmt: skip
    whole = Deficits(*(jnp.broadcast_to(part, (sites,)) for part in deficits))
    return Soil(clay, whole, jnp.asarray(minimum))


def extent(forcing: Forcing, topsoil: Topsoil, inert: Any) -> tuple[int, int]:
    """Months and sites that the arrays amount to."""
    shapes = [np.shape(a) for a in forcing]
    columns = [np.shape(a) for a in (topsoil.clay, topsoil.depth, inert)]
    months = max((s[-2] for s in shapes if len(s) > 1), default=max((s[0] for s in shapes if len(s) == 1), default=0))
    sites = max((s[-1] for s in shapes if len(s) > 1), default=1)
    sites = max([sites, *(s[-1] for s in columns if s)])
    if months < 1 or sites < 1:
        raise InputError("<arguments>", "forcing", str(shapes), "arrays [months, sites]", "Give at least one month.")
    return months, sites


def monthly(forcing: Forcing, months: int, sites: int) -> Forcing:
    """The forcing in full, [months, sites], checked."""
    return Forcing(*(checked(name, value, (months, sites)) for name, value in forcing._asdict().items()))


def checked(name: str, value: Any, shape: tuple[int, ...]) -> np.ndarray:
    """The value as float64 of the shape, finite and in its range."""
    low, high, unit = RANGES[name]
    array = np.asarray(value, dtype=np.float64)
    if len(shape) == 2 and array.ndim == 1 and array.shape[0] == shape[0]:
        array = array[:, None]  # the same months at every site
    try:
        whole = np.broadcast_to(array, shape)
    except ValueError:
        allowed = f"something that fits {' x '.join(map(str, shape))}"
        raise InputError(
            "<arguments>", name, f"(shape {array.shape})", allowed, "Give arrays [months, sites]."
        ) from None
    if not (array.min() >= low and array.max() <= high):  # NaN fails too
        bad = ~((whole >= low) & (whole <= high))
        where = np.unravel_index(int(np.argmax(bad)), shape)
        axes = zip(("month", "site")[-len(shape) :], shape, where, strict=True)
        label = ", ".join(f"{axis} {k + 1}" for axis, size, k in axes if size > 1)
        raise InputError(
            "<arguments>",
            f"{name} ({label})" if label else name,
            float(whole[where]),
            f"{low:g} to {high:g} {unit}".strip(),
            "Correct the value.",
        )
    return whole


def pools_given(start: Any, sites: int) -> np.ndarray:
    """The four active pools to start from, [4, sites], checked."""
    array = np.asarray(start, dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    if array.shape not in ((4, 1), (4, sites)):
        raise InputError("<arguments>", "start", f"(shape {array.shape})", f"4 pools x {sites} sites", "Reshape it.")
    if not (array.min() >= 0.0 and np.isfinite(array).all()):
        raise InputError("<arguments>", "start", float(array.min()), "0 or more t C ha-1", "Correct the pools.")
    return np.broadcast_to(array, (4, sites))
