"""Figures of observed profiles: steps, splines, gaps; groups with their number at every depth."""

import numpy as np
import pytest
from figure_labels import check_labels
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from observed_files import read_text
from observed_layers import profiles_of, stack_of

from pedozone.cli.app import start
from pedozone.observations.depth_statistics import LEAST_PROFILES, groups_by_depth, layer_values, steps, variable_of
from pedozone.observations.grouping import group_table
from pedozone.observations.mass_preserving import mass_preserving
from pedozone.report.profile_plots import _curve, draw_groups, draw_profiles

PITS = """profile_id,horizon,top_cm,bottom_cm,soc_percent,soc_percent_sd,bulk_density_g_cm3,delta14c_permil
Forest pit,Oa,-4,0,38,,0.15,90
Forest pit,Ah,0,8,6.5,0.6,0.9,60
Forest pit,E,8,25,1.4,0.2,,-20
Forest pit,Bs,25,45,2.2,0.3,1.2,-150
Forest pit,C,70,150,0.3,0.1,,-600
Field A / a long name that goes on and on over more than two whole lines of the title,Ap,0,25,1.6,,1.4,
Field A / a long name that goes on and on over more than two whole lines of the title,Bt,25,60,0.6,,1.5,
Field A / a long name that goes on and on over more than two whole lines of the title,Bt2,60,90,,,1.55,
Core 7,,5,15,2.1,,1.3,10
Core 7,,5,15,2.6,,1.3,30
Core 7,,12,30,1.2,,1.35,-60
"""


@pytest.fixture(scope="module")
def pits(tmp_path_factory):
    return read_text(tmp_path_factory.mktemp("pits"), PITS).profiles


def lines_of(ax, colour):
    return [line for line in ax.lines if line.get_color() == colour]


def test_profiles_show_their_layers_and_gaps(pits):
    values = layer_values(pits, variable_of("carbon"))
    figure = draw_profiles(values, list(values.names))
    check_labels(figure, "profiles")
    forest, field, core = figure.axes
    spline = lines_of(forest, "#d55e00")
    assert spline, "the spline is drawn"
    drawn = np.concatenate([line.get_ydata() for line in spline])
    assert not ((drawn > 45) & (drawn < 70)).any(), "no line where there is no layer"
    assert drawn.max() == 150 and drawn.min() == -4
    # The content of a layer is that of the curve in it.
    (bs,) = [line for line in spline if line.get_ydata()[0] == 25 and line.get_ydata()[-1] == 45]
    assert np.trapezoid(bs.get_xdata(), bs.get_ydata()) / 20 == pytest.approx(2.2, rel=0.01)
    hatched = [
        [p.get_paths()[0].get_extents().y0, p.get_paths()[0].get_extents().y1]
        for ax in (forest, field, core)
        for p in ax.collections
        if isinstance(p, PolyCollection) and p.get_hatch()
    ]
    assert hatched == [[45, 70], [60, 90], [0, 5]]
    assert forest.get_ylim() == (150, -4)
    assert any("38" in text.get_text() for text in forest.texts), "what lies beyond the scale is written"
    assert len(lines_of(core, "#2d4f85")) == 3, "replicates and overlapping layers are all there"


@pytest.mark.parametrize("variable", ["density", "delta14c", "bulk_density", "ph"])
def test_every_variable_can_be_drawn(pits, variable):
    values = layer_values(pits, variable_of(variable))
    figure = draw_profiles(values, list(values.names))
    check_labels(figure, variable)
    if variable == "density":
        dashed = [line for line in lines_of(figure.axes[0], "#2d4f85") if line.get_linestyle() == "--"]
        assert len(dashed) == 2, "what rests on an estimated bulk density is dashed"
    if variable == "delta14c":
        assert figure.axes[0].get_xlim()[0] < -600
        assert [text.get_text() for text in figure.axes[1].texts] == ["not reported"]


def many(count=9):
    rows = []
    for k in range(count):
        deep = 100 if k < 6 else 30
        rows += [(f"p{k}", a, a + 10, 3.0 + k - a / 40) for a in range(0, deep, 10) if not (k == 0 and a == 20)]
    name, top, bottom, carbon = zip(*rows, strict=True)
    layer = {"profile_id": name, "top_cm": top, "bottom_cm": bottom, "soc_percent": carbon}
    names = list(dict.fromkeys(name))
    covers = ["forest" if k < 6 else "heath" for k in range(count)]
    return profiles_of(layer, {"profile_id": names, "land_cover": covers})


