"""A run with many events closes its ledger, for every tracer, in every year."""

import numpy as np
import pedon_columns as columns
import pytest

from pedozone.config import parse_site
from pedozone.config.radiocarbon import curve_of
from pedozone.engine.precision import double_precision
from pedozone.engine.stepping import STEPPERS
from pedozone.engine.year import State
from pedozone.simulation import years as years_module
from pedozone.simulation.dataset import geometry_of
from pedozone.simulation.events import event_totals, event_variables, events_by_cell
from pedozone.simulation.histories import timeline_of
from pedozone.simulation.setting import TRACERS
from pedozone.simulation.years import run_years

FIRST, LAST = 1990, 2004
DIARY = {
    "event": [
        {"year": 1992, "what": "plough", "depth_cm": 25.0},
        {"year": 1992, "what": "sow", "cover": "cereal-cropland"},
        {"years": [1993, 1999], "every": 2, "what": "manure", "carbon_t_ha": 3.0, "incorporated_cm": 20.0},
        {"year": 1993, "what": "plough", "depth_cm": 18.0, "tool": "chisel"},
        {"year": 1995, "what": "fire", "severity": "high"},
        {"year": 1996, "what": "drought", "precipitation_factor": 0.4, "months": [6, 7, 8]},
        {"year": 1997, "what": "flood", "precipitation_factor": 2.0},
        {"year": 1998, "what": "landslip", "removed_cm": 13.0},
        {"year": 1999, "what": "burial", "deposited_cm": 9.0, "carbon_of_topsoil": 0.5},
        {"year": 2000, "what": "lime", "ph_rise": 1.0},
        {"year": 2001, "what": "harvest", "residues_left": 0.3, "litter_removed": 0.5, "residues_carbon_t_ha": 1.0},
        {"year": 2002, "what": "clear-cut", "wood_carbon_t_ha": 10.0},
        {"year": 2003, "what": "graze", "eaten": 0.5},
        {"year": 2003, "what": "sow-deep-rooting", "rooting_depth_cm": 150.0, "root_beta": 0.98},
    ],
    "change": [
        {"from_year": 1990, "to_year": 2000, "what": "warming", "by": 2.0},
        {"from_year": 1990, "to_year": 2000, "what": "precipitation", "by_percent": -10.0},
        {"from_year": 2000, "to_year": 2002, "what": "succession", "cover": "temperate-forest"},
    ],
}


def site_with(diary):
    given = columns.site(layers=10)
    data = given.model_dump(exclude_none=True)
    data.update(diary, history=[], observation=[])
    data["start"]["year"], data["run"]["end_year"] = FIRST, LAST
    return parse_site(data)


@pytest.fixture(scope="module")
def done():
    site = site_with(DIARY)
    with double_precision():
        setting = columns.setting_of(site)
        bare = columns.bare(setting, 0.05)
        tracers = [bare.stocks[0] * share for share in (0.9, 0.2, 0.5, 0.1, 300.0)]
        start = State(np.stack([bare.stocks[0], *tracers]), bare.physical)
        before = years_module.one_year._cache_size()
        _, record = run_years(
            setting, STEPPERS["first_order"], start, list(site.years), timeline_of(site), curve_of(site)
        )
        compiled = years_module.one_year._cache_size() - before
        faces = geometry_of(setting, record)["face"]
    return site, setting, record, faces, compiled


def test_the_ledger_closes_with_its_events(done):
    record = done[2]
    led = record.ledger
    held = record.stocks[..., 0].sum(axis=(2, 3))
    gain, loss = (a.sum(axis=2) for a in event_totals(record))
    booked = led.input.sum(axis=(2, 3)) - led.loss.sum(axis=(2, 3, 4)) - led.face[:, :, :, -1, 0].sum(axis=2)
    booked = booked + led.source.sum(axis=(2, 3)) + gain - loss
    scale = held[0] + led.input.sum(axis=(0, 2, 3)) + gain.sum(axis=0)
    assert np.abs(np.diff(held, axis=0) - booked).max(axis=0).max() > 0.0  # rounding there is
    assert (np.abs(np.diff(held, axis=0) - booked).max(axis=0) / scale).max() <= 1e-12
    assert (np.abs((np.diff(held, axis=0) - booked).sum(axis=0)) / scale).max() <= 1e-12
    assert gain[:, 0].sum() > 2.0 and loss[:, 0].sum() > 0.1


def test_every_cell_closes_between_the_events_and_the_steps(done):
    record = done[2]
    external, carried, mass = events_by_cell(record)
    start = record.stocks[:-1, ..., 0].sum(axis=2)
    for booked in record.events:
        k = record.years.index(booked.year)
        if booked is [e for e in record.events if e.year == booked.year][-1]:
            after = booked.account.after[..., 0]
            np.testing.assert_allclose(after, start[k] + external[k] + carried[k], rtol=1e-12, atol=1e-12)
    assert np.abs(carried.sum(axis=2)).max() <= 1e-12 * start.max()
    assert mass[record.years.index(1998)] < 0.0 < mass[record.years.index(1999)]
    assert np.count_nonzero(mass) == 2


def test_events_happen_in_the_order_written_and_once(done):
    record = done[2]
    told = [(e.year, e.what) for e in record.events]
    assert told[:4] == [(1992, "plough"), (1993, "manure"), (1993, "plough"), (1995, "manure")]
    assert [year for year, what in told if what == "manure"] == [1993, 1995, 1997, 1999]
    variables = event_variables(record)
    assert variables["event"][1][record.years.index(1999)] == "manure, burial"
    assert np.abs(variables["event_redistribution"][1].sum(axis=(1, 2))).max() < 1e-12


def test_tags_and_ages_of_what_entered(done):
    record = done[2]
    manure = next(e for e in record.events if e.year == 1993)
    gain = manure.account.gain["manure"].sum(axis=(1, 2))[:, 0]
    air = 1.0 + record.atmosphere[record.years.index(1993)] / 1000.0
    np.testing.assert_allclose(gain[0], 0.3, rtol=1e-12)
    np.testing.assert_allclose(gain[1 + TRACERS.index("radiocarbon")], 0.3 * air, rtol=1e-12)
    assert gain[1 + TRACERS.index("age")] == 0.0


def test_all_years_share_one_compiled_function(done):
    # the state of the start is NumPy's, that of later years JAX's: two signatures, whatever happens in between
    assert done[4] <= 2


def test_the_soil_moves_with_a_landslip_and_lime_fades(done):
    _, setting, record, faces, _ = done
    ph, year = record.soils.ph[..., 0], record.years.index
    slots = setting.model.graph.organic
    limed = ph[year(2000) + 1, slots] - ph[year(1999) + 1, slots]
    later = ph[year(2003) + 1, slots] - ph[year(1999) + 1, slots]
    np.testing.assert_allclose(limed, 1.0, rtol=1e-12)
    np.testing.assert_allclose(later, np.exp(-0.3), rtol=1e-12)
    np.testing.assert_array_equal(record.soils.mineral_mass[0], record.soils.mineral_mass[-1])
    assert not np.array_equal(record.soils.mineral_density[0], record.soils.mineral_density[-1])
    assert np.isfinite(faces).all() and (np.diff(faces, axis=1) >= 0.0).all()


def test_covers_are_named_through_a_succession(done):
    covers = dict(zip(done[2].years, done[2].covers, strict=True))
    assert covers[1991] == "temperate-grassland"
    assert covers[1999] == "cereal-cropland"
    assert covers[2001] == "cereal-cropland to temperate-forest"
    assert covers[2002] == "temperate-forest"
