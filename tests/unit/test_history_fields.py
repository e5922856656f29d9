"""Keys of events and changes: complete, as declared, listed and shown."""

import typing

import pytest

from pedozone.cli import main
from pedozone.config import parse_site
from pedozone.config.errors import InputError
from pedozone.config.history import Change, Event
from pedozone.config.history_fields import REQUIRED, USUAL, changes, events
from pedozone.config.templates import new_site_text
from pedozone.parameters import load_parameters

KINDS = {**{("event", n): k for n, k in events().items()}, **{("change", n): k for n, k in changes().items()}}


def test_every_kind_and_key_of_the_declarations_is_there():
    for union, found in ((Event, events()), (Change, changes())):
        for kind in typing.get_args(typing.get_args(union)[0]):
            for name in typing.get_args(kind.model_fields["what"].annotation):
                keys = {field.key for field in (*found[name].own, *found[name].common)}
                assert keys == set(kind.model_fields) - {"what"}


@pytest.mark.parametrize("which", KINDS, ids="-".join)
def test_every_key_says_what_it_is(which):
    kind = KINDS[which]
    assert kind.summary.endswith(".")
    for field in (*kind.own, *kind.common):
        assert field.meaning, field.key
        assert field.allowed, field.key
        assert "NoneType" not in field.allowed and "typing" not in field.allowed


def test_figures_are_those_that_a_site_file_is_held_to():
    fields = {field.key: field for field in events()["lime"].own}
    assert (fields["ph_rise"].unit, fields["ph_rise"].default) == ("pH units", REQUIRED)
    assert (fields["depth_cm"].allowed, fields["depth_cm"].default) == ("1 to 200", "25")
    fire = {field.key: field for field in events()["fire"].own}
    assert fire["severity"].allowed == '"low", "moderate", "high"'
    assert fire["severity"].default == '"moderate"'
    assert (fire["charcoal"].allowed, fire["charcoal"].default) == ("0 to 1", "")
    assert "0.1 to 50" in fire["heated_cm"].allowed
    text = new_site_text("temperate-grassland") + '[[event]]\nyear = 1990\nwhat = "fire"\nheated_cm = 51\n'
    import tomllib

    with pytest.raises(InputError, match=r"0\.1 to 50"):
        parse_site(tomllib.loads(text))


def test_each_parameter_of_histories_belongs_to_an_event():
    assert set(USUAL) <= set(events())
    for name in load_parameters("histories"):
        assert any(name.startswith(start) for start in USUAL.values()), name


@pytest.mark.parametrize("which", KINDS, ids="-".join)
def test_all_are_listed_and_shown(which, capsys):
    table, name = which
    assert main(["list", f"{table}s"]) == 0
    assert name in capsys.readouterr().out
    assert main(["show", table, name]) == 0
    shown = capsys.readouterr().out
    assert f"[[{table}]]" in shown
    for field in KINDS[which].own:
        assert field.key in shown


def test_a_name_that_is_not_known(capsys):
    assert main(["show", "event", "fier"]) == 2
    assert "fire" in capsys.readouterr().err
