"""Parameters: the default set, its file format, priors and errors."""

from __future__ import annotations

import json
import math
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pint
import pytest

from pedozone.parameters import (
    STATUSES,
    Parameter,
    ParameterError,
    ParameterSet,
    available_sets,
    load_parameters,
)

CORE = load_parameters("pedon-core")

RECORD = {
    "value": 1.0,
    "unit": "yr-1",
    "lower": 0.5,
    "upper": 2.0,
    "prior": "lognormal(1, 1.5)",
    "source": "Someone (2000)",
    "status": "cited",
    "description": "A rate.",
}

SET = """
schema_version = 1
name = "mine"

[references.someone-2000]
short = "Someone (2000)"
text = "Someone, A. (2000). A title. A journal 1, 2-3."
doi = "10.1000/xyz"

[parameters.rates.a_rate]
value = 1.0
unit = "yr-1"
lower = 0.5
upper = 2.0
prior = "lognormal(1, 1.5)"
source = "someone-2000"
status = "cited"
description = "A rate."
"""


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# --- the default set ------------------------------------------------------------------------------


def test_every_default_lies_inside_its_range_and_is_described():
    assert len(CORE) == 81
    for name, parameter in CORE.items():
        assert name == parameter.name
        assert parameter.lower <= parameter.value <= parameter.upper
        assert parameter.status in STATUSES
        assert parameter.status != "user"
        assert parameter.group
        assert parameter.description.endswith(".")


def test_values_are_plain_numbers():
    values = CORE.values()
    assert all(type(value) is float for value in values.values())
    assert values["uptake_rate"] == 92.0
    assert values["affinity_ph_slope"] == -0.186


def test_units_are_units():
    registry = pint.UnitRegistry()
    for parameter in CORE.parameters.values():
        registry.parse_units(re.sub(r"(?<=[A-Za-z])(-?\d+)", r"**\1", parameter.unit))


@pytest.mark.parametrize("name", list(CORE))
def test_default_is_credible_under_its_prior(name):
    parameter = CORE[name]
    probability = float(parameter.prior.cdf(parameter.value))
    # Values at an end of the range by choice are no sign of a mistyped prior.
    if parameter.lower < parameter.value < parameter.upper:
        assert 0.01 < probability < 0.99
    assert np.isfinite(parameter.prior.logpdf(parameter.value))


def test_cited_values_name_a_work_and_dois_are_well_formed():
    for parameter in CORE.parameters.values():
        assert parameter.source in CORE.references
        assert not parameter.doi or re.fullmatch(r"10\.\d{4,9}/\S+", parameter.doi)
        if parameter.range_source:
            assert parameter.range_source in CORE.references


def test_every_reference_is_used():
    used = {p.source for p in CORE.parameters.values()}
    used |= {p.range_source for p in CORE.parameters.values()}
    assert set(CORE.references) <= used


def test_citations_cover_every_parameter_once():
    citations = CORE.citations()
    served = [name for citation in citations for name in citation["values"]]
    assert sorted(served) == sorted(CORE)
    mayes = next(c for c in citations if c["short"].startswith("Mayes"))
    assert mayes["doi"] == "10.2136/sssaj2011.0340"
    assert "affinity_ph_slope" in mayes["values"]
    json.dumps(citations)


def test_records_survive_json():
    records = json.loads(json.dumps(CORE.to_records()))
    rebuilt = ParameterSet.from_records("pedon-core", records)
    assert rebuilt.parameters == CORE.parameters
    assert rebuilt.digest() == CORE.digest()


def test_digest_follows_values_alone():
    assert CORE.replace(uptake_rate=120.0).digest() != CORE.digest()
    assert CORE.replace(uptake_rate=92).digest() == CORE.digest()
    backwards = ParameterSet("other", dict(reversed(CORE.parameters.items())))
    assert backwards.digest() == CORE.digest()


def test_loading_needs_no_heavy_import():
    code = (
        "import sys; from pedozone.parameters import load_parameters; load_parameters();"
        "print([m for m in ('numpy', 'scipy', 'jax', 'pint', 'xarray') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_markdown_table_lists_a_group():
    table = CORE.markdown_table("minerals")
    assert table.count("\n") == 2 + sum(p.group == "minerals" for p in CORE.parameters.values())
    assert "[Mayes et al. (2012)](https://doi.org/10.2136/sssaj2011.0340)" in table
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in CORE.markdown_table().splitlines()}
    assert len(widths) == 1
    assert "minerals" in CORE.groups()


