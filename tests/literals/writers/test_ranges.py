import numpy as np
import pytest
from azure.quantum.argument_types import Range
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge import from_qsharp, to_qsharp
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
small = st.integers(-12, 12)


def elements(qsharp, literal):
    return qsharp.evaluate(f"N.Elements({literal})", "Int[]")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (range(3), "0..2"),
        (range(1, 10, 3), "1..3..7"),
        (range(5, 0, -2), "5..-2..1"),
        (range(0), "0..-1"),
        (range(5, 5), "0..-1"),
        (range(3, 4, 2**70), "3..3"),
        (range(-5, -2), "-5..-3"),
    ],
)
def test_a_python_range_has_the_same_elements(qsharp, value, text):
    assert to_qsharp(value) == to_qsharp(value, "Range") == text
    assert elements(qsharp, text) == list(value)


@given(small, small, small.filter(bool))
def test_any_small_range(start, stop, step):
    assert from_qsharp(to_qsharp(range(start, stop, step))) == range(start, stop, step)


def test_ranges_run_over_the_same_elements(qsharp):
    starts, steps = range(-4, 5), (-3, -1, 1, 2)
    values = [range(start, stop, step) for start in starts for stop in starts for step in steps]
    calls = ", ".join(f"N.Elements({to_qsharp(value)})" for value in values)
    assert qsharp.evaluate(f"[{calls}]", "Int[][]") == [list(value) for value in values]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Range(0, 3), "0..3"),
        (Range(0, 7, 2), "0..2..7"),
        (Range(3, 0), "3..0"),
        (Range(np.int8(1), 3, 1), "1..3"),
        (Range(0, 5, 0), "0..0..5"),
    ],
)
def test_the_end_of_an_argument_range_is_inclusive(qsharp, value, text):
    assert to_qsharp(value) == to_qsharp(value, "Range") == text
    expected = list(range(value.start, value.end + 1, value.step or 1)) if value.step != 0 else []
    assert elements(qsharp, text) == expected


@pytest.mark.parametrize(
    "value",
    [
        range(INT_MAX - 1, INT_MAX + 1),
        range(INT_MIN + 1, INT_MIN - 1, -1),
        Range(0, INT_MAX),
        Range(INT_MAX - 5, INT_MAX - 1, 3),
    ],
)
def test_a_range_that_would_never_end_is_refused(value):
    with pytest.raises(QsharpValueError, match="never ends in Q#"):
        to_qsharp(value)


def test_the_nearest_ends_that_do_end(qsharp):
    for value in (range(INT_MAX - 3, INT_MAX), range(INT_MIN + 3, INT_MIN, -1)):
        assert elements(qsharp, to_qsharp(value)) == list(value)


@pytest.mark.parametrize("value", [range(2**63, 2**63 + 2), range(-(2**70), 0, 2**69)])
def test_elements_beyond_64_bits(value):
    with pytest.raises(QsharpValueError, match="does not fit an Int"):
        to_qsharp(value)


@pytest.mark.parametrize("value", [slice(0, 3), [0, 1, 2], (0, 3), "0..3", None])
def test_no_range(value):
    with pytest.raises(QsharpTypeError, match="is not a Range"):
        to_qsharp(value, "Range")


def test_the_parts_of_an_argument_range_are_checked():
    with pytest.raises(QsharpTypeError, match=r"r\.end: 2\.0 is a Double, not an Int"):
        to_qsharp(Range(0, 2.0), root="r")
    with pytest.raises(QsharpTypeError, match=r"r\.step: True is a Bool"):
        to_qsharp(Range(0, 2, True), root="r")
    with pytest.raises(QsharpValueError, match=r"r\.start: .*does not fit an Int"):
        to_qsharp(Range(2**63, 0), root="r")
