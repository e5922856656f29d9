"""Many sites at once: what becomes of each, and of a batch whose workers, or which itself, are killed."""

import contextlib
import os
import signal
import tomllib
from pathlib import Path

import batch_cases as cases
import jax
import numpy as np
import pytest
import xarray as xr

import pedozone
from pedozone.config.errors import InputError
from pedozone.config.loading import parse_site
from pedozone.landscape import batch as batches
from pedozone.landscape import chunk as chunks
from pedozone.landscape.batch import duration, run_batch
from pedozone.landscape.cluster import connected
from pedozone.landscape.kept import BOUNDARY, USUAL, chosen
from pedozone.landscape.store import STATUS, Store
from pedozone.simulation import many_sites
from pedozone.simulation.many_sites import WIDTH, alike, simulate_sites

distributed = pytest.importorskip("distributed")
pytest.importorskip("zarr")

SITES, CHUNK = 24, 6


@contextlib.contextmanager
def at_once(scheduler, workers):
    """A cluster within this process, which has compiled already."""
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return cases.written(tmp_path_factory.mktemp("batch"), cases.small_template(), SITES, broken=10)


@pytest.fixture(scope="module")
def undisturbed(files):
    """The store of a batch that nothing has disturbed."""
    table, template = files
    out = table.parent / "undisturbed.zarr"
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "connected", at_once)
        summary = run_batch(table, template, out, chunk=CHUNK, progress=lambda share, text: said.append((share, text)))
    assert summary.counts == {"converged": SITES - 2, "failed": 2}
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert said[-1] == (1.0, f"{SITES} of {SITES} sites, 2 failed")
    assert all("left" in text for _, text in said[1:-1])
    return out


def test_a_site_is_what_a_run_of_its_own_gives(files, undisturbed):
    table, template = files
    data = tomllib.loads(template.read_text())
    heads, *rows = (line.split(",") for line in table.read_text().splitlines())
    fields = [chunks.field_of(head) for head in heads]
    stored = xr.open_zarr(undisturbed).load()
    for k in (0, 13):
        site = chunks.site_of_row(data, template, fields, rows[k], "row")
        run = pedozone.simulate(site).dataset
        for variable in chosen(USUAL):
            ours, alone = stored[variable.name].values[k], variable.of(run)
            # differences of the size of its largest value: Delta14C passes through zero
            size = np.nanmax(np.abs(alone.astype(float)))
            np.testing.assert_allclose(ours, alone, rtol=0.0, atol=1e-12 * size, err_msg=variable.name)
        alone = simulate_sites([site], lambda run: {v.name: v.of(run) for v in chosen(USUAL)})[0].result
        for name, values in alone.items():  # whatever sites are beside it: to the last bit
            np.testing.assert_array_equal(stored[name].values[k], values, err_msg=name)


def test_failed_rows_are_recorded_and_stop_no_other(undisturbed):
    stored = xr.open_zarr(undisturbed).load()
    failed = np.flatnonzero(stored["status"].values == STATUS.index("failed"))
    assert failed.tolist() == [5, 15]
    assert "site.latitude = 123.0" in str(stored["message"].values[5])
    assert "sites.csv, row 7" in str(stored["message"].values[5])
    assert np.isnan(stored["soc_stock"].values[5]).all()
    others = np.setdiff1d(np.arange(SITES), failed)
    assert np.isfinite(stored["soc_stock"].sel(interval="0-100").values[others]).all()
    codes = stored["boundary_status"].values[others]
    assert codes.max() < len(BOUNDARY)
    assert stored["row"].values.tolist() == list(range(2, SITES + 2))
    assert stored["site"].values[3] == "s3"


def test_a_batch_that_is_cut_off_goes_on_from_its_finished_chunks(files, undisturbed, monkeypatch):
    table, template = files
    out = table.parent / "cut.zarr"
    monkeypatch.setattr(batches, "connected", at_once)
    written = Store.write

    def cut_off(self, chunk, arrays, finished=True):
        if len(self.finished()) == 2:
            part = dict(list(arrays.items())[:4])  # some arrays of the third chunk are there, and no mark
            written(self, chunk, part, finished=False)
            (self.path / "soc_stock" / "c" / "x.partial").write_bytes(b"torn")
            raise OSError(5, "the machine went down")
        written(self, chunk, arrays, finished)

    monkeypatch.setattr(Store, "write", cut_off)
    with pytest.raises(OSError, match="went down"):
        run_batch(table, template, out, chunk=CHUNK)
    monkeypatch.setattr(Store, "write", written)
    assert len(Store(out).finished()) == 2
    assert cases.content(out) != cases.content(undisturbed)
    summary = run_batch(table, template, out, chunk=CHUNK)
    assert summary.resumed == 2 * CHUNK
    assert cases.content(out) == cases.content(undisturbed)
    assert run_batch(table, template, out, chunk=CHUNK).resumed == SITES


