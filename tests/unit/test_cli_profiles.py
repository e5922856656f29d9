"""``pedozone profiles``: validate, import, list."""

import csv

import pytest
from observed_files import rows_of, text_of
from typer.testing import CliRunner

from pedozone.cli.app import app

runner = CliRunner()


def pedozone(*words):
    return runner.invoke(app, [str(word) for word in words])


def test_validate_tells_what_is_there_and_writes_the_report(tmp_path):
    rows = rows_of(3)
    rows[1][2] = rows[1][1]
    file, report = tmp_path / "pits.csv", tmp_path / "report.csv"
    file.write_text(text_of(rows))
    done = pedozone("profiles", "validate", file, "--report", report)
    assert done.exit_code == 0, done.output
    assert "12 rows read: 11 layers kept, 1 refused" in done.output
    assert "no thickness" in done.output
    with open(report, encoding="utf-8", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert found[0]["disposition"] == "read"
    assert [row["row"] for row in found if row["disposition"] == "refused"] == ["3"]
    assert pedozone("profiles", "validate", file, "--quiet").stdout == ""


@pytest.mark.parametrize("text", [None, "", "a,b,c\n1,2,3\n", "profile_id,top_cm,bottom_cm,ph\np,5,5,7\n"])
def test_a_file_that_cannot_be_used_ends_with_2(tmp_path, text):
    file = tmp_path / "pits.csv"
    if text is not None:
        file.write_text(text)
    done = pedozone("profiles", "validate", file)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert "Error:" in done.output


def test_a_mapping_makes_any_table_readable(tmp_path):
    file, mapping = tmp_path / "own.csv", tmp_path / "own.toml"
    file.write_text("Pit;From;To;Corg\n1;0;10;12,5\n")
    mapping.write_text(
        '[columns]\nPit = "profile_id"\nFrom = "top_cm"\nTo = "bottom_cm"\n'
        'Corg = { field = "soc_percent", unit = "g/kg" }\n'
    )
    done = pedozone("profiles", "validate", file, "--mapping", mapping)
    assert done.exit_code == 0, done.output
    assert "converted from g/kg" in done.output
    mapping.write_text('[columns]\nPit = "profil_id"\n')
    done = pedozone("profiles", "validate", file, "--mapping", mapping)
    assert done.exit_code == 2
    assert "profile_id" in done.output


def test_sets_are_imported_and_listed(tmp_path):
    pytest.importorskip("pyarrow")
    file, folder = tmp_path / "pits.csv", tmp_path / "kept"
    file.write_text(text_of(rows_of(3)))
    done = pedozone("profiles", "import", file, "--name", "pits", "--catalogue", folder)
    assert done.exit_code == 0, done.output
    again = pedozone("profiles", "import", file, "--name", "pits", "--catalogue", folder)
    assert again.exit_code == 2
    listed = pedozone("profiles", "list", "--catalogue", folder)
    assert "pits" in listed.output and "12" in listed.output
    assert pedozone("profiles", "list", "--catalogue", tmp_path / "absent").exit_code == 2


def test_soil_classes_are_counted_by_system(tmp_path):
    rows = ["profile_id,top_cm,bottom_cm,soc_percent,wrb,usda"]
    classes = [("Haplic Luvisol", "Typic Hapludalf"), ("", "Spodosols"), ("", "Alfisols"), ("", "AUC:GC"), ("", "")]
    rows += [f"p{k},0,20,1.5,{wrb},{usda}" for k, (wrb, usda) in enumerate(classes)]
    file = tmp_path / "layers.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    done = CliRunner().invoke(app, ["profiles", "validate", str(file)])
    assert done.exit_code == 0
    said = " ".join(done.stdout.split())
    assert "Soil class of 4 profiles, a reference soil group of 3: 1 by the World Reference Base, 2 by Soil" in said
    assert "1 of them may be another group" in said and "Not recognised: AUC:GC (1)." in said
