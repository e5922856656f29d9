"""Replicates, overlaps and gaps: one rule where tables are read and where layers are put together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observed_files import read_text
from observed_layers import profiles_of, stack_of

from pedozone.observations.harmonise import harmonise
from pedozone.observations.neighbours import REASONS, TOLERANCE_CM, neighbours

depths = st.sampled_from([0.0, 5.0, 10.0, 10.02, 10.04, 10.5, 20.0, 20.03, 30.0])
spans = st.tuples(depths, depths).filter(lambda pair: pair[1] - pair[0] > 1e-3)


@settings(max_examples=150, deadline=None)
@given(st.lists(spans, min_size=1, max_size=5))
def test_what_is_reported_is_what_is_computed_with(pairs):
    top, bottom = (np.array(part) for part in zip(*pairs, strict=True))
    found = neighbours(np.zeros(len(pairs), dtype=int), top, bottom)
    stack = stack_of([(a, b, 1.0) for a, b in pairs])
    assert (np.diff(stack.nodes[0]) > 0).all()
    inside = ~stack.layer[0, : stack.last[0]]
    assert (found["kind"] == "gap").sum() == inside.sum()
    if not stack.overlapping[0]:
        assert not found["kind"].isin(["overlap", "replicate"]).any()
    # What layers hold goes on: the stack covers what they cover, but for what is closed as rounding.
    covered = sorted(set(pairs))
    length, reach = 0.0, -np.inf
    for a, b in covered:
        length += max(0.0, b - max(a, reach))
        reach = max(reach, b)
    whole = float(stack.covered(np.array([100.0]))[0, 0])
    assert length - 1e-9 <= whole <= length + TOLERANCE_CM * len(pairs)


def test_readers_and_harmonising_note_the_same(tmp_path):
    layer = {
        "profile_id": ["p"] * 6 + ["q"] * 2,
        "top_cm": [0, 0, 8, 30, 40.04, 60.2, 0, 15.03],
        "bottom_cm": [10, 10, 20, 40, 60, 70, 15, 30],
        "soc_percent": [2.0, 2.2, 1.8, 1.0, 0.8, 0.5, 1.0, 0.5],
    }
    text = "\n".join([",".join(layer), *(",".join(map(str, row)) for row in zip(*layer.values(), strict=True))])
    read = read_text(tmp_path, text + "\n")
    noted = read.findings.table()
    noted = noted[noted["reason"].isin(REASONS.values())]
    again = harmonise(profiles_of(layer)).findings.table()
    for table in (noted, again):
        assert table["row"].tolist() == [2, 3, 4, 5, 7]
        assert table["value"].tolist() == ["0-10 cm", "0-10 cm", "8-10 cm", "20-30 cm", "60-60.2 cm"]
    assert noted["reason"].tolist() == again["reason"].tolist()
    # Three hundredths of a centimetre are no gap: nothing is reported, and nothing is lacking.
    table = harmonise(read.profiles, depths=[(0, 30)], method="layers").table.set_index("profile_id")
    assert table.loc["q", "soc_percent_basis"] == "complete"
    assert table.loc["q", "soc_percent"] == pytest.approx((15 + 15 * 0.5) / 30)
    assert table.loc["p", "soc_percent_basis"] == "has a gap"