def test_groups_count_only_what_layers_cover():
    observed = many()
    values = layer_values(observed, variable_of("carbon"))
    forest, heath = groups_by_depth(values, group_table(observed, ["land_cover"]), steps(0, 120), "layers")
    assert (forest.name, forest.profiles, heath.name, heath.profiles) == ("forest", 6, "heath", 3)
    at = dict(zip(forest.top.tolist(), range(len(forest.top)), strict=True))
    assert [int(forest.n[at[t]]) for t in (0, 20, 25, 30, 95, 100)] == [6, 5, 5, 6, 6, 0]
    assert forest.median[at[20]] == pytest.approx(np.median([3 + k - 0.5 for k in range(1, 6)]))
    assert forest.low[at[0]] == pytest.approx(np.percentile([3 + k for k in range(6)], 25))
    assert np.isnan(forest.median[at[100]]) and not heath.enough.any()
    (together,) = groups_by_depth(values, group_table(observed, []), steps(0, 120), "layers")
    figure = draw_groups([forest, heath], values.variable, together)
    check_labels(figure, "groups")
    left, right = figure.axes
    assert "6" in [text.get_text() for text in left.texts]
    assert not lines_of(right, "#2d4f85"), f"no median of fewer than {LEAST_PROFILES}"
    (median,) = lines_of(left, "#2d4f85")
    assert max(median.get_ydata()) == 100


def test_a_group_far_off_has_a_scale_of_its_own():
    observed = many(27)
    peat = observed.layer["profile_id"].isin([f"p{k}" for k in range(6)])
    layer = observed.layer.assign(soc_percent=(observed.layer["soc_percent"] / 8).where(~peat, 45.0))
    profile = observed.profile.assign(land_cover=["bog"] * 6 + ["forest"] * 7 + ["heath"] * 7 + ["field"] * 7)
    observed = type(observed)(observed.site, profile, layer, observed.fraction)
    values = layer_values(observed, variable_of("carbon"))
    found = groups_by_depth(values, group_table(observed, ["land_cover"]), steps(0, 30))
    figure = draw_groups(found, values.variable)
    titles = {ax.get_title(loc="left"): ax for ax in figure.axes}
    assert "bog (own scale)" in titles and "forest" in titles
    assert titles["bog (own scale)"].get_xlim()[1] > 45
    assert titles["forest"].get_xlim() == titles["heath"].get_xlim()
    FigureCanvasAgg(figure).draw()


def run(capsys, *words):
    status = start(["profiles", "plot", *map(str, words)])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return status, said.err


def test_as_typed(tmp_path, capsys):
    file, out = tmp_path / "pits.csv", tmp_path / "pits.svg"
    file.write_text(PITS, encoding="utf-8")
    assert run(capsys, file, "--out", out, "--variable", "density")[0] == 0
    assert "kg C m" in out.read_text(encoding="utf-8")
    status, err = run(capsys, file, "--out", out, "--profile", "Forest pit", "--profile", "Core 7")
    assert status == 0 and "Wrote" in err
    assert "Forest pit" in out.read_text(encoding="utf-8") and "Field A" not in out.read_text(encoding="utf-8")
    before = out.read_bytes()
    for words, named in (
        (["--profile", "Forrest pit"], "Forest pit"),
        (["--variable", "carbn"], "carbon"),
        (["--variable", "ph"], "ph"),
        (["--profile", "Core 7", "--by", "wrb"], "not both"),
        (["--by", "all"], "the largest has 3"),
        (["--by", "colour"], "colour"),
        (["--by", "all", "--method", "lines"], "spline or layers"),
        (["--by", "all", "--depths", "30"], "--depths"),
    ):
        status, err = run(capsys, file, "--out", out, *words)
        assert status == 2 and named in err, words
        assert out.read_bytes() == before
    status, err = run(capsys, file, "--out", tmp_path / "x.txt")
    assert status == 2 and ".png" in err


def test_many_profiles_become_a_group(tmp_path, capsys):
    observed = many(20)
    columns = ["profile_id", "top_cm", "bottom_cm", "soc_percent"]
    table = observed.layer[columns].merge(observed.profile[["profile_id", "land_cover"]])
    table.to_csv(tmp_path / "many.csv", index=False)
    out = tmp_path / "many.svg"
    assert run(capsys, tmp_path / "many.csv", "--out", out)[0] == 0
    assert "20 profiles" in out.read_text(encoding="utf-8")
    assert run(capsys, tmp_path / "many.csv", "--out", out, "--by", "land_cover", "--depths", "0:50")[0] == 0
    assert "half of the profiles" in out.read_text(encoding="utf-8") and "heath" in out.read_text(encoding="utf-8")


def test_a_curve_ends_at_a_cut_with_the_value_of_its_own_side():
    stack = stack_of([(0, 20, 45.0), (20, 50, 1.0), (50, 80, 1.0)], organic=[True, False, False])
    pieces = _curve(stack, mass_preserving(stack))
    assert [depth[-1] for depth, _ in pieces] == [20, 50, 80]
    np.testing.assert_allclose(pieces[0][1], 45.0)
    np.testing.assert_allclose(pieces[1][1], 1.0)
