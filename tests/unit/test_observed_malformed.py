"""Any malformed file of profiles ends in a report: no traceback, no row lost."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from observed_files import HEADS, nothing_lost, read_text, reasons, rows_of, text_of

from pedozone.observations.errors import ObservationError
from pedozone.observations.reading_report import report_table, report_text

QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def swap_depths(rows, k):
    rows[k][1], rows[k][2] = rows[k][2], rows[k][1]


def overlap(rows, k):
    rows[k][2] = str(int(rows[k][2]) + 500)


def same_depths(rows, k):
    rows[k][2] = rows[k][1]


def no_depth(rows, k):
    rows[k][1 + k % 2] = ("", "NA", "-9999", "Inf", "deep")[k % 5]


def decimal_comma(rows, k):
    rows[k][4] = '"' + rows[k][4].replace(".", ",") + '"'


def bare_comma(rows, k):
    rows[k][4] = rows[k][4].replace(".", ",")


def double(rows, k):
    rows.insert(k, list(rows[k]))


def other_value(rows, k):
    rows.insert(k, [*rows[k][:4], "1.111", *rows[k][5:]])


def no_name(rows, k):
    rows[k][0] = ""


def words(rows, k):
    rows[k][5] = ("n.d.", "<0.1", "trace", "1.2.3", "1_0", "٣", "\x00", "1e400")[k % 8]


def open_quote(rows, k):
    rows[k][3] = '"A'


def cut(rows, k):
    del rows[k][5:]


def blank(rows, k):
    rows[k] = [""]


def permille(rows, k):
    rows[k][4] = str(float(rows[k][4]) * 1000)


SPOIL = (
    swap_depths, overlap, same_depths, no_depth, decimal_comma, bare_comma, double, other_value, no_name, words,
    open_quote, cut, blank, permille,
)  # fmt: skip


@QUICK
@given(
    spoilt=st.lists(st.tuples(st.sampled_from(SPOIL), st.integers(0, 10_000)), min_size=1, max_size=8),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_no_row_is_lost_however_the_file_is_spoilt(tmp_path, spoilt, encoding, end):
    rows = rows_of(6)
    rows[0][0] = "Bärenhöhle"
    for spoil, k in spoilt:
        try:
            spoil(rows, k % len(rows))
        except (IndexError, ValueError):
            continue  # a row that has been spoilt before
    data = text_of(rows).replace("\n", end).encode(encoding, errors="replace")
    reading = read_text(tmp_path, data)
    nothing_lost(reading)
    assert report_text(reading)
    assert len(report_table(reading)) >= 1
    if not any(spoil in (open_quote,) for spoil, _ in spoilt):
        assert reading.files[0].read == len(rows) - _blank_at_the_end(rows)


def _blank_at_the_end(rows):
    count = 0
    while rows and not any(rows[-1 - count]):
        count += 1
    return count


@QUICK
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(str.encode),
        st.text(alphabet=',;"\n\r\t ab1.-\x00', max_size=120).map(lambda t: (",".join(HEADS) + "\n" + t).encode()),
        st.binary(max_size=120).map(lambda b: (",".join(HEADS) + "\n").encode() + b),
    )
)
def test_any_bytes_end_in_a_report_or_in_one_clear_error(tmp_path, data):
    try:
        reading = read_text(tmp_path, data)
    except ObservationError as error:
        assert error.mend and error.allowed
        assert "data.csv" in str(error) or "<heads>" in str(error)
    else:
        nothing_lost(reading)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_another_encoding_is_read_and_said(tmp_path, encoding):
    rows = rows_of(2)
    rows[0][3] = "Ah/Göhr"
    reading = read_text(tmp_path, text_of(rows).encode(encoding))
    assert "Windows-1252" in reasons(reading, "assumed")
    assert reading.profiles.layer["horizon"][0] == "Ah/Göhr"


def test_all_depths_exchanged_are_turned_round_and_told(tmp_path):
    rows = rows_of(5)
    plain = read_text(tmp_path, text_of(rows)).profiles.layer
    for k in range(len(rows)):
        swap_depths(rows, k)
    reading = read_text(tmp_path, text_of(rows))
    nothing_lost(reading)
    assert reading.files[0].refused == 0
    assert "named the wrong way round" in reasons(reading, "flagged")
    np.testing.assert_array_equal(reading.profiles.layer["top_cm"], plain["top_cm"])
    np.testing.assert_array_equal(reading.profiles.layer["bottom_cm"], plain["bottom_cm"])


def test_a_mistyped_depth_is_refused_not_turned_round(tmp_path):
    rows = [["p", "0", "30", "A"], ["p", "30", "60", "B"], ["p", "145", "15", "C"]]
    reading = read_text(tmp_path, text_of(rows, (*HEADS[:4], "soc_percent")).replace("A\n", "A,1\n"))
    nothing_lost(reading)
    table = reading.findings.table()
    refused = table[table["disposition"] == "refused"]
    assert refused["row"].tolist() == [4]
    assert "145-15 cm" in refused["value"].tolist()


def test_an_organic_layer_counted_upwards_goes_above_the_mineral_soil(tmp_path):
    rows = [["p", "5", "0", "O", "30"], ["p", "0", "20", "A", "3"]]
    reading = read_text(tmp_path, text_of(rows, HEADS[:5]))
    layer = reading.profiles.layer
    assert layer["top_cm"].tolist() == [-5, 0]
    assert layer["bottom_cm"].tolist() == [0, 20]
    assert layer["organic"].tolist() == [True, False]
    assert "count upwards" in reasons(reading, "converted")


def test_grams_per_kilogram_taken_for_percent_are_noticed_and_not_converted(tmp_path):
    rows = rows_of(20)
    for row in rows:
        row[4] = str(10 * float(row[4]))
    reading = read_text(tmp_path, text_of(rows))
    assert "g/kg" in reasons(reading, "flagged")
    assert reading.profiles.layer["soc_percent"].max() > 10
    plain = read_text(tmp_path, text_of(rows_of(20)))
    assert "g/kg" not in reasons(plain, "flagged")


def test_percent_taken_for_grams_per_kilogram_are_noticed(tmp_path):
    heads = tuple("soc_percent [g/kg]" if head == "soc_percent" else head for head in HEADS)
    reading = read_text(tmp_path, text_of([[*r[:4], str(float(r[4]) / 4), *r[5:]] for r in rows_of(20)], heads))
    assert "percent declared as g/kg" in reasons(reading, "flagged")


@pytest.mark.parametrize(("factor", "unit"), [(0.01, "in m?"), (10, "in mm?"), (1, "")])
def test_depths_in_another_unit_are_noticed(tmp_path, factor, unit):
    depths = [(factor * top, factor * bottom) for top, bottom in ((0, 10), (10, 30), (30, 100))]
    lines = [f"p{k},{top:g},{bottom:g},1" for k in range(3) for top, bottom in depths]
    reading = read_text(tmp_path, "profile_id,top_cm,bottom_cm,soc_percent\n" + "\n".join(lines) + "\n")
    said = reasons(reading, "flagged")
    assert unit in said if unit else "are depths" not in said


def test_years_to_come_are_flagged(tmp_path):
    text = "profile_id,sampling_year,top_cm,bottom_cm,soc_percent\na,2099,0,10,1\nb,1999,0,10,1\n"
    flagged = read_text(tmp_path, text).findings.table()
    assert flagged.loc[flagged["field"] == "sampling_year", "value"].tolist() == ["2099"]


def test_decimal_commas_between_semicolons(tmp_path):
    rows = rows_of(4)
    plain = read_text(tmp_path, text_of(rows)).profiles.layer
    reading = read_text(tmp_path, text_of(rows, delimiter=";").replace(".", ","))
    np.testing.assert_array_equal(reading.profiles.layer["soc_percent"], plain["soc_percent"])
    assert "a decimal comma" in reasons(reading, "converted")


def test_rows_and_keys_that_stand_twice(tmp_path):
    heads = ("layer_id", *HEADS[:5])
    rows = [
        ["1", "p", "0", "10", "A", "2"],
        ["1", "p", "0", "10", "A", "2"],
        ["1", "p", "10", "20", "A", "1"],
        ["1", "q", "0", "10", "A", "2"],
    ]
    reading = read_text(tmp_path, text_of(rows, heads))
    nothing_lost(reading)
    assert reading.files[0].refused == 1
    assert "row 2" in reading.findings.table()["value"].tolist()
    assert reading.profiles.layer["layer_id"].tolist() == ["p/1", "p/1#2", "q/1"]


def test_heads_that_stand_twice_or_are_empty(tmp_path):
    text = "profile_id,top_cm,bottom_cm,soc_percent,soc_percent,\np,0,10,1,2,x\n"
    reading = read_text(tmp_path, text)
    nothing_lost(reading)
    assert reading.profiles.layer["soc_percent"].tolist() == [1]
    assert "a second column of this name" in reasons(reading, "flagged")


def test_numbers_beyond_measure_are_taken_out(tmp_path):
    heads = "profile_id,top_cm,bottom_cm,clay_percent,silt_percent,sand_percent,soc_percent\n"
    reading = read_text(tmp_path, heads + "p,0,10,-1e308,-1e308,1e308,inf\n" * 3)
    nothing_lost(reading)
    assert reading.profiles.layer[["clay_percent", "soc_percent"]].isna().all(axis=None)


def test_replicates_overlaps_and_gaps_are_kept_and_flagged(tmp_path):
    rows = [["p", "0", "10"], ["p", "0", "10"], ["p", "8", "20"], ["p", "30", "40"], ["q", "5", "10"]]
    text = text_of([[*row, "A", str(k)] for k, row in enumerate(rows)], HEADS[:5])
    reading = read_text(tmp_path, text)
    assert reading.files[0].kept == 5
    table = reading.findings.table().set_index("row")
    said = table[table["field"] == "top_cm"]["reason"]
    assert "replicates" in said[2] and "replicates" in said[3]
    assert "overlaps" in said[4]
    assert "gap" in said[5]
    assert "begins below" in said[6]


@pytest.mark.nightly  # 20 s; the same checks run on small tables above
def test_a_million_rows(tmp_path):
    profiles = np.repeat(np.arange(250_000), 4)
    top = np.tile([0, 10, 30, 60], 250_000)
    bottom = np.tile([10, 30, 60, 100], 250_000)
    bottom[::1000] = top[::1000]
    lines = [f"p{p},{t},{b},1.5\n" for p, t, b in zip(profiles, top, bottom, strict=True)]
    reading = read_text(tmp_path, "profile_id,top_cm,bottom_cm,soc_percent\n" + "".join(lines))
    assert reading.files[0].read == 1_000_000
    assert reading.files[0].refused == 1000
    assert len(reading.profiles.layer) == 999_000
    assert "1,000,000 rows read" in report_text(reading)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "a\n1\n", "profile_id,top_cm,bottom_cm\n", "x,y,z\n1,2,3\n", b"PK\x03\x04xx", b"\x1f\x8bxx"]
)
def test_a_file_that_is_no_table_of_profiles_gives_one_error(tmp_path, text):
    with pytest.raises(ObservationError, match=r"data\.csv"):
        read_text(tmp_path, text)
