"""Several models on one site: what each is given, how it starts, what is said of the spread."""

import csv
import io
import json

import compared_sites as cases
import jax.numpy as jnp
import numpy as np
import pytest
from figure_labels import check_labels
from hypothesis import given
from hypothesis import strategies as st

import pedozone
from pedozone.cli import main
from pedozone.config.compared import check_models
from pedozone.config.errors import InputError
from pedozone.config.loading import parse_site
from pedozone.config.writing import toml_text
from pedozone.engine.precision import double_precision
from pedozone.models.registry import available_models
from pedozone.models.rothc import Forcing
from pedozone.output import open_run
from pedozone.parameters import load_parameters
from pedozone.physics.heat import soil_temperature
from pedozone.plants.cover import cover_names, load_cover
from pedozone.report.models_figures import model_figures
from pedozone.report.models_report import closing_lines, render_models, terminal_text
from pedozone.report.models_tables import CSV_HEAD, NOT_MODELLED, csv_text
from pedozone.simulation.mapping import ecosse as ecosse_mapping
from pedozone.simulation.mapping import mems as mems_mapping
from pedozone.simulation.mapping import rothc as rothc_mapping
from pedozone.simulation.mapping.litter import mixture
from pedozone.simulation.mapping.mapped import values
from pedozone.simulation.mapping.plant_inputs import received, roots_between
from pedozone.simulation.mapping.registry import NOT_MAPPED, mappings
from pedozone.simulation.mapping.site_years import site_years
from pedozone.simulation.models_dataset import covers
from pedozone.simulation.rothc import simulate_rothc
from pedozone.simulation.rothc_arguments import Topsoil
from pedozone.simulation.side_by_side import run_model

MAPPED = {name: mapping for name, mapping in mappings().items() if mapping.build is not None}
# mapped by the same function as a model that is run here
VARIANTS = {"millennial-eca", "millennial-linear", "mimics-forward", "bams-like"}
CHOSEN = ["pedon-core", *(name for name in MAPPED if name not in VARIANTS)]
GROWN = "n14cp"  # its plants answer to nitrogen, and it starts from bare ground
BALANCED = [name for name in CHOSEN[1:] if name != GROWN]


def content():
    """Grassland, then cereals with manure and ploughing, then back towards grassland."""
    data = cases.content("cereal-cropland")
    data["event"] = [
        {"what": "manure", "year": 1991, "carbon_t_ha": 2.0, "incorporated_cm": 15},
        {"what": "plough", "year": 1992, "depth_cm": 25},
    ]
    data["change"] = [
        {"what": "succession", "cover": "temperate-forest", "from_year": 1993, "to_year": 1994},
    ]
    return data


@pytest.fixture(scope="module")
def site():
    return parse_site(content())


@pytest.fixture(scope="module")
def years(site):
    return site_years(site)


@pytest.fixture(scope="module")
def compared(site):
    return pedozone.compare_models(site, CHOSEN)


@pytest.fixture(autouse=True)
def doubles():
    with double_precision():
        yield


# -- what models are given -----------------------------------------------------------------------------------


def test_the_site_gives_every_year_what_its_covers_and_events_bring(site, years):
    assert [year.year for year in years.years] == list(site.years)
    grass, (_, arable), *_ = load_cover("temperate-grassland"), *site.land_cover_segments()[1:2]
    parts = ("leaf_input", "root_input", "exudate_input", "wood_input")
    assert years.start.carbon == pytest.approx(sum(getattr(grass, part) for part in parts), rel=1e-12)
    plain = sum(getattr(arable, part) for part in parts)
    assert years.years[0].carbon == pytest.approx(plain, rel=1e-12)
    assert years.years[1].carbon == pytest.approx(plain + 0.2, rel=1e-12)  # 2 t C/ha of manure
    shares = [share for share, _ in years.years[3].covers]
    assert shares == [0.5, 0.5] and years.years[4].covers[0][1].preset == "temperate-forest"
    assert years.ignored == ("plough (1992)",)


