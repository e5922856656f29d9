"""What a run of the whole model keeps beside carbon: structure, roots, height of the surface, oxygen."""

import numpy as np
import pedon_columns as columns

import pedozone

FIRST, PLOUGHED, LAST = 1957, 1959, 1968


def highfield():
    site = columns.site("highfield", "pedon", layers=10)
    run = site.run.model_copy(update={"end_year": LAST, "method": "first_order"})
    start = site.start.model_copy(update={"year": FIRST})
    return pedozone.simulate(site.model_copy(update={"run": run, "start": start})).dataset


def test_structure_roots_and_the_surface_are_kept():
    ds = highfield()
    mineral = ~ds["is_organic"].values
    pores = ds["macroporosity"].values
    assert np.isnan(pores[:, ~mineral]).all() and (pores[:, mineral] > 0.0).all() and (pores[:, mineral] < 0.6).all()
    plough_layer = mineral & (ds["depth_bottom"].values[0] < 0.2)
    grass, fallow = (int(np.flatnonzero(ds["time"].values == year)[0]) for year in (PLOUGHED, LAST + 1))
    assert (pores[fallow, plough_layer] < pores[grass, plough_layer]).all()  # no roots, no animals, the plough
    assert len(set(ds["transfer"].values)) == ds.sizes["transfer"]  # two processes may move carbon the same way
    connected = ds["macropore_connectivity"].values
    assert (connected[fallow, plough_layer] < 0.5 * connected[grass, plough_layer]).all()
    # below the surface that sinks, volume follows carbon and pores
    top, base = ds["depth_top"].values[:, 0], ds["depth_bottom"].values[:, -1]
    np.testing.assert_allclose(ds["surface_height"], (base - top) - (base - top)[0], atol=1e-12)
    assert float(ds["surface_height"][-1]) < 0.0
    assert ((ds["rooting_depth"] > 0.5) & (ds["rooting_depth"] <= 1.2)).all()
    assert ((ds["oxygen"] > 0.9) & (ds["oxygen"] <= 1.0 + 1e-12)).all()  # a drained soil
    assert "mineral_nitrogen" not in ds.variables  # not asked for
