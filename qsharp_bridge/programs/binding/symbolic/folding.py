"""Evaluation of expressions at many points at once, with the compiler's own arithmetic.

Where numpy is exact by IEEE 754 (add, subtract, multiply, divide, remainder, square root, comparisons) it does
all points in one step. Sine and the like are not prescribed bit for bit, and numpy's are not always those of the
C library that the compiler calls; Python's ``math`` module calls that library too, one point at a time.

A point where the compiler may do something else than compute (fail on an integer overflow, compare a NaN, round
beyond 64 bits) is *doubtful*: it is never bound, only compiled directly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .expressions import Expressions, Node

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

_INT64 = range(-(2**63), 2**63)
_SAFE = float(2**62)  # a Double beyond is not truncated to an Int here

_LIBM: dict[str, Callable[..., float]] = {
    "Sin": math.sin,
    "Cos": math.cos,
    "Tan": math.tan,
    "ArcSin": math.asin,
    "ArcCos": math.acos,
    "ArcTan": math.atan,
    "ArcTan2": math.atan2,
    "Sinh": math.sinh,
    "Cosh": math.cosh,
    "Tanh": math.tanh,
    "Log": math.log,
    "Sqrt": math.sqrt,
    "QsharpBridgePower": math.pow,
}

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "fadd": np.add,
    "fsub": np.subtract,
    "fmul": np.multiply,
    "fdiv": np.divide,
    "frem": np.fmod,
}

_NEAR = 1e-9  # far more than the 2.2e-16 within which the compiler was seen to take two constants for one

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "near": lambda a, b: ~(np.abs(a - b) > _NEAR),
    "oeq": np.equal,
    "one": np.not_equal,
    "ogt": np.greater,
    "oge": np.greater_equal,
    "olt": np.less,
    "ole": np.less_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "sgt": np.greater,
    "sge": np.greater_equal,
    "slt": np.less,
    "sle": np.less_equal,
}


def _divide(a: int, b: int) -> int:
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def _shift(a: int, b: int, left: bool) -> int:
    if not 0 <= b < 64:
        raise OverflowError
    return a << b if left else a >> b


_INTEGER: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "sdiv": _divide,
    "srem": lambda a, b: a - b * _divide(a, b),
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "shl": lambda a, b: _shift(a, b, True),
    "ashr": lambda a, b: _shift(a, b, False),
}


def fold_function(name: str, *columns: Doubles) -> tuple[Doubles, Flags | None]:
    """Compute a function of Std.Math at each point, and where it is outside of its domain (None: nowhere)."""
    function = _LIBM[name]
    lists = [column.tolist() for column in columns]
    try:
        return np.fromiter(map(function, *lists), np.float64, len(lists[0])), None
    except (ValueError, OverflowError):
        pass
    values, doubtful = np.full(len(lists[0]), np.nan), np.zeros(len(lists[0]), bool)
    for index, args in enumerate(zip(*lists, strict=True)):
        try:
            values[index] = function(*args)
        except (ValueError, OverflowError):
            doubtful[index] = True
    return values, doubtful


class Folding:
    """Values of expressions at ``rows`` (points by parameters), each computed once and kept.

    >>> e = Expressions()
    >>> half = e.step("fdiv", (e.parameter(0), e.constant("double", 2.0)))
    >>> Folding(e, np.array([[1.0], [3.0]])).value(half)
    array([0.5, 1.5])
    """

    def __init__(self, expressions: Expressions, rows: Doubles) -> None:
        self._expressions = expressions
        self._rows = rows
        self._kept: dict[int, tuple[NDArray[Any], Flags | None]] = {}

    @property
    def count(self) -> int:
        """The number of points."""
        return len(self._rows)

    def value(self, node: int) -> NDArray[Any]:
        """Return the value of a node at each point: Doubles, 64-bit ints or bools."""
        return self._fold((node,))[node][0]

    def values(self, nodes: tuple[int, ...]) -> Doubles:
        """Return the values of nodes that are Doubles, shape (points, nodes)."""
        leaves = self._expressions.leaves_of(nodes)
        if leaves is not None:
            return self._rows if leaves == list(range(self._rows.shape[1])) else self._rows[:, leaves]
        kept = self._fold(nodes)
        return np.ascontiguousarray(np.array([kept[node][0] for node in nodes], np.float64).T)

    def doubtful(self, nodes: Iterable[int]) -> Flags:
        """Return the points at which the value of one of the nodes is doubtful."""
        found = np.zeros(len(self._rows), bool)
        nodes = tuple(nodes)
        kept = self._fold(nodes)
        for node in nodes:
            doubt = kept[node][1]
            if doubt is not None:
                found |= doubt
        return found

    def _fold(self, wanted: Sequence[int]) -> dict[int, tuple[NDArray[Any], Flags | None]]:
        """Return the value of each node and where it is doubtful, those of the wanted ones among them."""
        if not self._kept.keys() >= set(wanted):
            nodes = self._expressions.nodes
            needed: set[int] = set()
            stack = list(wanted)
            while stack:
                index = stack.pop()
                if index not in needed and index not in self._kept:
                    needed.add(index)
                    stack.extend(nodes[index].args)
            with np.errstate(all="ignore"):
                for index in sorted(needed):  # operands come first
                    self._kept[index] = self._step(nodes[index])
        return self._kept

    def _step(self, node: Node) -> tuple[NDArray[Any], Flags | None]:
        count = len(self._rows)
        if node.op == "parameter":
            return np.ascontiguousarray(self._rows[:, int(node.leaf)]), None
        if not node.args:
            return np.full(count, node.leaf), None
        operands = [self._kept[arg] for arg in node.args]
        values = [value for value, _ in operands]
        doubt: Flags | None = None
        for _, inherited in operands:
            doubt = _either(doubt, inherited)
        if node.op in _ARITHMETIC:
            return _ARITHMETIC[node.op](*values), doubt
        if node.op == "Sqrt":
            return np.sqrt(values[0]), doubt
        if node.op in _LIBM:
            value, outside = fold_function(node.op, *values)
            return value, _either(doubt, outside)
        kind, _, condition = node.op.partition(" ")
        if kind in ("fcmp", "icmp"):
            nan = np.isnan(values[0]) | np.isnan(values[1]) if kind == "fcmp" else None
            return _COMPARE[condition](*values), _either(doubt, nan if nan is not None and nan.any() else None)
        if node.op == "fptosi":
            beyond = ~(np.abs(values[0]) < _SAFE)
            return np.where(beyond, 0.0, values[0]).astype(np.int64), _either(doubt, beyond)
        if node.op == "sitofp":
            return values[0].astype(np.float64), doubt
        whole, outside = _whole(_INTEGER[node.op], *values)
        return whole, _either(doubt, outside)


def _either(one: Flags | None, other: Flags | None) -> Flags | None:
    if one is None or other is None:
        return other if one is None else one
    return one | other


def _whole(function: Callable[[int, int], int], a: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], Flags]:
    values, doubtful = np.zeros(len(a), np.int64), np.zeros(len(a), bool)
    for index, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        try:
            result = function(x, y)
        except (ZeroDivisionError, OverflowError):
            doubtful[index] = True
            continue
        if result in _INT64:
            values[index] = result
        else:
            doubtful[index] = True
    return values, doubtful
