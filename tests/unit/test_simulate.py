"""A simulation from its site to a dataset: start modes, modes of processes, budgets, zones, files."""

import json

import example_sites as examples
import numpy as np
import pedon_columns as columns
import pytest

import pedozone
from pedozone import variables
from pedozone.config.land_use import Measured
from pedozone.engine.blocktri.compiled import kernel
from pedozone.zones.criteria import CRITERIA

FIRST, LAST, PLOUGHED, LAYERS = 1945, 1975, 1959, 10

# One graph and one shape of arrays: what is compiled serves all.


def changed(site, section, **values):
    part = getattr(site, section).model_copy(update=values)
    return site.model_copy(update={section: part})


def highfield(**start):
    """Highfield on few layers and few years."""
    site = changed(columns.site("highfield", layers=LAYERS), "run", end_year=LAST)
    return changed(site, "start", year=FIRST, **start)


@pytest.fixture(scope="module")
def steady():
    heard = []
    run = pedozone.simulate(highfield(), progress=lambda part, message: heard.append((part, message)))
    return run, heard


def closures(run):
    return run.summary()["budget_closure"]


def test_the_dataset_is_as_declared(steady):
    ds = steady[0].dataset
    assert variables.problems(ds) == []
    assert ds.sizes["year"] == LAST - FIRST + 1
    assert ds.sizes["time"] == ds.sizes["year"] + 1
    assert ds["time"].values[[0, -1]].tolist() == [FIRST, LAST + 1]
    assert ds.sizes["layer"] == LAYERS + 1
    assert float(ds["carbon"].min()) >= 0.0
    np.testing.assert_allclose(ds["carbon"].sum("pool"), ds["cSoilLevels"], rtol=1e-14)
    np.testing.assert_allclose(ds["thickness"], ds["depth_bottom"] - ds["depth_top"], atol=1e-12)
    assert len(set(ds["transfer"].values)) == ds.sizes["transfer"]  # two processes may move carbon the same way

    always = ["soc_stock", "respiration", "face_flux", "zone_stock", "mean_age"]
    for name in always:
        assert np.isfinite(ds[name].values).all(), name
    # all but the criterion that needs sensitivities, which no run computes unasked
    known = ds.sel(criterion=[name for name in ds["criterion"].values if name != "control"])
    assert np.isfinite(known["boundary_depth"].values).all()
    assert set(ds["boundary_status"].sel(criterion="control").values.tolist()) == {"not_defined"}


def test_stocks_end_at_their_depth(steady):
    """The column has swollen beyond its nominal 3 m: what lies deeper belongs to no interval."""
    ds = steady[0].dataset.isel(time=-1)
    mineral = ~steady[0].dataset["is_organic"].values
    face = np.append(0.0, ds["depth_bottom"].values[mineral])
    below = np.append(0.0, np.cumsum(ds["cSoilLevels"].values[mineral]))
    assert face[-1] > 3.01
    for interval in ("0-30", "0-100", "0-300"):
        depth = float(interval.split("-")[1]) / 100.0
        assert float(ds["soc_stock"].sel(interval=interval)) == pytest.approx(np.interp(depth, face, below), rel=1e-12)


def test_every_tracer_closes(steady):
    found = closures(steady[0])
    assert set(found) == {"carbon", "radiocarbon", "leaf", "root", "exudate", "age"}
    assert max(found.values()) < 1e-12


def test_the_steady_state_is_steady(steady):
    ds = steady[0].dataset
    assert ds.attrs["spinup_status"] == "converged"
    stock = ds["cSoilLevels"].sum("layer").sel(time=slice(FIRST, PLOUGHED)).values
    np.testing.assert_allclose(stock, stock[0], rtol=1e-5)


def test_sources_add_up_to_the_carbon(steady):
    ds = steady[0].dataset
    total, parts = ds["cSoilLevels"].values, ds["carbon_by_source"].sum("source").values
    # what is left of the first guess of the spin-up has no source
    np.testing.assert_allclose(parts, total, rtol=1e-6, atol=1e-7)


