"""Tuples, structs and newtypes."""

import dataclasses
from collections import OrderedDict, namedtuple
from types import MappingProxyType, SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from interpreter import STRUCTS, same

from qsharp_bridge import parse_type, to_qsharp
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError


class Point(NamedTuple):
    X: int
    Y: float


@dataclasses.dataclass(slots=True, frozen=True)
class SlotPoint:
    X: int
    Y: float


@dataclasses.dataclass
class Line:
    P: SlotPoint
    Names: list[str]
    Deep: tuple


class Slots:
    __slots__ = ("X", "Y")

    def __init__(self):
        self.X, self.Y = 1, 2.0


class Lazy:
    X = 1

    def __getattr__(self, name):
        if name == "Y":
            return 2.0
        raise AttributeError(name)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ((1, 2.0), None, "(1, 2.0)"),
        ((1,), None, "(1,)"),
        (((1,),), "((Int,),)", "((1,),)"),
        ((1, 2), "(Int, Double)", "(1, 2.0)"),
        ([1, 2], "(Int, Double)", "(1, 2.0)"),
        (Point(1, 2.0), None, "(1, 2.0)"),
        (Point(1, 2.0), "(Int, Double)", "(1, 2.0)"),
        (np.array([1, 2]), "(Int, Double)", "(1, 2.0)"),
        (np.array([[1, 2]]), "(Int, Int)[]", "[(1, 2)]"),
        ([[1, [2, 3]]], "(Int, Int[])[]", "[(1, [2, 3])]"),
        ((), "Unit", "()"),
        ((None, ()), None, "((), ())"),
        (tuple(range(150)), None, str(tuple(range(150)))),
    ],
)
def test_tuples(qsharp, value, kind, text):
    assert to_qsharp(value, kind) == text


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        ((1,), "Int", "value: a tuple is not an Int"),
        (1, "(Int,)", "value: 1 is not a tuple, (Int,)"),
        ((1, 2, 3), "(Int, Int)", "value: 3 items where (Int, Int) has 2"),
        ([(1, 2), (1,)], "(Int, Int)[]", "value[1]: 1 items where (Int, Int) has 2"),
        ((1, (2.0, "x")), "(Int, (Double, Double))", "value[1][1]: 'x' is not a Double"),
        (range(2), "(Int, Int)", "value: a range is not a tuple"),
        ({"X": 1}, "(Int, Int)", "value: a dict is not a tuple"),
        (SlotPoint(1, 2.0), "(Int, Double)", "value: a SlotPoint is not a tuple"),
        ((i for i in (1, 2)), "(Int, Int)", "value: a generator is not a tuple"),
    ],
)
def test_no_tuple(value, kind, said):
    with pytest.raises(QsharpTypeError) as caught:
        to_qsharp(value, kind)
    assert str(caught.value).startswith(said)


RECORD = np.array([(1, 2.0)], dtype=[("X", "i1"), ("Y", "f4")])


@pytest.mark.parametrize(
    "value",
    [
        {"X": 1, "Y": 2.0},
        {"Y": 2, "X": np.int8(1)},
        OrderedDict(Y=2.0, X=1),
        MappingProxyType({"X": 1, "Y": 2.0}),
        Point(1, 2.0),
        SlotPoint(1, 2.0),
        Slots(),
        Lazy(),
        SimpleNamespace(X=1, Y=2.0, Z="more"),
        RECORD[0],
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_a_struct(value):
    assert to_qsharp(value, "N.Pt", structs=STRUCTS) == "new N.Pt { X = 1, Y = 2.0 }"


def test_structured_arrays_by_name_and_as_tuples():
    assert to_qsharp(RECORD, "N.Pt[]", structs=STRUCTS) == "[new N.Pt { X = 1, Y = 2.0 }]"
    assert to_qsharp(RECORD) == to_qsharp(RECORD, "(Int, Double)[]") == "[(1, 2.0)]"


def test_nested_structs(qsharp):
    value = Line(SlotPoint(1, -0.0), ["a"], (1, [{"X": 2, "Y": 5e-324}]))
    from qdk.qsharp import Pauli

    value.Deep = (Pauli.Z, value.Deep[1])
    text = to_qsharp(value, "N.Nest", structs=STRUCTS)
    assert text == (
        'new N.Nest { P = new N.Pt { X = 1, Y = -0.0 }, Names = ["a"], '
        "Deep = (PauliZ, [new N.Pt { X = 2, Y = 5e-324 }]) }"
    )
    got = qsharp.evaluate(text, "N.Nest")
    assert got.Deep[1][0].Y == 5e-324


def test_what_qdk_returned_goes_back_in(qsharp):
    for kind, text in [
        ("N.Nest", "new N.Nest { P = new N.Pt { X = 1, Y = 0.5 }, Names = [], Deep = (PauliZ, []) }"),
        ("N.Uno", "new N.Uno { V = 7L }"),
        ("N.Empty", "new N.Empty {}"),
        ("N.Pair", "N.Pair(1, 2.0)"),
        ("M.Pt", "new M.Pt { X = 1, Y = 2.0, Z = Std.Math.Complex(0.0, -0.0) }"),
    ]:
        assert to_qsharp(qsharp.evaluate(text, kind), kind, structs=STRUCTS) == text


def test_qdk_generated_classes(qsharp):
    made = qsharp.context.code.N.Pt(1, 2.0)
    assert to_qsharp(made, "N.Pt", structs=STRUCTS) == "new N.Pt { X = 1, Y = 2.0 }"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ((1, 2), "N.Pair", "N.Pair(1, 2.0)"),
        ({"A": 1, "B": 2}, "N.Pair", "N.Pair(1, 2.0)"),
        (True, "N.Single", "N.Single(true)"),
        ({"A": True}, "N.Single", "N.Single(true)"),
        ([1, 2], "N.Arr", "N.Arr([1, 2])"),
        ((1, (2.0, "P")), "N.Deep", "N.Deep(1, (2.0, PauliX))"),
        ({"A": 1, "B": 2.0, "C": "P"}, "N.Deep", "N.Deep(1, (2.0, PauliX))"),
    ],
)
def test_newtypes(qsharp, value, kind, text):
    from qdk.qsharp import Pauli

    if isinstance(value, dict) and "C" in value:
        value = {**value, "C": Pauli.X}
    elif kind == "N.Deep":
        value = (value[0], (value[1][0], Pauli.X))
    assert to_qsharp(value, kind, structs=STRUCTS) == text
    plain = value if not isinstance(value, dict) else None
    got = qsharp.evaluate(text, kind)
    assert plain is None or kind == "N.Single" or same(parse_type(kind), plain, got) or kind == "N.Arr"


