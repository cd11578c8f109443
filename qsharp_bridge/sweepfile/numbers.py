"""Numbers written as texts: "2*pi", "-pi/4", "3*(1 + 0.5)"."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from qsharp_bridge.errors import SweepError

_CONSTANTS = {"pi": math.pi, "tau": math.tau, "π": math.pi, "τ": math.tau}
_OPERATIONS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_LONGEST = 100  # characters; without powers, a short text cannot take long to compute


def read_number(text: str, where: str = "") -> float:
    """Return the number of a text: numbers, pi and tau with ``+ - * /`` and parentheses, computed with Python floats.

    Args:
        text: such as "2*pi".
        where: the path of the text in errors.

    Raises:
        SweepError: the text is something else, or its number is not finite.

    >>> read_number("pi/4"), read_number("2 * (1 - 0.25)")
    (0.7853981633974483, 1.5)
    """
    try:
        if len(text) > _LONGEST:
            raise ValueError
        number = float(_compute(ast.parse(text.strip(), mode="eval").body))
    except (ValueError, SyntaxError, ZeroDivisionError, OverflowError, RecursionError, MemoryError):
        number = math.nan
    if not math.isfinite(number):
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
        raise SweepError(
            f"{shown!r} is not a number", path=where, advice='write a number, or a text such as "2*pi" or "-pi/4"'
        )
    return number


def _compute(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return float(_OPERATIONS[type(op)](_compute(left), _compute(right)))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATIONS:
            return float(_OPERATIONS[type(op)](_compute(operand)))
    raise ValueError
