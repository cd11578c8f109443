"""Lists written column by column: the same elements as one by one, the same errors, and one way to write an array."""

from __future__ import annotations

import dataclasses
import math
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
from azure.quantum import argument_types
from hypothesis import given
from hypothesis import strategies as st
from qdk.qsharp import Pauli, Result

from qsharp_bridge import from_qsharp, to_qsharp
from qsharp_bridge.errors import BridgeError, QsharpTypeError, QsharpValueError

STRUCTS = {"N.Pt": {"X": "Int", "Y": "Double"}, "N.Deep": {"P": "N.Pt", "A": "Double[]"}, "N.Pair": "(Int, Double)"}
Named = namedtuple("Named", ["X", "Y"])


@dataclasses.dataclass
class Point:
    X: int
    Y: float


DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
INTS = st.integers(-(2**63), 2**63 - 1)
SMALL = st.integers(-(2**53), 2**53)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" ,\n"), max_size=5)
POINTS = st.tuples(INTS, DOUBLES)
FORMS: dict[str, st.SearchStrategy[Any]] = {
    "Double": st.one_of(DOUBLES, SMALL, DOUBLES.map(np.float64), SMALL.map(np.int64), DOUBLES.map(float)),
    "Int": st.one_of(INTS, INTS.map(np.int64)),
    "Bool": st.one_of(st.booleans(), st.booleans().map(np.bool_)),
    "BigInt": st.integers(),
    "String": TEXTS,
    "Pauli": st.sampled_from([Pauli.X, Pauli.I, argument_types.Pauli.Z]),
    "Result": st.sampled_from([Result.One, Result.Zero, argument_types.Result.One]),
    "Complex": st.one_of(st.builds(complex, DOUBLES, DOUBLES), DOUBLES),
    "(Int, Double)": st.one_of(POINTS, POINTS.map(list), POINTS.map(lambda pair: Named(*pair))),
    "(Double,)": st.tuples(DOUBLES),
    "Double[]": st.lists(DOUBLES, max_size=3),
    "(Int, Double)[]": st.lists(POINTS, max_size=3),
    "String[][]": st.lists(st.lists(TEXTS, max_size=2), max_size=2),
    "N.Pt": st.one_of(POINTS.map(lambda pair: {"X": pair[0], "Y": pair[1]}), POINTS.map(lambda pair: Point(*pair))),
    "N.Pair": POINTS,
    "N.Deep": st.builds(lambda p, a: {"P": {"X": p[0], "Y": p[1]}, "A": a}, POINTS, st.lists(DOUBLES, max_size=3)),
}


def _bare(text: str) -> str:
    return text.replace(", ", ",").replace(",\n", ",")


@pytest.mark.parametrize("kind", FORMS)
@given(data=st.data())
def test_a_list_is_its_elements(kind: str, data: st.DataObject) -> None:
    """Alone, an element is written by the writer of its type; in a list of one form, in columns."""
    # Lists of one form, and mixed ones: both are drawn.
    items = data.draw(st.lists(FORMS[kind], min_size=1, max_size=6))
    items = data.draw(st.sampled_from([items, [items[0]] * 3]))
    alone = [_bare(to_qsharp(item, kind, structs=STRUCTS)) for item in items]
    assert _bare(to_qsharp(items, f"{kind}[]", structs=STRUCTS)) == f"[{','.join(alone)}]"


@given(st.lists(st.one_of(DOUBLES, SMALL), min_size=1), st.integers(1, 3))
def test_the_type_that_is_inferred_is_that_of_the_elements(numbers: list[Any], copies: int) -> None:
    pairs = [(number, [number] * copies) for number in numbers]
    double = any(type(number) is float for number in numbers)
    wanted = "(Double, Double[])[]" if double else "(Int, Int[])[]"
    assert to_qsharp(pairs) == to_qsharp(pairs, wanted)


