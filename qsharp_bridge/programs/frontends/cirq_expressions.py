"""Expressions of symbols, as Cirq has them in exponents (sympy's), as Q#."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qsharp_bridge.errors import SourceError

__all__ = ["expression"]

_FUNCTIONS = {"sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "ArcSin", "acos": "ArcCos", "atan": "ArcTan"}
_FUNCTIONS |= {"atan2": "ArcTan2", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh", "log": "Log", "Abs": "AbsD"}


def expression(tree: Any, names: Mapping[str, str]) -> str:
    """A sympy expression as a Q# Double.

    Args:
        tree: the expression.
        names: what each symbol is called in Q#.

    Raises:
        SourceError: a function that `Std.Math` has not.

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
    inner = [expression(one, names) for one in tree.args] if tree.args else []
    if tree.is_Add or tree.is_Mul:
        return f"({(' + ' if tree.is_Add else ' * ').join(inner)})"
    if tree.is_Pow:
        return _power(inner[0], tree.args[1], inner[1])
    if inner and (function := _FUNCTIONS.get(tree.func.__name__)):
        return f"Std.Math.{function}({', '.join(inner)})"
    raise SourceError(f"the expression {tree} of a gate has no form in Q#")


def _power(base: str, exponent: Any, printed: str) -> str:
    if exponent.is_Integer and 1 < abs(exponent) <= 8:
        product = f"({' * '.join([base] * abs(int(exponent)))})"
        return product if exponent > 0 else f"(1.0 / {product})"
    if exponent == -1:
        return f"(1.0 / {base})"
    return f"Std.Math.Sqrt({base})" if 2 * exponent == 1 else f"({base}^{printed})"
