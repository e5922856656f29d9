"""Change of stocks between two surveys, and the least change that they could have detected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, stats

CONFIDENCE = 0.95
POWER = 0.8


@dataclass(frozen=True)
class Change:
    """A mean change.

    Attributes
    ----------
    design : {"paired", "unpaired"}
    first_n, second_n : int
        Values of each survey; the same for pairs.
    first_mean, second_mean, mean : float
        Of the surveys, and of the change from the first to the second, in the unit of the values.
    standard_error, low, high : float
        Of the change; confidence interval.
    t, degrees_of_freedom, p : float
        Student's t for pairs, Welch's (1947, doi:10.1093/biomet/34.1-2.28) otherwise; two-sided.
    rank_p : float
        Of Wilcoxon's signed-rank test for pairs, of Mann and Whitney's otherwise: they assume no normal distribution.
    detectable : float
        Minimum detectable difference: the true change that would be found significant with the power asked for.
    confidence, power : float
    """

    design: str
    first_n: int
    second_n: int
    first_mean: float
    second_mean: float
    mean: float
    standard_error: float
    low: float
    high: float
    t: float
    degrees_of_freedom: float
    p: float
    rank_p: float
    detectable: float
    confidence: float
    power: float

    @property
    def significant(self) -> bool:
        """Whether the confidence interval leaves out zero."""
        return self.p < 1 - self.confidence


def detectable_difference(
    standard_error: float, degrees_of_freedom: float, *, confidence: float = CONFIDENCE, power: float = POWER
) -> float:
    """The true difference that a two-sided t test finds with a given probability.

    By the non-central t distribution (for soil carbon see Yanai et al. 2003, doi:10.2136/sssaj2003.1583); the usual
    product of the standard error and the sum of two quantiles of t comes close.

    Parameters
    ----------
    standard_error : float
        Of the mean difference.
    degrees_of_freedom : float
    confidence, power : float
        Between 0 and 1.
    """
    if not (standard_error > 0 and degrees_of_freedom > 0):
        return float("nan") if not standard_error == 0 else 0.0
    critical = float(stats.t.ppf((1 + confidence) / 2, degrees_of_freedom))

    def short(shift: float) -> float:
        found = float(stats.nct.sf(critical, degrees_of_freedom, shift))
        # The other tail; where it is far away it is nothing, though scipy may call it NaN.
        return found + float(np.nan_to_num(stats.nct.cdf(-critical, degrees_of_freedom, shift))) - power

    if power <= 1 - confidence:
        return 0.0
    upper = critical + 1.0
    while short(upper) < 0:
        upper += 0.5
    root: Any = optimize.brentq(short, 0.0, upper)
    return float(root) * standard_error


def samples_needed(
    difference: float, sd: float, *, paired: bool = False, confidence: float = CONFIDENCE, power: float = POWER
) -> int:
    """Samples a survey needs to detect a difference.

    Parameters
    ----------
    difference : float
        The true difference.
    sd : float
        Standard deviation within a survey; of the differences for pairs.
    paired : bool

    Returns
    -------
    int
        Of each survey; pairs for pairs.

    Raises
    ------
    ValueError
        No difference, or a standard deviation that is not above zero.
    """
    if not (difference != 0 and sd > 0):
        raise ValueError("a difference other than zero and a standard deviation above zero are needed")

    def enough(n: int) -> bool:
        error = sd * np.sqrt((1 if paired else 2) / n)
        freedom = n - 1 if paired else 2 * n - 2
        return detectable_difference(error, freedom, confidence=confidence, power=power) <= abs(difference)

    most = 2
    while not enough(most):
        most *= 2
    least = most // 2
    while most - least > 1:
        middle = (most + least) // 2
        least, most = (least, middle) if enough(middle) else (middle, most)
    return max(most, 2)


def paired(first: np.ndarray, second: np.ndarray, *, confidence: float = CONFIDENCE, power: float = POWER) -> Change:
    """Change at places sampled twice.

    Parameters
    ----------
    first, second : array [places]
        Values of both surveys at the same places; places where one is NaN are left out.

    Raises
    ------
    ValueError
        Arrays of different lengths, or fewer than two pairs.
    """
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.shape != two.shape:
        raise ValueError(f"pairs need as many values in both surveys: {one.shape} and {two.shape}")
    known = np.isfinite(one) & np.isfinite(two)
    one, two = one[known], two[known]
    if len(one) < 2:
        raise ValueError(f"{len(one)} complete pairs: two are the least")
    difference = two - one
    error = difference.std(ddof=1) / np.sqrt(len(one))
    rank: Any = stats.wilcoxon(difference) if (difference != 0).any() else None
    ranked = 1.0 if rank is None else rank.pvalue
    return _change("paired", one, two, error, len(one) - 1, ranked, confidence, power)


def unpaired(first: np.ndarray, second: np.ndarray, *, confidence: float = CONFIDENCE, power: float = POWER) -> Change:
    """Change between surveys of different places, by Welch's test.

    Parameters
    ----------
    first, second : array
        Values; NaN is left out.

    Raises
    ------
    ValueError
        Fewer than two values in a survey.
    """
    one, two = (np.asarray(part, dtype=float) for part in (first, second))
    one, two = one[np.isfinite(one)], two[np.isfinite(two)]
    if min(len(one), len(two)) < 2:
        raise ValueError(f"{len(one)} and {len(two)} values: two are the least")
    parts = one.var(ddof=1) / len(one), two.var(ddof=1) / len(two)
    error = np.sqrt(sum(parts))
    below = parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(two) - 1)
    freedom = sum(parts) ** 2 / below if below > 0 else len(one) + len(two) - 2
    rank = stats.mannwhitneyu(one, two).pvalue
    return _change("unpaired", one, two, error, freedom, rank, confidence, power)


def _change(
    design: str,
    one: np.ndarray,
    two: np.ndarray,
    error: float,
    freedom: float,
    rank: float,
    confidence: float,
    power: float,
) -> Change:
    mean = two.mean() - one.mean()
    t = mean / error if error > 0 else np.copysign(np.inf, mean) if mean != 0 else 0.0
    margin = stats.t.ppf((1 + confidence) / 2, freedom) * error
    return Change(
        design=design,
        first_n=len(one),
        second_n=len(two),
        first_mean=float(one.mean()),
        second_mean=float(two.mean()),
        mean=float(mean),
        standard_error=float(error),
        low=float(mean - margin),
        high=float(mean + margin),
        t=float(t),
        degrees_of_freedom=float(freedom),
        p=float(2 * stats.t.sf(abs(t), freedom)),
        rank_p=float(rank),
        detectable=detectable_difference(float(error), float(freedom), confidence=confidence, power=power),
        confidence=confidence,
        power=power,
    )
