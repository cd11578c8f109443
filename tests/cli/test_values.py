"""Values on the command line."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.cli.values import read_arguments, read_assignment, read_value
from qsharp_bridge.errors import SweepError
from qsharp_bridge.literals import to_qsharp

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda below: st.lists(below, max_size=4) | st.lists(below, min_size=1, max_size=4).map(tuple),
    max_leaves=12,
)


@given(plain)
def test_a_python_literal_is_read_as_itself(value):
    assert repr(read_value(repr(value))) == repr(value)


@given(st.lists(st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)))
def test_a_literal_of_ours_is_read_as_the_value(values):
    floats = [float(value) for value in values]
    assert read_value(to_qsharp(floats, "Double[]")) == floats


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("True", True),
        ("null", None),
        ("1e3", 1000.0),
        ("[0, 1.5]", [0, 1.5]),
        ("(1,)", (1,)),
        ("1+2j", 1 + 2j),
        ("0..2..8", range(0, 9, 2)),
        ("0x10L", 16),
        ('"a b"', "a b"),
        (" 7 ", 7),
        ("-inf", -math.inf),
    ],
)
def test_three_notations(text, value):
    assert read_value(text) == value
    assert type(read_value(text)) is type(value)


@pytest.mark.parametrize("text", ["", "a b", "[1, ", "__import__('os')", "1 +", "[" * 5000, "(" * 5000])
def test_anything_else_is_an_error(text):
    with pytest.raises(SweepError, match=r"n: .* (is not a value|too deep)"):
        read_value(text, where="n")


def test_arguments_by_position_and_by_name():
    assert read_arguments(["2", "angle=[0.0]", 's="a=b"']) == ([2], {"angle": [0.0], "s": "a=b"})
    assert read_arguments(['"a=b"']) == (["a=b"], {})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["a=1", "a=2"], "'a' is given twice"),
        (["a=1", "2"], "argument 2 follows an argument with a name"),
        (["1", "x y"], "argument 2: 'x y' is not a value"),
        (["a=x y"], "a: 'x y' is not a value"),
    ],
)
def test_wrong_arguments(words, told):
    with pytest.raises(SweepError, match=told):
        read_arguments(words)


def test_assignment():
    assert read_assignment("n=[1]") == ("n", [1])
    with pytest.raises(SweepError, match="NAME=VALUE"):
        read_assignment("[1]")