def test_the_soil_climate_is_the_heat_wave_and_water_stays_within_the_pores(years):
    start, face = years.start, years.layers.face
    cover = load_cover("temperate-grassland")
    with double_precision():
        wave = soil_temperature(
            start.temperature[:, None],
            0.5 * (face[1:] + face[:-1])[:, None],
            load_parameters("pedon-core").values()["soil_damping_depth"],
            cover.surface_temperature_amplitude,
            cover.surface_temperature_offset,
        )
    np.testing.assert_allclose(start.climate.temperature, np.asarray(wave)[..., 0], rtol=1e-12)
    assert (start.climate.theta > 0.0).all() and (start.climate.theta <= start.climate.saturation).all()
    assert start.climate.root_share.sum() == pytest.approx(1.0)


@given(st.lists(st.floats(0.01, 0.3), min_size=1, max_size=4))
def test_what_a_model_does_not_receive_are_roots_below_it(years, thicknesses):
    face = np.concatenate([[0.0], np.cumsum(thicknesses)])
    for year in years.every:
        got = received(year, face).all.sum(axis=-1).mean()
        below = np.mean(year.below) * (1.0 - roots_between(year, face).sum())
        assert got + below == pytest.approx(year.carbon, rel=1e-12)
        assert below >= -1e-15


@pytest.mark.parametrize("name", BALANCED)
def test_every_model_receives_the_carbon_that_is_its_due(name, years, compared):
    run = compared.runs[CHOSEN.index(name)]
    due = [received(year, run.face[0]).all.mean(axis=0).sum() for year in years.years]
    np.testing.assert_allclose(run.plant_carbon, due, rtol=1e-10)
    assert run.steady_input == pytest.approx(received(years.start, run.face[0]).all.mean(axis=0).sum(), rel=1e-10)


def test_carbon_of_every_model_closes(compared):
    for run in compared.runs:
        held = run.carbon.sum(axis=1) + run.surface
        change = run.plant_carbon - run.co2 - run.leached
        np.testing.assert_allclose(np.diff(held), change, atol=1e-10)


def test_rothc_on_a_site_is_rothc_on_the_same_table(years):
    with double_precision():
        mapped = MAPPED["rothc"].build(years)
        table = Forcing(*(np.concatenate(parts) for parts in zip(*(y.forcing for y in mapped.years), strict=True)))
        clay = float(mapped.start.site.clay[0])
        run = run_model(MAPPED["rothc"], years)
        own = simulate_rothc(table, Topsoil(clay=clay, depth=23.0), 10.0 * run.inert, spin_up=mapped.start.forcing)
    totals = np.concatenate([own.start.sum(axis=0), own.pools[11::12].sum(axis=1)[:, 0]])
    np.testing.assert_allclose(10.0 * run.carbon[:, 0], totals, rtol=1e-12)
    assert 10.0 * run.inert == pytest.approx(0.049 * totals[0] ** 1.139, rel=1e-9)


def test_a_land_cover_has_the_quality_and_the_bare_months_of_rothc(years):
    assert {rothc_mapping.ratio_of(load_cover(name)) for name in cover_names()} == {0.25, 0.67, 1.44}
    assert rothc_mapping.ratio_of(load_cover("rough-pasture")) == 0.67
    assert rothc_mapping.ratio_of(load_cover("boreal-needleleaf-forest")) == 0.25
    assert rothc_mapping.covered_months(years.start).all()
    # cereals cover 0.6 of the year's ground and shed most litter in August
    np.testing.assert_array_equal(rothc_mapping.covered_months(years.years[0]), [0, *[1] * 7, *[0] * 4])


@given(st.lists(st.tuples(st.floats(0.001, 1.0), st.floats(0.0, 0.4), st.floats(10.0, 400.0)), min_size=1, max_size=4))
def test_mixed_litter_keeps_lignin_and_nitrogen(parts):
    mixed, carbon = mixture(parts), sum(amount for amount, _, _ in parts)
    assert mixed.lignin * carbon == pytest.approx(sum(amount * lignin for amount, lignin, _ in parts), abs=1e-12)
    assert carbon / mixed.carbon_nitrogen == pytest.approx(sum(amount / ratio for amount, _, ratio in parts))


