"""What a run says about oscillations of its parameter set."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from pedozone.simulation.starting import Start

ADVICE = (
    "Raise mortality_exponent (2 damps, 1 rings) or decay_basal_fraction, or lower uptake_rate; until then read slow "
    "swings of stocks as the model's own, not as an answer to climate or land use."
)


def oscillation_attributes(start: Start, organic: int) -> dict[str, Any]:
    """Attributes of a dataset: the least damped oscillation about the steady state, and a note where it rings.

    They belong to the parameter set of the run, whose digest stands beside them.

    Parameters
    ----------
    organic : int
        Number of organic slots.
    """
    if start.ringing is None:
        return {"oscillation": json.dumps({})}
    lasting, period, cell = (float(row[0]) for row in (start.ringing.lasting, start.ringing.period, start.ringing.cell))
    rings = bool(start.ringing.rings[0])
    place = f"organic slot {int(cell) + 1}" if cell < organic else f"mineral layer {int(cell) - organic + 1}"
    found: dict[str, Any] = {
        "rings": rings,
        "left_after_a_period": lasting,
        "period_yr": period if np.isfinite(period) else None,
        "place": place if cell >= 0 else None,
    }
    if rings:
        found["warning"] = (
            f"The parameter set rings: in {place} a disturbance swings with a period of {period:.1f} years and "
            f"{min(lasting, 9.99):.0%} of it is left after each. {ADVICE}"
        )
    return {"oscillation": json.dumps(found)}
