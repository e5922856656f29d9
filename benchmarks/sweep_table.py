"""Rows of the sweep in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any


def grouped(cause: str) -> str:
    """A cause without its figures, so that like ones can be counted."""
    place = "organic slot" if "organic slot" in cause else "mineral layer"
    layer = re.search(r"mineral layer (\d+)", cause)
    if layer:
        place = "upper layers" if int(layer[1]) <= 10 else "middle layers" if int(layer[1]) <= 20 else "deep layers"
    for what in ("microbes died out", "swing by themselves", "from year to year", "carbon grew"):
        if what in cause:
            return f"{what}, {place}" if what != "carbon grew" else what
    pool = re.search(r"mostly in (\w+)", cause)
    return f"drifts in {pool[1]}, {place}" if pool else cause


def line(r: Mapping[str, Any]) -> str:
    """A row in words."""

    def some(counts: Mapping[str, int]) -> str:
        return ", ".join(f"{n} {name}" for name, n in counts.items())

    text = (
        f"{r['preset']} [{r['kind']}]: {some(r['status'])}; years {r['years'][0]:.0f}, {r['years'][1]:.0f}, "
        f"{r['years'][2]:.0f}; unphysical {len(r['unphysical'])}, starved {len(r['starved'])}; SOC {r['stock'][0]:.2g} "
        f"{r['stock'][1]:.3g} {r['stock'][2]:.3g}, densest {r['densest']:.0%}; boundary {some(r['boundary'])}"
    )
    if r["depth"]:
        text += " at " + " ".join(f"{100 * d:.0f}" for d in r["depth"]) + " cm"
    if r.get("grid"):
        text += (
            f"; twice the layers move it by {r['grid'][0]:.2f} {r['grid'][1]:.2f} {r['grid'][2]:.2f} cm, "
            f"{r['within_3_cm']} of {r['both_single']} within 3 cm"
        )
    text += f"; {r['ms_per_column']:.1f} ms a column"
    if any(r["finer"]):
        text += "; {} in steps of a week, {} of two days".format(*r["finer"])
    for name in ("causes", "unphysical", "starved"):
        counts = r[name] if isinstance(r[name], Mapping) else Counter(r[name])
        if counts:
            text += f"\n      {name}: {some(counts)}"
    return text
