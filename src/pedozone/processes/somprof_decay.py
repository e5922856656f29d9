"""Decomposition in SOMPROF: five pools of the first order."""

from __future__ import annotations

from pedozone.engine.declarations import Kind, Loss, Transfer
from pedozone.engine.process import Process

_SOURCES = (
    "Braakhekke et al. 2011, doi:10.1016/j.ecolmodel.2011.02.008",
    "Braakhekke et al. 2013, doi:10.5194/bg-10-399-2013",
)
_PRODUCTS = (
    ("above_litter", "fragmented_litter"),
    ("fragmented_litter", "slow"),
    ("fragmented_litter", "leachable"),
    ("root_litter", "slow"),
    ("root_litter", "leachable"),
)
_POOLS = ("above_litter", "fragmented_litter", "root_litter", "slow", "leachable")


class SomprofDecay(Process):
    """Each pool decays at ``k f(T) g(W)``; a share goes to each product, the rest is respired.

    Litter from above becomes fragmented litter; this and root litter become slow organic matter, leachable or not,
    which is respired.
    """

    name = "somprof_decay"
    summary = "litter is fragmented, becomes slow organic matter, leachable or not, and is respired"
    sources = _SOURCES
    transfers = tuple(Transfer(donor, receiver, Kind.BIOTIC, "decomposition") for donor, receiver in _PRODUCTS)
    losses = tuple(Loss(pool, "respired", Kind.BIOTIC, "respiration of decomposers") for pool in _POOLS)
    parameters = (
        *(f"{pool}_decay_rate" for pool in _POOLS),
        "above_litter_to_fragmented",
        "fragmented_to_slow",
        "fragmented_to_leachable",
        "root_litter_to_slow",
        "root_litter_to_leachable",
    )

    def prepare(self, environment, parameters):  # noqa: D102 (inherited)
        p = parameters
        shares = {
            "above_litter": (p["above_litter_to_fragmented"],),
            "fragmented_litter": (p["fragmented_to_slow"], p["fragmented_to_leachable"]),
            "root_litter": (p["root_litter_to_slow"], p["root_litter_to_leachable"]),
            "slow": (),
            "leachable": (),
        }
        decay = {pool: p[f"{pool}_decay_rate"] * environment.activity for pool in _POOLS}
        passed = tuple(decay[pool] * share for pool in _POOLS for share in shares[pool])
        return (*passed, *(decay[pool] * (1.0 - sum(shares[pool])) for pool in _POOLS))

    def rates(self, state, prepared, parameters):  # noqa: D102 (inherited)
        return prepared