# --- replacing values -----------------------------------------------------------------------------


def test_replace_marks_what_was_set():
    changed = CORE.replace({"uptake_rate": 100}, mortality_rate=2.0)
    assert changed["uptake_rate"].value == 100.0
    assert changed["uptake_rate"].status == "user"
    assert not changed["uptake_rate"].doi
    assert changed["mortality_rate"].value == 2.0
    assert CORE["uptake_rate"].value == 92.0
    assert "uptake_rate" in repr(changed)
    assert CORE.replace(uptake_rate=92.0)["uptake_rate"].status == "calibrated"


@pytest.mark.parametrize(
    ("overrides", "name", "hint"),
    [
        ({"uptake_rat": 3.0}, "uptake_rat", "uptake_rate"),
        ({"uptake_rate": 3.0}, "uptake_rate", "10 to 500 yr-1"),
        ({"uptake_rate": math.nan}, "uptake_rate", "finite"),
        ({"uptake_rate": "100"}, "uptake_rate", "number"),
        ({"uptake_rate": True}, "uptake_rate", "number"),
        ({"stable_desorption_rate": 1e-4}, "stable_desorption_rate", "1,000 to 20,000"),
    ],
)
def test_replace_names_what_is_wrong(overrides, name, hint):
    with pytest.raises(ParameterError) as caught:
        CORE.replace(overrides)
    assert name in caught.value.name
    assert hint in str(caught.value)


def test_unknown_name_is_no_key_error_without_help():
    with pytest.raises(ParameterError, match="uptake_rate"):
        CORE["uptake"]
    assert "uptake" not in CORE
    assert "uptake_rate" in CORE


def test_error_survives_pickling_and_names_its_file():
    error = ParameterError("a", 1, "2 to 3", "Raise it.", file="x.toml")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error) == "x.toml: a = 1: allowed is 2 to 3. Raise it."


# --- one parameter --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": 3.0}, "a"),
        ({"value": "1"}, "a.value"),
        ({"upper": 0.1}, "a.lower"),
        ({"lower": math.inf}, "a.lower"),
        ({"status": "guessed"}, "a.status"),
        ({"prior": "lognormal(1)"}, "a.prior"),
        ({"prior": "uniform(5, 6)"}, "a.prior"),
        ({"prior": 3}, "a.prior"),
        ({"unit": " "}, "a.unit"),
        ({"trainable": "yes"}, "a.trainable"),
        ({"boundaries": 1}, "a.boundaries"),
    ],
)
def test_a_wrong_record_is_refused(change, field):
    with pytest.raises(ParameterError) as caught:
        Parameter.from_record("a", {**RECORD, **change})
    assert caught.value.name == field
    assert caught.value.allowed
    assert caught.value.mend


def test_a_missing_key_is_named():
    with pytest.raises(ParameterError, match=r"a\.source"):
        Parameter.from_record("a", {k: v for k, v in RECORD.items() if k != "source"})


def test_a_name_must_be_an_identifier():
    with pytest.raises(ParameterError):
        Parameter.from_record("a rate", RECORD)


# --- set files ------------------------------------------------------------------------------------


def test_a_file_of_ones_own(tmp_path):
    mine = load_parameters(write(tmp_path, SET))
    assert mine.values() == {"a_rate": 1.0}
    assert mine["a_rate"].doi == "10.1000/xyz"
    assert mine["a_rate"].group == "rates"
    assert load_parameters(str(tmp_path / "mine.toml")).digest() == mine.digest()


def test_extending_changes_one_value(tmp_path):
    text = """
schema_version = 1
extends = "pedon-core"
[references.me]
short = "Me (2030)"
text = "Me (2030)."
[parameters.microbes.uptake_rate]
value = 90.0
source = "me"
status = "calibrated"
"""
    mine = load_parameters(write(tmp_path, text))
    assert mine.name == "mine"
    assert mine["uptake_rate"].value == 90.0
    assert mine["uptake_rate"].source == "Me (2030)"
    assert mine["uptake_rate"].upper == CORE["uptake_rate"].upper
    assert len(mine) == len(CORE)
    assert mine.constraints == CORE.constraints
    child = 'schema_version = 1\nextends = "mine.toml"\n'
    assert load_parameters(write(tmp_path, child, "child.toml"))["uptake_rate"].value == 90.0


