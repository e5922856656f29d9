"""Carbon that is predicted, not measured: said, and left out where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pedozone.observations.errors import ObservationError

if TYPE_CHECKING:
    from pedozone.observations.profiles import Profiles

Measured = Annotated[
    bool,
    typer.Option(
        "--measured", help="Leave out layers whose organic carbon is predicted, from spectra or by regression."
    ),
]


def sifted(observed: Profiles, only_measured: bool) -> tuple[Profiles, str]:
    """Profiles, without predicted carbon if so asked, and what is to be said of it; empty where there is none.

    Raises
    ------
    ObservationError
        Nothing is left.
    """
    from pedozone.observations.carbon_method import measured

    left, layers = measured(observed)
    if not layers:
        return observed, ""
    if only_measured:
        if not len(left):
            value = f"({layers:,} layers, all predicted)"
            mend = "Leave --measured out, or add profiles."
            raise ObservationError("<command>", "--measured", value, "layers with measured organic carbon", mend)
        return left, f"Organic carbon is predicted, not measured, in {layers:,} layers: left out (--measured)."
    known = int(observed.layer["soc_percent"].notna().to_numpy().sum())
    return observed, (
        f"Organic carbon is predicted, not measured, in {layers:,} of {known:,} layers with carbon "
        f"({_methods(observed)}); --measured leaves them out."
    )


def _methods(observed: Profiles) -> str:
    """How many layers each way of predicting has, the commonest first."""
    from collections import Counter

    from pedozone.observations.carbon_method import predicted

    method = observed.layer["carbon_method"].to_numpy(dtype=object)
    rows = predicted(method) & observed.layer["soc_percent"].notna().to_numpy()
    common = Counter(map(str, method[rows])).most_common()
    told = [f"{count:,} {words}" for words, count in common[:3]]
    return ", ".join([*told, *([f"{len(common) - 3} other ways"] if len(common) > 3 else [])])
