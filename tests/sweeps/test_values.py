"""Values of a sweep: what becomes of each kind, and JSON without loss."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import math
import pickle
from array import array
from collections import deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from azure.quantum import argument_types
from hypothesis import given
from qdk.qsharp import Pauli, Result

from qsharp_bridge import QsharpCode, Sweep, to_qsharp
from qsharp_bridge.errors import QsharpTypeError, SweepError
from qsharp_bridge.sweeps.identity import canonical
from qsharp_bridge.sweeps.value_json import from_json, to_json, trusting
from qsharp_bridge.sweeps.values import copied, plain, show
from tests.shared.sweep_examples import values


class Colour(enum.Enum):
    RED = 0.5


class Pair(NamedTuple):
    X: int
    Y: float


@dataclasses.dataclass
class Point:
    X: int
    Y: Any


class Slots:
    __slots__ = ("X",)

    def __init__(self) -> None:
        self.X = 1


def same(a: Any, b: Any) -> bool:
    """The same value of the same class, at every depth."""
    if isinstance(a, (list, tuple)):
        kinds = type(a).__name__ == type(b).__name__ and getattr(a, "_fields", 0) == getattr(b, "_fields", 0)
        return kinds and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and repr(a) == repr(b)


STRUCTURED = np.array([(1, 2.5)], dtype=[("X", "i4"), ("Y", "f8")])


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [
        (np.float64(0.1), 0.1),
        (np.float32(0.1), 0.10000000149011612),
        (np.float16(-0.0), -0.0),
        (np.longdouble(0.5), 0.5),
        (np.int8(-3), -3),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.complex64(1 - 1j), 1 - 1j),
        (np.array(1.5), 1.5),
        (np.array([], dtype=float), []),
        (np.array([[1, 2], [3, 4]], dtype=np.uint8), [[1, 2], [3, 4]]),
        (np.array([[True], [False]]), [[True], [False]]),
        (np.array([1.0, 2.0])[::-1], [2.0, 1.0]),
        (np.array([0.1], dtype=np.longdouble), [float(np.longdouble(0.1))]),
        (np.array([1, "a", None, [2.0]], dtype=object), [1, "a", None, [2.0]]),
        (np.ma.masked_array([1, 2], mask=False), [1, 2]),
        (STRUCTURED[0], {"X": 1, "Y": 2.5}),
        (STRUCTURED, [{"X": 1, "Y": 2.5}]),
        (pd.Series([1, 2], index=["b", "a"]), [1, 2]),
        (pd.Series([0.5, float("nan")]), [0.5, math.nan]),
        (pd.array([1, 2], dtype="Int64"), [1, 2]),
        (pd.DataFrame([[1, 2]]), [[1, 2]]),
        (deque([1, (2, np.int64(3))]), [1, (2, 3)]),
        (array("d", [0.5]), [0.5]),
        ((np.float64(1), [np.int16(2)]), (1.0, [2])),
        (range(3, 0, -1), range(3, 0, -1)),
        (argument_types.Range(0, 8, 2), range(0, 9, 2)),
        (argument_types.EmptyArray(int), []),
        ({"X": np.int64(1), "Y": (2,)}, {"X": 1, "Y": (2,)}),
        (Point(1, np.array([2.0])), {"X": 1, "Y": [2.0]}),
        (Pair(1, np.float64(2.0)), Pair(1, 2.0)),
        (Colour.RED, 0.5),
        (enum.IntEnum("E", "A")(1), 1),
        (True, True),
        (None, None),
        (Fraction(1, 3), Fraction(1, 3)),
        (Decimal("0.10"), Decimal("0.10")),
    ],
)  # fmt: skip
def test_what_becomes_of_values(given_value: Any, kept: Any) -> None:
    found = plain(given_value)
    assert same(found, kept), found
    assert same(plain(found), found)
    with trusting(True):
        assert same(from_json(json.loads(json.dumps(to_json(found)))), found)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Pauli.X, "PauliX"), (Result.One, "One"), (argument_types.Pauli.Z, "PauliZ"),
        (argument_types.Result.Zero, "Zero"), (QsharpCode("Rx(0.5, _)"), "Rx(0.5, _)"),
    ],
)  # fmt: skip
def test_what_only_q_sharp_has(value: Any, text: str) -> None:
    """Pauli and Result of either library are the same, and qdk's when they come from a file."""
    sweep = Sweep.grid(p=[[value, value]])
    again = Sweep.from_json(sweep.to_json(), trusted=True)
    assert again == sweep == Sweep.from_json(sweep.to_json())
    assert hash(again) == hash(sweep)
    assert eval(repr(sweep), {"Sweep": Sweep}) == sweep
    assert pickle.loads(pickle.dumps(sweep)) == sweep
    assert to_qsharp(again[0]["p"]) == to_qsharp(sweep[0]["p"]) == f"[{text}, {text}]"
    assert sweep != Sweep.grid(p=[[text, text]])