def test_inert_carbon_does_not_hang_on_how_soil_is_cut_into_layers():
    parameters, stock = values("rothc-26.3"), np.full((5, 1, 1), 2.0)
    whole = rothc_mapping.inert_of(stock, parameters)
    half = rothc_mapping.inert_of(np.concatenate([stock, stock], axis=1) / 2.0, parameters, rothc_mapping.DEPTH / 2.0)
    assert half.sum() == pytest.approx(whole.sum(), rel=1e-12) and whole.sum() > 0.0


def test_water_goes_down_and_less_of_it_below(years):
    for year in years.every:
        down = year.climate.percolation.mean(axis=0)
        assert (np.diff(down) <= 1e-12).all() and down[-1] >= 0.0
        assert 1000.0 * down[0] <= year.precipitation.sum() + 1e-9


def test_litter_of_mems_is_made_of_parts(years):
    face = np.array([0.0, 0.2])
    for year in years.every:
        quality = mems_mapping.quality_of(year, received(year, face))
        soluble, insoluble, nitrogen = (float(part[0]) for part in quality)
        assert 0.05 < soluble < 1.0 and 0.0 < insoluble and soluble + insoluble <= 1.0
        assert 0.1 < nitrogen < 5.0
    bare = received(years.start, face)._replace(
        **dict.fromkeys(("leaf", "wood", "manure", "root", "exudate"), np.zeros(1))
    )
    assert float(mems_mapping.quality_of(years.start, bare).soluble[0]) == mems_mapping.SOLUBLE


def test_ecosse_gives_nitrogen_where_it_gives_carbon(years):
    mapped = MAPPED["ecosse"].build(years)
    for year, made in zip(years.every, (mapped.start, *mapped.years), strict=True):
        assert float(made.site.input_share.sum()) == pytest.approx(1.0)
        assert float(made.forcing.nitrogen.sum()) == pytest.approx(ecosse_mapping.mineral_nitrogen(year))
        retention = made.site.retention
        assert (made.forcing.theta <= retention.saturation + 1e-12).all() and retention.saturation.shape[0] == 24


@pytest.mark.parametrize("name", CHOSEN)
def test_every_mapping_says_what_went_where(name, compared):
    run = compared.runs[CHOSEN.index(name)]
    assert name in available_models() and len(run.lines) >= 3
    for line in run.lines:
        assert line.what and line.to
        assert not line.source or "doi:10." in line.source


# -- how they start and go on --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rothc", "century-layered", "mems", "comission"])
def test_every_model_stays_where_it_starts_until_something_changes(name):
    run = run_model(MAPPED[name], site_years(parse_site(cases.content("temperate-grassland"))))
    np.testing.assert_allclose(run.carbon[1], run.carbon[0], rtol=3e-6)
    assert run.status == "converged"


def test_every_model_finds_a_steady_state(compared):
    for run in compared.runs:
        assert run.status == ("none" if run.name == GROWN else "converged"), run.message
    told = {run.name: run.message for run in compared.runs}
    assert "alive" in told["mimics"] and "alive" not in told["comission"] and "alive" not in told["mems"]


def test_radiocarbon_starts_between_a_dead_and_a_modern_soil(compared):
    ds = compared.dataset
    start = ds["own_delta14c"].isel(time=0)
    assert ((start > -500.0) & (start < 400.0)).all()  # 1990: bomb carbon in what is fast
    # the inert carbon of RothC is dead, and Millennial turns over within decades
    assert float(start.sel(model="rothc")) < float(start.sel(model="century")) < float(start.sel(model="millennial"))
    assert float(ds["inert_stock"].sel(model="rothc")) > 0.0 == float(ds["inert_stock"].sel(model="century"))


