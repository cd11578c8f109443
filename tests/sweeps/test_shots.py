"""Shots of points: one number, or one for each."""

import math

import numpy as np
import pytest

from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweeps.shots import check_shots_option, one_or_each, shots_of_points


@pytest.mark.parametrize("given", [[10, 20], (10, 20), np.array([10, 20]), iter([10, 20]), [np.int64(10), 20]])
def test_a_sequence_has_one_number_for_each_point(given):
    shots = check_shots_option("shots", given)
    assert shots == (10, 20)
    assert set(map(type, shots)) == {int}
    assert shots_of_points(shots, 2) == (10, 20)


@pytest.mark.parametrize("given", [10, np.int32(10), np.array(10)])
def test_one_number_is_for_all(given):
    assert check_shots_option("shots", given) == 10
    assert shots_of_points(10, 3) == (10, 10, 10)


@pytest.mark.parametrize("wrong", [0, -1, True, 1.0, math.nan, None, "10", b"1", {10: 1}, {10}])
def test_what_is_no_number_of_shots(wrong):
    with pytest.raises(SweepError, match=r"^shots must be a whole number from 1 up, not .*; give one number for all"):
        check_shots_option("shots", wrong)
    if not isinstance(wrong, (bytes, dict, set)):
        with pytest.raises(SweepError, match=r"^shots\[1\] must be a whole number from 1 up"):
            check_shots_option("shots", [5, wrong])


@pytest.mark.parametrize("length", [0, 1, 4])
def test_another_length_than_the_sweep(length):
    with pytest.raises(SweepError, match=f"shots has {length} numbers for 3 points; give one number for each point"):
        shots_of_points((5,) * length, 3)


def test_equal_shots_are_one_number():
    assert one_or_each([5, 5]) == 5
    assert one_or_each([5, 6]) == (5, 6)