def test_zones_add_up_to_the_column(steady):
    ds = steady[0].dataset
    ends = ds["cSoilLevels"].isel(time=slice(1, None))
    np.testing.assert_allclose(ds["zone_stock"].sum("zone"), ends.sum("layer"), rtol=1e-13)
    np.testing.assert_allclose(ds["zone_respiration"].sum("zone"), ds["respiration"].sum("layer"), rtol=1e-13)
    np.testing.assert_allclose(ds["zone_input"].sum("zone"), ds["plant_input"].sum(["layer", "source"]), rtol=1e-13)


def test_the_budget_of_each_zone_closes_as_the_boundary_moves(steady):
    ds = steady[0].dataset
    crossing = ds["transfer_across_boundary"].sum("mechanism").values
    leached, rezoned = ds["leaching"].values, ds["rezoning"].values
    stock, given, respired = (
        ds[f"zone_{name}"].transpose("zone", "year").values for name in ("stock", "input", "respiration")
    )
    above = given[0] - respired[0] - crossing + rezoned
    below = given[1] - respired[1] + crossing - leached - rezoned
    scale = 1e-12 * stock.sum(axis=0).max()
    np.testing.assert_allclose(np.diff(stock[0]), above[1:], rtol=0.0, atol=scale)
    np.testing.assert_allclose(np.diff(stock[1]), below[1:], rtol=0.0, atol=scale)
    assert np.abs(rezoned).max() > 0.05  # ploughing moves the boundary through carbon


def test_fallow_moves_the_boundary_up(steady):
    ds = steady[0].dataset.sel(criterion="dom_fate")
    depth = ds["boundary_depth"]
    before, after = float(depth.sel(year=PLOUGHED - 1)), float(depth.sel(year=LAST))
    assert 0.2 < before < 1.2
    assert after < 0.75 * before
    assert set(ds["boundary_status"].values.tolist()) == {"one"}


def test_a_very_long_fallow_leaves_no_vegetation_zone():
    ds = pedozone.simulate(changed(highfield(), "run", end_year=2400)).dataset.sel(criterion="dom_fate")
    assert str(ds["boundary_status"][-1].item()) == "no_vegetation"
    assert float(ds["boundary_depth"][-1]) == 0.0
    assert float(ds["zone_stock"].sel(zone="vegetation")[-1]) == pytest.approx(float(ds["organic_layer_stock"][-1]))


def test_progress_is_told_and_never_falls(steady):
    parts = [part for part, _ in steady[1]]
    assert parts[-1] == 1.0
    assert len(parts) > LAST - FIRST
    assert all(0.0 <= part <= 1.0 for part in parts)
    assert parts == sorted(parts)
    assert all(message for _, message in steady[1])


def test_the_summary_is_complete_and_can_be_written_as_json(steady):
    summary = steady[0].summary()
    expected = {
        "site",
        "years",
        "soc_stock",
        "boundary",
        "zones",
        "spinup",
        "budget_closure",
        "version",
        "parameter_set",
        "solver",
        "method",
    }
    assert expected <= set(summary)
    assert json.loads(json.dumps(summary)) == summary
    assert summary["years"] == [FIRST, LAST]
    assert set(summary["boundary"]) == set(CRITERIA)
    assert set(summary["zones"]) == {"vegetation", "mineral"}
    for stock in summary["soc_stock"].values():
        for at in ("start", "end"):
            assert stock[at]["t_c_ha"] == pytest.approx(10.0 * stock[at]["kg_c_m2"])
            assert stock[at]["t_co2_ha"] == pytest.approx(36.64 * stock[at]["kg_c_m2"], rel=1e-3)


def test_a_run_comes_back_from_its_file(steady, tmp_path):
    run = steady[0]
    run.save(tmp_path / "run.nc")
    back = pedozone.load_run(tmp_path / "run.nc")
    assert back.site is None
    assert back.summary() == run.summary()
    assert set(back.dataset.data_vars) == set(run.dataset.data_vars)
    for name, array in run.dataset.data_vars.items():
        np.testing.assert_array_equal(back.dataset[name].values, array.values, err_msg=str(name))
    assert set(back.zones) == set(run.zones)
    assert set(back.budget) == set(run.budget)


