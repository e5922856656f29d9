"""``pedozone profiles harmonise`` and ``stocks``, as typed."""

import io

import pandas as pd
import pytest

from pedozone.cli.app import start

TABLE = """profile_id,top_cm,bottom_cm,soc_percent,bulk_density_g_cm3,wrb,land_cover
a,0,20,2.0,1.2,Haplic Luvisol,forest
a,20,100,0.5,1.5,Haplic Luvisol,forest
b,0,30,1.0,,LV,forest
b,30,95,0.4,,LV,forest
c,0,10,3.0,1.0,PZ,heath
c,30,60,1.0,1.3,PZ,heath
"""


@pytest.fixture
def data(tmp_path):
    file = tmp_path / "layers.csv"
    file.write_text(TABLE, encoding="utf-8")
    return str(file)


def test_stocks_by_group(data, tmp_path, capsys):
    out = tmp_path / "stocks.csv"
    asked = ["profiles", "stocks", data, "--depths", "30,100", "--by", "wrb,land_cover", "--out", str(out)]
    assert start([*asked, "--draws", "50", "--seed", "4"]) == 0
    said = capsys.readouterr()
    assert "Luvisols  forest" in said.out
    assert "0-30 cm: 2 complete, 1 has a gap" in said.err
    assert "seed 4" in said.err
    table = pd.read_csv(out)
    assert len(table) == 6
    stock = table[(table["profile_id"] == "a") & (table["bottom_cm"] == 100)]["soc_stock_kg_m2"].iloc[0]
    assert stock == pytest.approx(2.0 * 10 * 1.2 * 0.2 + 0.5 * 10 * 1.5 * 0.8)
    assert table[table["basis"] == "reaches only part"]["soc_stock_kg_m2"].isna().all()
    before = out.read_bytes()
    assert start([*asked, "--draws", "50", "--seed", "4"]) == 0
    assert out.read_bytes() == before


def test_stocks_of_all_together(data, capsys):
    assert start(["profiles", "stocks", data, "--least", "0.9", "--quiet"]) == 0
    assert "all" in capsys.readouterr().out


def test_harmonised_to_the_standard_output(data, capsys):
    assert start(["profiles", "harmonise", data, "--fields", "soc_percent,bulk_density_g_cm3"]) == 0
    said = capsys.readouterr()
    table = pd.read_csv(io.StringIO(said.out))
    assert len(table) == 18
    assert (table["soc_percent_basis"] == "across a gap").sum() == 2
    assert "1 gap between layers, 0 overlaps, 0 replicates" in said.err
    assert start(["profiles", "harmonise", data, "--method", "smoothing", "--lambda", "1"]) == 0
    assert "misses the content" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verb", "options", "named"),
    [
        ("stocks", ["--depths", "30,x"], "--depths"),
        ("stocks", ["--by", "biome"], "biome"),
        ("stocks", ["--density", "magic"], "manrique-jones"),
        ("stocks", ["--method", "magic"], "spline"),
        ("stocks", ["--draws", "1"], "2 or more"),
        ("harmonise", ["--fields", "horizon"], "horizon"),
        ("harmonise", ["--least", "0"], "above 0"),
        ("harmonise", ["--ends", "loose"], "sloping"),
        ("harmonise", ["--lambda", "-1", "--method", "smoothing"], "lambda"),
        ("harmonise", ["--depths", "30-10"], "--depths"),
    ],
)
def test_wrong_requests_end_with_2_and_write_nothing(data, tmp_path, capsys, verb, options, named):
    out = tmp_path / "out.csv"
    assert start(["profiles", verb, data, *options, "--out", str(out)]) == 2
    assert named in capsys.readouterr().err
    assert not out.exists()
