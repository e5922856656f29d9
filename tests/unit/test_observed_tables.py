"""The tables of observed profiles and what is noted while they are read."""

import numpy as np
import pandas as pd
import pytest

from pedozone.observations.fields import FIELDS, field_of
from pedozone.observations.findings import DISPOSITIONS, Findings
from pedozone.observations.profiles import ORIGIN, Profiles, completed


def layers(name: str) -> Profiles:
    layer = completed("layer", pd.DataFrame({"profile_id": [name] * 2, "top_cm": [0, 10], "bottom_cm": [10, 30]}))
    profile = completed(
        "profile", pd.DataFrame({"profile_id": [name], "site_id": [f"{name}'s field"], "sampling_year": [1990]})
    )
    site = completed("site", pd.DataFrame({"site_id": [f"{name}'s field"], "latitude": [51.8]}))
    return Profiles(site, profile, layer, Profiles.none().fraction)


def test_every_field_has_a_description_and_every_number_a_unit_and_a_range():
    for table, fields in FIELDS.items():
        assert len({f.name for f in fields}) == len(fields)
        for f in fields:
            assert f.table == table
            assert f.description
            if f.kind == "number":
                assert f.unit
                assert f.lower < f.upper
    assert field_of("layer", "ph").upper == 12
    with pytest.raises(KeyError, match="phh"):
        field_of("layer", "phh")


def test_a_completed_table_has_all_columns():
    found = layers("pit 1").layer
    assert list(found.columns) == [*(f.name for f in FIELDS["layer"]), *ORIGIN]
    assert np.isnan(found["soc_percent"]).all()
    assert (found["horizon"] == "").all()
    assert not found["organic"].any()
    assert found["row"].tolist() == [2, 3]


def test_sets_go_together_and_apart():
    both = Profiles.together([layers("pit 1"), layers("pit 2")])
    assert len(both) == 2
    one = both.of(["pit 2"])
    assert set(one.layer["profile_id"]) == {"pit 2"}
    assert one.site["site_id"].tolist() == ["pit 2's field"]
    with pytest.raises(ValueError, match="pit 1"):
        Profiles.together([one, layers("pit 1"), layers("pit 1")])
    assert len(Profiles.together([])) == 0


def test_layers_know_their_place():
    joined = layers("pit 1").joined()
    assert joined["latitude"].tolist() == [51.8, 51.8]
    assert joined["sampling_year"].tolist() == [1990, 1990]


def test_findings_are_counted_and_kept_by_row():
    findings = Findings()
    findings.note("refused", "no depth", file="a.csv", row=[7, 3], table="layer", field="top_cm", value=["", "x"])
    findings.note("converted", "from g/kg", file="a.csv", row=5, table="layer", field="soc_percent", value=12.0)
    findings.note("flagged", "nothing at all", file="a.csv", row=[], table="layer")
    table = findings.table()
    assert table["row"].tolist() == [3, 5, 7]
    assert set(table["disposition"]) <= set(DISPOSITIONS)
    counts = findings.counts()
    assert dict(zip(counts["disposition"], counts["rows"], strict=True)) == {"refused": 2, "converted": 1}
    assert Findings().table().empty
