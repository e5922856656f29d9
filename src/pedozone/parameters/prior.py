"""Prior distributions of parameters, read from strings such as ``lognormal(11.1, 2.0)``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PATTERN = re.compile(rf"\s*([a-z]+)\s*\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)\s*")

# Points of the mid-quantile rule behind the standard deviations: 1e-3 relative on these families.
_QUANTILES = 4001


class _Family(NamedTuple):
    """What a family needs to know: names of its arguments, checks and functions."""

    arguments: tuple[str, str]
    support: Callable[[float, float], tuple[float, float]]
    valid: Callable[[float, float], bool]
    requirement: str


_FAMILIES: dict[str, _Family] = {
    "uniform": _Family(("lower", "upper"), lambda a, b: (a, b), lambda a, b: a < b, "lower < upper"),
    "loguniform": _Family(("lower", "upper"), lambda a, b: (a, b), lambda a, b: 0 < a < b, "0 < lower < upper"),
    "normal": _Family(
        ("mean", "standard deviation"),
        lambda a, b: (-math.inf, math.inf),
        lambda a, b: b > 0,
        "standard deviation > 0",
    ),
    "lognormal": _Family(
        ("median", "geometric standard deviation"),
        lambda a, b: (0.0, math.inf),
        lambda a, b: a > 0 and b > 1,
        "median > 0 and geometric standard deviation > 1",
    ),
    "beta": _Family(("a", "b"), lambda a, b: (0.0, 1.0), lambda a, b: a > 0 and b > 0, "a > 0 and b > 0"),
}

FAMILIES = tuple(_FAMILIES)


@dataclass(frozen=True)
class Prior:
    """A univariate distribution, truncated to an interval and renormalised there.

    Parameters
    ----------
    family : {"uniform", "loguniform", "normal", "lognormal", "beta"}
        Kind of distribution.
    first, second : float
        Its two arguments: (lower, upper) of ``uniform`` and ``loguniform``; (mean, standard
        deviation) of ``normal``; (median, geometric standard deviation) of ``lognormal``;
        the two shapes of ``beta`` on 0 to 1.
    lower, upper : float
        Interval it is truncated to; the whole support by default.

    Raises
    ------
    ValueError
        Unknown family, arguments out of their range, or no probability inside the interval.

    Examples
    --------
    >>> Prior.parse("lognormal(2.0, 1.5)").median()
    2.0
    """

    family: str
    first: float
    second: float
    lower: float = -math.inf
    upper: float = math.inf

    def __post_init__(self) -> None:
        family = _FAMILIES.get(self.family)
        if family is None:
            raise ValueError(f"unknown prior '{self.family}': one of {', '.join(FAMILIES)}")
        if not family.valid(self.first, self.second):
            raise ValueError(f"{self} needs {family.requirement}")
        support = family.support(self.first, self.second)
        object.__setattr__(self, "lower", max(self.lower, support[0]))
        object.__setattr__(self, "upper", min(self.upper, support[1]))
        if not (self.lower < self.upper and self._reachable()):
            raise ValueError(f"{self} has no probability between {self.lower:g} and {self.upper:g}")

    def __str__(self) -> str:
        return f"{self.family}({self.first:g}, {self.second:g})"

    @classmethod
    def parse(cls, text: str) -> Prior:
        """Read a prior from ``family(first, second)``.

        Raises
        ------
        ValueError
            The text has another form, or its family or arguments are not possible.
        """
        found = _PATTERN.fullmatch(text)
        if found is None:
            forms = ", ".join(f"{name}({', '.join(family.arguments)})" for name, family in _FAMILIES.items())
            raise ValueError(f"'{text}' is not a prior; the forms are {forms}")
        return cls(found[1], float(found[2]), float(found[3]))

    def truncate(self, lower: float, upper: float) -> Prior:
        """The same distribution renormalised on `lower` to `upper`."""
        return replace(self, lower=max(self.lower, lower), upper=min(self.upper, upper))

    def cdf(self, value: ArrayLike) -> NDArray[np.float64]:
        """Cumulative probability at `value` (any shape)."""
        import numpy as np

        inside = np.clip(np.asarray(value, dtype=np.float64), self.lower, self.upper)
        below = self._raw_cdf(self.lower)
        return np.asarray((self._raw_cdf(inside) - below) / self._mass())

    def ppf(self, probability: ArrayLike) -> NDArray[np.float64]:
        """Quantile at `probability` (0 to 1, any shape); always inside the interval."""
        import numpy as np

        share = np.asarray(probability, dtype=np.float64)
        raw = self._raw_ppf(self._raw_cdf(self.lower) + share * self._mass())
        return np.asarray(np.clip(raw, self.lower, self.upper))

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...] | None = None) -> Any:
        """Draw from the prior: a float, or an array of shape `size`."""
        drawn = self.ppf(rng.random(size))
        return float(drawn) if size is None else drawn

    def logpdf(self, value: Any, namespace: Any = None) -> Any:
        """Natural logarithm of the density at `value`; minus infinity outside the interval.

        Parameters
        ----------
        value : array_like
            Points, any shape.
        namespace : module, optional
            Array module that computes it: numpy by default, ``jax.numpy`` to trace or to
            differentiate it.
        """
        if namespace is None:
            import numpy as namespace
        value = namespace.asarray(value)
        inside = (value >= self.lower) & (value <= self.upper)
        # The density is taken at a point inside even where it is not used: its gradient
        # would be NaN there otherwise.
        safe = namespace.where(inside, value, float(self.median()))
        density = self._raw_logpdf(safe, namespace) - math.log(self._mass())
        return namespace.where(inside, density, -math.inf)

    def median(self) -> float:
        """Median of the truncated distribution."""
        return float(self.ppf(0.5))

    def mean(self) -> float:
        """Mean of the truncated distribution (mid-quantile rule)."""
        return float(self._quantiles().mean())

    def standard_deviation(self) -> float:
        """Standard deviation of the truncated distribution (mid-quantile rule)."""
        return float(self._quantiles().std())

    def log_standard_deviation(self) -> float:
        """Standard deviation of ln|value|; NaN where the interval has zero in its inside."""
        import numpy as np

        if self.lower < 0.0 < self.upper:
            return math.nan
        return float(np.log(np.abs(self._quantiles())).std())

    def _quantiles(self) -> NDArray[np.float64]:
        import numpy as np

        return self.ppf((np.arange(_QUANTILES) + 0.5) / _QUANTILES)

    def _mass(self) -> float:
        return float(self._raw_cdf(self.upper) - self._raw_cdf(self.lower))

    def _reachable(self) -> bool:
        """Whether the interval holds probability that double precision can tell from none.

        Without scipy, whose import would slow down every load of a set.
        """
        if self.family not in ("normal", "lognormal"):
            return True
        location, scale = self._location_scale()
        ends = (self.lower, self.upper)
        if self.family == "lognormal":
            ends = tuple(math.log(end) if end > 0.0 else -math.inf for end in ends)
        return ends[0] < location + 8.0 * scale and ends[1] > location - 8.0 * scale

    def _location_scale(self) -> tuple[float, float]:
        """Mean and standard deviation of the underlying normal."""
        if self.family == "lognormal":
            return math.log(self.first), math.log(self.second)
        return self.first, self.second

    def _raw_cdf(self, value: ArrayLike) -> Any:
        import numpy as np
        from scipy import special

        first, second = self.first, self.second
        x = np.asarray(value, dtype=np.float64)
        if self.family == "uniform":
            return np.clip((x - first) / (second - first), 0.0, 1.0)
        if self.family == "beta":
            return special.betainc(first, second, np.clip(x, 0.0, 1.0))
        if self.family == "loguniform":
            inside = np.clip(x, first, second)
            return np.log(inside / first) / math.log(second / first)
        location, scale = self._location_scale()
        if self.family == "lognormal":
            with np.errstate(divide="ignore"):
                x = np.log(np.maximum(x, 0.0))
        return special.ndtr((x - location) / scale)

    def _raw_ppf(self, probability: Any) -> Any:
        import numpy as np
        from scipy import special

        first, second = self.first, self.second
        if self.family == "uniform":
            return first + probability * (second - first)
        if self.family == "beta":
            return special.betaincinv(first, second, probability)
        if self.family == "loguniform":
            return first * (second / first) ** probability
        location, scale = self._location_scale()
        normal = location + scale * special.ndtri(probability)
        return np.exp(normal) if self.family == "lognormal" else normal

    def _raw_logpdf(self, x: Any, xp: Any) -> Any:
        first, second = self.first, self.second
        if self.family == "uniform":
            return xp.zeros_like(x) - math.log(second - first)
        if self.family == "loguniform":
            return -xp.log(x) - math.log(math.log(second / first))
        if self.family == "beta":
            constant = math.lgamma(first + second) - math.lgamma(first) - math.lgamma(second)
            return constant + (first - 1.0) * xp.log(x) + (second - 1.0) * xp.log1p(-x)
        location, scale = self._location_scale()
        constant = -math.log(scale) - 0.5 * math.log(2.0 * math.pi)
        if self.family == "normal":
            return constant - 0.5 * ((x - location) / scale) ** 2
        logarithm = xp.log(x)
        return constant - logarithm - 0.5 * ((logarithm - location) / scale) ** 2
