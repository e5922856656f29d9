"""RothC's input table and verb: what is read, what is written, and what a mistake is told."""

import csv
import json
import re

import numpy as np
import pytest

from pedozone.cli.app import start
from pedozone.config.errors import InputError
from pedozone.config.rothc_table import COLUMNS, read_rothc_table

HEADER = ",".join(COLUMNS)
MEAN = [
    (3.4, 74, 8), (3.6, 59, 10), (5.1, 62, 27), (7.3, 51, 49), (11.0, 52, 83), (13.9, 57, 99),
    (16.0, 34, 103), (16.0, 55, 91), (13.5, 58, 69), (10.2, 56, 34), (6.1, 75, 16), (4.6, 71, 8),
]  # fmt: skip
YEARS = (1, 1901, 1902)
FINE_SOIL = ["--silt", "60", "--bulk-density", "1.3", "--organic-carbon", "1"]


def rows():
    """Twelve months of spin-up and two years, as lists of cells."""
    return [
        [str(year), str(m + 1), "100", *map(str, MEAN[m]), "0.15", "1.5" if m == 1 else "0", "1", "1.44"]
        for year in YEARS
        for m in range(12)
    ]


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    monkeypatch.setattr("pedozone.cli.compilation.configure", lambda: None)


@pytest.fixture
def write(tmp_path):
    def file(cells, header=HEADER, name="table.csv", mark=","):
        path = tmp_path / name
        path.write_text("\n".join([header, *(mark.join(row) for row in cells)]) + "\n", encoding="utf-8")
        return path

    return file


def test_a_table_is_read(write):
    table = read_rothc_table(write(rows()))
    assert list(table.columns) == list(COLUMNS)
    np.testing.assert_allclose(table.columns["Tmp"][:12], [month[0] for month in MEAN])
    assert table.columns["year"][-1] == 1902 and len(table.columns["FYM"]) == 36
    assert not table.header


@pytest.mark.parametrize(
    ("header", "mark"),
    [
        ("t_year,t_month,t_mod,t_tmp,t_rain,t_evap,t_C_Inp,t_FYM_Inp,t_PC,t_DPM_RPM", ","),
        ("YEAR;MONTH;MODERN;TMP;RAIN;EVAP;C_INP;FYM;PC;DPM_RPM", ";"),
        ("\ufeffyear\tmonth\tmodern\tTmp (C)\tRain [mm]\tEvap\tC_inp\tFYM\tPC\tDPM:RPM", "\t"),
    ],
)
def test_other_spellings_are_understood(write, header, mark):
    if mark == "\t":
        header = header.replace(" (C)", "(C)").replace(" [mm]", "[mm]")
    table = read_rothc_table(write(rows(), header, mark=mark))
    assert list(table.columns) == list(COLUMNS)


def test_the_text_file_of_the_program_is_read_with_its_head(tmp_path):
    head = [
        "example input data", "soil variables and nsteps are only needed once", "   (-)       (-)",
        " opt_RMmoist  opt_SMDbare", "    2          2", " (%) (cm) (t C/ha) (-) (%) (g/m3) (%) (-)",
        "clay\tdepth\t iom nsteps siltper BD OC minRM_Moist", "23.4\t23.0\t3.0041\t30 58.6 1.27 0.94 0.15",
        "(-) (-) (%) (C) (mm) (mm) (t C/ha) (t C/ha) (-) (-)", "year month modern Tmp Rain Evap C_inp FYM PC DPM_RPM",
    ]  # fmt: skip
    path = tmp_path / "RothC_input.dat"
    path.write_text("\n".join([*head, *("\t".join(row) for row in rows())]))
    table = read_rothc_table(path)
    assert table.header["clay"] == 23.4 and table.header["opt_RMmoist"] == 2 and table.header["silt"] == 58.6
    assert len(table.columns["year"]) == 30
    path.write_text(path.read_text().replace("3.0041\t30", "3.0041\t99"))
    with pytest.raises(InputError, match="nsteps = 99"):
        read_rothc_table(path)


@pytest.mark.parametrize(
    ("names", "values", "said"),
    [
        ("clay depth iom nsteps", "13 25 3 5", "head, nsteps = 5"),
        ("clay depth iom nsteps", "13 25 3 30.5", "head, nsteps = 30.5"),
        ("clay depth iom nsteps", "13 25 3", "head = .3 values"),
        ("clay depth iom steps", "13 25 3 30", "line 1: head = 'steps'"),
        ("opt_RMmoist opt_SMDbare", "4 1", "head, opt_RMmoist = 4"),
        ("opt_RMmoist opt_SMDbare", "1 0", "head, opt_SMDbare = 0"),
    ],
)
def test_a_head_that_cannot_be_meant_is_named(tmp_path, names, values, said):
    path = tmp_path / "RothC_input.dat"
    table = [HEADER.replace(",", " "), *("\t".join(row) for row in rows())]
    path.write_text("\n".join([names, values, *table]))
    with pytest.raises(InputError, match=said):
        read_rothc_table(path)


