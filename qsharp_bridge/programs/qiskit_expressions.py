"""Expressions of parameters, as Qiskit has them in gates, as Q#."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from ..errors import SourceError

__all__ = ["HELPERS", "expression"]

HELPERS = """\
namespace QsharpBridge.Qiskit {
    // An angle that is no number would silently become some angle.
    function Finite(value : Double, text : String) : Double {
        if value - value != 0. {
            fail $"{text} is {value} here, which is no angle";
        }
        value
    }

    function Power(base : Double, exponent : Double) : Double {
        base^exponent
    }
}"""
"""What the expressions call. Where a symbolic form is wanted, `binding.angles` puts others in their place."""

_FUNCTIONS = {"sin": "Std.Math.Sin({})", "cos": "Std.Math.Cos({})", "tan": "Std.Math.Tan({})"}
_FUNCTIONS |= {"asin": "Std.Math.ArcSin({})", "acos": "Std.Math.ArcCos({})", "atan": "Std.Math.ArcTan({})"}
_FUNCTIONS |= {"log": "Std.Math.Log({})", "exp": "QsharpBridge.Qiskit.Power(Std.Math.E(), {})", "conj": "{}"}
_FUNCTIONS |= {"abs": "Std.Math.AbsD({})", "sign": "Std.Convert.IntAsDouble(Std.Math.SignD({}))"}

_OPERATORS = {ast.Add: "({} + {})", ast.Sub: "({} - {})", ast.Mult: "({} * {})", ast.Div: "({} / {})"}
_OPERATORS |= {ast.Pow: "QsharpBridge.Qiskit.Power({}, {})"}


def expression(tree: Any, names: Mapping[Any, str]) -> str:
    """A Qiskit expression as a Q# Double, computed in the steps that its text shows, which is written as Python's.

    So do ``bind`` and ``assign_parameters``, but they may group long sums and products in another way, and compute
    ``exp`` itself where Q# has powers of e only: the values may differ in the last bits.

    Args:
        tree: a ``qiskit.circuit.ParameterExpression``.
        names: what each parameter is called in Q#.

    Raises:
        SourceError: it is complex, or has a function that Q# has not.

    >>> from qiskit.circuit import Parameter
    >>> a, b = Parameter("a"), Parameter("b[0]")
    >>> expression(2 * a.sin() + b, {a: "a", b: "_b_0_"})
    '(_b_0_ + (2.0 * Std.Math.Sin(a)))'
    """
    from qiskit.circuit import Parameter

    # In names that Python has, too, of the same order: Qiskit sorts by them.
    known = sorted(tree.parameters, key=lambda one: one.name)
    plain = {one: Parameter(f"p{place:05}") for place, one in enumerate(known)}
    texts = {new.name: names[one] for one, new in plain.items()}
    try:
        return _written(ast.parse(str(tree.subs(plain)), mode="eval").body, texts)
    except (SyntaxError, LookupError):
        raise SourceError(
            f"the expression {tree} of a gate has no form in Q#",
            advice="a gate takes real expressions of + - * / ** and Qiskit's functions",
        ) from None


def _written(node: ast.expr, texts: Mapping[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return texts[name]
        case ast.Constant(value=int() | float() as number):
            return repr(float(number))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"(-{_written(operand, texts)})"
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)].format(_written(left, texts), _written(right, texts))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            return _FUNCTIONS[name].format(_written(argument, texts))
    raise SyntaxError