def test_another_batch_is_not_written_over(files, undisturbed, tmp_path):
    table, template = files
    with pytest.raises(InputError, match="variables changed"):
        run_batch(table, template, undisturbed, chunk=CHUNK, variables=["soc_stock"])
    with pytest.raises(InputError, match="chunk changed"):
        run_batch(table, template, undisturbed, chunk=5)
    (tmp_path / "notes").mkdir()
    with pytest.raises(InputError, match="something else"):
        run_batch(table, template, tmp_path / "notes")
    with pytest.raises(InputError, match="address of a Dask scheduler"):
        run_batch(table, template, tmp_path / "x.zarr", scheduler="nonsense://here")
    assert not (tmp_path / "x.zarr").exists()
    with pytest.raises(InputError, match="a folder that can be written to"):
        run_batch(table, template, table / "x.zarr")
    with pytest.raises(InputError, match="--template"):
        run_batch(table, tmp_path / "notes", tmp_path / "x.zarr")


@pytest.mark.nightly  # starts processes, each of which loads all there is
def test_a_killed_worker_loses_nothing(files, undisturbed, monkeypatch):
    """Real processes: the worker is killed after its first chunk, and another one takes over."""
    table, template = files
    out = table.parent / "killed.zarr"
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", jax.config.jax_compilation_cache_dir or "")
    killed = []
    connect = batches.connected

    @contextlib.contextmanager
    def remembered(scheduler, workers):
        with connect(scheduler, workers) as client:
            killed.append(client)
            yield client

    def progress(share, text):
        if share and len(killed) == 1:
            (pid,) = killed[0].run(os.getpid).values()
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    monkeypatch.setattr(batches, "connected", remembered)
    summary = run_batch(table, template, out, chunk=CHUNK, workers=1, progress=progress)
    assert len(killed) == 2
    assert not summary.unfinished
    assert cases.content(out) == cases.content(undisturbed)


def test_sites_of_different_structure_and_years_share_a_table():
    base = tomllib.loads(cases.small_template())
    changes = ({}, {"run": {"end_year": 2003}}, {"start": {"year": 2001}}, {"start": {"mode": "pedogenesis"}})
    sites = [parse_site({**base, **{part: base[part] | own for part, own in c.items()}}) for c in changes]
    assert len({alike(site) for site in sites}) == len(sites)
    assert alike(sites[0]) == alike(parse_site(base | {"parameters": {"mortality_rate": 3.0}}))


def test_events_covers_and_limes_stay_with_their_own_columns():
    base = tomllib.loads(cases.small_template())
    sandy = [base["soil"]["horizon"][0], base["soil"]["horizon"][1] | {"clay_percent": 15, "sand_percent": 30}]
    own = (
        {"event": [{"year": 2001, "what": "plough", "depth_cm": 25}, {"year": 2002, "what": "lime", "ph_rise": 0.5}]},
        {},
        {"history": [{"from_year": 2001, "cover": "heath"}]},
        {
            "event": [{"year": 2001, "what": "landslip", "removed_cm": 10}],
            "soil": base["soil"] | {"horizon": sandy},
        },
    )
    sites = [parse_site(base | change) for change in own]
    assert len({alike(site) for site in sites}) == 1
    runs = [outcome.result for outcome in simulate_sites(sites, lambda run: run)]
    limed, untouched, acid = (run["ph_by_year"] - run["ph"] for run in runs[:3])
    top = int(np.flatnonzero(~runs[0]["is_organic"].values)[0])
    np.testing.assert_allclose((limed - untouched).sel(year=[2000, 2001, 2002])[:, top], [0.0, 0.0, 0.5], atol=1e-9)
    deep = 0.5 * (runs[2]["depth_top"] + runs[2]["depth_bottom"])[2, top:].values  # at the end of 2001
    np.testing.assert_allclose((acid - untouched).sel(year=2001)[top:], -1.8 * np.exp(-deep), rtol=1e-9)
    np.testing.assert_array_equal(acid.sel(year=2000), untouched.sel(year=2000))
    assert "clay_fraction_by_year" not in runs[1]
    assert not np.array_equal(runs[3]["clay_fraction_by_year"].sel(year=2001), runs[3]["clay_fraction"])
    np.testing.assert_array_equal(runs[3]["clay_fraction_by_year"].sel(year=2000), runs[3]["clay_fraction"])
    for site, run in zip(sites, runs, strict=True):
        alone = pedozone.simulate(site).dataset
        assert set(alone.variables) == set(run.variables)
        figures = ("carbon", "event_loss", "budget_residual", "soil_temperature", "ph", "ph_by_year")
        for name in ("event", "land_cover", *figures):
            ours, theirs = run[name].values, alone[name].values
            if ours.dtype.kind in "UO":
                np.testing.assert_array_equal(ours, theirs)
            else:
                size = np.nanmax(np.abs(theirs)) or 1.0  # nothing lost in any event
                if name == "budget_residual":  # rounding of what a tracer's budget is made of, ages too
                    size = np.maximum(1.0, np.abs(alone["budget_initial"].values))
                np.testing.assert_allclose(ours / size, theirs / size, rtol=0.0, atol=1e-12, err_msg=name)


