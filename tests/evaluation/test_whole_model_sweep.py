"""Two hundred parameter sets on every soil-plant preset: what converges, lives, is physical, and has one boundary.

``python -m benchmarks.sweep`` prints the table that these bars are read from.
"""

import functools

import pytest

from benchmarks.sweep import FINE, PRESETS, SETS, line, outcome_of, row

pytestmark = pytest.mark.nightly

MINERAL = [p for p in PRESETS if p.kind == "mineral"]
CAUSES = ("swing", "changes by", "grew", "died out")
"""Words of an honest end."""


@functools.cache
def found(preset):
    r = row(outcome_of(preset), outcome_of(preset, layers=FINE) if preset.kind == "mineral" else None)
    print(line(r))
    return r


def test_there_are_twelve_presets_of_plants():
    assert len([p for p in PRESETS if p.kind != "bare"]) >= 12


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.name)
def test_nothing_is_impossible(preset):
    assert found(preset)["unphysical"] == []


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.name)
def test_whatever_does_not_converge_says_why(preset):
    r = found(preset)
    failed = SETS - r["status"].get("converged", 0)
    assert sum(r["causes"].values()) == failed
    assert all(any(word in cause for word in (*CAUSES, "year to year", "drifts")) for cause in r["causes"])


def test_nearly_all_converge():
    rows = [found(p) for p in MINERAL]
    settled = sum(r["status"].get("converged", 0) for r in rows)
    finer = [sum(r["finer"][level] for r in rows) for level in (0, 1)]
    print(f"{settled} of {SETS * len(rows)}, {finer} of them in steps of a week and of two days")
    assert settled >= 0.98 * SETS * len(rows)


@pytest.mark.xfail(
    strict=True,
    reason="5 of 2,200 columns have a layer below 1.5 m with less than 1e-5 of its carbon in microbes",
)
def test_every_fed_layer_lives():
    rows = [found(p) for p in MINERAL]
    assert not any(r["starved"] for r in rows)


def test_the_boundary_is_single():
    rows = [found(p) for p in MINERAL]
    assert sum(r["boundary"].get("one", 0) for r in rows) >= 0.95 * SETS * len(rows)


@pytest.mark.xfail(
    strict=True,
    reason="2,081 of 2,143 lie within 3 cm; in the others membership hardly changes with depth, or the grids need "
    "steps of different length (Arenosol 155 of 171, Podzol under temperate needleleaf trees 169 of 190)",
)
def test_the_boundary_does_not_hang_on_the_grid():
    rows = [found(p) for p in MINERAL]
    assert sum(r["within_3_cm"] for r in rows) == sum(r["both_single"] for r in rows)


@pytest.mark.parametrize("preset", MINERAL, ids=lambda p: p.name)
def test_the_boundary_hardly_hangs_on_the_grid(preset):
    r = found(preset)
    assert r["within_3_cm"] >= (0.85 if preset.soil in ("podzol", "arenosol") else 0.97) * r["both_single"]