def test_newtypes_whose_items_have_no_names(qsharp):
    context = qsharp.context
    context.eval(
        """namespace A {
            struct Pt { X : Int }
            newtype W = (Int, Double);
            newtype Uno = (Int,);
            newtype Wrap = Pt;
            newtype Fn = (Int -> Int);
            function FromW(w : W) : (Int, Double) { let (a, b) = w!; (a, b) }
            function FromUno(o : Uno) : (Int,) { let (a,) = o!; (a,) }
            function FromWrap(w : Wrap) : Int { let p = w!; p.X }
            function Call(f : Fn) : Int { let g = f!; g(-4) }
        }"""
    )
    structs = {
        "A.Pt": {"X": "Int"}, "A.W": "(Int, Double)", "A.Uno": "(Int,)", "A.Wrap": "Pt", "A.Fn": "(Int -> Int)",
    }  # fmt: skip
    for value, kind, text, call, result in [
        ((1, 2.0), "A.W", "A.W(1, 2.0)", "A.FromW", (1, 2.0)),
        ((1,), "A.Uno", "A.Uno(1,)", "A.FromUno", (1,)),
        ({"X": 3}, "A.Wrap", "A.Wrap(new A.Pt { X = 3 })", "A.FromWrap", 3),
        ("Std.Math.AbsI", "A.Fn", "A.Fn(Std.Math.AbsI)", "A.Call", 4),
    ]:
        assert to_qsharp(value, kind, structs=structs) == text
        assert context.run(f"{call}({text})", 1) == [result]


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        ({"X": 1}, "N.Pt", "p: a dict without a field Y is not a N.Pt; its fields are X, Y"),
        ({"X": 1, "Y": 2.0, "Z": 3}, "N.Pt", "p: a dict with a field Z is not a N.Pt; its fields are X, Y"),
        (SlotPoint(1, "y"), "N.Pt", "p.Y: 'y' is not a Double"),
        ((1, 2.0), "N.Pt", "p: a tuple is not a N.Pt; use a mapping or dataclass of its fields"),
        ([1, 2.0], "N.Pt", "p: a list is not a N.Pt"),
        (1, "N.Pt", "p: 1 is not a N.Pt"),
        (object(), "N.Pt", "p: an object is not a N.Pt"),
        (SimpleNamespace(Y=1), "N.Pt", "p: a SimpleNamespace without a field X is not a N.Pt"),
        ({"X": 1}, "N.Empty", "p: a dict with a field X is not a N.Empty; it has no fields"),
        ({"A": 1}, "N.Pair", "p: a dict without a field B is not a N.Pair; its fields are A, B"),
        ({}, "N.Nope", "p: the fields of N.Nope are not known here; give structs="),
        ({}, "Pt", "p: Pt may be any of N.Pt, M.Pt; use the qualified name"),
    ],
)
def test_no_struct(value, kind, said):
    with pytest.raises(QsharpTypeError) as caught:
        to_qsharp(value, kind, structs=STRUCTS, root="p")
    assert str(caught.value).startswith(said)


def test_the_path_goes_through_fields_and_items():
    nan = {"X": 1, "Y": float("nan")}
    value = {"P": {"X": 1, "Y": 0.0}, "Names": [], "Deep": (None, [nan])}
    from qdk.qsharp import Pauli

    value["Deep"] = (Pauli.X, [nan])
    with pytest.raises(QsharpValueError, match=r"line\[0\]\.Deep\[1\]\[0\]\.Y: nan is not a finite Double"):
        to_qsharp([value], "N.Nest[]", structs=STRUCTS, root="line")


def test_a_struct_needs_a_type():
    for value in ({"X": 1}, SlotPoint(1, 2.0), Slots()):
        with pytest.raises(QsharpTypeError, match="has no Q# type of its own; give the type of a struct"):
            to_qsharp(value)


Fields = namedtuple("Fields", "A B")


def test_a_namedtuple_is_a_tuple_where_no_struct_is_declared():
    assert to_qsharp([Fields(1, 2)]) == "[(1, 2)]"
