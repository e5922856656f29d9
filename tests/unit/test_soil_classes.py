"""What classes of the World Reference Base, of FAO and of Soil Taxonomy stand for."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedozone.column import soil_classes
from pedozone.column.soil_classes import STATUSES, group_names, known_names, taxon, translated, usda_rules
from pedozone.observations.errors import ObservationError
from pedozone.observations.profiles import Profiles, completed
from pedozone.observations.selection import select
from pedozone.observations.soil_groups import soil_groups


@pytest.mark.parametrize(
    ("scheme", "text", "group", "ambiguous"),
    [
        ("wrb", "Vr", "Vertisols", False),
        ("wrb", "Albeluvisols", "Retisols", False),
        ("wrb", "Calcic Xerosol", "Calcisols", False),
        ("fao", "Lc", "Luvisols", False),
        ("fao", "LVh", "Luvisols", False),
        ("fao", "AO", "Acrisols", False),
        ("fao", "Gx", "Cryosols", False),
        ("fao", "GLi", "Cryosols", False),
        ("fao", "Gelic Regosols", "Cryosols", False),
        ("fao", "PDd", "Retisols", False),
        ("fao", "I", "Leptosols", False),
        ("fao", "Gypsic Yermosols", "Gypsisols", False),
        ("fao", "Haplic Yermosols", "Calcisols", True),
        ("fao", "Humic Cambisols", "Umbrisols", True),
        ("fao", "Ferric Luvisol", "Lixisols", True),
        ("fao", "Zz9", "", False),
        ("usda", "Spodosols", "Podzols", False),
        ("usda", "Mollisol", "Phaeozems", True),
        ("usda", "fine-loamy, mixed, mesic Typic Hapludalfs", "Luvisols", True),
        ("usda", "NATRAQUOLL", "Solonetz", False),
        ("usda", "Typic Natrustalf", "Solonetz", False),
        ("usda", "Lithic Ustorthent", "Leptosols", True),
        ("usda", "Typic Ustorthent", "Regosols", True),
        ("usda", "Quartzipsamments", "Arenosols", False),
        ("usda", "Dystrandept", "Andosols", False),
        ("usda", "Salorthids", "Solonchaks", False),
        ("usda", "Typic Haplosalids", "Solonchaks", False),
        ("usda", "Fraglossudalf", "Retisols", False),
        ("usda", "Plaggept", "Anthrosols", False),
        ("usda", "Typic Histoturbels", "Cryosols", False),
        ("usda", "Glacic Folistels", "Histosols", True),
        ("usda", "parent material unknown", "", False),
        ("usda", "Ferro-Humic Podzol", "", False),  # of the Canadian system
        ("usda", "SiBCS:LATOSSOLO VERMELHO", "", False),
        ("usda", "", "", False),
    ],
)
def test_classes_are_translated(scheme, text, group, ambiguous):
    found = translated(text, scheme)
    assert (found.group, found.ambiguous) == (group, ambiguous)
    if group:
        assert found.group not in found.others and found.status in STATUSES and found.source


def test_every_entry_of_the_table_is_sound():
    table = soil_classes._table()
    groups = set(group_names().values())
    assert len(groups) == len(group_names()) == 32
    for entry in (*table["name"], *table["fao"], *table["usda"]):
        assert entry["groups"] and set(entry["groups"]) <= groups
        assert len(set(entry["groups"])) == len(entry["groups"])
        assert entry["status"] in STATUSES and entry["source"] in table["sources"]
    assert set(table["fao_letters"].values()) <= groups
    for rule in usda_rules():
        assert set(rule.get("order", ())) <= set(table["usda_orders"])
        counted = dict(rule.get("counted", {}))
        counted.pop("others", None)
        assert set(counted) <= groups
        if rule["status"] == "counted":
            assert counted, rule["name"]
            assert max(counted, key=lambda g: counted[g] if g in rule["groups"] else 0) == rule["groups"][0]


def test_every_order_and_suborder_has_a_rule():
    for ending, order in soil_classes._table()["usda_orders"].items():
        assert translated(order["name"], "usda").group
        for part in order["suborders"]:
            for name in (f"{part}{ending}", f"Hapl{part}{ending}s"):
                assert taxon(name), name
                assert translated(name, "usda").group, name


@pytest.mark.parametrize("scheme", ["wrb", "fao", "usda"])
@given(text=st.one_of(st.text(max_size=40), st.sampled_from(known_names()).map(lambda name: f"Haplic {name}s, loamy")))
def test_any_text_is_a_known_group_or_none(scheme, text):
    found = translated(text, scheme)
    assert found.group in {"", *group_names().values()}
    assert set(found.others) <= set(group_names().values())


@pytest.fixture
def observed():
    names = ["wrb", "fao", "usda", "spodosol", "alfisol", "none"]
    profile = pd.DataFrame(
        {
            "profile_id": names,
            "wrb": ["Haplic Luvisol", "", "", "", "", ""],
            "fao": ["Po", "Po", "", "", "", ""],
            "usda": ["", "", "Typic Haplorthod", "Spodosols", "Alfisols", "volcanic"],
        }
    )
    none = Profiles.none()
    return Profiles(none.site, completed("profile", profile), none.layer, none.fraction)


def test_the_first_field_with_a_group_decides(observed):
    found = soil_groups(observed).set_index("profile_id")
    assert found["soil_group"].tolist() == ["Luvisols", "Podzols", "Podzols", "Podzols", "Luvisols", ""]
    assert found["soil_group_scheme"].tolist() == ["wrb", "fao", "usda", "usda", "usda", ""]
    assert found.loc["alfisol", "soil_group_others"].startswith("Lixisols or")
    assert found.loc["spodosol", "soil_group_others"] == ""
    assert soil_groups(observed, ("wrb",))["soil_group"].tolist() == ["Luvisols", *[""] * 5]
    with pytest.raises(ObservationError, match="wrb, fao, usda"):
        soil_groups(observed, ("fao74",))


def test_profiles_are_chosen_by_group_in_any_system(observed):
    assert select(observed, soil_group="Podzol").profile["profile_id"].tolist() == ["fao", "usda", "spodosol"]
    assert select(observed, soil_group=["LV"]).profile["profile_id"].tolist() == ["wrb", "alfisol"]
    with pytest.raises(ValueError, match="there are Acrisols"):
        select(observed, soil_group="Brownsol")
