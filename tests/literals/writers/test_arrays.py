import array
import itertools
import math
from collections import UserList, deque

import pytest
from azure.quantum.argument_types import EmptyArray
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge import from_qsharp, to_qsharp
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError

INT_MAX = 2**63 - 1


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ([0.0, 1.0], None, "[0.0, 1.0]"),
        ([0, 1], "Double[]", "[0.0, 1.0]"),
        ([0, 1.5], "Double[]", "[0.0, 1.5]"),
        ((1, 2), "Int[]", "[1, 2]"),
        (range(3), "Int[]", "[0, 1, 2]"),
        (range(3), "Double[]", "[0.0, 1.0, 2.0]"),
        (deque([1, 2]), None, "[1, 2]"),
        (UserList([True]), None, "[true]"),
        (array.array("d", [0.5]), None, "[0.5]"),
        (array.array("f", [0.1]), None, "[0.10000000149011612]"),
        (array.array("b", [-1]), "BigInt[]", "[-1L]"),
        ((i * i for i in range(3)), "Int[]", "[0, 1, 4]"),
        (iter([True]), "Bool[]", "[true]"),
        (map(float, range(2)), "Double[]", "[0.0, 1.0]"),
        (EmptyArray(int), "Int[]", "[]"),
        (EmptyArray(int), None, "[]"),
        ([], "Double[]", "[]"),
        ([[]], "Double[][]", "[[]]"),
        ([[], [1]], None, "[[], [1]]"),
        ([[1], [1, 2]], None, "[[1], [1, 2]]"),
        ([None, ()], None, "[(), ()]"),
        ([], "Qubit[]", "[]"),
        ([range(2), range(0)], "Range[]", "[0..1, 0..-1]"),
        ([(1, 2)], "Int[][]", "[[1, 2]]"),
        (["a", "b"], None, '["a", "b"]'),
    ],
)
def test_what_makes_an_array(value, kind, text):
    assert to_qsharp(value, kind) == text


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        ([1.0, 2], "Int[]", "angle[0]: 1.0 is a Double, not an Int"),
        ([1, True], "Int[]", "angle[1]: True is a Bool, not an Int"),
        ([1.0, True], "Double[]", "angle[1]: True is a Bool, not a Double"),
        ([[0.0], [0.0, "x"]], "Double[][]", "angle[1][1]: 'x' is not a Double"),
        ([1.0], "Double[][]", "angle[0]: 1.0 is not an array, Double[]"),
        ("abc", "String[]", "angle: 'abc' is not an array, String[]"),
        (b"abc", "Int[]", "angle: a bytes is not an array, Int[]; use list(...)"),
        ({1, 2}, "Int[]", "angle: a set is not an array, Int[]; a set has no order: use sorted(...)"),
        ({1: 2}, "Int[]", "angle: a dict is not an array, Int[]; use list(....keys())"),
        ({1: 2}.keys(), "Int[]", "angle: a dict_keys is not an array, Int[]"),
        (3, "Int[]", "angle: 3 is not an array"),
        (None, "Int[]", "angle: None is not an array"),
        ([3], "Qubit[]", "angle[0]: a Qubit cannot be written as a literal"),
    ],
)
def test_the_error_names_the_element(value, kind, said):
    with pytest.raises(QsharpTypeError) as caught:
        to_qsharp(value, kind, root="angle")
    assert str(caught.value).startswith(said)
    assert caught.value.path == said.partition(":")[0]


@pytest.mark.parametrize("where", [0, 1, 8_191, 8_192, 20_000])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_the_first_number_that_is_not_finite_is_found(where, bad):
    values = [0.5] * 20_001
    values[where] = bad
    for kind in (None, "Double[]"):
        with pytest.raises(QsharpValueError) as caught:
            to_qsharp(values, kind, root="angle")
        assert str(caught.value).startswith(f"angle[{where}]: {bad!r} is not a finite Double")


