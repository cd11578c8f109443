"""Values and variances from counts: covariances included, and never an error of nothing."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.errors import RunError
from qsharp_bridge.estimator.moments import BasisMoments, Moments
from qsharp_bridge.results.counts import Counts
from qsharp_bridge.results.formats import Output
from qsharp_bridge.results.observables import expectation

bits = st.lists(st.integers(0, 1), min_size=3, max_size=3).map(tuple)


def moments(rows, terms, qubits) -> Moments:
    rows = list(rows)
    outcomes = {str(outcome): outcome for outcome, _ in rows}
    return BasisMoments(terms, qubits)(Counts({str(outcome): count for outcome, count in rows}, outcomes))


counted = st.dictionaries(bits, st.integers(1, 500), min_size=1)


@given(counts=counted, numbers=st.lists(st.floats(-9, 9), min_size=3, max_size=3))
def test_value_and_variance_are_those_of_the_shots(counts, numbers):
    terms = dict(zip(("ZII", "IZZ", "ZZZ"), numbers, strict=True))
    shots = [
        sum(
            c * (-1) ** sum(b for b, letter in zip(row, term, strict=True) if letter != "I")
            for term, c in terms.items()
        )
        for row, count in counts.items()
        for _ in range(count)
    ]
    found = moments(counts.items(), [terms], 3)
    n, reach = len(shots), sum(map(abs, numbers))
    assert found.mean[0] == pytest.approx(np.mean(shots), abs=1e-9)
    assert found.variance[0] == pytest.approx((np.var(shots) / n + reach**2 / n**2) / (1 + 1 / n) ** 2, abs=1e-9)
    assert found.deviation[0] ** 2 == pytest.approx(found.variance[0] * n, abs=1e-6)


@given(counts=counted)
def test_for_one_string_it_is_the_wilson_interval_of_the_results(counts):
    output = Output({str(list(row)): n for row, n in counts.items()}, {str(list(row)): list(row) for row in counts})
    wanted = expectation(output, "ZIZ")
    found = moments(counts.items(), [{"XIY": 1.0}], 3)
    assert found.mean[0] == pytest.approx(wanted.value)
    # At the ends of its range the interval of a share is cut off at 0 and 1, where it is exact.
    if abs(wanted.value) < 1:
        assert math.sqrt(found.variance[0]) == pytest.approx(wanted.error)
    else:
        assert math.sqrt(found.variance[0]) >= wanted.error * 0.99


def test_outcomes_of_another_width():
    for counts in ([((0, 1), 5)], [((0, 1, 2), 5)], [(3, 5)]):
        with pytest.raises(RunError, match="is not of 3 measured bits"):
            moments(counts, [{"ZZZ": 1.0}], 3)
    with pytest.raises(RunError, match="there is no shot"):
        moments([], [{"ZZZ": 1.0}], 3)


@given(several=st.lists(counted, min_size=2, max_size=4))
def test_values_kept_from_earlier_counts_change_nothing(several):
    terms = [{"ZII": 0.5, "IZZ": -2.0}, {"ZZZ": 1.5}, {}]
    kept = BasisMoments(terms, 3)
    for one in several:
        texts = {str(list(row)): n for row, n in one.items()}
        counts = Counts(texts | {"Error: 1": 3}, {str(list(row)): list(row) for row in one})  # with failed shots
        for found, alone in zip(kept(counts), moments(one.items(), terms, 3), strict=True):
            np.testing.assert_allclose(found, alone, atol=1e-12)