def test_extending_itself_is_refused(tmp_path):
    write(tmp_path, 'schema_version = 1\nextends = "b.toml"\n', "a.toml")
    write(tmp_path, 'schema_version = 1\nextends = "a.toml"\n', "b.toml")
    with pytest.raises(ParameterError, match="extends"):
        load_parameters(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("schema_version = 1", "schema_version = 2", "schema_version"),
        ('name = "mine"', "nam = 1", "nam"),
        ('name = "mine"', "name = 1", "name"),
        ('short = "Someone (2000)"', "", "references.someone-2000.short"),
        ('doi = "10.1000/xyz"', "doi = 10", "references.someone-2000.doi"),
        ('source = "someone-2000"', 'source = "someone-200"', "a_rate.source"),
        ('source = "someone-2000"', 'source = ["someone-2000"]', "a_rate.source"),
        ("lower = 0.5", "lower = 0.5\nlowr = 0.4", "a_rate.lowr"),
        ("value = 1.0", "value = 9.0", "a_rate"),
        ("[parameters.rates.a_rate]", "[parameters.a_rate]", "parameters.a_rate.value"),
        ('name = "mine"', "parameters = 3", "TOML"),
        ('name = "mine"', "constraints = 3", "constraints"),
        ('name = "mine"', "extends = 3", "extends"),
        ("value = 1.0", "value = ", "TOML"),
    ],
)
def test_a_wrong_file_names_itself_and_the_field(tmp_path, old, new, field):
    path = write(tmp_path, SET.replace(old, new))
    with pytest.raises(ParameterError) as caught:
        load_parameters(path)
    assert caught.value.file == str(path)
    assert caught.value.name == field


@pytest.mark.parametrize(
    "constraint",
    ['product_of = ["b_rate"]', 'product_of = "a_rate x"', "product_of = 3", 'produkt = "a"'],
)
def test_a_wrong_constraint_is_refused(tmp_path, constraint):
    text = f'{SET}\n[[constraints]]\n{constraint}\nlower=0\nupper=1\nunit="1"\ndescription="x"'
    with pytest.raises(ParameterError, match="constraints"):
        load_parameters(write(tmp_path, text))


def test_a_value_that_replaces_another_needs_its_own_source(tmp_path):
    text = 'schema_version=1\nextends="pedon-core"\n[parameters.microbes.uptake_rate]\nvalue = 90.0'
    with pytest.raises(ParameterError, match="source"):
        load_parameters(write(tmp_path, text))


def test_an_empty_set_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="at least one"):
        load_parameters(write(tmp_path, "schema_version = 1"))
    with pytest.raises(ParameterError, match="No such file"):
        load_parameters(tmp_path / "none.toml")


def test_an_unknown_name_suggests():
    with pytest.raises(ParameterError, match="pedon-core"):
        load_parameters("pedon-cor")


# --- sets of other packages -----------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package on the path that offers sets in each of the ways an entry point may."""
    write(tmp_path, SET)
    module = (
        "from pathlib import Path\n"
        "path = Path(__file__).with_name('mine.toml')\n"
        "def function():\n    return str(path)\n"
        "wrong = 3\n"
    )
    write(tmp_path, module, "their_sets.py")
    folder = tmp_path / "theirs-1.0.dist-info"
    folder.mkdir()
    write(folder, "Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n", "METADATA")
    names = "\n".join(f"{name} = their_sets:{name}" for name in ("path", "function", "wrong"))
    write(folder, f"[pedozone.parameters]\n{names}\nabsent = no_such_module:x", "entry_points.txt")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("their_sets", None)


def test_sets_of_other_packages_are_found(installed):
    assert {"pedon-core", "path", "function", "wrong", "absent"} <= set(available_sets())
    assert load_parameters("path").name == "mine"
    assert load_parameters("function").name == "mine"
    with pytest.raises(ParameterError, match="entry point wrong"):
        load_parameters("wrong")
    with pytest.raises(ParameterError, match="entry point absent"):
        load_parameters("absent")
