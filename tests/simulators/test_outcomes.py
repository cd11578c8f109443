"""Outcomes: display text, order of the histogram, equal and unequal values."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.simulators import LOST, Outcomes, display

VALUES = st.recursive(
    st.one_of(st.sampled_from([0, 1]), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        ([0, 1], "[0, 1]"),
        ((1, 1), "(1, 1)"),
        (1, "1"),
        (([1, 0], (-2.71, 67)), "([1, 0], (-2.71, 67))"),
        (True, "true"),
        (([1, 0], (-2.71, 67), [(6, True), (12, False)]), "([1, 0], (-2.71, 67), [(6, true), (12, false)])"),
        ((), "()"),
        ([], "[]"),
        ([[], [0]], "[[], [0]]"),
        (-0.0, "-0.0"),
        (1e-10, "1e-10"),
        (LOST, "2"),
        ("it, e", "it, e"),
        (('a"b', ["c"], 1), '("a\\"b", ["c"], 1)'),
    ],
)
def test_display_is_the_text_of_the_service(outcome, text):
    assert display(outcome) == text


@given(st.lists(VALUES, max_size=20))
def test_shots_come_back_as_they_were(shots):
    outcomes = Outcomes.of(shots, engine="cpu", why="")
    assert list(map(repr, outcomes.shots)) == list(map(repr, shots))
    assert len(outcomes) == len(shots)


@given(st.lists(st.lists(st.sampled_from([0, 1, 2]), min_size=3, max_size=3), max_size=50))
def test_histogram_counts_each_distinct_outcome_in_ascending_order(shots):
    rows = Outcomes.of(shots, engine="cpu", why="").histogram()
    assert sum(count for _, _, count in rows) == len(shots)
    assert all(shots.count(outcome) == count and text == display(outcome) for outcome, text, count in rows)
    assert [outcome for outcome, _, _ in rows] == sorted(
        {tuple(shot) for shot in shots} and map(list, {tuple(s) for s in shots})
    )
    json.dumps(rows)


def test_negative_zero_and_zero_are_two_outcomes_and_nan_is_one():
    rows = Outcomes.of([0.0, -0.0, float("nan"), float("nan")], engine="cpu", why="").histogram()
    assert sorted((text, count) for _, text, count in rows) == [("-0.0", 1), ("0.0", 1), ("nan", 2)]


def test_counts_are_python_integers_and_unused_rows_are_not_shown():
    outcomes = Outcomes([[0], [1], [2]], np.array([1, 1, 0]), engine="qulacs", why="")
    assert outcomes.histogram() == [([0], "[0]", 1), ([1], "[1]", 2)]
    assert all(type(count) is int for _, _, count in outcomes.histogram())
    assert outcomes.counts() == {"[0]": 1, "[1]": 2}
    assert outcomes.shots == [[1], [1], [0]]


def test_equality_is_by_shots():
    one = Outcomes.of([0, 1], engine="cpu", why="")
    assert one == Outcomes([1, 0], np.array([1, 0]), engine="qulacs", why="")
    assert one != Outcomes.of([1, 0], engine="cpu", why="")
    assert one != Outcomes.of([False, True], engine="cpu", why="")
    assert one != [0, 1]


def test_repr_is_short():
    text = repr(Outcomes.of(range(1000), engine="cpu", why=""))
    assert text.startswith("Outcomes(1000 shots by cpu: 0: 1, ")
    assert text.endswith("992 more)")


def test_importing_outcomes_loads_no_simulator():
    code = (
        "import sys, qsharp_bridge.simulators as s; s.display([0]); s.Outcomes; s.LocalSimulator; s.simulate;"
        "print([m for m in ('qdk', 'qulacs', 'pyqir', 'azure') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(st.lists(VALUES, max_size=8))
def test_outcomes_can_be_pickled(shots):
    """They travel from the workers of a cluster."""
    outcomes = Outcomes.of(shots, engine="cpu", why="it was asked for")
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        copy = pickle.loads(pickle.dumps(outcomes, protocol))
        assert copy == outcomes
        assert (copy.engine, copy.why) == ("cpu", "it was asked for")


def test_outcomes_that_cannot_be_compared_are_in_the_order_of_their_texts():
    assert list(Outcomes.of(["9" * 30, 1, 20], engine="qsharp", why="").counts()) == ["1", "20", "9" * 30]
