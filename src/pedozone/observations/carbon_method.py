"""How organic carbon was measured: what is known of it, and the correction that is offered."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from pedozone.observations.findings import Findings
from pedozone.observations.profiles import Profiles
from pedozone.observations.sieve import Sieve

WALKLEY_BLACK_FACTOR = 1.32
"""Total to recovered organic carbon, where 76 % of it is oxidised (Walkley and Black 1934,
doi:10.1097/00010694-193401000-00003). The recovery varies with soil and laboratory."""

_WET = re.compile(r"walk|w\s*[-&]?\s*b\b|dichromat|wet ?ox|wet comb|tinsley|tyurin|tiurin|anne\b", re.IGNORECASE)
_RECOVERED = re.compile(r"walk|w\s*[-&]?\s*b\b", re.IGNORECASE)
_LOSS = re.compile(r"loss[ -]on[ -]ignition|\bloi\b|ignition", re.IGNORECASE)
_PREDICTED = re.compile(r"predict|estimat|regression|spectroscop|spectra(l\b|\b)", re.IGNORECASE)
_UNKNOWN = "not reported"


def note_carbon_method(sieve: Sieve) -> None:
    """Report the methods by which organic carbon was measured; where none is given, keep the decade of sampling.

    Walkley and Black's method does not oxidise all carbon. It is flagged, and `walkley_black_corrected` corrects it
    on request; nothing is corrected here.
    """
    carbon = sieve.kept & ~np.isnan(sieve.number("soc_percent"))
    method = sieve.text("carbon_method").copy()
    unknown = carbon & (method == "")
    year = sieve.number("sampling_year")
    dated = unknown & ~np.isnan(year)
    if dated.any():
        decade = (year[dated] // 10 * 10).astype(int)
        method[dated] = [f"{_UNKNOWN}, {d}s" for d in decade]
        for each, size in zip(*np.unique(decade, return_counts=True), strict=True):
            said = f"{size:,} layers with organic carbon by a method that is not reported, sampled in the {each}s"
            if each < 1990:
                said += ": most likely wet oxidation, which recovers some three quarters of the carbon"
            sieve.about_all("assumed", "carbon_method", said, f"{_UNKNOWN}, {each}s")
    left = int((unknown & ~dated).sum())
    if left:
        said = f"{left:,} layers with organic carbon by a method that is not reported, in a year that is not reported"
        sieve.about_all("flagged", "carbon_method", said)
    sieve.put("carbon_method", method)
    given = carbon & ~unknown
    codes, uniques = pd.factorize(method[given])
    for word, size in zip(uniques, np.bincount(codes, minlength=len(uniques)), strict=True):
        said = _about(str(word))
        if said:
            sieve.about_all("flagged", "carbon_method", f"{size:,} layers by {word}: {said}", word)


def _about(method: str) -> str:
    if _RECOVERED.search(method):
        return (
            f"it recovers some 76 % of the carbon; a factor of {WALKLEY_BLACK_FACTOR} is offered "
            "(walkley_black_corrected) and has not been applied"
        )
    if _WET.search(method):
        return "wet oxidation may leave carbon unoxidised; nothing has been corrected"
    if _LOSS.search(method):
        return "loss on ignition is mass, not carbon, and includes water of clay; nothing has been corrected"
    return ""


def predicted(methods: np.ndarray) -> np.ndarray:
    """Which methods measure no carbon but predict it, from spectra or by a regression, [layers].

    Parameters
    ----------
    methods : array of str [layers]
        ``carbon_method`` of the layers. Infrared detectors and spectrophotometers measure.
    """
    codes, uniques = pd.factorize(methods)
    return np.array([*(bool(_PREDICTED.search(str(word))) for word in uniques), False], dtype=bool)[codes]


def measured(profiles: Profiles) -> tuple[Profiles, int]:
    """Profiles without the layers whose carbon is predicted, and the number of these layers.

    A profile of which no layer is left is left out, too.

    Parameters
    ----------
    profiles : Profiles
    """
    layer = profiles.layer
    out = predicted(layer["carbon_method"].to_numpy(dtype=object)) & layer["soc_percent"].notna().to_numpy()
    if not out.any():
        return profiles, 0
    kept = pd.DataFrame(layer[~out]).reset_index(drop=True)
    emptied = set(layer["profile_id"].to_numpy()[out]) - set(kept["profile_id"])
    names = [name for name in profiles.profile["profile_id"] if name not in emptied]
    return replace(profiles, layer=kept).of(names), int(out.sum())


def walkley_black_corrected(profiles: Profiles, factor: float = WALKLEY_BLACK_FACTOR) -> tuple[Profiles, Findings]:
    """Profiles with the organic carbon that Walkley and Black's method missed added.

    Parameters
    ----------
    profiles : Profiles
        Layers whose ``carbon_method`` names the method are corrected, once: the method then says so.
    factor : float
        Total to recovered organic carbon, 1 or more.

    Returns
    -------
    Profiles, Findings
        The findings name every layer corrected.

    Raises
    ------
    ValueError
        A factor below 1.
    """
    if not factor >= 1:
        raise ValueError(f"factor = {factor!r}: allowed is 1 or more; the method finds less carbon than there is")
    layer = profiles.layer.copy()
    codes, uniques = pd.factorize(layer["carbon_method"])
    named = np.array([bool(_RECOVERED.search(str(w))) and "corrected" not in str(w) for w in uniques] + [False])[codes]
    rows = named & layer["soc_percent"].notna().to_numpy()
    findings = Findings()
    findings.note(
        "converted",
        f"organic carbon by Walkley and Black times {factor:g}",
        file=layer["file"].to_numpy()[rows],
        row=layer["row"].to_numpy()[rows],
        table="layer",
        field="soc_percent",
        value=layer["soc_percent"].to_numpy()[rows],
    )
    layer.loc[rows, "soc_percent"] *= factor
    layer.loc[rows, "soc_percent_sd"] *= factor
    layer.loc[rows, "carbon_method"] = layer.loc[rows, "carbon_method"] + f", corrected by {factor:g}"
    return replace(profiles, layer=layer), findings
