"""Criterion that asks whether biotic or mineral properties control a layer's carbon."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources

import numpy as np

from pedozone.zones.context import Sensitivities, Years
from pedozone.zones.criterion import Criterion, Signal

TABLE = "control_groups.toml"
KINDS = ("biotic", "abiotic")


@functools.cache
def control_table() -> Mapping[str, Mapping[str, str]]:
    """The shipped table: ``groups`` and, against them, single ``parameters``, each biotic or abiotic."""
    text = resources.files("pedozone.zones").joinpath(TABLE).read_text(encoding="utf-8")
    return tomllib.loads(text)


def is_biotic(sensitivities: Sensitivities, table: Mapping[str, Mapping[str, str]] | None = None) -> np.ndarray:
    """Tell for each parameter whether organisms, rather than minerals and transport, stand behind it.

    Parameters
    ----------
    table : mapping, optional
        Of the form of the shipped one, which serves where none is given.

    Returns
    -------
    numpy.ndarray of bool [parameters]

    Raises
    ------
    ValueError
        If the table says nothing of a parameter nor of its group, or something else than biotic or abiotic.
    """
    table = control_table() if table is None else table
    groups, single = table.get("groups", {}), table.get("parameters", {})
    found = []
    for name, group in zip(sensitivities.names, sensitivities.groups, strict=True):
        kind = single.get(name, groups.get(group))
        if kind not in KINDS:
            said = f"says '{kind}' of" if kind is not None else "does not know"
            raise ValueError(
                f"{TABLE} {said} the parameter '{name}' (group '{group}'); allowed is {' or '.join(KINDS)}. Add the "
                "group to [groups] or the parameter to [parameters]."
            )
        found.append(kind == "biotic")
    return np.array(found, dtype=bool)


class Control(Criterion):
    """Who controls the stock: ``w = sum_bio (s sigma)^2 / sum_all (s sigma)^2``.

    s = d ln C(z)/d ln p, sigma = the prior standard deviation of ln p; both come from the caller, in
    `Years.sensitivities` (a run does not compute them unless asked).

    Parameters
    ----------
    table : mapping, optional
        Which parameters are biotic, in the form of the shipped table.
    """

    name = "control"
    summary = "biotic parameters explain half of the variance of a layer's carbon"

    def __init__(self, table: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.table = table

    def evaluate(self, years: Years) -> Signal | None:  # noqa: D102 (inherited)
        given = years.sensitivities
        if given is None:
            return None
        variance = given.response**2
        biotic = variance[is_biotic(given, self.table)].sum(axis=0)
        total = variance.sum(axis=0)
        with np.errstate(invalid="ignore"):
            w = np.where(total > 0.0, biotic / np.where(total > 0.0, total, 1.0), np.nan)
        w = np.broadcast_to(w, (w.shape[0], years.respiration.shape[1]))
        return Signal(years.position_at_centre, years.profile(w) - 0.5, 0.25)