@pytest.mark.parametrize("name", BALANCED)
def test_the_start_of_every_model_on_a_site_is_a_linear_system(name, compared):
    run = compared.runs[CHOSEN.index(name)]
    system = run.system()
    assert system.mean_transit_time == pytest.approx(run.transit_time, rel=0.15)  # the year's mean, and its first day
    turning = run.carbon[0].sum() + run.surface[0] - run.inert
    assert system.steady_state.sum() == pytest.approx(turning, rel=0.15)
    assert system.mean_system_age > 0.0 and 0.0 < system.transit_time_quantile(0.5) < system.mean_transit_time
    assert system.relaxation_times[0] > system.relaxation_times[-1] > 0.0


def test_a_zones_model_says_where_its_ages_are(compared):
    with pytest.raises(ValueError, match=r"pedozone\.simulate gives its ages"):
        compared.runs[0].system()


def test_models_of_one_layer_have_a_stock_for_their_own_depth_alone(compared):
    stock = compared.dataset["soc_stock"].isel(time=0)
    assert {"0-20", "0-23", "0-30", "0-100"} <= set(stock["interval"].values)
    told = {name: [i for i in stock["interval"].values if np.isfinite(stock.sel(model=name, interval=i))]
            for name in stock["model"].values}  # fmt: skip
    assert told["rothc"] == ["0-23"] and told["century"] == ["0-20"] and told["millennial"] == ["0-100"]
    assert "0-30" in told["rothc-layered"] and "0-100" not in told["rothc-layered"]  # to 92 cm
    assert told["century-layered"] == told["pedon-core"] == list(stock["interval"].values)
    assert not covers(compared.runs[CHOSEN.index("rothc")], 0.2, 1.2)


def test_the_spread_is_over_the_models_that_have_a_value(compared):
    ds = compared.dataset
    values = ds["soc_change"].values
    spread = ds["spread_soc_change"]
    for i in range(ds.sizes["interval"]):
        there = values[:, -1, i][np.isfinite(values[:, -1, i])]
        of = {str(s): float(spread.isel(time=-1, interval=i).sel(statistic=s)) for s in ds["statistic"].values}
        assert of["models"] == there.size >= 2
        assert of["mean"] == pytest.approx(there.mean()) and of["standard deviation"] == pytest.approx(
            there.std(ddof=1)
        )
        assert (of["minimum"], of["maximum"]) == (there.min(), there.max())
        quarters = [of[name] for name in ("lower quartile", "median", "upper quartile")]
        np.testing.assert_allclose(quarters, np.quantile(there, [0.25, 0.5, 0.75]))
    own = ds["own_stock"].values
    np.testing.assert_allclose(ds["own_change_relative"].values, 100.0 * (own / own[:, :1] - 1.0), atol=1e-10)
    assert float(ds["spread_own_change_relative"].isel(time=-1).sel(statistic="models")) == len(CHOSEN)


# -- what is told --------------------------------------------------------------------------------------------


def test_tables_say_not_modelled_and_the_mapping_is_printed(compared):
    text = terminal_text(compared.dataset)
    assert NOT_MODELLED in text and "What of the site went where" in text
    assert "of the start's input, from roots below 23 cm, is not given to the model" in " ".join(text.split())
    assert "plough (1992)" in "\n".join(closing_lines(compared.dataset))
    rows = list(csv.DictReader(io.StringIO(csv_text(compared.dataset))))
    assert tuple(rows[0]) == CSV_HEAD
    absent = [r for r in rows if r["model"] == "rothc" and r["quantity"] == "soc_stock" and r["at"] == "0-30"]
    assert absent and all(r["value"] == "" and r["remark"] == NOT_MODELLED for r in absent)
    spread = [r for r in rows if r["model"] == "(maximum)" and r["quantity"] == "soc_change_relative"]
    assert len(spread) == compared.dataset.sizes["time"] * compared.dataset.sizes["interval"]


def test_the_report_holds_every_model_figure_and_mapping(compared):
    html = render_models(compared.dataset)
    for name in CHOSEN:
        assert html.count(name) > 3
    for figure in ("stocks", "changes", "own", "profiles", "radiocarbon", "bomb", "fluxes"):
        assert f'id="figure-{figure}"' in html
    assert "Δ¹⁴C at the end of 1994, ‰" in html and len(html) < 2_000_000


