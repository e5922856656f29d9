"""Benchmarks: the plain loop that they are scaled by computes what the engine computes; each makes a table."""

import importlib

import jax
import numpy as np
import pytest

from benchmarks.__main__ import modules
from benchmarks.bench_throughput import check_loop
from benchmarks.cases import cases
from benchmarks.reference_loop import NoCompiler
from pedozone.engine.precision import double_precision


def test_the_plain_loop_agrees_with_the_engine():
    try:
        assert check_loop() < 1e-10
    except NoCompiler:
        pytest.skip("no C++ compiler")


@pytest.mark.parametrize("name", modules())
def test_every_benchmark_makes_a_table_for_the_documentation(name):
    module = importlib.import_module(f"benchmarks.bench_{name}")
    assert module.TITLE and callable(module.run) and callable(module.markdown)


def test_the_table_of_rothc():
    speed = {"site_months_per_s": 16.5e6, "site_months_per_s_by_processor_time": 21e6}
    found = {"sites": 10_000, "months": 600, "width": 128, "threads": 2, "bar": 10e6}
    found |= {"equilibrium_us_per_site": 3.04, "months alone": speed}
    text = importlib.import_module("benchmarks.bench_rothc").markdown({**found, "quick": False})
    assert "3.0 µs a site" in text
    assert "10,000 sites of 600 months in chunks of 128" in text and "| months alone | 16.5 | 21.0 |" in text


@pytest.mark.parametrize("name", ["ten pools", "ten pools, traced", "core set", "whole model"])
def test_every_case_gives_each_column_its_own_values(name):
    with double_precision():
        given = cases()[name].columns(3)
    shapes = [np.shape(leaf) for leaf in jax.tree.leaves(given)]
    assert all(shape and shape[-1] == 3 for shape in shapes), shapes
