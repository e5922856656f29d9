"""Turnover of active, slow and passive carbon in CENTURY; fine texture slows it and makes it more efficient."""

from __future__ import annotations

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Process

_TURNOVER = "decomposition"
_STABLE = "stabilisation"
_BREATH = "respiration of decomposers"


class CenturyTurnover(Process):
    """Active carbon decays at ``k (1 - 0.75 f)``, f being silt and clay, and respires ``0.85 - 0.68 f`` of it.

    The rest becomes slow and, a small part, passive; slow and passive carbon feed the active again.
    """

    name = "century_turnover"
    summary = "active, slow and passive carbon turn over; silt and clay protect the active"
    sources = ("Parton et al. 1987, doi:10.2136/sssaj1987.03615995005100050015x",)
    transfers = (
        Transfer("active", "slow", Kind.BIOTIC, _STABLE),
        Transfer("active", "passive", Kind.BIOTIC, _STABLE),
        Transfer("slow", "active", Kind.BIOTIC, _TURNOVER),
        Transfer("slow", "passive", Kind.BIOTIC, _STABLE),
        Transfer("passive", "active", Kind.BIOTIC, _TURNOVER),
    )
    losses = tuple(Loss(pool, "respired", Kind.BIOTIC, _BREATH) for pool in ("active", "slow", "passive"))
    parameters = (
        "active_decay_rate",
        "slow_decay_rate",
        "passive_decay_rate",
        "fines_protection",
        "active_respired_intercept",
        "active_respired_slope",
        "active_to_passive",
        "slow_to_active",
        "slow_to_passive",
        "passive_to_active",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        p, fines = parameters, environment.fines
        active = p["active_decay_rate"] * (1.0 - p["fines_protection"] * fines) * environment.activity
        slow = p["slow_decay_rate"] * environment.activity
        passive = p["passive_decay_rate"] * environment.activity
        respired = p["active_respired_intercept"] - p["active_respired_slope"] * fines
        to_slow = 1.0 - respired - p["active_to_passive"]
        return (
            active * to_slow,
            active * p["active_to_passive"],
            slow * p["slow_to_active"],
            slow * p["slow_to_passive"],
            passive * p["passive_to_active"],
            active * respired,
            slow * (1.0 - p["slow_to_active"] - p["slow_to_passive"]),
            passive * (1.0 - p["passive_to_active"]),
        )

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return prepared
