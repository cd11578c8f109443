"""What is taken for a job's result."""

import pytest

from qsharp_bridge.runner.service.job import result_problem
from qsharp_bridge.targets.known import KNOWN_TARGETS

V2 = "microsoft.quantum-results.v2"


def result(shots):
    histogram = b'[{"Outcome": 0, "Display": "Zero", "Count": %d}]' % shots
    return b'{"DataFormat": "%s", "Results": [{"Histogram": %s}]}' % (V2.encode(), histogram)


@pytest.mark.parametrize("target", [known.id for known in KNOWN_TARGETS])
def test_shots_are_missing_unless_the_target_rounds_proportions_down(target):
    assert result_problem(result(10), V2, 10, target) is None
    assert (result_problem(result(8), V2, 10, target) is None) == target.startswith("ionq.")
    assert result_problem(result(11), V2, 10, target) == "11 of 10 shots"
    assert result_problem(result(8), V2, 0, target) is None  # shots unknown


def test_a_result_that_lists_its_shots_lacks_none():
    listed = result(3).replace(b"}]}]}", b'}], "Shots": [0, 0, 0]}]}')
    assert result_problem(listed, V2, 10, "ionq.qpu.aria-1") == "3 of 10 shots"


@pytest.mark.parametrize(
    ("outcome", "shots", "complete"),
    [("0", 8, True), ("0", 7, False), ("[0, 1, 1]", 2, True), ("[0, 1]", 5, False), ("[[0], [1, 1]]", 1, False)],
)
def test_rounding_down_takes_a_shot_from_each_state_at_most(outcome, shots, complete):
    found = result(shots).replace(b'"Outcome": 0', b'"Outcome": %s' % outcome.encode())
    assert (result_problem(found, V2, 10, "ionq.simulator") is None) == complete
    assert result_problem(found, V2, 10, "ionq.simulator", rounded=False)


def test_no_outcome_is_not_rounded_down():
    assert result_problem(b'{"Results": [{"Histogram": []}]}', V2, 10, "ionq.simulator")


@pytest.mark.parametrize("raw", [b"", b"{}", b"<html></html>", b'{"Results": []}'])
def test_what_cannot_be_read_is_no_result(raw):
    assert result_problem(raw, V2, 10, "ionq.simulator")
