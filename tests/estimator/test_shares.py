"""Shots shared out among bases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.errors import SweepError
from qsharp_bridge.estimator.shares import share_out

weights = st.lists(st.floats(0, 1e6), min_size=1, max_size=30)


@given(weights=weights, more=st.integers(0, 10_000), allocation=st.sampled_from(["weight", "equal"]))
def test_all_shots_are_given_and_each_basis_has_one(weights, more, allocation):
    found = share_out(len(weights) + more, weights, allocation)
    assert sum(found) == len(weights) + more
    assert min(found) >= 1
    if allocation == "equal":
        assert max(found) - min(found) <= 1


def test_in_proportion():
    assert share_out(1000, [3.0, 1.0, 0.0]) == [749, 250, 1]
    assert share_out(5, [0.0, 0.0]) == [3, 2]
    assert share_out(5, []) == []


def test_mistakes():
    with pytest.raises(SweepError, match="2 shots a point are fewer than the 3 bases"):
        share_out(2, [1.0, 1.0, 1.0])
    with pytest.raises(SweepError, match="allocation is 'best'; give one of 'weight', 'equal'"):
        share_out(2, [1.0], "best")
