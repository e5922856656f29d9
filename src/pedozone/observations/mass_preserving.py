r"""The mass-preserving spline: exact layer means, nowhere below its lower limit, the smoothest that can be so.

Among all curves *f* that have the means *m* of the layers and stay at or above zero, the one with the least
:math:`\int f'^2`. It is the limit of the smoothing spline of Bishop et al. (1999,
doi:10.1016/S0016-7061(99)00003-8; the histospline of Boneva et al. 1971, doi:10.1111/j.2517-6161.1971.tb00855.x) as
its :math:`\lambda` goes to zero, where that limit is nowhere negative.

With the values *a* and *b* at a layer's limits given, the best curve inside the layer is known in closed form. Let *t*
run from 0 to 1 through a layer of thickness *h*. Where :math:`m \ge (a - \sqrt{ab} + b) / 3` it is the parabola

.. math:: f = a + (b - a) t + 6 (m - (a + b)/2)\, t (1 - t), \qquad
          \int f'^2 = \frac{(b - a)^2 + 12 (m - (a + b)/2)^2}{h},

and otherwise, since this parabola would dip below zero, two half-parabolas with zero between them,

.. math:: f = a (1 - t/s)^2,\quad 0,\quad b (1 - (1 - t)/r)^2, \qquad
          \int f'^2 = \frac{4 (a^{3/2} + b^{3/2})^2}{9 m h},

with :math:`s = q \sqrt a`, :math:`r = q \sqrt b`, :math:`q = 3 m / (a^{3/2} + b^{3/2})`. In a gap it is a straight
line. Where organic material gives way to mineral soil the curve may jump: each side is smooth by itself. What remains
is a convex problem in the values at the limits alone, tridiagonal, solved by Newton's method for all profiles at once.
Means and sign are exact whatever the solver does; it decides on smoothness only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from pedozone.observations.stacks import Stack, segment_at

Ends = Literal["sloping", "flat"]
ENDS: tuple[Ends, ...] = ("sloping", "flat")

_STEPS = 80
_SETTLED = 1e-13
_KEPT = 0.05  # share of a value that one Newton step leaves at least


@dataclass(frozen=True)
class Spline:
    """Curves through profiles.

    Parameters
    ----------
    stack : Stack
        The profiles, means counted from `lower`, cut where organic and mineral soil meet.
    values : array [profiles, segments + 1]
        The curve at the nodes, counted from `lower`.
    lower : float
        What means and values count from.
    bounded : bool
        Whether the curve stays at or above `lower`.
    """

    stack: Stack
    values: np.ndarray
    lower: float
    bounded: bool

    def rows(self, chosen: Any) -> Spline:
        """Some of the profiles."""
        return replace(self, stack=self.stack.rows(chosen), values=self.values[chosen])

    def integral(self, edges: np.ndarray) -> np.ndarray:
        """From the top of each profile down to depths (value times cm), [profiles, depths].

        Depths beyond a profile count as its ends.
        """
        edges = np.asarray(edges, dtype=float)
        stack = self.stack
        layer, thick = stack.layer, stack.thickness
        a, b = self.values[:, :-1], self.values[:, 1:]
        mean = np.where(layer, stack.mean, (a + b) / 2)
        sums = np.concatenate([np.zeros((len(stack), 1)), np.cumsum(mean * thick, axis=1)], axis=1)
        depth = np.clip(edges, stack.nodes[:, :1], np.where(stack.last > 0, stack.bottom, stack.nodes[:, 0])[:, None])
        place = segment_at(stack.nodes, edges)
        a, b, mean, thick, layer, upper = (
            np.take_along_axis(part, place, axis=1) for part in (a, b, mean, thick, layer, stack.nodes[:, :-1])
        )
        t = np.clip((depth - upper) / thick, 0.0, 1.0)
        inside = thick * _integral_within(a, b, mean, layer & self.bounded, t)
        total = np.take_along_axis(sums, np.minimum(place, stack.last[:, None]), axis=1)
        total = total + np.where(place < stack.last[:, None], inside, 0.0)
        return total + self.lower * (depth - stack.nodes[:, :1])

    def at(self, depths: np.ndarray) -> np.ndarray:
        """The curve at depths, [profiles, depths]; NaN beyond the profile."""
        depths = np.asarray(depths, dtype=float)
        stack = self.stack
        place = segment_at(stack.nodes, depths)
        layer = np.take_along_axis(stack.layer, place, axis=1)
        a, b = (np.take_along_axis(part, place, axis=1) for part in (self.values[:, :-1], self.values[:, 1:]))
        mean = np.where(layer, np.take_along_axis(stack.mean, place, axis=1), (a + b) / 2)
        t = (depths - np.take_along_axis(stack.nodes, place, axis=1)) / np.take_along_axis(
            stack.thickness, place, axis=1
        )
        with np.errstate(invalid="ignore"):
            outside = (depths < stack.top[:, None]) | (depths > stack.bottom[:, None]) | (stack.last == 0)[:, None]
        touching, q = _touching(a, b, mean, layer & self.bounded)
        left = 1 - _ratio(t, q * np.sqrt(np.maximum(a, 0)))
        right = 1 - _ratio(1 - t, q * np.sqrt(np.maximum(b, 0)))
        touched = a * np.maximum(left, 0) ** 2 + b * np.maximum(right, 0) ** 2
        smooth = a + (b - a) * t + 6 * (mean - (a + b) / 2) * t * (1 - t)
        # A parabola that only just touches zero may miss it by a rounding error.
        value = np.where(touching, touched, np.maximum(smooth, 0.0) if self.bounded else smooth)
        return np.where(outside, np.nan, value + self.lower)

    def roughness(self) -> np.ndarray:
        """The integral of the squared slope over each profile, [profiles]; of bounded curves only."""
        flat = _problem(self.stack, np.ones(len(self.stack)), np.zeros_like(self.values))
        return _energy(self.values, flat).sum(axis=1)


@dataclass(frozen=True)
class _Problem:
    """Means, thicknesses and end slopes in units in which all are about one."""

    mean: np.ndarray
    thick: np.ndarray
    layer: np.ndarray
    pull: np.ndarray  # twice the slope asked for at the ends of pieces, with its sign, [profiles, nodes]

    def rows(self, chosen: np.ndarray) -> _Problem:
        return _Problem(self.mean[chosen], self.thick[chosen], self.layer[chosen], self.pull[chosen])


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part of a whole that may be zero: then beyond it."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.where(part > 0, np.inf, 1.0))


def _touching(a: np.ndarray, b: np.ndarray, mean: np.ndarray, layer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the parabola would dip below zero, and q there."""
    a, b = np.maximum(a, 0), np.maximum(b, 0)
    touching = layer & (3 * mean < a - np.sqrt(a * b) + b)
    power = a**1.5 + b**1.5
    return touching, np.where(touching, 3 * mean, 0.0) / np.where(power > 0, power, 1.0)


