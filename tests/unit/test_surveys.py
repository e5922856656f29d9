"""Change between surveys."""

import numpy as np
import pytest
from scipy import stats

from pedozone.observations.surveys import detectable_difference, paired, samples_needed, unpaired


def test_pairs_of_a_published_example():
    # Student (1908, doi:10.1093/biomet/6.1.1), extra sleep of ten patients with two drugs: mean 1.58, t = 4.0621,
    # p = 0.002833, 95 % interval 0.70 to 2.46 (as in the help of R's t.test).
    one = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    two = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = paired(np.append(one, np.nan), np.append(two, 1.0))
    assert found.first_n == 10
    assert found.mean == pytest.approx(1.58)
    assert found.t == pytest.approx(4.0621, abs=5e-5)
    assert found.p == pytest.approx(0.002833, abs=5e-7)
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=5e-7)
    assert found.significant
    # The same without pairing, Welch: t = 1.8608 on 17.776 degrees of freedom, p = 0.07939.
    apart = unpaired(one, two)
    assert apart.t == pytest.approx(1.8608, abs=5e-5)
    assert apart.degrees_of_freedom == pytest.approx(17.776, abs=5e-4)
    assert apart.p == pytest.approx(0.07939, abs=5e-6)
    assert not apart.significant
    assert apart.detectable > found.detectable


def test_sample_sizes_of_a_textbook():
    # Cohen (1988), two-sided 5 %, power 80 %: 26, 64 and 393 a group for effects of 0.8, 0.5 and 0.2; 34 pairs for 0.5.
    assert [samples_needed(effect, 1.0) for effect in (0.8, 0.5, 0.2)] == [26, 64, 394]
    assert samples_needed(0.5, 1.0, paired=True) == 34
    with pytest.raises(ValueError, match="difference"):
        samples_needed(0.0, 1.0)


def test_the_detectable_difference_is_found_as_often_as_promised():
    rng = np.random.default_rng(11)
    n, sd = 12, 3.0
    difference = detectable_difference(sd * np.sqrt(2 / n), 2 * n - 2)
    one = rng.normal(10, sd, (4000, n))
    two = rng.normal(10 + difference, sd, (4000, n))
    assert (stats.ttest_ind(one, two, axis=1).pvalue < 0.05).mean() == pytest.approx(0.8, abs=0.025)
    quantiles = stats.t.ppf(0.975, 2 * n - 2) + stats.t.ppf(0.8, 2 * n - 2)
    assert difference == pytest.approx(quantiles * sd * np.sqrt(2 / n), rel=0.02)
    assert np.isnan(detectable_difference(float("nan"), 3))
    assert detectable_difference(0.0, 3) == 0


def test_no_change_and_too_little_to_say():
    same = paired(np.array([1.0, 2, 3]), np.array([1.0, 2, 3]))
    assert (same.mean, same.t, same.p, same.rank_p) == (0, 0, 1, 1)
    shifted = paired(np.array([1.0, 2, 3]), np.array([2.0, 3, 4]))
    assert shifted.p == 0
    for call in (lambda: paired(np.array([1.0]), np.array([2.0])), lambda: unpaired(np.ones(1), np.ones(5))):
        with pytest.raises(ValueError, match="two are the least"):
            call()
    with pytest.raises(ValueError, match="as many"):
        paired(np.ones(3), np.ones(4))
