"""One example of every kind of sweep, for repr, JSON and its golden file; and how to make others."""

from __future__ import annotations

import math
from collections import namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from qsharp_bridge import QsharpCode, Sweep

Pt = namedtuple("Pt", ["X", "Y"])

EXAMPLES: dict[str, Sweep] = {
    "axis": Sweep.grid(n=[1, 2, 3]),
    "axis_of_arrays": Sweep.grid(angle=[[0.0, 0.0], [1.0, -0.0]]),
    "axis_of_every_kind": Sweep.grid(
        value=[
            None, True, 1, 1.0, -0.0, 5e-324, "θ \"quoted\"\n", 2**63, -(2**200), 1j, complex(-0.0, math.inf),
            math.nan, range(0, 9, 2), (1, 2.0), (), ([1], [[]]), {"X": 1, "Y": (2,)}, Pt(1, [2.0]), Fraction(1, 3),
            Decimal("0.10"), QsharpCode("Rx(0.5, _)"),
        ]
    ),
    "axis_linspace": Sweep.linspace("theta", 0, 1, 5),
    "axis_arange": Sweep.arange("n", 2, 10, 3),
    "axis_random": Sweep.random("phi", -1, 1, 3, seed=7),
    "axis_empty": Sweep.grid(n=[1])[:0],
    "points": Sweep.points([{"a": 1, "b": "x"}, {"b": "y", "a": 2}]),
    "points_empty": Sweep.points([]),
    "points_empty_with_names": Sweep.points([{"a": 1, "b": 2}])[:0],
    "points_without_names": Sweep.grid(),
    "zip": Sweep.zip(a=[1, 2], b=[[0.5], [1.5]]),
    "product": Sweep.grid(a=[1, 2], b=[True, False]),
    "product_of_kinds": Sweep.zip(a=[1, 2], b=[3, 4]) * Sweep.linspace("c", 0, 1, 2) * Sweep.points([{"d": 1}]),
    "concat": Sweep.grid(a=[1, 2]) + Sweep.points([{"a": 5}]),
    "concat_in_product": (Sweep.grid(a=[1]) + Sweep.grid(a=[9])) * Sweep.grid(b=[0, 1]),
    "slice": (Sweep.grid(a=[1, 2, 3], b=[4, 5]) + Sweep.zip(b=[7], a=[8]))[-1:0:-2],
    "slice_empty": Sweep.grid(a=[1, 2], b=[4, 5])[1:1],
}  # fmt: skip

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(2**70), max_value=2**70),
    st.floats(),
    st.complex_numbers(),
    st.text(max_size=5),
    st.fractions(),
    st.decimals(allow_nan=False),
    st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.sampled_from([-2, 1, 3])),
)
values: st.SearchStrategy[Any] = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=2),
        st.builds(Pt, inner, inner),
    ),
    max_leaves=6,
)


@st.composite
def _leaves(draw: st.DrawFn, names: tuple[str, ...]) -> Sweep:
    length = draw(st.integers(0, 4))
    columns = {name: draw(st.lists(values, min_size=length, max_size=length)) for name in names}
    if len(names) == 1 and draw(st.booleans()):
        return Sweep.grid(**columns)
    if draw(st.booleans()):
        return Sweep.zip(**columns)
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return Sweep.points(rows) if rows else Sweep.zip(**columns)


@st.composite
def _trees(draw: st.DrawFn, names: tuple[str, ...], depth: int) -> Sweep:
    kinds = ["leaf", "slice", "concat", *(["product"] if len(names) > 1 else [])] if depth else ["leaf"]
    match draw(st.sampled_from(kinds)):
        case "product":
            cut = draw(st.integers(1, len(names) - 1))
            return draw(_trees(names[:cut], depth - 1)) * draw(_trees(names[cut:], depth - 1))
        case "concat":
            return draw(_trees(names, depth - 1)) + draw(_trees(names[::-1], depth - 1))
        case "slice":
            source = draw(_trees(names, depth - 1))
            return source[draw(st.slices(max(len(source), 1)))]
    return draw(_leaves(names))


def sweeps(*names: str, depth: int = 2) -> st.SearchStrategy[Sweep]:
    """Sweeps of any kind over these names."""
    return _trees(names or ("a", "b"), depth)
