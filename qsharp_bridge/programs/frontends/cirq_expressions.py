"""Expressions of sympy symbols, which Cirq has in exponents, as Q#."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from qsharp_bridge.errors import SourceError

_FUNCTIONS = {"sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "ArcSin", "acos": "ArcCos", "atan": "ArcTan"}
_FUNCTIONS |= {"atan2": "ArcTan2", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh", "log": "Log", "Abs": "AbsD"}
_OF_TWO = {"Max": "MaxD", "Min": "MinD"}
_RELATIONS = {"StrictLessThan": "<", "LessThan": "<=", "StrictGreaterThan": ">", "GreaterThan": ">="}
_RELATIONS |= {"Equality": "==", "Unequality": "!="}
_LOGIC = {"And": "and", "Or": "or"}


def expression(tree: Any, names: Mapping[str, str]) -> str:
    """Return a sympy expression as a Q# Double.

    Args:
        tree: the expression.
        names: the Q# name of each symbol.

    Raises:
        SourceError: the expression has a function that `Std.Math` does not have.

    >>> import sympy
    >>> a, b = sympy.symbols("a b")
    >>> expression(a * sympy.sin(b) ** 2, {"a": "a", "b": "b"})
    '(a * (Std.Math.Sin(b) * Std.Math.Sin(b)))'
    """
    if tree.is_Symbol:
        return names[tree.name]
    if str(tree) == "pi":
        return "Std.Math.PI()"
    if tree.is_number and tree.is_real:
        return repr(float(tree))
    if tree.func.__name__ == "Piecewise":
        return _piecewise(tree, names)
    inner = [expression(one, names) for one in tree.args] if tree.args else []
    if tree.is_Add or tree.is_Mul:
        return f"({(' + ' if tree.is_Add else ' * ').join(inner)})"
    if tree.is_Pow:
        return _power(inner[0], tree.args[1], inner[1])
    name = tree.func.__name__
    if name == "exp":
        return f"(Std.Math.E()^{inner[0]})"
    if name in _OF_TWO:
        return functools.reduce(lambda left, right: f"Std.Math.{_OF_TWO[name]}({left}, {right})", inner)
    if name == "sign":
        return f"Std.Convert.IntAsDouble(Std.Math.SignD({inner[0]}))"
    if inner and (function := _FUNCTIONS.get(name)):
        return f"Std.Math.{function}({', '.join(inner)})"
    raise SourceError(f"the expression {tree} of a gate has no form in Q#")


def _piecewise(tree: Any, names: Mapping[str, str]) -> str:
    """Return a Piecewise as nested conditions. The last condition must be True, so that there always is a value."""
    *cases, (last, always) = tree.args
    if str(always) != "True":
        raise SourceError(
            f"the expression {tree} of a gate has no value outside of its cases", advice="end it with (value, True)"
        )
    text = expression(last, names)
    for value, condition in reversed(cases):
        text = f"({_condition(condition, names)} ? {expression(value, names)} | {text})"
    return text


def _condition(tree: Any, names: Mapping[str, str]) -> str:
    name = tree.func.__name__
    if name in _RELATIONS:
        left, right = (expression(one, names) for one in tree.args)
        return f"({left} {_RELATIONS[name]} {right})"
    if name in _LOGIC:
        return f"({f' {_LOGIC[name]} '.join(_condition(one, names) for one in tree.args)})"
    if name == "Not":
        return f"(not {_condition(tree.args[0], names)})"
    raise SourceError(f"the condition {tree} of a gate has no form in Q#")


def _power(base: str, exponent: Any, printed: str) -> str:
    if exponent.is_Integer and 1 < abs(exponent) <= 8:
        product = f"({' * '.join([base] * abs(int(exponent)))})"
        return product if exponent > 0 else f"(1.0 / {product})"
    if exponent == -1:
        return f"(1.0 / {base})"
    return f"Std.Math.Sqrt({base})" if 2 * exponent == 1 else f"({base}^{printed})"