def test_a_cluster_of_its_own_keeps_its_number_of_workers():
    with connected(None, 1) as client:
        (gone,) = client.scheduler_info()["workers"]
        client.retire_workers([gone])
        client.wait_for_workers(1, timeout=30)
        assert gone not in client.scheduler_info()["workers"]


def test_a_site_that_breaks_its_batch_is_found(monkeypatch):
    sites = list(range(5))

    def together(some, reduce, solver, last):
        if 3 in some:
            raise ValueError("no soil")
        return [many_sites.Outcome(site, "converged", "") for site in some]

    monkeypatch.setattr(many_sites, "_together", together)
    monkeypatch.setattr(many_sites, "alike", lambda site: 0)
    found = simulate_sites(sites, lambda run: run)
    assert [outcome.status for outcome in found] == ["converged"] * 3 + ["failed", "converged"]
    assert found[3].message == "ValueError: no soil"
    assert WIDTH > 4


def test_the_last_year_of_sites_that_end_in_different_ones():
    base = tomllib.loads(cases.small_template())
    sites = [parse_site({**base, "run": base["run"] | {"end_year": year}}) for year in (2002, 2001)]
    kept = ["soc_stock", "delta14c_interval", "boundary_depth", "respiration"]
    (alone,) = simulate_sites([sites[0]], lambda run: run[kept])
    whole = alone.result
    last = [outcome.result for outcome in simulate_sites(sites, lambda run: run[kept], last=1)]
    for run, site in zip(last, sites, strict=True):
        end = site.run.end_year
        assert run["year"].values.tolist() == [end]
        assert run["time"].values.tolist() == [end, end + 1]
        for name in kept:
            of_whole = (
                whole[name].sel(time=[end, end + 1]) if "time" in whole[name].dims else whole[name].sel(year=[end])
            )
            # an interval down to the base is cut at the highest base of the moments kept, which differ
            np.testing.assert_allclose(run[name].values, of_whole.values, rtol=1e-8, atol=1e-12)


def test_times_are_told_as_a_person_says_them():
    assert [duration(s) for s in (0.2, 45, 600, 9000)] == ["1 s", "45 s", "10 min", "2.5 h"]


def test_the_command_says_what_it_does(files, undisturbed, capsys, monkeypatch):
    from pedozone.cli.app import start

    table, template = files
    monkeypatch.setattr("pedozone.cli.compilation.configure_workers", lambda: None)
    assert start(["batch", str(table), "-t", str(template), "-o", str(undisturbed), "--chunk", str(CHUNK)]) == 0
    said = capsys.readouterr()
    assert f"{SITES} sites ({SITES} of them before): 22 converged, 2 failed" in said.out
    assert "s5: sites.csv, row 7: site.latitude" in said.err
    out = Path(undisturbed).parent / "none.zarr"
    assert start(["batch", str(table), "-t", str(template), "-o", str(out), "--variables", "soc_stok"]) == 2
    assert "soc_stock" in capsys.readouterr().err
    assert not out.exists()
