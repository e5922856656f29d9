"""Sums of the run's ledger, and how well they close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

# What the engine promises over 1,000 years; see "Carbon budget" in the report.
CLOSES_BELOW = 1e-12

UNITS = {
    "radiocarbon": "kg m⁻² × F¹⁴C",
    "age": "kg yr m⁻²",
}


@dataclass(frozen=True)
class TracerBudget:
    """Budget of one tracer over the run, kg m-2 (age: kg yr m-2).

    `residual` is the sum over the years of what the ledger could not account for; `relative` is
    its size, and the size of the worst year, over initial stock plus cumulative input and gain by events.
    """

    tracer: str
    initial: float
    input: float
    respired: float
    leached: float
    decay: float
    event_gain: float
    event_loss: float
    final: float
    residual: float
    relative: float

    @property
    def unit(self) -> str:
        """Unit of the amounts."""
        return UNITS.get(self.tracer, "kg m⁻²")

    @property
    def closes(self) -> bool:
        """Whether the residual is rounding only."""
        return self.relative <= CLOSES_BELOW


def tracer_budgets(ds: xr.Dataset) -> list[TracerBudget]:
    """Add up the ledger of every tracer over the run; empty where there is no ledger."""
    if "budget_residual" not in ds.variables:
        return []
    budgets = []
    for name in ds["tracer"].values.astype(str):
        part = ds.sel(tracer=name)

        def total(variable: str, part: xr.Dataset = part) -> float:
            return float(part[variable].sum()) if variable in part.variables else 0.0

        initial = float(part["budget_initial"])
        residuals = part["budget_residual"].values
        scale = abs(initial) + abs(total("budget_input")) + abs(total("budget_event_gain"))
        worst = max(abs(float(residuals.sum())), float(np.abs(residuals).max(initial=0.0)))
        if scale > 0:
            relative = worst / scale
        else:
            relative = 0.0 if worst == 0 else float("inf")
        budgets.append(
            TracerBudget(
                tracer=str(name),
                initial=initial,
                input=total("budget_input"),
                respired=total("budget_respired"),
                leached=total("budget_leached"),
                decay=total("budget_decay"),
                event_gain=total("budget_event_gain"),
                event_loss=total("budget_event_loss"),
                final=initial + total("budget_change"),
                residual=float(residuals.sum()),
                relative=relative,
            )
        )
    return budgets
