"""The profile and the boundary do not hang on the grid; land use moves the boundary as it should."""

import numpy as np
import pedon_columns as columns
import pytest

import pedozone

INTERVALS = ("0-30", "0-100")


def steady(name, layers):
    """Stocks by interval (kg m-2) and the boundary (m) of the steady state."""
    site = columns.site(name, layers=layers)
    run = site.run.model_copy(update={"end_year": site.start.year})
    ds = pedozone.simulate(site.model_copy(update={"run": run, "history": []})).dataset
    assert ds.attrs["spinup_status"] == "converged"
    stocks = [float(ds["soc_stock"].sel(interval=i)[0]) for i in INTERVALS]
    boundary = ds.sel(criterion="dom_fate", year=site.start.year)
    assert str(boundary["boundary_status"].item()) == "one"
    return np.array(stocks), float(boundary["boundary_depth"])


def assert_converged(name, coarse, fine, record_property):
    (stocks, boundary), (finer, fine_boundary) = steady(name, coarse), steady(name, fine)
    record_property("stocks", [stocks.tolist(), finer.tolist()])
    record_property("boundary", [boundary, fine_boundary])
    print(name, coarse, "to", fine, "layers: stocks", stocks, finer, "boundary", boundary, fine_boundary)
    np.testing.assert_allclose(stocks, finer, rtol=0.02)
    assert boundary == pytest.approx(fine_boundary, abs=0.03)


@pytest.mark.nightly
def test_half_the_layers_give_the_same_profile(record_property):
    assert_converged("temperate-grassland", 15, 30, record_property)


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["temperate-grassland", "temperate-forest", "highfield"])
def test_twice_the_layers_give_the_same_profile(name, record_property):
    assert_converged(name, 30, 60, record_property)
