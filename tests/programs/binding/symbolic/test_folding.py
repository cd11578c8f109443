"""The arithmetic of the compiler, done at many points at once."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.programs.binding.symbolic.expressions import FUNCTIONS, Expressions
from qsharp_bridge.programs.binding.symbolic.folding import Folding
from qsharp_bridge.programs.binding.symbolic.functions import disagreeing
from qsharp_bridge.programs.sources import Sources

finite = st.floats(allow_nan=False, allow_infinity=False)
DOUBLE = {
    "fadd": lambda a, b: a + b,
    "fsub": lambda a, b: a - b,
    "fmul": lambda a, b: a * b,
    "fdiv": lambda a, b: a / b,
    "frem": math.fmod,
}


def fold(op, *columns):
    e = Expressions()
    node = e.step(op, tuple(e.parameter(index) for index in range(len(columns))))
    folding = Folding(e, np.array(columns, np.float64).T)
    return folding.value(node).tolist(), folding.doubtful([node]).tolist()


@pytest.mark.parametrize("op", DOUBLE)
@given(st.lists(st.tuples(finite, finite.filter(bool)), min_size=1, max_size=40))
def test_doubles(op, pairs):
    values, doubtful = fold(op, *zip(*pairs, strict=True))
    assert not any(doubtful)
    for (a, b), value in zip(pairs, values, strict=True):
        try:
            expected = DOUBLE[op](a, b)
        except OverflowError:
            continue
        assert math.copysign(1, value) == math.copysign(1, expected)
        assert value == expected or (math.isnan(value) and math.isnan(expected))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_agree_with_the_compiler(name):
    assert disagreeing(name, Sources.from_text("")) == 0


def test_a_function_that_differs_is_found(monkeypatch):
    from qsharp_bridge.programs.binding.symbolic import folding, functions

    monkeypatch.setattr(functions, "_found", {})
    monkeypatch.setitem(folding._LIBM, "Sin", lambda x: math.nextafter(math.sin(x), 2.0))
    assert disagreeing("Sin", Sources.from_text("")) > 200


def test_outside_of_a_domain_is_doubtful():
    assert fold("ArcSin", [0.5, 2.0])[1] == [False, True]
    assert fold("Log", [1.0, 0.0])[1] == [False, True]
    assert fold("Cosh", [1.0, 1e3])[1] == [False, True]


def test_comparing_no_number_is_doubtful():
    e = Expressions()
    root = e.step("Sqrt", (e.parameter(0),))
    node = e.step("fcmp olt", (root, e.constant("double", 1.0)))
    folding = Folding(e, np.array([[0.25], [-1.0]]))
    assert folding.value(node)[0]
    assert folding.doubtful([node]).tolist() == [False, True]
    assert folding.doubtful([root]).tolist() == [False, False]


@pytest.mark.parametrize(
    ("op", "a", "b", "expected"),
    [
        ("sdiv", -7, 2, -3),
        ("srem", -7, 2, -1),
        ("srem", 7, -2, 1),
        ("sdiv", 1, 0, None),
        ("shl", 3, 2, 12),
        ("shl", 3, 62, None),
        ("shl", 3, -1, None),
        ("ashr", -5, 1, -3),
        ("and", -3, 6, 4),
        ("xor", -3, 6, -5),
        ("add", 2**61, 2**61, 2**62),
        ("mul", 2**32, 2**32, None),
        ("sub", -3, 4, -7),
    ],
)
def test_integers(op, a, b, expected):
    e = Expressions()
    wholes = [e.step("fptosi", (e.parameter(index),)) for index in (0, 1)]
    node = e.step(op, tuple(wholes))
    folding = Folding(e, np.array([[float(a), float(b)]]))
    doubtful = folding.doubtful([node]).tolist()
    assert doubtful == [expected is None]
    assert expected is None or folding.value(node).tolist() == [expected]


def test_beyond_64_bits_is_doubtful():
    assert fold("fptosi", [2.9, -2.9, 1e19, math.inf])[0][:2] == [2, -2]
    assert fold("fptosi", [2.9, -2.9, 1e19, math.inf, math.nan])[1] == [False, False, True, True, True]


def test_equal_nodes_are_one_but_zeros_are_two():
    e = Expressions()
    assert e.constant("double", 0.0) != e.constant("double", -0.0)
    assert e.constant("i64", 0) != e.constant("double", 0.0)
    assert e.step("Sin", (e.parameter(0),)) == e.step("Sin", (e.parameter(0),))


def test_a_long_chain_is_no_recursion():
    e = Expressions()
    node = e.parameter(0)
    for _ in range(20_000):
        node = e.step("fadd", (node, e.constant("double", 1.0)))
    assert Folding(e, np.array([[0.5]])).value(node)[0] == 20_000.5
