"""Whatever leaves the layer evaluates to the value that went in, bit for bit: the real interpreter says so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreter import STRUCTS, Interpreter, same

from qsharp_bridge import from_qsharp, parse_type, strategies, to_qsharp

FAMILIES = [
    ("Int", 800),
    ("BigInt", 800),
    ("Double", 1500),
    ("Bool", 20),
    ("String", 1200),
    ("Pauli", 20),
    ("Result", 20),
    ("Unit", 5),
    ("Range", 800),
    ("Complex", 800),
    ("Int[]", 500),
    ("Double[]", 600),
    ("Bool[]", 300),
    ("Double[][]", 400),
    ("(Int,)", 100),
    ("(Int, Double[], (Bool, String))", 600),
    ("(Double, BigInt)[]", 300),
    ("Complex[]", 300),
    ("N.Pt", 300),
    ("N.Nest", 300),
    ("N.Uno", 100),
    ("N.Empty", 5),
    ("N.Pair", 200),
    ("N.Deep", 200),
    ("N.Single", 20),
    ("N.Arr", 100),
    ("M.Pt", 200),
]


def check(qsharp: Interpreter, value: Any, text: str) -> None:
    kind = parse_type(text)
    literal = to_qsharp(value, kind, structs=STRUCTS)
    got = qsharp.evaluate(literal, text)
    assert same(kind, value, got), (literal, got)
    again = to_qsharp(from_qsharp(literal), kind, structs=STRUCTS)
    assert again == literal
    assert max(map(len, literal.split("\n"))) <= 4_096


@pytest.mark.parametrize(("kind", "examples"), FAMILIES, ids=[kind for kind, _ in FAMILIES])
def test_a_family_comes_back_bit_for_bit(qsharp: Interpreter, kind: str, examples: int) -> None:
    @settings(max_examples=examples)
    @given(strategies.values(kind, STRUCTS, max_size=20))
    def law(value: Any) -> None:
        check(qsharp, value, kind)

    law()


LEAVES = st.sampled_from(
    ["Unit", "Int", "BigInt", "Double", "Bool", "String", "Pauli", "Result", "Range", "Std.Math.Complex", "N.Pt"]
)
TYPES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda kind: f"{kind}[]"),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda items: f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        ),
    ),
    max_leaves=5,
)


@settings(max_examples=1_000)
@given(st.data())
def test_any_type_comes_back_bit_for_bit(qsharp: Interpreter, data: st.DataObject) -> None:
    kind = data.draw(TYPES)
    check(qsharp, data.draw(strategies.values(kind, STRUCTS, max_size=4)), kind)