def test_the_same_site_gives_the_same_run(steady):
    again = pedozone.simulate(highfield())
    np.testing.assert_array_equal(again.dataset["carbon"].values, steady[0].dataset["carbon"].values)


@pytest.mark.skipif(not kernel().available, reason="no compiled kernel here")
def test_both_solvers_give_the_same_run(steady):
    other = pedozone.simulate(highfield(), solver="jax").dataset
    ours = steady[0].dataset
    assert ours.attrs["solver"].startswith("cpp")
    assert other.attrs["solver"] == "jax"
    for name in ("carbon", "respiration", "delta14c", "mean_age", "membership", "boundary_depth", "face_flux"):
        a, b = ours[name].values, other[name].values
        np.testing.assert_allclose(b, a, rtol=0.0, atol=1e-9 * np.nanmax(np.abs(a)), err_msg=name)


@pytest.mark.nightly
@pytest.mark.skipif(not kernel().available, reason="no compiled kernel here")
def test_both_solvers_give_the_shipped_highfield():
    runs = [pedozone.simulate(columns.site("highfield"), solver=name).dataset for name in ("cpp", "jax")]
    for name in ("carbon", "delta14c", "mean_age", "membership", "boundary_depth", "zone_stock"):
        a, b = (run[name].values for run in runs)
        np.testing.assert_allclose(b, a, rtol=0.0, atol=1e-9 * np.nanmax(np.abs(a)), err_msg=name)


def test_start_from_pedogenesis():
    parts = []
    site = changed(highfield(mode="pedogenesis", pedogenesis_years=300), "run", method="auto")
    run = pedozone.simulate(site, progress=lambda part, _: parts.append(part))
    assert parts == sorted(parts)
    assert min(parts) < 0.1  # already while its steps are chosen
    ds = run.dataset
    assert ds.attrs["start_mode"] == "pedogenesis"
    assert max(closures(run).values()) < 1e-12
    young = ds.isel(time=0)
    assert float(young["mean_age"].max()) <= 300.0
    assert float(young["mean_age"].min()) >= 0.0
    # every source that there is was brought since the start, and nothing else is there
    np.testing.assert_allclose(young["carbon_by_source"].sum("source"), young["cSoilLevels"], rtol=1e-9)
    assert 1.0 < float(young["soc_stock"].sel(interval="0-100")) < 12.0


@pytest.mark.parametrize("times", [0.3, 1.0, 4.0])
def test_a_measured_start_holds_what_was_measured(steady, times):
    # added carbon swells the layers above: the depths of the measurement are those after scaling
    before = steady[0].dataset.isel(time=0)
    percent = times * float(before.soc_percent.sel(interval="0-23"))
    measured = [
        Measured(top_cm=0, bottom_cm=23, soc_percent=percent),
        Measured(top_cm=23, bottom_cm=100, soc_kg_m2=times * 4.0),
    ]
    start = pedozone.simulate(highfield(mode="measured", measured=measured)).dataset.isel(time=0)
    assert float(start.soc_percent.sel(interval="0-23")) == pytest.approx(percent, rel=1e-6)
    below = float(start.soc_stock.sel(interval="0-100")) - float(start.soc_stock.sel(interval="0-23"))
    assert below == pytest.approx(times * 4.0, rel=1e-6)


def test_start_from_a_measured_profile(steady):
    measured = [
        Measured(top_cm=0, bottom_cm=23, soc_percent=2.0),
        Measured(top_cm=23, bottom_cm=60, soc_kg_m2=3.0),
    ]
    run = pedozone.simulate(highfield(mode="measured", measured=measured))
    ds, spun = run.dataset, steady[0].dataset
    assert ds.attrs["start_mode"] == "measured"
    assert max(closures(run).values()) < 1e-12
    assert "Scaled to the measured profile" in ds.attrs["spinup_message"]
    first, base = ds.isel(time=0), spun.isel(time=0)
    # 14C and age ratios and the shares of the pools are kept, layer by layer
    for name in ("delta14c", "mean_age", "mineral_associated_share"):
        np.testing.assert_allclose(first[name], base[name], rtol=1e-10, atol=1e-10)
    scaled = (first["cSoilLevels"] / base["cSoilLevels"]).values
    assert scaled[0] == pytest.approx(1.0)  # the organic slot is not measured
    assert scaled[-1] == pytest.approx(1.0)  # nor is the base
    assert float(first["soc_percent"].sel(interval="0-23")) == pytest.approx(2.0, rel=0.03)


