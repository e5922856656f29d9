"""Draws of parameters from their priors, the same for every site that is compared."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pedozone.parameters.errors import ParameterError
from pedozone.parameters.parameter_set import ParameterSet

if TYPE_CHECKING:
    import numpy as np

_TRIES_PER_MEMBER = 200


@dataclass(frozen=True)
class Subject:
    """A parameter set, and the parameters in it that are not to be drawn.

    Parameters
    ----------
    parameters : ParameterSet
        With the values of the site put in.
    held : collection of str
        Parameters that the site gives itself: they keep their value in every member.
    """

    parameters: ParameterSet
    held: Collection[str] = ()

    @property
    def drawn(self) -> tuple[str, ...]:
        """Names of the parameters drawn: those that calibration may change and the site does not give."""
        return tuple(name for name in self.parameters.trainable() if name not in self.held)


@dataclass(frozen=True)
class Draws:
    """Members of an ensemble as probabilities, from which every subject takes its own values.

    Parameters
    ----------
    seed : int
        Of the random numbers.
    probability : dict of str to numpy.ndarray [members]
        By parameter; the quantile of the prior at it is the value.
    rejected : int
        Draws left out because values broke a joint range of a parameter set.
    """

    seed: int
    probability: dict[str, np.ndarray]
    rejected: int

    def values(self, subject: Subject) -> dict[str, np.ndarray]:
        """Values of the parameters that are drawn for a subject, each [members]."""
        return {name: subject.parameters[name].prior.ppf(self.probability[name]) for name in subject.drawn}


def draw(subjects: Sequence[Subject], members: int, seed: int) -> Draws:
    """Draw members from the priors, paired over the subjects.

    Every parameter has its own stream of random numbers, made from `seed` and its name. A member therefore stays the
    same when more members are asked for, or when another parameter is added, and subjects with the same prior get
    the same value. Members that break a joint range (`Constraint`) of any subject are replaced.

    Parameters
    ----------
    subjects : sequence of Subject
        One per site.
    members : int
        At least one.
    seed : int
        Zero or positive.

    Returns
    -------
    Draws

    Raises
    ------
    ValueError
        Fewer than one member, or a negative seed.
    ParameterError
        Joint ranges that the priors hardly ever meet.
    """
    import numpy as np

    if members < 1 or seed < 0:
        raise ValueError(f"an ensemble needs a member and a seed of 0 or more, not {members} and {seed}")
    names = sorted({name for subject in subjects for name in subject.drawn})
    streams = {name: np.random.default_rng([seed, zlib.crc32(name.encode())]) for name in names}
    kept: list[dict[str, float]] = []
    tried = 0
    while len(kept) < members:
        if tried >= _TRIES_PER_MEMBER * members:
            raise ParameterError(
                "parameter_set",
                subjects[0].parameters.name,
                "priors that can hold the set's joint ranges",
                f"Of {tried} draws only {len(kept)} did; narrow the priors.",
            )
        block = {name: stream.random(members) for name, stream in streams.items()}
        values = [Draws(seed, block, 0).values(subject) for subject in subjects]
        for k in range(members):
            if len(kept) == members:
                break
            tried += 1
            if all(_possible(s, {n: v[k] for n, v in own.items()}) for s, own in zip(subjects, values, strict=True)):
                kept.append({name: float(block[name][k]) for name in names})
    probability = {name: np.array([member[name] for member in kept]) for name in names}
    return Draws(seed, probability, tried - members)


def _possible(subject: Subject, values: Mapping[str, float]) -> bool:
    whole = {**subject.parameters.values(), **values}
    try:
        for constraint in subject.parameters.constraints:
            constraint.check(whole)
    except ParameterError:
        return False
    return True
