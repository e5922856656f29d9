"""The carbon budget of the run as a staircase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pedozone.report import style
from pedozone.report.ledger import tracer_budgets
from pedozone.report.numbers import T_HA_PER_KG_M2, fixed
from pedozone.report.registry import report_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

_NEEDS = (
    "budget_initial",
    "budget_input",
    "budget_respired",
    "budget_leached",
    "budget_change",
    "budget_residual",
)


@report_figure(
    "carbon_budget",
    title="Carbon budget of the run",
    section="budget",
    needs=_NEEDS,
    caption="Modelled carbon in the whole column (organic layer included): what was there, what "
    "came in, what left, and what is there now.",
    applies=lambda ds: "carbon" in ds["tracer"].values.astype(str),
)
def carbon_budget(ds: xr.Dataset) -> Figure:
    """Initial stock, inputs, CO2, leaching, events where there are any, and final stock, t C/ha."""
    carbon = next(b for b in tracer_budgets(ds) if b.tracer == "carbon")
    factor = T_HA_PER_KG_M2
    steps = [("start", 0.0, carbon.initial, "#9aa5ae", fixed(carbon.initial * factor))]
    level = carbon.initial
    for name, sign, size, colour in (
        ("plant\ninput", "+", carbon.input, "#7fa63c"),
        ("brought\nby\nevents", "+", carbon.event_gain, "#b8a13a"),
        ("CO₂", "−", carbon.respired, "#d55e00"),
        ("leached", "−", carbon.leached, "#0072b2"),
        ("taken\nby\nevents", "−", carbon.event_loss, "#8a4f7d"),
    ):
        if "events" in name and not size:
            continue
        after = level + size if sign == "+" else level - size
        steps.append((name, min(level, after), size, colour, sign + fixed(size * factor)))
        level = after
    steps.append(("end", 0.0, carbon.final, "#4a545c", fixed(carbon.final * factor)))
    figure, axes = style.new_figure("Carbon budget of the run", height=3.0, bottom=0.42)
    ax = axes[0, 0]
    ax.grid(False, axis="x")
    tallest = max(base + size for _, base, size, _, _ in steps) * factor
    for place, (_, base, size, colour, text) in enumerate(steps):
        ax.bar(place, size * factor, bottom=base * factor, color=colour, width=0.62)
        ax.text(
            place,
            (base + size) * factor + 0.015 * tallest,
            text,
            ha="center",
            va="bottom",
            fontsize=8,
        )
    ax.set_ylim(0, 1.1 * tallest)
    ax.set_xticks(range(len(steps)), [name for name, *_ in steps])
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel("t C ha⁻¹")
    return figure
