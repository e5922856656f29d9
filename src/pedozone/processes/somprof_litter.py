"""Litter of SOMPROF: on top of the organic layer, and from roots."""

from __future__ import annotations

from pedozone.engine.declarations import Input
from pedozone.engine.process import Process


class SomprofLitter(Process):
    """Litter from above falls on the L horizon; root litter enters the F and H horizons and the mineral soil."""

    name = "somprof_litter"
    summary = "litter from above falls on the organic layer, root litter enters by depth"
    sources = ("Braakhekke et al. 2011, doi:10.1016/j.ecolmodel.2011.02.008",)
    inputs = (Input("above_litter", "leaf"), Input("root_litter", "root"))

    def supply(self, environment, parameters):  # noqa: D102 (inherited)
        return (
            environment.above_litter * environment.above_share,
            environment.root_litter * environment.root_share,
        )
