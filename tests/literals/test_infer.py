"""The fixed mapping of values that come without a type."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreter import same

from qsharp_bridge import parse_type, strategies, to_qsharp
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError
from qsharp_bridge.literals import QsharpCode
from qsharp_bridge.literals.dispatch import LiteralPrinter
from qsharp_bridge.literals.infer import infer
from qsharp_bridge.literals.structs import Structs


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ([1, 2.5], "Double[]", "[1.0, 2.5]"),
        ([2.5, 1], "Double[]", "[2.5, 1.0]"),
        ([1, 2**64], "BigInt[]", "[1L, 18446744073709551616L]"),
        ([0.5, 2**64], "Double[]", f"[0.5, {to_qsharp(2.0**64)}]"),
        ([2**64, 1, 0.5], "Double[]", f"[{to_qsharp(2.0**64)}, 1.0, 0.5]"),
        ([[1], [0.5]], "Double[][]", "[[1.0], [0.5]]"),
        ([[], [1], []], "Int[][]", "[[], [1], []]"),
        ([[], []], "?[][]", "[[], []]"),
        ([(1, 2.0), (0.5, 1)], "(Double, Double)[]", "[(1.0, 2.0), (0.5, 1.0)]"),
        ([([],), ([1],)], "(Int[],)[]", "[([],), ([1],)]"),
        ([1, QsharpCode("X")], "Int[]", "[1, X]"),
        ([QsharpCode("X"), 1, 0.5], "Double[]", "[X, 1.0, 0.5]"),
        ([QsharpCode("X")], "?[]", "[X]"),
        ((1, 2.5), "(Int, Double)", "(1, 2.5)"),
        ([range(2)], "Range[]", "[0..1]"),
        ([None, ()], "Unit[]", "[(), ()]"),
    ],
)
def test_one_type_for_all_elements(value, kind, text):
    assert str(infer(LiteralPrinter(Structs()), value)) == kind
    assert to_qsharp(value) == text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([1, "a"], "value[1]: String in an array of Int; an array has elements of one type"),
        ([1, True], "value[1]: Bool in an array of Int"),
        ([True, 1], "value[1]: Int in an array of Bool"),
        ([1.0, 2j], "value[1]: Std.Math.Complex in an array of Double"),
        ([1, None], "value[1]: Unit in an array of Int"),
        ([1, [1]], "value[1]: Int[] in an array of Int"),
        ([[1], ["a"]], "value[1]: String[] in an array of Int[]"),
        ([(1,), (1, 2)], "value[1]: (Int, Int) in an array of (Int,)"),
        ([[1], (1,)], "value[1]: (Int,) in an array of Int[]"),
        ((1, [2, "a"]), "value[1][1]: String in an array of Int"),
        ((1, {2}), "value[1]: a set has no Q# type of its own; a set has no order"),
        ([[0], b"x"], "value[1]: a bytes has no Q# type of its own"),
        ((i for i in ()), "value: a generator needs a type; give one"),
    ],
)
def test_no_common_type(value, said):
    with pytest.raises(QsharpTypeError) as caught:
        to_qsharp(value)
    assert str(caught.value).startswith(said)


def test_an_int_among_floats_is_exact_or_refused():
    with pytest.raises(QsharpValueError, match=r"value\[1\]: 9007199254740993 is not exactly a Double"):
        to_qsharp([0.5, 2**53 + 1])


plain_types = st.recursive(
    st.sampled_from(["Unit", "Int", "Double", "Bool", "String", "Pauli", "Result", "Range", "Std.Math.Complex"]),
    lambda inner: st.one_of(
        inner.map(lambda kind: f"{kind}[]"),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda items: f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        ),
    ),
    max_leaves=5,
)


@settings(max_examples=600)
@given(st.data())
def test_a_value_of_a_type_needs_no_type(qsharp, data):
    kind = data.draw(plain_types)
    value = data.draw(strategies.values(kind, max_size=4))
    text = to_qsharp(value)
    assert text == to_qsharp(value, kind)
    assert same(parse_type(kind), value, qsharp.evaluate(text, kind))
