"""The headline names where the carbon is and what took it: peat, organic layers and events."""

import json

import numpy as np
import pytest
from figure_labels import check_labels
from report_dataset import make_dataset
from report_variants import peat, with_events

from pedozone.cli.summary_text import summary_text
from pedozone.report import figures, render_report
from pedozone.report.numbers import fixed, signed
from pedozone.report.summary import headline
from pedozone.simulation.summary import held_words, is_peat, whole_column


@pytest.fixture(scope="module")
def drained():
    return peat()


def test_a_drained_peat_loses_carbon_though_its_mineral_soil_gains(drained):
    mineral = drained["soc_stock"].sel(interval="0-30").values
    assert is_peat(drained) and mineral[-1] > mineral[0]
    summary = headline(drained)
    column = 10 * whole_column(drained)
    change = float(column[-1] - column[list(drained["time"].values).index(1959.0)])
    assert change < 0
    assert f"They have lost {fixed(-change)} t C/ha since 1959" in summary.sentences[0]
    assert [card.value for card in summary.cards[:2]] == [fixed(column[-1]), signed(change)]
    assert summary.cards[2].label == "Of it in the peat"
    assert "gained" not in summary.sentences[0]


def test_the_boundary_of_peat_is_reckoned_from_its_surface(drained):
    below = 100 * float(drained["boundary_below_top"][-1])
    above = 100 * float(drained["boundary_depth"].sel(criterion="dom_fate")[-1])
    assert below - above > 10
    summary = headline(drained)
    (card,) = (card for card in summary.cards if card.label == "Boundary of the zones")
    assert card.value == fixed(below, 0) and card.details[0] == "below the surface of the peat"
    text = summary_text(drained, [])
    assert f"2014: {below:.0f} cm below the surface of the peat" in text


def test_a_sinking_surface_is_no_moving_boundary():
    ds = peat()
    ds["boundary_depth"].loc[{"criterion": "dom_fate"}] = 0.004
    ds["depth_top"][:, 0] = -1.5 + 0.3 * (ds["time"] >= 1990)
    sentences = headline(ds).sentences
    assert not any("boundary has moved" in text for text in sentences)
    assert any("surface of the peat has sunk by 30 cm" in text and "boundary stays" in text for text in sentences)


def test_what_was_prescribed_or_frozen_leads_report_and_terminal():
    ds = make_dataset()
    assert held_words(ds) == []
    given = {"depth_cm": [70.0, 40.0], "year": [1975, 1990], "width_cm": 40.0, "rates": ["uptake: rate V_u"]}
    ds.attrs |= {
        "prescribed_boundary": json.dumps(given),
        "frozen_from": 1959,
        "frozen": json.dumps(["root and exudate profile"]),
    }
    prescribed, frozen = headline(ds).warnings
    assert "70 cm in 1975, 40 cm in 1990; 40 cm wide" in prescribed and "uptake: rate V_u" in prescribed
    assert "1959" in frozen and "root and exudate profile" in frozen
    lines = summary_text(ds, []).splitlines()
    assert f"NOTE: {prescribed}" in lines and f"NOTE: {frozen}" in lines
    assert "is not put in: it follows" not in render_report(ds)


def test_the_terminal_leads_with_the_whole_column_of_peat(drained):
    text = summary_text(drained, [])
    assert text.index("whole column: peat") < text.index("mineral soil\n")
    forest = summary_text(make_dataset(), [])
    assert forest.index("mineral soil\n") < forest.index("whole column: organic layer")


def test_an_organic_layer_is_told_with_its_change():
    ds = make_dataset()
    above = 10 * ds["organic_layer_stock"].values
    summary = headline(ds)
    at = list(ds["time"].values).index(1959.0)
    assert f"The organic layer on top of it holds {fixed(above[-1])} t C/ha more" in summary.sentences[0]
    assert f"{signed(above[-1] - above[at])} since then" in summary.sentences[0]
    bare = make_dataset(organic_thickness=1e-9)
    assert not any("organic layer" in text.lower() for text in headline(bare).sentences)


def test_events_are_named_with_what_they_moved_in_the_span():
    ds = with_events({1955: ("manure", 3.0, 0.0), 1960: ("plough", 0.0, 0.0), 1961: ("fire", 0.1, 0.45)})
    sentence = headline(ds).sentences[0]
    assert "events (fire) brought 1.0 t C/ha from outside and took 4.5 t C/ha outright" in sentence
    assert "In that time" not in headline(with_events({1960: ("plough", 0.0, 0.0)})).sentences[0]


def test_figures_of_peat_begin_at_its_surface(drained):
    top = 100 * float(drained["depth_top"].min())
    for name in ("boundary", "boundary_horizons", "boundary_criteria", "crossing_probability"):
        if name in figures.available(drained):
            check_labels(figures[name](drained), name)
            assert figures[name](drained).axes[0].get_ylim()[1] == pytest.approx(top), name
    check_labels(figures["soc_stock"](drained), "soc_stock")
    (image,) = figures["boundary"](drained).axes[0].get_images()
    *_, highest = image.get_extent()
    assert highest == pytest.approx(top)
    membership = drained["membership"].sel(horizon=10.0).values
    shown = np.ma.filled(image.get_array(), np.nan)
    assert np.nanmax(shown[:, 0]) == pytest.approx(membership[0].max(), abs=0.05)


def test_noise_does_not_scale_an_axis():
    ds = make_dataset().copy(deep=True)
    ds["rezoning"] = 1e-11 * ds["rezoning"]
    upper, lower = figures["zone_transfer"](ds).axes[:2]
    largest = 1000 * float(np.abs(ds["transfer_across_boundary"]).max())
    assert lower.get_ylim() == pytest.approx((-1e-3 * largest, 1e-3 * largest))
    assert upper.get_ylim()[1] > largest
