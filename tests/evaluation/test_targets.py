"""The targets of the model with one parameter set; what is missed is named here with its cause."""

import numpy as np
import pytest
import target_run
from column_batch import CARRYING, Batch, Column
from target_sites import site

import pedozone
from pedozone.engine.precision import double_precision

pytestmark = pytest.mark.nightly

MISSED = {
    "T2 after": "twelve thousand years do not fill the minerals of the subsoil",
    "T3 signs": "forest holds more than pasture in 0-60 cm, so two signs turn round",
    "T7": "under crops the plough closes macropores, and the matrix alone brings 2.4 of 2.7 g m-2 yr-1",
    "T9": "manured plots end a quarter too low, and what manure left is gone too soon",
}
"""Beginning of a target's name, and why it is missed with the shipped set."""


@pytest.fixture(scope="module")
def found(shared_path):
    return target_run.evaluate(shared_path, {})


def test_a_column_of_a_batch_is_a_run(record_property):
    given = [site("temperate-grassland", end=1955), site("temperate-forest", "luvisol", end=1955)]
    runs = [pedozone.simulate(s).dataset for s in given]
    with double_precision():
        batch = Batch([Column(s) for s in given], tracers=True)
        state, _ = batch.spin()
        state, kept = batch.run(state, 6)
        profiles = batch.profiles(state)
        depth, status = batch.boundary(state, kept)
        flux = batch.dissolved_at(state, kept, 1.0)
    for k, ds in enumerate(runs):
        last = ds.isel(time=-1, year=-1)
        # the spin-up ends within its tolerance, not on the same digits
        np.testing.assert_allclose(profiles.carbon[:, k], last.cSoilLevels.values, rtol=1e-4, atol=1e-7)
        modern = 1000.0 * (profiles.radiocarbon[:, k] / profiles.carbon[:, k] - 1.0)
        np.testing.assert_allclose(modern, last.delta14c.values, atol=0.2)
        assert depth[k] == pytest.approx(float(last.boundary_depth.sel(criterion="dom_fate")), abs=1e-3)
        assert str(status[k].value) == str(last.boundary_status.sel(criterion="dom_fate").values)
        faces = np.append(last.depth_top.values, last.depth_bottom.values[-1])
        through = np.interp(1.0, faces, last.face_flux.sel(mechanism=list(CARRYING)).sum("mechanism").values)
        assert flux[k] == pytest.approx(float(through), rel=1e-3)


TARGETS = (
    "T1 share",
    "T2 100-300",
    "T2 after",
    "T3 grass to crop",
    "T3 crop to grass, 80 yr, from 180",
    "T3 crop to grass, 80 yr, from an",
    "T3 signs",
    "T4",
    "T5",
    "T6 MAOM share, 0-30",
    "T6 MAOM share, 30-100",
    "T7",
    "T8",
    "T9",
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(reason=MISSED[name], strict=True)) if name in MISSED else name
        for name in TARGETS
    ],
)
def test_target(found, name):
    rows = [row for row in found["summary"] if row["target"].startswith(name)]
    assert len(rows) == 1
    print(rows[0])
    assert rows[0]["met"], rows[0]


def test_every_target_is_tested(found):
    assert all(any(row["target"].startswith(name) for name in TARGETS) for row in found["summary"])


NOT_AS_MEASURED = {
    "Arenosol < Luvisol < Vertisol < Gleysol, each under its own plant and climate": "a Luvisol under forest outdoes a "
    "Vertisol under savanna",
}


@pytest.mark.parametrize("check", range(7))
def test_soil_types_differ_as_measured(found, check, request):
    words, met, values = found["order"][check]
    if words in NOT_AS_MEASURED:
        request.applymarker(pytest.mark.xfail(reason=NOT_AS_MEASURED[words], strict=True))
    assert met, (words, values)