def mistaken(row, column, text):
    cells = rows()
    cells[row - 1][list(COLUMNS).index(column)] = text
    return cells


@pytest.mark.parametrize(
    ("row", "column", "text", "said"),
    [
        (20, "Rain", "nan", "row 20, column Rain = 'nan'"),
        (20, "Rain", "", "row 20, column Rain = (missing)"),
        (13, "Tmp", "warm", "row 13, column Tmp = 'warm'"),
        (36, "Evap", "inf", "row 36, column Evap = 'inf'"),
        (14, "C_inp", "-0.1", "row 14, column C_inp = -0.1"),
        (14, "PC", "0.5", "row 14, column PC = 0.5"),
        (14, "Rain", "1_0", "row 14, column Rain = '1_0'"),
        (14, "PC", "2", "row 14, column PC = 2.0"),
        (2, "month", "13", "row 2, column month = 13.0"),
        (15, "month", "4", "row 15, columns year and month = '1901-04'"),
        (13, "month", "2", "row 13, columns year and month = '1901-02'"),
        (26, "year", "1905", "row 26, columns year and month = '1905-02'"),
        (3, "modern", "5000", "row 3, column modern = 5000.0"),
    ],
)
def test_a_wrong_cell_is_named(write, capsys, row, column, text, said):
    path = write(mistaken(row, column, text))
    out = path.with_name("out.csv")
    assert start(["rothc", str(path), "--clay", "20", "--iom", "3", "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert said in told and f"line {row + 1}" in told and "allowed:" in told and "mend:" in told
    assert not out.exists() and sorted(p.name for p in path.parent.iterdir()) == ["table.csv"]


@pytest.mark.parametrize("row", [2, 7, 12, 14, 24, 30])
def test_a_missing_month_is_named(write, row):
    cells = rows()
    del cells[row - 1]
    with pytest.raises(InputError, match=rf"row {row}, columns year and month") as caught:
        read_rothc_table(write(cells))
    assert len(caught.value.all()) == 1  # of what follows from it, nothing is said


def test_wrong_headers_are_named_together(write):
    with pytest.raises(InputError) as caught:
        read_rothc_table(write(rows(), HEADER.replace("Rain", "Rainfal").replace("FYM", "Tmp")))
    told = [problem.message() for problem in caught.value.all()]
    assert any("Did you mean 'Rain'?" in text for text in told)
    assert any("header Tmp" in text and "each column once" in text for text in told)
    assert any("header FYM = (missing)" in text for text in told)
    assert len(told) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("hello\n", "header = 'hello'"),
        (HEADER + "\n", "0 rows"),
        (HEADER + "\n" + "\n".join(",".join(row) for row in rows()[:11]), "11 rows"),
        (HEADER + "\n1,2,3\n", "3 cells"),
        (b"\xff\xfe\x00\x01", "UTF-8"),
        (HEADER.encode("utf-16-le"), "UTF-16"),
        (HEADER.encode() + b"\n1,\xe9", r"line 2: .not UTF-8 text"),
    ],
)
def test_what_is_no_table_is_told(tmp_path, content, said):
    path = tmp_path / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=said):
        read_rothc_table(path)


def _with_empty_rows(lines):
    return [*lines[:20], "," * 9, *lines[20:], "," * 9]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [line.replace(".", ",") for line in lines], "row 1 .* point if they have commas"),
        (lambda lines: [line.replace(",", ";").replace(".", ",") for line in lines], "row 1, column .* with a point"),
        (lambda lines: [line + "," for line in lines], "a column without a name"),
        (_with_empty_rows, "row 20 = .empty.*Remove the empty row"),
        (lambda lines: [lines[0].replace("Tmp", "Temperature"), *lines[1:]], "Did you mean 'Tmp'"),
        (lambda lines: [lines[0].replace("Evap", "Open-pan evaporation"), *lines[1:]], "Did you mean 'Evap'"),
        (lambda lines: [*lines[:25], lines[26], lines[25], *lines[27:]], "row 25, columns year and month"),
        (lambda lines: [*lines[:25], lines[24], *lines[25:]], "row 25, columns year and month"),
    ],
)
def test_what_spreadsheets_do_to_a_table_is_told(write, capsys, change, said):
    path = write([[cell if "." in cell else cell + (".5" if 3 <= k <= 4 else "") for k, cell in enumerate(row)]
                  for row in rows()])  # fmt: skip
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
    assert start(["rothc", str(path), "--clay", "20", "--iom", "3"]) == 2
    assert re.search(said, capsys.readouterr().err, re.DOTALL)