def test_opposite_infinities_and_overflowing_sums():
    with pytest.raises(QsharpValueError, match=r"value\[0\]: inf"):
        to_qsharp([math.inf, -math.inf])
    assert to_qsharp([1e308, 1e308, -1e308]) == "[1e308, 1e308, -1e308]".replace("e", to_qsharp(1e308)[1:-3])


def test_ints_beyond_64_bits_in_a_list():
    with pytest.raises(QsharpValueError, match=r"value\[1\]: 9223372036854775808 does not fit an Int"):
        to_qsharp([0, INT_MAX + 1], "Int[]")
    with pytest.raises(QsharpValueError, match=r"value\[0\]: "):
        to_qsharp([2**70], "Int[]")
    assert to_qsharp([INT_MAX, -INT_MAX - 1]) == "[9223372036854775807, -9223372036854775808]"
    assert to_qsharp([1, 2**63]) == "[1L, 9223372036854775808L]"


@given(st.one_of(st.lists(st.integers(-(2**63), INT_MAX)), st.lists(st.booleans()), st.lists(st.text('ab"\\,[]\n'))))
def test_lists_come_back(values):
    assert from_qsharp(to_qsharp(values)) == values


def test_long_arrays_come_back_in_short_lines(qsharp):
    for values in ([i / 7 for i in range(50_000)], list(range(-30_000, 30_000)), [True, False, True] * 20_000):
        text = to_qsharp(values)
        assert max(map(len, text.split("\n"))) <= 4_096
        assert from_qsharp(text) == values
        kind = {float: "Double[]", int: "Int[]", bool: "Bool[]"}[type(values[0])]
        assert qsharp.evaluate(text, kind) == values


def test_long_arrays_of_anything_come_back_in_short_lines(qsharp):
    values = [(i, "x" * (i % 5_000)) for i in range(0, 20_000, 61)]
    text = to_qsharp(values)
    assert max(map(len, text.split("\n"))) <= 4_096
    assert qsharp.evaluate(text, "(Int, String)[]") == values == from_qsharp(text)


def test_an_endless_iterator_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr("qsharp_bridge.literals.limits.MAX_ELEMENTS", 1_000)
    for endless in (itertools.count(), itertools.repeat(1), range(10**18), [range(600), range(600)]):
        with pytest.raises(QsharpValueError, match="more than 1,000 elements in one literal"):
            to_qsharp(endless, "Int[][]" if isinstance(endless, list) else "Int[]")


def test_a_small_value_with_a_huge_literal_is_refused():
    lists, tuples = [0], (0,)
    for _ in range(60):
        lists, tuples = [lists, lists], (tuples, tuples)
    for bomb in (lists, tuples, [(1, lists)], {"X": lists}, [[0]] * 10_000_000):
        with pytest.raises(QsharpValueError, match="more than 10,000,000 elements"):
            to_qsharp(bomb)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([], "Int[]"),
        ([], "(Int -> Int)[]"),
        ([[], []], "(Double, N.Pt[])[][]"),
        ([], "N.Pt[]"),
        (([], 1), "(Bool[], Int)"),
    ],
)
def test_an_empty_array_with_its_own_type(qsharp, value, kind):
    structs = {"N.Pt": {"X": "Int"}}
    assert "let" not in to_qsharp(value, kind, structs=structs)
    text = to_qsharp(value, kind, structs=structs, standalone=True)
    assert text.startswith("{ let v : ")
    assert qsharp.context.run(f"{{ let _ = {text}; 1 }}", 1) == [1]  # with no type around it


def test_standing_alone_where_no_type_is_known():
    import numpy as np

    with pytest.raises(QsharpTypeError, match="the type of the elements of an empty array is not known; give a type"):
        to_qsharp([[]], standalone=True)
    assert to_qsharp([1], standalone=True) == "[1]"
    assert to_qsharp(np.array([], dtype=float), standalone=True) == "{ let v : Double[] = []; v }"
    assert to_qsharp([], "Pt[]", structs={"N.Pt": {}}, standalone=True) == "{ let v : N.Pt[] = []; v }"
