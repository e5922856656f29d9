"""The figures, one small group per module; importing this declares them."""

from __future__ import annotations

from pedozone.report.plots import (  # noqa: F401  (imported for their declarations)
    boundary,
    budget,
    climate,
    connectivity,
    fluxes,
    nitrogen,
    observed,
    profiles,
    radiocarbon,
    stocks,
    zones,
)