def test_figures_can_be_read_and_rounding_is_not_magnified(compared, site):
    for figure in model_figures(compared.dataset):
        check_labels(figure(), figure.name)
    assert "Not modelled: 0–20\u00a0cm: rothc, millennial, mimics" in model_figures(compared.dataset)[0].caption
    still = pedozone.compare_models(
        parse_site(cases.content("temperate-grassland")), ["rothc", "rothc-layered"]
    ).dataset
    figures = {figure.name: figure for figure in model_figures(still)}
    assert figures["own"]().axes[0].get_ylim() == (-1.0, 1.0)


def test_a_single_model_has_no_spread(site):
    alone = pedozone.compare_models(site, ["rothc"]).dataset
    assert not np.isfinite(alone["spread_soc_stock"].sel(statistic="mean").values).any()
    assert "spread" not in terminal_text(alone)
    assert render_models(alone)


def test_names_of_models_are_checked():
    known = ["pedon", "rothc", "century"]
    assert check_models([" rothc", "pedon"], known, known) == ["rothc", "pedon"]
    with pytest.raises(InputError, match="Did you mean 'rothc'") as caught:
        check_models(["rothC", "nonsense", "rothc", "rothc", "mems"], known, [*known, "mems"])
    with pytest.raises(InputError, match="it knows no depth"):
        check_models(["mems"], known, [*known, "mems"], {"mems": "it knows no depth"})
    assert {*mappings(), *NOT_MAPPED} == {*available_models()} and not NOT_MAPPED
    mends = [problem.mend for problem in caught.value.all()]
    assert "Choose from those named." in mends and "Name each model once." in mends
    assert any("no mapping" in mend for mend in mends)
    with pytest.raises(InputError, match="one or more of pedon, rothc, century"):
        check_models([""], known, known)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "field.toml"
    path.write_text(toml_text(content()))
    return path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--models", "pedon,rotc"], ["--models = 'rotc'", "Did you mean 'rothc'", "allowed: one or more of pedon,"]),
        (["--models", ""], ["--models = ''", "Name models"]),
        (["--models", "rothc,rothc"], ["Name each model once"]),
        (["--models", "rothc", "--ensemble", "5"], ["--ensemble = 5", "none together with --models"]),
    ],
)
def test_bad_options_are_told_before_anything_runs(file, capsys, arguments, said):
    assert main(["compare", str(file), *arguments]) == 2
    told = capsys.readouterr().err
    for words in said:
        assert words in told


def test_models_are_compared_on_one_site(file, capsys):
    assert main(["compare", str(file), str(file), "--models", "rothc"]) == 2
    assert "one site file with --models" in capsys.readouterr().err


def test_a_classical_model_in_a_site_file_is_sent_to_compare(tmp_path, capsys):
    data = content()
    data["run"]["model"] = "rothc"
    path = tmp_path / "classical.toml"
    path.write_text(toml_text(data))
    assert main(["run", str(path)]) == 2
    told = capsys.readouterr().err
    assert "run.model = 'rothc'" in told and "compare FILE --models rothc" in told and "'pedon-core'" in told


def test_the_command_writes_three_files(file, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("pedozone.cli.compilation.configure", lambda: None)
    out = tmp_path / "out"
    assert main(["compare", str(file), "--models", "rothc,century", "-o", str(out)]) == 0
    assert sorted(p.name for p in out.iterdir()) == ["comparison.csv", "comparison.nc", "report.html"]
    printed = capsys.readouterr().out
    assert "RothC-26.3 (rothc): one layer, 0-23 cm" in printed and "Carbon stock at the end of 1994" in printed
    kept = open_run(out / "comparison.nc")
    assert list(kept["model"].values) == ["rothc", "century"]
    assert {line[1] for line in json.loads(kept.attrs["mapping"])["rothc"]} >= {"clay", "rain", "temperature"}


def test_sets_are_those_of_the_models(compared):
    sets = json.loads(compared.dataset.attrs["parameter_sets"])
    assert sets["rothc"] == "rothc-26.3" and sets["century-layered"] == "century-clm5"
    with double_precision():
        assert all(isinstance(value, jnp.ndarray) for value in values("century").values())