def test_pauli_of_both_libraries_are_equal() -> None:
    assert Sweep.grid(p=[Pauli.Y]) == Sweep.grid(p=[argument_types.Pauli.Y]) != Sweep.grid(p=[Pauli.Z])
    assert Sweep.grid(p=[Pauli.Y]).digest == Sweep.grid(p=[argument_types.Pauli.Y]).digest


@pytest.mark.parametrize(
    "value",
    [
        datetime.date(2024, 1, 1), b"ab", {1, 2}, np.ma.masked_array([1], mask=True), np.datetime64("2024-01-01"),
        pd.NA, object(), Slots(), pd.Timestamp("2024-01-01"),
    ],
)  # fmt: skip
def test_what_q_sharp_cannot_hold_is_kept_for_the_literal_layer_to_judge(value: Any) -> None:
    sweep = Sweep.grid(x=[value])
    with pytest.raises((QsharpTypeError, ValueError)):
        to_qsharp(sweep[0]["x"])
    with pytest.raises(SweepError, match="cannot be written to a file"):
        sweep.to_json()
    assert sweep == sweep[:]
    assert hash(sweep) == hash(sweep[:])
    assert repr(sweep) == "<Sweep of 1 point over x>"
    assert isinstance(sweep.digest, str)


def test_no_end_of_levels() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(SweepError, match=r"^x\[1\]: nested more than 90 levels deep"):
        Sweep.grid(x=[1, loop])
    deep: Any = 1
    for _ in range(90):
        deep = [deep]
    assert Sweep.from_json(Sweep.grid(x=[deep]).to_json())[0] == {"x": deep}
    with pytest.raises(SweepError, match="point 1: x: nested"):
        Sweep.points([{"x": 1}, {"x": [deep]}])


def test_keys_that_are_no_fields() -> None:
    with pytest.raises(SweepError, match=r"x\[0\]: a mapping has the key 1; its keys are the fields of a struct"):
        Sweep.grid(x=[{1: 2}])


def test_ints_of_any_size() -> None:
    huge = 10**5000
    for value in (2**63 - 1, -(2**63), 2**63, -(2**63) - 1, huge, -huge):
        sweep = Sweep.grid(n=[value])
        assert Sweep.from_json(sweep.to_json())[0]["n"] == value
        assert eval(repr(sweep), {"Sweep": Sweep}) == sweep


@given(values)
def test_json_loses_nothing(value: Any) -> None:
    data = json.dumps(to_json(value))
    again = from_json(json.loads(data))
    assert canonical({"x": again}) == canonical({"x": value})
    assert json.dumps(to_json(again)) == data
    assert canonical({"x": plain(value)}) == canonical({"x": copied(value)}) == canonical({"x": value})


def test_show() -> None:
    assert show([1, (2.0,), {"a": -0.0}, complex(-0.0, 1), "x"]) == (
        "[1, (2.0,), {'a': -0.0}, complex(-0.0, 1.0), 'x']"
    )


@pytest.mark.parametrize(
    "data",
    [
        {}, {"a": 1}, {"$tuple": 1}, {"$tuple": [1], "b": 2}, {"$float": "1.0"}, {"$float": 1}, {"$complex": [1]},
        {"$complex": [1, 2]}, {"$range": [1, 2]}, {"$range": [1.0, 2, 3]}, {"$range": [1, 2, 0]}, {"$int": 5},
        {"$int": "zz"}, {"$mapping": []}, {"$record": 1}, {"$record": ["a b", {}]}, {"$record": ["Pt", {"1": 2}]},
        {"$record": ["Pt"]}, {"$fraction": "1/0"}, {"$fraction": "x"}, {"$decimal": "x"}, {"$qsharp": "1 + 1"},
        {"$qsharp": 5}, {"$code": 5}, {"$nothing": 1}, [{"$tuple": [{"$float": "x"}]}],
    ],
)  # fmt: skip
def test_data_that_is_no_value(data: Any) -> None:
    with pytest.raises(SweepError, match="no value of a sweep"):
        from_json(data)


def test_namedtuples_are_still_structs_after_a_file() -> None:
    made = namedtuple("Pt", "X Y")(1, (2.0,))
    again = Sweep.from_json(Sweep.grid(p=[made]).to_json())[0]["p"]
    structs = {"N.Pt": {"X": "Int", "Y": "(Double,)"}}
    assert to_qsharp(again, "N.Pt", structs=structs) == to_qsharp(made, "N.Pt", structs=structs)
    assert to_qsharp(plain(Point(1, (2.0,))), "N.Pt", structs=structs) == to_qsharp(made, "N.Pt", structs=structs)
