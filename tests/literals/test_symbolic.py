"""Numbers of sympy: exact ones as ints, all others as the nearest float, and never an expression of symbols."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge import to_qsharp
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError
from qsharp_bridge.literals.symbolic import without_symbols

PI = "3.141592653589793"


@pytest.mark.parametrize(
    ("value", "type", "text"),
    [
        (sympy.pi, "Double", PI),
        (sympy.pi, None, PI),
        (sympy.sqrt(2), "Double", repr(math.sqrt(2))),
        (sympy.Rational(1, 3), None, repr(1 / 3)),
        (sympy.Float("0.1", 30), "Double", "0.1"),
        (sympy.Integer(1), None, "1"),
        (sympy.Integer(1), "Double", "1.0"),
        (sympy.Integer(2) ** 70, None, f"{2**70}L"),
        (sympy.Integral(sympy.Symbol("x"), (sympy.Symbol("x"), 0, 1)), "Double", "0.5"),
        (sympy.true, None, "true"),
        (sympy.pi > 3, "Bool", "true"),
        (1 + 2 * sympy.I, None, "Std.Math.Complex(1.0, 2.0)"),
        (sympy.log(-1), "Complex", f"Std.Math.Complex(0.0, {PI})"),
        ([sympy.pi, 1], None, f"[{PI}, 1.0]"),
        ([sympy.pi, 0.5, sympy.Rational(1, 4)], "Double[]", f"[{PI}, 0.5, 0.25]"),
        (np.array([sympy.pi, sympy.Integer(1)]), "Double[]", f"[{PI}, 1.0]"),
        ((sympy.Integer(1), sympy.pi), "(Int, Double)", f"(1, {PI})"),
        (sympy.Matrix([[1, 2], [3, 4]]), "Int[][]", "[[1, 2], [3, 4]]"),
        (sympy.ImmutableMatrix([[1, sympy.pi]]), "Double[][]", f"[[1.0, {PI}]]"),
    ],
    ids=str,
)
def test_numbers(value: Any, type: str | None, text: str) -> None:
    assert to_qsharp(value, type) == text


@settings(max_examples=60)
@given(st.integers(-(2**90), 2**90), st.integers(1, 2**90))
def test_rationals_are_rounded_correctly(p: int, q: int) -> None:
    assert float(without_symbols(sympy.Rational(p, q))) == float(Fraction(p, q))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10**12), st.sampled_from(["sqrt", "log", "sin", "exp"]))
def test_functions_are_rounded_correctly(n: int, name: str) -> None:
    value = getattr(sympy, name)(sympy.Rational(n, 10**11))
    with mpmath.workprec(400):
        right = float(getattr(mpmath, name)(mpmath.mpf(n) / 10**11))
    assert without_symbols(value) == right


def test_a_real_root_has_no_imaginary_part() -> None:
    x = sympy.Symbol("x")
    roots = [without_symbols(root) for root in sympy.Poly(x**3 - 3 * x + 1).all_roots()]
    assert all(isinstance(root, float) and abs(root**3 - 3 * root + 1) < 1e-14 for root in roots)


@pytest.mark.parametrize(
    ("value", "type", "error", "said"),
    [
        (sympy.Symbol("x") + sympy.Symbol("a"), "Double", QsharpTypeError, "free symbols: a, x"),
        (sympy.Eq(sympy.Symbol("x"), 1), "Bool", QsharpTypeError, "free symbols: x"),
        ([0.5, sympy.Symbol("x")], "Double[]", QsharpTypeError, "value[1]: a sympy expression"),
        (sympy.Rational(1, 2), "Int", QsharpTypeError, "0.5 is a Double"),
        (sympy.Integer(2**53 + 1), "Double", QsharpValueError, "not exactly a Double"),
        (sympy.oo, "Double", QsharpValueError, "not a finite Double"),
        (sympy.Rational(10**400, 3), "Double", QsharpValueError, "not a finite Double"),
        (sympy.nan, "Double", QsharpTypeError, "not a number"),
        (sympy.zoo, "Complex", QsharpTypeError, "not a number"),
        (sympy.Function("f")(2), "Double", QsharpTypeError, "not a number"),
    ],
    ids=str,
)
def test_no_numbers(value: Any, type: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as caught:
        to_qsharp(value, type)
    assert said in str(caught.value)


def test_in_a_sweep() -> None:
    sweep = qb.Sweep.grid(theta=[sympy.pi, sympy.pi / 2], n=[sympy.Integer(2)])
    assert list(sweep) == [{"theta": math.pi, "n": 2}, {"theta": math.pi / 2, "n": 2}]
    assert qb.Sweep.from_json(sweep.to_json()) == sweep
