import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from interpreter import bits

from qsharp_bridge import from_qsharp, to_qsharp
from qsharp_bridge.errors import BridgeError, QsharpTypeError, QsharpValueError

shapes = hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)
ints = hnp.integer_dtypes(endianness="=") | hnp.integer_dtypes(endianness=">") | hnp.unsigned_integer_dtypes()
floats = hnp.floating_dtypes(sizes=(16, 32, 64))


def squeezed(text):
    """Long arrays differ in where they are broken, by how they were written."""
    return text.replace(" ", "").replace("\n", "")


def variants(array):
    """The same elements in other memory."""
    yield array
    yield np.asfortranarray(array)
    yield array[::-1][::-1]
    yield np.repeat(array, 2, axis=0)[::2]
    yield array.astype(array.dtype.newbyteorder())
    frozen = array.copy()
    frozen.flags.writeable = False
    yield frozen


@settings(max_examples=300)
@given(hnp.arrays(floats, shapes, elements={"allow_nan": False, "allow_infinity": False}))
def test_float_arrays_are_their_lists(array):
    expected = to_qsharp(array.tolist(), "Double" + "[]" * array.ndim)
    for same in variants(array):
        assert squeezed(to_qsharp(same)) == squeezed(expected)
    flat = np.ravel(array)
    assert [bits(x) for x in np.ravel(from_qsharp(expected)).tolist()] == [bits(x) for x in flat.astype(float).tolist()]


@settings(max_examples=300)
@given(hnp.arrays(ints, shapes))
def test_int_arrays_are_their_lists(array):
    kind = "BigInt" if array.size and int(array.max()) > 2**63 - 1 else "Int"
    expected = to_qsharp(array.tolist(), kind + "[]" * array.ndim)
    for same in variants(array):
        assert squeezed(to_qsharp(same)) == squeezed(expected)


@given(hnp.arrays(bool, shapes))
def test_bool_arrays_are_their_lists(array):
    assert squeezed(to_qsharp(array)) == squeezed(to_qsharp(array.tolist(), "Bool" + "[]" * array.ndim))


@given(
    hnp.arrays(
        hnp.complex_number_dtypes(sizes=(64, 128)), shapes, elements={"allow_nan": False, "allow_infinity": False}
    )
)
def test_complex_arrays_are_their_lists(array):
    assert to_qsharp(array) == to_qsharp(array.tolist(), "Complex" + "[]" * array.ndim)


@given(
    hnp.arrays(
        np.dtype("U4"), shapes, elements=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
    )
)
def test_text_arrays_are_their_lists(array):
    assert to_qsharp(array) == to_qsharp(array.tolist(), "String" + "[]" * array.ndim)


@pytest.mark.parametrize("shape", [(20_001,), (3, 9_000), (3, 2, 9_000), (9_000, 3), (2, 1, 1, 8_192), (30_000, 0)])
def test_large_arrays_of_any_shape_come_back_in_short_lines(qsharp, shape):
    array = np.random.default_rng(1).normal(size=shape)
    text = to_qsharp(array)
    assert max(map(len, text.split("\n"))) <= 4_096
    assert from_qsharp(text) == array.tolist()
    if array.size and array.ndim < 3:
        assert qsharp.evaluate(text, "Double" + "[]" * array.ndim) == array.tolist()


