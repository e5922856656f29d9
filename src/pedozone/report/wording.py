"""Plain words for what the dataset says in keywords."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """A keyword in a few words, and what follows from it."""

    short: str
    meaning: str


STATUS_WORDS = {
    "one": Words("one boundary", "the zones meet at one depth"),
    "many": Words(
        "several crossings, deepest shown",
        "the profile changes from one zone to the other more than once; the deepest change counts",
    ),
    "all_vegetation": Words(
        "vegetation zone down to the base",
        "everywhere in the column dissolved carbon is more likely than not to be respired in time; "
        "the boundary would lie below the column",
    ),
    "no_vegetation": Words(
        "no vegetation zone",
        "nowhere in the soil is dissolved carbon more likely than not to be respired in "
        "time; the boundary has risen to the surface and the whole profile counts as mineral zone",
    ),
    "not_defined": Words("not defined", "a run by itself cannot answer this criterion"),
}

_OF_OTHER_CRITERIA = {
    "all_vegetation": "the whole column lies on the vegetation zone's side of this criterion",
    "no_vegetation": "nothing of the soil lies on the vegetation zone's side of this criterion",
}


SPINUP_WORDS = {
    "converged": Words(
        "The start is a steady state.",
        "The state repeats itself every year to within the tolerance, so changes in the run come "
        "from the history and not from the start.",
    ),
    "none": Words(
        "The start needed no steady state: the soil was grown from its parent material.",
        "It need not be in balance; changes in the run go on from its development.",
    ),
    "slow front": Words(
        "The start is not fully steady: a slow front still moves through the profile.",
        "Near-surface results are safe; treat deep carbon (below about 1 m) and its age with care. "
        'Consider start = "pedogenesis", which gives the soil its real age instead.',
    ),
    "no steady state": Words(
        "No steady state was found for this site and these inputs.",
        "The start is the last state reached, and trends in the run may be its drift. Check plant "
        'inputs, texture and parameters, or use start = "pedogenesis" or "measured".',
    ),
    "not alive": Words(
        "In part of the profile the microbes died out during the spin-up.",
        "Carbon there cannot be decomposed and the stocks mean little. Check water (too dry, too "
        "wet), temperature and carbon inputs by depth, and run again.",
    ),
}

START_WORDS = {
    "steady": "steady state of the first land cover",
    "pedogenesis": "soil development from bare parent material",
    "measured": "measured profile (spun-up pools scaled to the measured SOC in each layer)",
}

STATUS_OF_PARAMETER = {
    "cited": "published value",
    "recalled": "from the literature, to be checked",
    "calibrated": "fitted",
    "convention": "convention",
}


def status_words(status: str, criterion: str = "dom_fate") -> Words:
    """Words for a boundary status by a criterion, the status itself where it is a plug-in's own."""
    words = STATUS_WORDS.get(status, Words(status.replace("_", " "), ""))
    if criterion == "dom_fate":
        return words
    return words._replace(meaning=_OF_OTHER_CRITERIA.get(status, words.meaning))
