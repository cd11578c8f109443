"""The output that a program records, call by call, and the shape that the calls make. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from qsharp_bridge.errors import UnsupportedQirError

from .program import Shape

__all__ = ["MAX_NESTING", "RECORDS", "shape_of"]

MAX_NESTING = 100
"""Of recorded arrays and tuples; Q# types do not come near it."""

RECORDS = {
    f"__quantum__rt__{kind}_record_output": kind for kind in ("result", "bool", "int", "double", "array", "tuple")
}
"""Callee that records output to what it records."""


def shape_of(records: Sequence[tuple[str, int]]) -> tuple[Shape | int, int]:
    """Return the shape of the output, and how many values it has.

    A record is its kind, and for an array or tuple its size: that many records that follow are its items. One record
    is the output itself; several, side by side, make a tuple, and none makes the empty tuple.

    Raises:
        UnsupportedQirError: an array or tuple lacks items, or they are nested too deep.

    >>> shape_of([("tuple", 2), ("array", 1), ("result", 0), ("bool", 0)])
    (Shape(kind='tuple', items=(Shape(kind='array', items=(0,)), 1)), 2)
    """
    top: list[Shape | int] = []
    begun: list[tuple[str, int, list[Shape | int]]] = []  # kind, size, the items so far
    leaves = 0
    for kind, size in records:
        if kind in ("array", "tuple"):
            begun.append((kind, size, []))
            if len(begun) > MAX_NESTING:
                raise UnsupportedQirError(f"output nested more than {MAX_NESTING} deep")
        else:
            (begun[-1][2] if begun else top).append(leaves)
            leaves += 1
        while begun and len(begun[-1][2]) == begun[-1][1]:
            done, _, items = begun.pop()
            shape = Shape("array" if done == "array" else "tuple", tuple(items))
            (begun[-1][2] if begun else top).append(shape)
    if begun:
        kind, size, items = begun[-1]
        raise UnsupportedQirError(f"malformed QIR: the output has an {kind} of {size} with {len(items)} items")
    return (top[0] if len(top) == 1 else Shape("tuple", tuple(top))), leaves