@pytest.mark.parametrize(
    ("array", "kind", "text"),
    [
        (np.array([1, 2]), "Double[]", "[1.0, 2.0]"),
        (np.array([1, 2], dtype="u8"), "Double[]", "[1.0, 2.0]"),
        (np.array([2**60, -(2**53)]), "Double[]", to_qsharp([2.0**60, -(2.0**53)])),
        (np.array([1, 2]), "BigInt[]", "[1L, 2L]"),
        (np.array([1.0]), "Complex[]", "[Std.Math.Complex(1.0, 0.0)]"),
        (np.array([], dtype=float), "Int[]", "[]"),
        (np.array([]), None, "[]"),
        (np.zeros((2, 0)), None, "[[], []]"),
        (np.zeros((0, 2)), None, "[]"),
        (np.array([1, 2.5], dtype=object), None, "[1.0, 2.5]"),
        (np.array([None, ()], dtype=object), None, "[(), ()]"),
        (np.array(5), None, "5"),
        (np.array([[1, 2]]).view(np.matrix), None, "[[1, 2]]"),
        (np.ma.array([1, 2], mask=[False, False]), None, "[1, 2]"),
        (np.array(["a", "b"], dtype=np.dtypes.StringDType()), None, '["a", "b"]'),
        (np.array([0.5], dtype=np.longdouble), None, "[0.5]"),
        (np.array([0.5j], dtype=np.clongdouble), None, "[Std.Math.Complex(0.0, 0.5)]"),
        (np.array([[1, 2]])[0], "(Int, Int)", "(1, 2)"),
        (pd.Series([1, 2]), None, "[1, 2]"),
        (pd.Series([0.5], index=["x"]), "Double[]", "[0.5]"),
        (pd.Series(["a"]), None, '["a"]'),
        (pd.DataFrame({"a": [1], "b": [2]}), None, "[[1, 2]]"),
        (pd.Index([1]), None, "[1]"),
        (pd.array([1, 2], dtype="Int64"), None, "[1, 2]"),
        (xarray.DataArray([[1.0]]), None, "[[1.0]]"),
        (xarray.DataArray(3.5), None, "3.5"),
    ],
)
def test_what_an_array_is(array, kind, text):
    assert to_qsharp(array, kind) == text


@pytest.mark.parametrize(
    ("array", "kind", "error", "said"),
    [
        (np.array([1.0]), "Int[]", QsharpTypeError, "a[0]: 1.0 is a Double, not an Int"),
        (np.array([True]), "Int[]", QsharpTypeError, "a[0]: True is a Bool, not an Int"),
        (np.array([1]), "Bool[]", QsharpTypeError, "a[0]: 1 is not a Bool"),
        (np.array([1]), "Int", QsharpTypeError, "a: a ndarray is not an Int"),
        (np.array([[1]]), "Int[]", QsharpTypeError, "a[0]: a ndarray is not an Int"),
        (np.array([1]), "Int[][]", QsharpTypeError, "a[0]: 1 is not an array, Int[]"),
        (np.array([[0, 1], [2, np.nan]]), None, QsharpValueError, "a[1][1]: nan is not a finite Double"),
        (np.array([0, np.inf], dtype="f2"), None, QsharpValueError, "a[1]: inf is not a finite Double"),
        (np.array([1, complex(0, np.nan)]), None, QsharpValueError, "a[1]: the imaginary part, nan"),
        (np.array([1, 2**53 + 1]), "Double[]", QsharpValueError, "a[1]: 9007199254740993 is not exactly a Double"),
        (np.array([-(2**53) - 1]), "Double[]", QsharpValueError, "a[0]: -9007199254740993 is not exactly"),
        (np.array([2**64 - 1], dtype="u8"), "Double[]", QsharpValueError, "a[0]: 18446744073709551615 is not exactly"),
        (np.array([2**63 - 1]), "Double[]", QsharpValueError, "a[0]: 9223372036854775807 is not exactly"),
        (np.array([1, 2**63], dtype="u8"), "Int[]", QsharpValueError, "a[1]: 9223372036854775808 does not fit an Int"),
        (np.ma.array([[1, 2], [3, 4]], mask=[[0, 0], [1, 0]]), None, QsharpValueError, "a[1][0]: masked"),
        (np.ma.masked, None, QsharpValueError, "a: masked"),
        (np.ma.array([0.5], mask=[True]), "Double[]", QsharpValueError, "a[0]: masked"),
        (np.datetime64("NaT"), None, QsharpTypeError, "a: Q# has no type for numpy's datetime64"),
        (np.array(["2020"], dtype="M8[D]"), None, QsharpTypeError, "a: Q# has no type for numpy's datetime64[D]"),
        (np.timedelta64(1, "s"), "Int", QsharpTypeError, "a: Q# has no type for numpy's timedelta64[s]"),
        (np.array([b"x"]), "String[]", QsharpTypeError, "a: Q# has no type for numpy's |S1"),
        (np.array([1, "x"], dtype=object), None, QsharpTypeError, "a[1]: String in an array of Int"),
        (np.array([np.nan], dtype=object), "Double[]", QsharpValueError, "a[0]: nan is not a finite Double"),
        (np.array([{1}], dtype=object), None, QsharpTypeError, "a[0]: a set has no Q# type"),
        (np.array([b"\0"], dtype="V1"), None, QsharpTypeError, "a: Q# has no type for numpy's |V1"),
        (pd.Series([1.0, None]), None, QsharpValueError, "a[1]: nan is not a finite Double"),
        (pd.array([1, None], dtype="Int64"), None, QsharpValueError, "a[1]: a missing value"),
        (pd.NA, None, QsharpValueError, "a: a missing value; fill it"),
        (pd.NaT, "Int", QsharpValueError, "a: a missing value"),
        (pd.Timestamp(0), None, QsharpTypeError, "a: a Timestamp has no Q# type"),
        (pd.Series(pd.to_datetime(["2020"])), None, QsharpTypeError, "a: Q# has no type for numpy's datetime64"),
        (pd.interval_range(0, 1), None, QsharpTypeError, "a[0]: an Interval has no Q# type"),
        (xarray.Dataset(), None, QsharpTypeError, "a: a Dataset cannot be read"),
    ],
)
def test_the_error_names_the_element(array, kind, error, said):
    with pytest.raises(error) as caught:
        to_qsharp(array, kind, root="a")
    assert str(caught.value).startswith(said)


