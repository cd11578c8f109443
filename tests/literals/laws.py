"""What holds for every literal, and the types that it is tried on by the tests and by scripts/round-trip."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from interpreter import STRUCTS, Interpreter, same

from qsharp_bridge import from_qsharp, parse_type, to_qsharp
from qsharp_bridge.syntax import ArrayType

# How many examples of each type the tests try, and in which proportion the script does.
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


def check(qsharp: Interpreter, values: list[Any], text: str) -> None:
    """Each value's literal evaluates to it, reads back, and has short lines. All are evaluated in one run."""
    kind = parse_type(text)
    literals = [to_qsharp(value, kind, structs=STRUCTS) for value in values]
    for literal in literals:
        assert to_qsharp(from_qsharp(literal), kind, structs=STRUCTS) == literal
        assert max(map(len, literal.split("\n"))) <= 4_096
    separate = ",\n".join(literals)
    one_by_one = len(values) == 1
    got = [qsharp.evaluate(separate, kind)] if one_by_one else qsharp.evaluate(f"[{separate}]", ArrayType(kind))
    assert len(got) == len(values)
    for value, literal, one in zip(values, literals, got, strict=True):
        assert same(kind, value, one), (literal, one)
