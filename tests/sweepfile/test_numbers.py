"""Numbers written as texts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweepfile.numbers import read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2*pi", 2 * math.pi),
        ("pi/4", math.pi / 4),
        (" -3*pi / 2 ", -3 * math.pi / 2),
        ("tau", math.tau),
        ("π", math.pi),
        ("1e-3", 0.001),
        ("(1 + 2) * 0.5 - +1", 0.5),
    ],
)
def test_reads(text, number):
    assert read_number(text) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_itself(number):
    assert read_number(repr(number)) == number
    assert read_number(f"-({number!r})") == -number


@pytest.mark.parametrize(
    "text",
    ["", "x", "pi pi", "1/0", "2**3", "9**9**9", "1e400", "nan", "inf", "__import__('os')", "pi.real", "True", "1j",
     "[1]", "abs(1)", "-" * 5000 + "1", "(" * 90 + "1" + ")" * 9, "\0"],
)  # fmt: skip
def test_refuses_all_else(text):
    with pytest.raises(SweepError, match=r"x: .* is not a number; write a number"):
        read_number(text, "x")
