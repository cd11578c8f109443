"""Entry expressions taken apart into structure and Doubles."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.literals import to_qsharp
from qsharp_bridge.programs.binding.skeleton import split

finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    finite
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.complex_numbers(allow_nan=False, allow_infinity=False)
    | st.builds(range, st.integers(0, 9), st.integers(0, 9)),
    lambda inner: st.tuples(inner) | st.tuples(inner, inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("expression", "pieces", "doubles"),
    [
        ("Op()", ("Op()",), []),
        ("Op(2, 0.5)", ("Op(2, ", ")"), [0.5]),
        ("Op([-0.0,1e-07,\n-1.5E+3])", ("Op([", ", ", ", ", "])"), [-0.0, 1e-7, -1500.0]),
        ("Op(0..5, 1..-1..0, 3)", ("Op(0..5, 1..-1..0, 3)",), []),
        ('Op("1.5, \\"2.5", 3.5)', ('Op("1.5, \\"2.5", ', ")"), [3.5]),
        ("Op(5L, 0xffL, x1.5, 2.0i)", ("Op(5L, 0xffL, x1.5, 2.0i)",), []),
        ('Op(x -> x + 0.5 // "\n, "0.5")', ('Op(x -> x + 0.5 // "\n, "0.5")',), []),
        ("Op(Std.Math.Complex(1.0, -2.0))", ("Op(Std.Math.Complex(", ", ", "))"), [1.0, -2.0]),
    ],
)
def test_split(expression, pieces, doubles):
    skeleton, found = split(expression)
    assert skeleton.pieces == pieces
    assert [struct.pack("<d", one) for one in found] == [struct.pack("<d", one) for one in doubles]


@given(values)
def test_filled_again_it_is_the_same_expression(value):
    expression = f"Op({to_qsharp(value)})"
    skeleton, doubles = split(expression)
    again, same = split(skeleton.at(doubles))
    assert again == skeleton
    assert [struct.pack("<d", one) for one in same] == [struct.pack("<d", one) for one in doubles]


@given(st.integers(0, 2**32), st.integers(1, 3000), st.floats(1e-12, 1e12))
def test_line_breaks_are_no_structure(seed, length, scale):
    random = np.random.default_rng(seed)
    one, other = (random.normal(0.0, scale, length).tolist() for _ in range(2))
    skeletons = {split(to_qsharp(values))[0] for values in (one, other, [0.0] * length)}
    assert len(skeletons) == 1
    (skeleton,) = skeletons
    assert max(map(len, skeleton.at(one).splitlines())) < 4_096
    assert split(skeleton.at(one)) == (skeleton, one)
