"""Profiles of one name in several files: none is put into another unseen."""

import pytest

from pedozone.observations.reading import read_profiles

HEADS = "profile_id,latitude,longitude,sampling_year,top_cm,bottom_cm,soc_percent\n"


def read(folder, *texts):
    files = [folder / f"farm{k}.csv" for k in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(HEADS + text)
    return read_profiles(files)


def told(reading):
    table = reading.findings.table()
    return table[(table["disposition"] == "flagged") & (table["field"] == "profile_id")]["reason"].tolist()


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("1,-20,30,,30,60,4\n", "places differ"),
        ("1,50,10,2010,30,60,4\n", "other years"),
        ("1,,,,0,15,4\n1,,,,15,40,3\n", "layers overlap"),
    ],
)
def test_different_profiles_of_one_name_stay_apart(tmp_path, second, why):
    reading = read(tmp_path, "1,50,10,1990,0,10,2\n1,50,10,1990,10,30,1\n", second)
    found = reading.profiles
    assert found.profile["profile_id"].tolist() == ["1", "1 (farm1.csv)"]
    assert len(found.site) == 2 and found.site["latitude"].tolist()[0] == 50
    assert found.layer["profile_id"].value_counts()["1"] == 2
    assert set(found.profile["site_id"]) == set(found.site["site_id"])
    (reason,) = told(reading)
    assert why in reason


def test_parts_of_one_profile_come_together_and_that_is_told(tmp_path):
    reading = read(tmp_path, "1,50,10,1990,0,10,2\n1,50,10,1990,0,10,2.2\n", "1,50,10,1990,10,30,1\n")
    assert len(reading.profiles.profile) == 1 and len(reading.profiles.layer) == 3
    assert "taken as the same" in told(reading)[0]


def test_a_copy_of_a_file_adds_no_profile(tmp_path):
    text = "1,50,10,1990,0,10,2\n1,50,10,1990,10,30,1\n"
    assert len(read(tmp_path, text, text).profiles.profile) == 1


def test_a_third_file_of_the_same_name_has_a_name_of_its_own(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    files = [tmp_path / "c.csv", tmp_path / "a/c.csv", tmp_path / "b/c.csv"]
    for k, file in enumerate(files):
        file.write_text(HEADS + f"1,{10 * k},0,,0,10,{k + 1}\n")
    found = read_profiles(files).profiles
    assert found.profile["profile_id"].is_unique and len(found.profile) == 3
    assert found.layer["profile_id"].nunique() == 3


def test_sites_of_one_name_that_lie_apart_keep_their_places(tmp_path):
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for file, profile, place in zip(files, ("a", "b"), ("50,10", "-20,30"), strict=True):
        file.write_text(
            f"site_id,profile_id,latitude,longitude,top_cm,bottom_cm,soc_percent\nfarm,{profile},{place},0,9,2\n"
        )
    found = read_profiles(files).profiles
    places = found.profile.merge(found.site, on="site_id").set_index("profile_id")["latitude"]
    assert places.to_dict() == {"a": 50, "b": -20}
