"""Doubles as the compiler prints them in QIR."""

import math
import random
import re
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.programs import Program
from qsharp_bridge.programs.binding.symbolic.doubles import double_text, double_texts

finite = st.floats(allow_nan=False, allow_infinity=False)
dyadic = st.builds(lambda n, k: n / 2.0**k, st.integers(-(2**53), 2**53), st.integers(0, 60))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1e16, "10000000000000000.0"),
        (1e32, "100000000000000005366162204393472.0"),
        (-1e22, "-10000000000000000000000.0"),
        (1827451114776413.25, "1827451114776413.3"),  # Python prints ...3.2
        (-243138739409447.125, "-243138739409447.13"),
        (2.0**-25, "0.000000029802322387695313"),
        (1 + 2.0**-17, "1.0000076293945313"),
    ],
)
def test_texts(value, text):
    assert double_text(value) == text
    assert double_texts(np.array([0.3, value])) == ["0.3", text]


@given(st.lists(finite | dyadic, max_size=20))
def test_many_as_one(values):
    assert double_texts(np.array(values, np.float64)) == [double_text(value) for value in values]


@given(finite | dyadic)
def test_gives_the_same_double_back(value):
    text = double_text(value)
    assert re.fullmatch(r"-?\d+\.\d+", text)
    assert struct.pack("<d", float(text)) == struct.pack("<d", value)


@pytest.fixture(scope="module")
def printed():
    """The texts that the compiler prints for numbers."""
    program = Program.from_source(
        "operation Many(a : Double[]) : Result { use q = Qubit(); for x in a { Rx(x, q); } MResetZ(q) }"
    )
    many = program.operation("Many")

    def texts(values):
        return re.findall(r"rx__body\(double (\S+),", str(many.compile(values, profile="Base")))

    return texts


def _numbers(count):
    chance = random.Random(7)
    bits = [struct.unpack("<d", struct.pack("<Q", chance.getrandbits(64)))[0] for _ in range(count)]
    ties = [chance.randrange(1, 2**53) / 2.0 ** chance.randrange(1, 26) for _ in range(count)]
    short = [chance.randrange(1, 2**20) / 2.0 ** chance.randrange(1, 60) for _ in range(count)]
    plain = [chance.uniform(-10, 10) for _ in range(count)]
    powers = [2.0**k for k in range(-1074, 1024, 7)] + [10.0**k for k in range(-300, 300, 7)]
    return [value for value in bits + ties + short + plain + powers if math.isfinite(value)]


def test_the_compiler_prints_the_same(printed):
    values = _numbers(400)
    assert printed(values) == double_texts(np.array(values))


@pytest.mark.long
def test_the_compiler_prints_the_same_for_many(printed):
    values = _numbers(20_000)
    for start in range(0, len(values), 2_000):
        part = values[start : start + 2_000]
        assert printed(part) == double_texts(np.array(part))