def test_a_process_can_be_switched_off(steady):
    site = highfield().model_copy(update={"modes": {"aggregation": "off"}})
    run = pedozone.simulate(site)
    ds = run.dataset
    assert max(closures(run).values()) < 1e-12
    occluded = ds["carbon"].sel(pool=["pom_macro", "pom_micro"])
    assert float(occluded.max()) < 1e-6  # what is left of the first guess of the spin-up
    moved = ds["transfer_flux"].sel(transfer="litter_structural->pom_macro")
    assert not moved.values.any()
    assert float(ds["soc_stock"].sel(interval="0-30")[0]) < float(
        steady[0].dataset["soc_stock"].sel(interval="0-30")[0]
    )


def test_first_order_steps_are_near_the_second_order_ones(steady):
    run = pedozone.simulate(changed(highfield(), "run", method="first_order"))
    assert run.dataset.attrs["method"] == "first_order"
    assert max(closures(run).values()) < 1e-12
    ours, other = (r.dataset["soc_stock"].sel(interval="0-100").values for r in (steady[0], run))
    np.testing.assert_allclose(other, ours, rtol=3e-3)


def test_prescribed_rates_replace_a_process():
    rate = [0.0] + [2.0 * (k + 1) for k in range(LAYERS)]
    given = {"dom->maom_exchangeable": rate, "maom_exchangeable->dom": 0.3}
    site = highfield().model_copy(update={"modes": {"sorption": "prescribed"}, "prescribed": {"sorption": given}})
    run = pedozone.simulate(site)
    ds = run.dataset
    adsorbed = ds.transfer_flux.sel(transfer="dom->maom_exchangeable").isel(year=-1).values[1:]
    released = ds.transfer_flux.sel(transfer="maom_exchangeable->dom").isel(year=-1).values[1:]
    # between the stocks at the start and at the end of the year
    stocks = ds.carbon.sel(pool="maom_exchangeable").isel(time=slice(-2, None)).values[:, 1:]
    assert (released > 0.3 * stocks.min(axis=0) * 0.98).all() and (released < 0.3 * stocks.max(axis=0) * 1.02).all()
    dissolved = ds.carbon.sel(pool="dom").isel(time=slice(-2, None)).values[:, 1:].mean(axis=0)
    np.testing.assert_allclose(adsorbed / np.array(rate[1:]), dissolved, rtol=0.5)  # it has seasons
    assert max(closures(run).values()) < 1e-12


@pytest.mark.parametrize("path", examples.SHORT, ids=examples.name)
def test_years_of_the_examples_run_and_their_budgets_close(path):
    site = examples.short(path, LAYERS)
    ds = pedozone.simulate(site).dataset
    assert ds.sizes["year"] == examples.YEARS
    assert float(ds["carbon"].min()) >= 0.0
    assert np.isfinite(ds["soc_stock"]).all()
    whole = ds["budget_initial"] + ds["budget_input"].sum("year") + ds["budget_event_gain"].sum("year")
    assert float((abs(ds["budget_residual"]) / whole.where(whole > 0, 1.0)).max()) < 1e-12
    zones = abs(ds["zone_budget"]).max("budget_term") + whole
    residual = abs(ds["zone_budget"].sel(budget_term="residual")) / zones.where(zones > 0, 1.0)
    assert float(residual.max()) < 1e-12
    # Something happens in every example that has a history, and is seen in the run.
    if site.event or site.change or site.history:
        first, last = ds.isel(year=0), ds.isel(year=-1)
        assert not np.allclose(first["respiration"], last["respiration"], rtol=1e-4)