def test_a_small_array_with_a_huge_literal_is_refused():
    with pytest.raises(QsharpValueError, match="more than 10,000,000 elements"):
        to_qsharp(np.broadcast_to(1.0, (10**6, 10**6)))
    with pytest.raises(QsharpValueError, match="more than 10,000,000 elements"):
        to_qsharp(np.zeros((10**9, 0)))
    with pytest.raises(QsharpValueError, match="more than 10,000,000 elements"):
        to_qsharp(np.broadcast_to("a", (10**6, 10**3)))
    with pytest.raises(QsharpValueError, match="levels"):
        to_qsharp(_deep(np.zeros((1,) * 64), 30))


def _deep(value, levels):
    for _ in range(levels):
        value = [value]
    return value


class Tensor:
    """An array-like of a library that numpy does not know: only ``__array__``."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)


def test_array_likes():
    assert to_qsharp(Tensor([[1, 2]])) == "[[1, 2]]"
    assert to_qsharp(Tensor(3.0)) == "3.0"
    assert to_qsharp([Tensor(1), 2], "Double[]") == "[1.0, 2.0]"
    assert to_qsharp({"X": Tensor(1), "Y": Tensor(2)}, "P", structs={"P": {"X": "Int", "Y": "Double"}}) == (
        "new P { X = 1, Y = 2.0 }"
    )


@given(hnp.arrays(hnp.scalar_dtypes(), shapes))
def test_any_array_is_a_literal_or_an_error_of_ours(array):
    try:
        text = to_qsharp(array)
    except BridgeError:
        return
    from_qsharp(text)


def test_numpy_is_not_imported_for_plain_values():
    code = """
import sys, qsharp_bridge as qb, decimal, fractions
for value in (1, 1.5, [1.5] * 9, "x", (1, True), range(3), 1j, {"X": 1}, decimal.Decimal(1), fractions.Fraction(1, 2)):
    try:
        qb.to_qsharp(value)
    except TypeError:
        pass
print([name for name in ("numpy", "qdk", "azure.quantum", "pandas") if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
