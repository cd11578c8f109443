"""Double and Complex."""

import math
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interpreter import bits

from qsharp_bridge import to_qsharp
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError

finite = st.floats(allow_nan=False, allow_infinity=False)
EXTREMES = [0.0, -0.0, 5e-324, -5e-324, sys.float_info.min, sys.float_info.max, -sys.float_info.max,
            1e22, 1e16, 1e15, 1e-4, 1e-5, 1e-7, 0.1, 1 / 3, 2.0**53, 123456789012345680.0]  # fmt: skip


@given(finite)
def test_a_double_can_never_be_taken_for_an_int(value):
    text = to_qsharp(value)
    assert "." in text or "e" in text
    assert bits(float(text)) == bits(value)


@given(st.lists(finite, min_size=1))
def test_all_ways_to_write_a_double_agree(values):
    texts = [to_qsharp(value) for value in values]
    assert to_qsharp(values) == f"[{', '.join(texts)}]" or len(values) > 50
    assert to_qsharp(values) == to_qsharp(np.array(values)) == to_qsharp(tuple(values), "Double[]")


@pytest.mark.parametrize("value", EXTREMES)
def test_extremes(qsharp, value):
    assert bits(qsharp.evaluate(to_qsharp(value), "Double")) == bits(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1.0"),
        (2**53, "9007199254740992.0"),
        (2**1000, to_qsharp(2.0**1000)),
        (np.int64(-3), "-3.0"),
        (np.uint64(2**63), to_qsharp(2.0**63)),
        (np.float16(0.1), "0.0999755859375"),
        (np.float32(0.1), "0.10000000149011612"),
        (np.longdouble(0.5), "0.5"),
        (np.array(0.5, dtype=">f4"), "0.5"),
        (Decimal("0.5"), "0.5"),
        (Decimal("1E+3"), "1000.0"),
        (Fraction(1, 4), "0.25"),
    ],
)
def test_numbers_that_are_exactly_a_double(value, text):
    assert to_qsharp(value, "Double") == text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (2**53 + 1, "9007199254740993 is not exactly a Double; round it yourself"),
        pytest.param(10**5000, "an int of 16610 bits is not exactly a Double", id="10**5000"),
        (np.int64(2**53 + 1), "is not exactly a Double"),
        (Decimal("0.1"), "is not exactly a Double; round it yourself with float"),
        (Fraction(1, 3), "is not exactly a Double"),
        pytest.param(Fraction(10**5000), "is not a finite Double", id="Fraction(10**5000)"),
        (Decimal("NaN"), "is not a finite Double"),
        (Decimal("sNaN"), "cannot be read"),
        (Decimal("Infinity"), "is not a finite Double"),
        (Decimal("1e400"), "is not a finite Double"),
        (math.nan, "nan is not a finite Double; Q# has no literal for it"),
        (math.inf, "inf is not a finite Double"),
        (-math.inf, "-inf is not a finite Double"),
        (np.float32("nan"), "nan is not a finite Double"),
        (np.longdouble("inf"), "inf is not a finite Double"),
    ],
)
def test_no_double_is_equal(value, said):
    for kind in ("Double", "Complex"):
        with pytest.raises(QsharpValueError) as caught:
            to_qsharp(value, kind)
        assert said in str(caught.value) or (kind == "Complex" and "is not a finite Double" in str(caught.value))


@pytest.mark.skipif(np.finfo(np.longdouble).nmant == 52, reason="longdouble is a double here")
def test_a_longdouble_with_more_digits_is_refused():
    third = np.longdouble(1) / 3
    with pytest.raises(QsharpValueError, match="not exactly a Double"):
        to_qsharp(third)
    with pytest.raises(QsharpValueError, match=r"value\[1\]: .*not exactly a Double"):
        to_qsharp(np.array([0.5, third]))


@pytest.mark.parametrize("value", [True, np.bool_(True), 1j, "1.0", None, [1.0], np.array([1.0])])
def test_no_double(value):
    with pytest.raises(QsharpTypeError, match="not a Double"):
        to_qsharp(value, "Double")


@pytest.mark.parametrize(
    "value",
    [complex(-0.0, -0.0), complex(0.0, -0.0), complex(-0.0, 2.0), complex(5e-324, -1e308), np.complex64(0.1 - 0.2j)],
)
def test_complex_keeps_the_signs_of_zeros(qsharp, value):
    got = qsharp.evaluate(to_qsharp(value), "Std.Math.Complex")
    assert (bits(got.real), bits(got.imag)) == (bits(complex(value).real), bits(complex(value).imag))


def test_a_real_number_where_a_complex_is_declared():
    assert to_qsharp(1, "Complex") == to_qsharp(1.0, "Std.Math.Complex") == "Std.Math.Complex(1.0, 0.0)"


@pytest.mark.parametrize("value", [complex(math.nan, 0), complex(0, math.inf)])
def test_a_complex_that_is_not_finite(value):
    with pytest.raises(QsharpValueError, match=r"z\[0\]: the (real|imaginary) part, (nan|inf), is not a finite Double"):
        to_qsharp([value], root="z")


@pytest.mark.parametrize("value", [(1.0, 2.0), "1+2j", True, None])
def test_no_complex(value):
    with pytest.raises(QsharpTypeError, match="is not a Complex"):
        to_qsharp(value, "Complex")
