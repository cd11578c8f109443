"""Expressions over parameters as people write them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from .angles import angle_of
from .expressions import Expressions
from .folding import Folding

_SIGNS = {"fadd": ("+", 1), "fsub": ("-", 1), "fmul": ("*", 2), "fdiv": ("/", 2), "frem": ("%", 2)}
_SIGNS |= {"add": ("+", 1), "sub": ("-", 1), "mul": ("*", 2)}
_ATOM = 9
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|(?P<open>[\[({])|(?P<close>[\])}])|(?P<comma>,)|(?<!\w)(?P<field>[^\W\d]\w*) = '
    r"|(?<![\w.])(?P<double>-?\d+(?:\.(?!\.)\d*(?:[eE][+-]?\d+)?|[eE][+-]?\d+))(?![\w.])"
)


def parameter_names(name: str, literal: str) -> list[str]:
    """Return the name of each Double of a parameter's literal: its place in the value.

    >>> parameter_names("angle", "[0.5, 1.0]"), parameter_names("p", "new Pt { X = 0.5, Y = [1.5] }")
    (['angle[0]', 'angle[1]'], ['p.X', 'p.Y[0]'])
    """
    names: list[str] = []
    places: list[str | int] = []
    for token in _TOKEN.finditer(literal):
        if token["open"]:
            places.append(0)
        elif token["close"]:
            places.pop()
        elif token["comma"] and isinstance(places[-1], int):
            places[-1] += 1
        elif token["field"]:
            places[-1] = token["field"]
        elif token["double"]:
            names.append(name + "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in places))
    return names


def expression_text(expressions: Expressions, node: int, names: Sequence[str], folding: Folding) -> str:
    """Return an expression as text: ``2*theta``, ``cos(theta)``; multiples of pi as such.

    Args:
        expressions: the table.
        node: of the table.
        names: of the parameters.
        folding: the values of the expressions at one point, for parts that no parameter is in.

    >>> import numpy as np
    >>> table = Expressions()
    >>> half = table.step("fdiv", (table.parameter(0), table.constant("double", 2.0)))
    >>> expression_text(table, half, ["theta"], Folding(table, np.array([[1.0]])))
    'theta/2'
    """
    texts: dict[int, tuple[str, int]] = {}
    for one in expressions.needed_by([node]):
        step = expressions.nodes[one]
        if not step.depends:
            texts[one] = _number(float(folding.value(one)[0]))
        elif step.op == "parameter":
            texts[one] = names[int(step.leaf)], _ATOM
        elif (turn := angle_of(expressions, one)) is not None:
            texts[one] = texts[turn]  # without what OpenQASM's rounding to an angle makes of it
        else:
            texts[one] = _step_text(step.op, [texts[arg] for arg in step.args])
    return texts[node][0]


def _step_text(op: str, parts: Sequence[tuple[str, int]]) -> tuple[str, int]:
    """Return the text of a step whose operands have theirs, and how strongly it binds."""
    if op == "sitofp":
        return parts[0]
    if op not in _SIGNS:
        name = "pow" if op == "QsharpBridgePower" else re.sub(r"\W", "_", op).replace("Arc", "a")
        return f"{name.lower()}({', '.join(text for text, _ in parts)})", _ATOM
    sign, strength = _SIGNS[op]
    (left, left_strength), (right, right_strength) = parts
    if (sign == "*" and left == "-1") or (sign == "-" and left in ("0", "-0")):
        return f"-{right if right_strength > 1 else f'({right})'}", 1
    if strength == 1 and right.startswith("-") and right_strength > 1:
        sign, right = ("-" if sign == "+" else "+"), right[1:]
    if left_strength < strength:
        left = f"({left})"
    if right_strength < strength or (right_strength == strength and sign in "-/%") or right.startswith("-"):
        right = f"({right})"
    return f"{left} {sign} {right}" if strength == 1 else f"{left}{sign}{right}", strength


def _number(value: float) -> tuple[str, int]:
    quarters = value / (math.pi / 4)
    if 0 < abs(quarters) <= 64 and quarters == round(quarters):
        k, divisor = abs(round(quarters)), 4
        while k % 2 == 0 and divisor > 1:
            k, divisor = k // 2, divisor // 2
        text = f"{'-' * (value < 0)}{f'{k}*' * (k > 1)}pi{f'/{divisor}' * (divisor > 1)}"
        return text, _ATOM if text == "pi" else 2
    return f"{value:.6g}", _ATOM