def _integral_within(a: np.ndarray, b: np.ndarray, mean: np.ndarray, layer: np.ndarray, t: np.ndarray) -> np.ndarray:
    smooth = a * t + (b - a) * t**2 / 2 + 6 * (mean - (a + b) / 2) * (t**2 / 2 - t**3 / 3)
    touching, q = _touching(a, b, mean, layer)
    s, r = q * np.sqrt(np.maximum(a, 0)), q * np.sqrt(np.maximum(b, 0))
    left = a * s / 3 * (1 - np.maximum(1 - _ratio(t, s), 0) ** 3)
    right = b * r / 3 * np.maximum(1 - _ratio(1 - t, r), 0) ** 3
    return np.where(touching, left + right, smooth)


def _energy(x: np.ndarray, p: _Problem) -> np.ndarray:
    """Of each segment, [profiles, segments], without the pull of the ends."""
    a, b = x[:, :-1], x[:, 1:]
    touching, _ = _touching(a, b, p.mean, p.layer)
    away = np.where(p.layer, p.mean - (a + b) / 2, 0.0)
    energy = ((b - a) ** 2 + 12 * away**2) / p.thick
    power = np.maximum(a, 0) ** 1.5 + np.maximum(b, 0) ** 1.5
    return np.where(touching, 4 * power**2 / (9 * np.where(touching & (p.mean > 0), p.mean, 1.0) * p.thick), energy)


