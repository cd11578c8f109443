"""Array literals, from lists and everything that lists its elements."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from qsharp_bridge.errors import BridgeError, QsharpTypeError
from qsharp_bridge.literals.elements import elements
from qsharp_bridge.literals.kinds import Kind, describe, plain
from qsharp_bridge.literals.layout import BLOCK, enclose, pack
from qsharp_bridge.literals.limits import INT_MAX, INT_MIN
from qsharp_bridge.syntax import ArrayType, Primitive, QsharpType

if TYPE_CHECKING:
    from qsharp_bridge.literals.context import Printer

__all__ = ["print_array"]


def print_array(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """A list, tuple, range, array, deque, generator ... as an array of the target's element type."""
    assert isinstance(target, ArrayType)
    printer.enter(level)
    kind, value = plain(value)
    if kind is Kind.NDARRAY:
        from . import numpy as numpy_arrays

        text = numpy_arrays.packed(printer, value, target, level)
        if text is not None:
            return text
    items = elements(kind, value)
    if items is None:
        raise QsharpTypeError(f"{describe(value)} is not an array, {target}", advice=_advice(kind, value))
    if not items:
        printer.empty_array = True
        return "[]"
    printer.spend(len(items))
    if isinstance(target.element, Primitive):
        text = _packed(items, target.element.name)
        if text is not None:
            return text
    parts = []
    for index, item in enumerate(items):
        try:
            parts.append(printer.print(item, target.element, level + 1))
        except BridgeError as error:
            raise error.under(f"[{index}]") from error.__cause__
    return enclose("[", parts, "]")


def _packed(items: list[Any] | tuple[Any, ...], element: str) -> str | None:
    """The literal of a homogeneous list written in one go, or None where each element has to be looked at."""
    if element not in _DUMPS:
        return None
    kind, dump = _DUMPS[element]
    if type(items[0]) is not kind:
        return None
    try:
        return pack(dump(items[start : start + BLOCK]) for start in range(0, len(items), BLOCK))
    except _NotHomogeneous:
        return None


class _NotHomogeneous(Exception):
    pass


def _dump_floats(items: list[Any] | tuple[Any, ...]) -> bytes:
    if set(map(type, items)) != {float}:
        raise _NotHomogeneous
    # A nan or infinity anywhere makes the sum one; finite numbers may too, and then they are all looked at.
    if not math.isfinite(sum(items)) and not all(map(math.isfinite, items)):
        raise _NotHomogeneous
    return orjson.dumps(items)


def _dump_ints(items: list[Any] | tuple[Any, ...]) -> bytes:
    # orjson takes ints up to 2**64 - 1, and refuses others.
    if set(map(type, items)) != {int} or max(items) > INT_MAX or min(items) < INT_MIN:
        raise _NotHomogeneous
    return orjson.dumps(items)


def _dump_bools(items: list[Any] | tuple[Any, ...]) -> bytes:
    if set(map(type, items)) != {bool}:
        raise _NotHomogeneous
    return orjson.dumps(items)


_DUMPS: dict[str, tuple[type, Callable[[list[Any] | tuple[Any, ...]], bytes]]] = {
    "Double": (float, _dump_floats),
    "Int": (int, _dump_ints),
    "Bool": (bool, _dump_bools),
}


def _advice(kind: Kind, value: Any) -> str | None:
    if isinstance(value, (set, frozenset)):
        return "a set has no order: use sorted(...)"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "use list(...) for its numbers or .decode() for its text"
    if kind is Kind.MAPPING:
        return "use list(....keys()) or list(....values())"
    return None
