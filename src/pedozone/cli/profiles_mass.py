"""Options for stocks above a soil mass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from pedozone.observations.errors import ObservationError

if TYPE_CHECKING:
    from pedozone.observations.survey_stocks import EqualMass

WORDS = {"fine-earth": "fine earth", "mineral": "minerals of the fine earth"}
OWNERS = {"mean": "the mean of all profiles", "lightest": "the lightest profile", "first": "the first survey"}
"""Whose masses --equal-mass-of means; other names are those of profiles."""

EqualMasses = Annotated[
    str, typer.Option("--equal-mass", metavar="KG,KG,...", help="Stocks above these masses of soil (kg m-2).")
]
MassesOf = Annotated[
    str,
    typer.Option(
        "--equal-mass-of",
        metavar="NAME",
        help="Stocks above the soil masses above --depths of a profile, or mean, lightest (of all).",
    ),
]
MassBasis = Annotated[
    str,
    typer.Option("--mass-basis", metavar="BASIS", help="Of soil masses: fine-earth, or mineral (no organic matter)."),
]


def stated(masses: str, of: str, basis: str) -> EqualMass | None:
    """The soil masses that are asked for; none where stocks go to depths.

    Raises
    ------
    ObservationError
    """
    from pedozone.observations.survey_stocks import EqualMass

    if masses and of:
        mend = "Leave one of them out."
        raise ObservationError("<command>", "--equal-mass-of", of, "--equal-mass or --equal-mass-of, not both", mend)
    if basis not in WORDS:
        raise ObservationError("<command>", "--mass-basis", basis, "one of " + ", ".join(WORDS), "Choose one of them.")
    if not masses:
        return EqualMass(of=of, basis=basis) if of else None
    try:
        found = tuple(float(part) for part in masses.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 < mass < float("inf") for mass in found) or len(set(found)) < len(found):
        allowed = "masses above 0 kg m-2, as 400,800; 10 cm of soil of 1.3 g cm-3 have 130"
        raise ObservationError("<command>", "--equal-mass", masses, allowed, "Give each once, with commas between.")
    return EqualMass(masses=found, basis=basis)


def refuse_options(given: Mapping[str, bool]) -> None:
    """Say which options mean nothing where stocks are those above a soil mass.

    Raises
    ------
    ObservationError
    """
    for option, meant in given.items():
        if meant:
            allowed = "for stocks to depths, not for those above a soil mass"
            raise ObservationError("<command>", option, "(given)", allowed, "Leave it or the soil mass out.")