@pytest.mark.parametrize(
    ("value", "kind", "path", "error"),
    [
        ([(1, 2.0), (1, math.nan)], "(Int, Double)[]", "v[1][1]", QsharpValueError),
        ([(1, 2.0), (1.5, 2.0)], "(Int, Double)[]", "v[1][0]", QsharpTypeError),
        ([(1, 2.0), (1, 2.0, 3.0)], "(Int, Double)[]", "v[1]", QsharpTypeError),
        ([{"X": 1, "Y": 2.0}, {"X": 2**63, "Y": 2.0}], "N.Pt[]", "v[1].X", QsharpValueError),
        ([{"X": 1, "Y": 2.0}, {"X": 1}], "N.Pt[]", "v[1]", QsharpTypeError),
        ([[1.0], [2.0, math.inf]], "Double[][]", "v[1][1]", QsharpValueError),
        ([[1.0, 2.0], [2.0, math.inf]], "Double[][]", "v[1][1]", QsharpValueError),
        ([1.0, 2**53 + 1], "Double[]", "v[1]", QsharpValueError),
        ([1.0, True], "Double[]", "v[1]", QsharpTypeError),
        ([np.float64(1), np.float64("nan")], "Double[]", "v[1]", QsharpValueError),
        ([np.longdouble(1), np.longdouble(1) / 3], "Double[]", "v[1]", QsharpValueError),
        ([1j, complex(math.nan, 1)], "Complex[]", "v[1]", QsharpValueError),
        ([Result.One, Result.Loss], "Result[]", "v[1]", QsharpValueError),
        (["a", "\ud800"], "String[]", "v[1]", QsharpValueError),
        ([True, 1], "Bool[]", "v[1]", QsharpTypeError),
        (np.array([(1, 2.0), (1, math.nan)], [("X", int), ("Y", float)]), "(Int, Double)[]", "v[1][1]", ValueError),
        (np.array([(1, 2.0), (1, math.nan)], [("X", int), ("Y", float)]), "N.Pt[]", "v[1].Y", ValueError),
    ],
)  # fmt: skip
def test_the_element_that_is_wrong_is_named(value: Any, kind: str, path: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        to_qsharp(value, kind, structs=STRUCTS, root="v")
    assert isinstance(caught.value, BridgeError)
    assert caught.value.path == path


@pytest.mark.parametrize("shape", [(3000, 2), (2, 3000), (3, 4, 5), (100, 10, 10), (2, 9000), (1, 1), (70, 70, 3)])
@pytest.mark.parametrize("dtype", [float, int, bool, "f4"])
def test_a_nested_list_is_written_as_the_array_of_it(shape: tuple[int, ...], dtype: Any) -> None:
    """So the text that from_qsharp reads comes back when its value is written again."""
    values = (np.random.default_rng(1).normal(size=shape) * 3).astype(dtype)
    text = to_qsharp(values)
    assert to_qsharp(values.tolist()) == text
    assert to_qsharp(from_qsharp(text)) == text


@given(st.lists(st.lists(POINTS, max_size=4), min_size=1, max_size=60))
def test_what_is_read_is_written_the_same(value: list[Any]) -> None:
    text = to_qsharp(value, "(Int, Double)[][]")
    assert to_qsharp(from_qsharp(text), "(Int, Double)[][]") == text


def test_lines_stay_short_and_values_whole() -> None:
    rows = [(number, number / 7) for number in range(2_000)]
    text = to_qsharp(rows)
    assert max(map(len, text.splitlines())) <= 4_096
    assert from_qsharp(text) == rows


def test_a_list_that_holds_itself_many_times_is_refused_quickly() -> None:
    row: list[Any] = [1.0]
    for _ in range(60):
        row = [row, row]
    with pytest.raises(QsharpValueError, match="more than 10,000,000 elements"):
        to_qsharp(row)
    with pytest.raises(QsharpValueError, match="more than 10,000,000 elements"):
        to_qsharp([tuple([1.0] * 2_000_000)] * 6)
