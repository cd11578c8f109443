"""Unit, Bool, Int, BigInt, Pauli, Result."""

import enum

import numpy as np
import pytest
from azure.quantum import argument_types
from qdk.qsharp import Pauli, Result

from qsharp_bridge import from_qsharp, to_qsharp
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError

INT_MIN, INT_MAX = -(2**63), 2**63 - 1


class Level(enum.IntEnum):
    LOW = 3


class Basis(enum.Enum):
    X = Pauli.X
    COUNT = 7


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (INT_MIN, "-9223372036854775808"),
        (INT_MAX, "9223372036854775807"),
        (Level.LOW, "3"),
        (Basis.COUNT, "7"),
        (Index(5), "5"),
        (np.int8(-128), "-128"),
        (np.uint64(INT_MAX), str(INT_MAX)),
        (np.array(7), "7"),
        (np.array(7, dtype=">u2"), "7"),
    ],
)
def test_int(value, text):
    assert to_qsharp(value, "Int") == to_qsharp(value) == text


@pytest.mark.parametrize(
    "value", [2**63, 3 * 2**63, INT_MIN - 1, 2**64, np.uint64(2**63), pytest.param(-(10**5000), id="-(10**5000)")]
)
def test_an_int_beyond_64_bits_is_refused_as_int_and_is_a_bigint_without_a_type(value):
    # Q# itself takes 2**63 and 3 * 2**63, silently, for -2**63.
    with pytest.raises(QsharpValueError, match=r"does not fit an Int.*use a BigInt"):
        to_qsharp(value, "Int")
    assert from_qsharp(to_qsharp(value)) == int(value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "True is a Bool, not an Int"),
        (np.bool_(False), "False is a Bool, not an Int"),
        (1.0, "1.0 is a Double, not an Int; convert it yourself"),
        (np.float32(2), "2.0 is a Double, not an Int"),
        ("1", "'1' is not an Int"),
        (None, "None is not an Int"),
        ([1], "a list is not an Int"),
        (1 + 0j, "is not an Int"),
        (Pauli.X, "a Pauli is not an Int"),
        (np.array([1]), "a ndarray is not an Int"),
    ],
)
@pytest.mark.parametrize("kind", ["Int", "BigInt"])
def test_no_int(value, said, kind):
    with pytest.raises(QsharpTypeError) as caught:
        to_qsharp(value, kind)
    assert said.replace("an Int", "an Int" if kind == "Int" else "a BigInt") in str(caught.value)


@pytest.mark.parametrize("bits", [64, 511, 512, 513, 2_000, 15_000, 15_600, 16_000, 100_000])
@pytest.mark.parametrize("sign", [1, -1])
def test_bigints_of_every_length_come_back(qsharp, bits, sign):
    for value in (sign * 2**bits, sign * (2**bits - 1), sign * (3**400 + 2**bits)):
        text = to_qsharp(value, "BigInt")
        assert qsharp.evaluate(text, "BigInt") == value
        assert from_qsharp(text) == value
        assert max(map(len, text.split("\n"))) <= 4_096


def test_long_bigints_need_no_long_decimal_text(monkeypatch):
    import sys

    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)  # the least that Python allows
    try:
        assert to_qsharp([10**5000, 10**700, -(10**150)]).count("L") == 4  # the first is a sum of two
    finally:
        sys.set_int_max_str_digits(limit)


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (np.bool_(True), "true"), (np.array(False), "false")],
)
def test_bool(value, text):
    assert to_qsharp(value) == to_qsharp(value, "Bool") == text


@pytest.mark.parametrize("value", [1, 0, 1.0, "true", None, np.int8(1), [], Result.One])
def test_no_bool(value):
    with pytest.raises(QsharpTypeError, match="is not a Bool"):
        to_qsharp(value, "Bool")


@pytest.mark.parametrize("value", [None, ()])
def test_unit(value):
    assert to_qsharp(value) == to_qsharp(value, "Unit") == "()"


@pytest.mark.parametrize("value", [[], 0, False, "", {}, (None,)])
def test_no_unit(value):
    with pytest.raises(QsharpTypeError, match="is not Unit"):
        to_qsharp(value, "Unit")


@pytest.mark.parametrize("name", ["I", "X", "Y", "Z"])
def test_pauli(name):
    assert to_qsharp(getattr(Pauli, name)) == f"Pauli{name}"
    assert to_qsharp(getattr(argument_types.Pauli, name)) == f"Pauli{name}"
    assert to_qsharp([getattr(Pauli, name)], "Pauli[]") == f"[Pauli{name}]"


def test_an_enum_member_is_what_it_carries():
    assert to_qsharp(Basis.X) == to_qsharp(Basis.X, "Pauli") == "PauliX"


@pytest.mark.parametrize("name", ["Zero", "One"])
def test_result(name):
    assert to_qsharp(getattr(Result, name)) == name
    assert to_qsharp(getattr(argument_types.Result, name), "Result") == name


def test_a_lost_qubit_has_no_literal():
    with pytest.raises(QsharpValueError, match=r"value\[1\]: Result\.Loss has no literal in Q#"):
        to_qsharp([Result.One, Result.Loss])


@pytest.mark.parametrize(("value", "kind"), [("PauliX", "Pauli"), (0, "Pauli"), (1, "Result"), (True, "Result")])
def test_no_pauli_or_result(value, kind):
    with pytest.raises(QsharpTypeError, match=f"is not a {kind}; use qdk"):
        to_qsharp(value, kind)


def test_what_q_sharp_takes_silently_for_another_value(qsharp):
    # The traps that the range check is for: should Q# ever refuse these, the comments are out of date.
    assert qsharp.evaluate("9223372036854775808", "Int") == INT_MIN
    assert qsharp.evaluate(str(3 * 2**63), "Int") == INT_MIN
