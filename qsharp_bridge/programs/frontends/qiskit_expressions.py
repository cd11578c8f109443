"""Expressions of parameters in Qiskit's gates, as Q#.

They are read from the steps that Qiskit records for its QPY files. The text of an expression is not enough: it is the
same for ``a / (-b * c)`` and ``(a / -b) * c`` (Qiskit 2.6).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qsharp_bridge.errors import SourceError

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
"""The functions that the expressions call. For a symbolic form, `binding.angles` puts others in their place."""

_OPERATORS = {"ADD": "({} + {})", "SUB": "({} - {})", "MUL": "({} * {})", "DIV": "({} / {})"}
_OPERATORS |= {"POW": "QsharpBridge.Qiskit.Power({}, {})", "RPOW": "QsharpBridge.Qiskit.Power({1}, {0})"}
_OPERATORS |= {"RSUB": "({1} - {0})", "RDIV": "({1} / {0})"}

_FUNCTIONS = {"SIN": "Std.Math.Sin({})", "COS": "Std.Math.Cos({})", "TAN": "Std.Math.Tan({})"}
_FUNCTIONS |= {"ASIN": "Std.Math.ArcSin({})", "ACOS": "Std.Math.ArcCos({})", "ATAN": "Std.Math.ArcTan({})"}
_FUNCTIONS |= {"LOG": "Std.Math.Log({})", "EXP": "QsharpBridge.Qiskit.Power(Std.Math.E(), {})", "CONJ": "{}"}
_FUNCTIONS |= {"ABS": "Std.Math.AbsD({})", "SIGN": "Std.Convert.IntAsDouble(Std.Math.SignD({}))"}


def expression(tree: Any, names: Mapping[Any, str]) -> str:
    """Return a Qiskit expression as a Q# Double, with the same steps of computation.

    Qiskit's ``bind`` and ``assign_parameters`` may group long sums and products in another way, and have a function
    ``exp`` where Q# only has powers of e: the values may differ in the last bits.

    Args:
        tree: a ``qiskit.circuit.ParameterExpression``.
        names: the Q# name of each parameter.

    Raises:
        SourceError: the expression is complex, or has a function that Q# does not have.

    >>> from qiskit.circuit import Parameter
    >>> a, b = Parameter("a"), Parameter("b[0]")
    >>> expression(2 * a.sin() + b, {a: "a", b: "_b_0_"})
    '(_b_0_ + (2.0 * Std.Math.Sin(a)))'
    """
    try:
        return _written(tree, names)
    except (LookupError, TypeError, ValueError):
        raise SourceError(
            f"the expression {tree} of a gate has no form in Q#",
            advice="a gate takes real expressions of + - * / ** and Qiskit's functions",
        ) from None


def _written(value: Any, names: Mapping[Any, str]) -> str:
    from qiskit.circuit import Parameter, ParameterExpression

    if isinstance(value, Parameter):
        return names[value]
    if not isinstance(value, ParameterExpression) or not value.parameters:
        number = float(value)  # of a complex one a TypeError
        if not math.isfinite(number):
            raise ValueError
        return repr(number)
    made: list[str] = []
    for step in value._qpy_replay:
        # An operand that a step does not name is the value of a step before, the last one first.
        operation = str(step.op).rpartition(".")[2]
        if operation in _FUNCTIONS:
            operand = _written(step.lhs, names) if step.lhs is not None else made.pop()
            made.append(_FUNCTIONS[operation].format(operand))
            continue
        right = _written(step.rhs, names) if step.rhs is not None else made.pop()
        left = _written(step.lhs, names) if step.lhs is not None else made.pop()
        negated = operation == "MUL" and right == "-1.0"
        made.append(f"(-{left})" if negated else _OPERATORS[operation].format(left, right))
    return made.pop()  # a constant without effect may be left