def _parabolas(x: np.ndarray, p: _Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient, diagonal and off-diagonal of the Hessian, where no parabola dips below zero."""
    return _gathered(p, *_segments(x, p))


def _slopes(x: np.ndarray, p: _Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient, diagonal and off-diagonal of the Hessian."""
    ga, gb, haa, hab, hbb = _segments(x, p)
    a, b = x[:, :-1], x[:, 1:]
    touching, _ = _touching(a, b, p.mean, p.layer)
    factor = 4 / (3 * np.where(touching & (p.mean > 0), p.mean, 1.0) * p.thick)
    ra, rb = np.sqrt(np.maximum(a, 1e-300)), np.sqrt(np.maximum(b, 1e-300))
    power = ra**3 + rb**3
    ga = np.where(touching, factor * power * ra, ga)
    gb = np.where(touching, factor * power * rb, gb)
    haa = np.where(touching, factor * (1.5 * a + power / (2 * ra)), haa)
    hbb = np.where(touching, factor * (1.5 * b + power / (2 * rb)), hbb)
    hab = np.where(touching, factor * 1.5 * ra * rb, hab)
    return _gathered(p, ga, gb, haa, hab, hbb)


def _segments(x: np.ndarray, p: _Problem) -> tuple[np.ndarray, ...]:
    """Derivatives of the energy of each parabola by its two ends: ga, gb, haa, hab, hbb."""
    a, b = x[:, :-1], x[:, 1:]
    away = np.where(p.layer, p.mean - (a + b) / 2, 0.0)
    bend = np.where(p.layer, 3.0, 0.0)
    own = (2 + 2 * bend) / p.thick
    return (-2 * (b - a) - 12 * away) / p.thick, (2 * (b - a) - 12 * away) / p.thick, own, (2 * bend - 2) / p.thick, own


def _gathered(
    p: _Problem, ga: np.ndarray, gb: np.ndarray, haa: np.ndarray, hab: np.ndarray, hbb: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    gradient = p.pull.copy()
    gradient[:, :-1] += ga
    gradient[:, 1:] += gb
    diagonal = np.zeros_like(gradient)
    diagonal[:, :-1] += haa
    diagonal[:, 1:] += hbb
    return gradient, diagonal, hab


def solve_tridiagonal(diagonal: np.ndarray, beside: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Symmetric positive definite tridiagonal systems, one a row."""
    pivot, x = diagonal.copy(), right.copy()
    for k in range(1, diagonal.shape[1]):
        share = beside[:, k - 1] / pivot[:, k - 1]
        pivot[:, k] -= share * beside[:, k - 1]
        x[:, k] -= share * x[:, k - 1]
    x[:, -1] /= pivot[:, -1]
    for k in range(diagonal.shape[1] - 2, -1, -1):
        x[:, k] = (x[:, k] - beside[:, k] * x[:, k + 1]) / pivot[:, k]
    return x


def _outer_slopes(stack: Stack) -> np.ndarray:
    """Twice the slope asked for at the upper and lower end of each piece (per cm), with its sign, [profiles, nodes].

    It is that between the middles of the two outermost layers of the piece; none is asked for at a cut within a gap.
    """
    rows = np.arange(len(stack))
    layer, cut = stack.layer, stack.thickness == 0
    middle = (stack.nodes[:, :-1] + stack.nodes[:, 1:]) / 2
    pull = np.zeros_like(stack.nodes)
    count = layer.shape[1]
    for way, sign in ((range(count), -1), (range(count - 1, -1, -1), 1)):
        # Along a profile: the layer passed last in this piece, and the one before it, -1 for none.
        one, two = np.full((2, len(stack)), -1)
        for k in way:
            one, two = np.where(layer[:, k], k, one), np.where(layer[:, k], one, two)
            node = k + 1 if sign < 0 else k
            after = k - sign
            beyond = (node == stack.last) | (cut[:, after] if 0 <= after < count else True)
            outer = layer[:, k] & beyond & (two >= 0)
            rise = (stack.mean[rows, one] - stack.mean[rows, two])[outer]
            slope = rise / (middle[rows, one] - middle[rows, two])[outer]
            pull[outer, node] = sign * 2 * slope
            one, two = (np.where(cut[:, k], -1, part) for part in (one, two))
    return pull


def _problem(stack: Stack, scale: np.ndarray, slopes: np.ndarray) -> _Problem:
    mean = np.where(stack.layer, stack.mean, 0.0) / scale[:, None]
    thick = stack.thickness
    # As if a cut were endlessly thick: then nothing ties the values at its two sides together.
    return _Problem(mean, np.where(thick > 0, thick, np.inf), stack.layer, slopes / scale[:, None])


def mass_preserving(stack: Stack, *, lower: float = 0.0, ends: Ends = "sloping") -> Spline:
    """The smoothest curves with the means of the layers and nowhere below a limit.

    Parameters
    ----------
    stack : Stack
        Profiles; no mean may be below `lower`.
    lower : float
        The limit; ``-inf`` for none.
    ends : {"sloping", "flat"}
        Slope of the curve at the top and bottom of the profile and of what cuts leave of it: that between the middles
        of the two outermost layers (a straight profile comes out straight), or zero as in the classic spline. "flat" is
        the least integral of the squared slope; "sloping" the least integral of the squared difference of the slope
        from that of a curve with these end slopes and one curvature in each layer.

    Returns
    -------
    Spline

    Raises
    ------
    ValueError
        A mean is below `lower`.
    """
    bounded = np.isfinite(lower)
    floor = lower if bounded else 0.0
    mean = stack.mean - floor
    if bounded and np.nanmin(mean, initial=0.0) < 0:
        raise ValueError(f"a layer has a mean of {np.nanmin(stack.mean)}, below the limit of {lower}")
    stack = replace(stack, mean=mean).broken()
    mean = stack.mean
    known = np.where(stack.layer, np.abs(mean), 0.0)
    size = known.max(axis=1)
    scale = np.where(size > 0, size, 1.0)
    slopes = _outer_slopes(stack) if ends == "sloping" else np.zeros_like(stack.nodes)
    problem = _problem(stack, scale, slopes)

    gradient, diagonal, beside = _parabolas(np.zeros_like(stack.nodes), problem)
    anchored = stack.last == 0
    diagonal[anchored] = 1.0
    beside[anchored] = 0.0
    gradient[anchored] = 0.0
    x = solve_tridiagonal(diagonal, beside, -gradient)
    if bounded:
        a, b = x[:, :-1], x[:, 1:]
        dips = (x < 0).any(axis=1) | _touching(a, b, problem.mean, problem.layer)[0].any(axis=1)
        rows = np.flatnonzero(dips & ~anchored)
        x = np.maximum(x, 0.0)
        if rows.size:
            x[rows] = _bounded(x[rows], problem.rows(rows))
    return Spline(stack, x * scale[:, None], float(floor), bool(bounded))


def _bounded(x: np.ndarray, p: _Problem) -> np.ndarray:
    """Newton's method in the positive values at the nodes; those beside a layer that holds nothing are zero."""
    nothing = p.layer & (p.mean <= 0)
    held = np.zeros_like(x, dtype=bool)
    held[:, :-1] |= nothing
    held[:, 1:] |= nothing
    near = np.full_like(x, np.inf)
    known = np.where(p.layer, p.mean, np.inf)
    near[:, :-1] = known
    near[:, 1:] = np.minimum(near[:, 1:], known)
    x = np.where(held, 0.0, np.maximum(x, np.where(np.isfinite(near), 0.1 * near, 0.1)))
    open_rows = np.arange(len(x))
    for _ in range(_STEPS):
        part, now = p.rows(open_rows), x[open_rows]
        new = _newton_step(now, part, held[open_rows])
        x[open_rows] = new
        moved = np.abs(new - now).max(axis=1)
        open_rows = open_rows[moved > _SETTLED]
        if not open_rows.size:
            break
    return x


def _newton_step(x: np.ndarray, p: _Problem, held: np.ndarray) -> np.ndarray:
    gradient, diagonal, beside = _slopes(x, p)
    still = held | ((x < 1e-14) & (gradient > 0))
    gradient = np.where(still, 0.0, gradient)
    diagonal = np.where(still, 1.0, diagonal)
    beside = np.where(still[:, :-1] | still[:, 1:], 0.0, beside)
    step = solve_tridiagonal(diagonal, beside, -gradient)
    # What would cross zero goes most of its way there; the rest takes the step that suits this.
    crossing = (x + step < _KEPT * x) & (gradient > 0)
    if crossing.any():
        bound = np.where(crossing, (_KEPT - 1) * x, 0.0)
        right = -gradient
        right[:, :-1] -= beside * bound[:, 1:]
        right[:, 1:] -= beside * bound[:, :-1]
        loose = np.where(crossing[:, :-1] | crossing[:, 1:], 0.0, beside)
        step = solve_tridiagonal(np.where(crossing, 1.0, diagonal), loose, np.where(crossing, bound, right))
    steepest = -gradient / diagonal
    start = _whole(x, p)
    best = x.copy()
    undecided = np.arange(len(x))
    for trial in range(40):
        direction = step if trial < 20 else steepest
        length = 0.5 ** (trial % 20)
        then = np.maximum(x[undecided] + length * direction[undecided], _KEPT * x[undecided])
        cost = _whole(then, p.rows(undecided))
        gain = (gradient[undecided] * (then - x[undecided])).sum(axis=1)
        good = (cost <= start[undecided] + 1e-4 * gain + 1e-15 * np.abs(start[undecided])) & (gain <= 0)
        best[undecided[good]] = then[good]
        undecided = undecided[~good]
        if not undecided.size:
            break
    return best


def _whole(x: np.ndarray, p: _Problem) -> np.ndarray:
    return _energy(x, p).sum(axis=1) + (p.pull * x).sum(axis=1)