def test_what_is_not_used_or_hardly_meant_is_told(write, capsys):
    path = write([[*row[:2], "1.0", *row[3:]] for row in rows()])
    assert start(["rothc", str(path), "--clay", "20", "--iom", "3", "--silt", "40", "--spin-up", "solve"]) == 0
    told = capsys.readouterr().err
    assert "--silt not used" in told and "1 % modern in row 1" in told
    much = write([[*row[:6], "90", *row[7:]] for row in rows()], name="much.csv")
    assert start(["rothc", str(much), "--clay", "20", "--iom", "3", "--spin-up", "solve"]) == 0
    told = capsys.readouterr()
    assert "more than mineral soils hold" in told.err
    assert all(len(line.split()) == 8 for line in told.out.splitlines() if line.startswith("equilibrium"))
    soil = ["--clay", "60", *FINE_SOIL, "--moisture", "drier"]
    assert start(["rothc", str(path), "--iom", "3", *soil]) == 2
    assert "up to 100 % together" in capsys.readouterr().err


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_make_no_difference(write, end):
    path = write(rows())
    plain = read_rothc_table(path).columns
    path.write_bytes(path.read_text().replace("\n", end).encode("utf-8-sig"))
    for name, values in read_rothc_table(path).columns.items():
        np.testing.assert_array_equal(values, plain[name])


def test_the_verb_writes_every_month_and_a_summary(write, capsys):
    path = write(rows())
    out = path.with_name("out.csv")
    command = ["rothc", str(path), "--clay", "23.4", "--toc", "40", "--out", str(out), "--json"]
    assert start([*command, "--spin-up", "solve"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["iom_t_C_ha"] == pytest.approx(0.049 * 40.0**1.139)
    assert summary["spin_up_months"] is None and summary["months"] == 24
    with open(out, newline="") as stream:
        written = list(csv.DictReader(stream))
    assert [row["Year"] for row in written] == ["1901"] * 12 + ["1902"] * 12
    # bomb-free inputs of a modern atmosphere: the whole soil is older by its inert carbon and its own slowness
    assert 100.0 < float(written[-1]["radiocarbon_age_yr"]) < 2000.0
    assert float(written[-1]["SOC_t_C_ha"]) == pytest.approx(summary["final"]["SOC_t_C_ha"])
    # the run repeats the year of the spin-up
    assert summary["final"]["HUM_t_C_ha"] == pytest.approx(summary["equilibrium"]["HUM_t_C_ha"], rel=1e-9)
    assert start(command) == 0
    cycled = json.loads(capsys.readouterr().out)
    assert cycled["spin_up_months"] % 12 == 0
    assert cycled["final"]["SOC_t_C_ha"] == pytest.approx(summary["final"]["SOC_t_C_ha"], abs=1e-3)
    assert start(["rothc", str(path), "--clay", "23.4", "--iom", "3"]) == 0
    assert "Delta14C" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--clay"),
        (["--clay", "20"], "--iom"),
        (["--clay", "120", "--iom", "3"], "clay = 120.0"),
        (["--clay", "20", "--iom", "-3"], "iom = -3.0"),
        (["--clay", "20", "--toc", "-3"], "--toc"),
        (["--clay", "20", "--iom", "3", "--depth", "0"], "Give a value within that: --depth."),
        (["--clay", "20", "--iom", "3", "--moisture", "drier"], "Give --silt."),
        (["--clay", "0", "--iom", "3", "--moisture", "drier", *FINE_SOIL], "Use --moisture standard"),
        (["--clay", "20", "--iom", "3", "--out", "/no/such/folder/out.csv"], "folder"),
    ],
)
def test_wrong_options_are_told(write, capsys, options, said):
    assert start(["rothc", str(write(rows())), *options]) == 2
    assert said in capsys.readouterr().err


def test_a_missing_file_is_told(tmp_path, capsys):
    assert start(["rothc", str(tmp_path / "none.csv"), "--clay", "20", "--iom", "3"]) == 2
    assert "none.csv" in capsys.readouterr().err
