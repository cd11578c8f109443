"""Array literals, from lists and other values with elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson

from qsharp_bridge.errors import QsharpTypeError
from qsharp_bridge.literals.elements import advice_on, elements
from qsharp_bridge.literals.kinds import Kind, describe, plain
from qsharp_bridge.literals.layout import BLOCK, enclose, pack
from qsharp_bridge.syntax import ArrayType, Primitive, QsharpType, UdtType

from .columns import column_texts, plain_numbers

if TYPE_CHECKING:
    from qsharp_bridge.literals.context import Printer


def print_array(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write a list, tuple, range, array, deque or generator as an array of the target's element type."""
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
    left, empty = printer.left, printer.empty_array
    try:
        text = _at_once(printer, kind, value, items, target, level)
    except Exception:  # too many elements, or an item's own code fails: the loop below finds which
        text = None
    if text is not None:
        return text
    printer.left, printer.empty_array = left, empty
    parts = [printer.print_part(f"[{index}]", item, target.element, level + 1) for index, item in enumerate(items)]
    return enclose("[", parts, "]")


def _at_once(
    printer: Printer, kind: Kind, value: Any, items: Sequence[Any], target: ArrayType, level: int
) -> str | None:
    """Return the literal of items of one form, or None if each has to be written by itself."""
    text = _packed(printer, items, target, level)
    if text is not None:
        return text
    texts = column_texts(printer, _as_plain(kind, value, items, target.element), target.element, level + 1)
    return None if texts is None else enclose("[", texts, "]")


def _as_plain(kind: Kind, value: Any, items: Sequence[Any], element: QsharpType) -> Sequence[Any]:
    """Return the items of a structured array as tuples or dicts of plain Python values; others as they are."""
    if kind is Kind.NDARRAY and value.dtype.names and value.ndim == 1:
        from qsharp_bridge.literals import numpy_values

        return numpy_values.records(value, as_dicts=isinstance(element, UdtType)) or items
    return items


def _packed(printer: Printer, items: Sequence[Any], target: ArrayType, level: int) -> str | None:
    """Return the literal of numbers or Booleans in nested lists of equal lengths; None for other items."""
    sizes, flat, element = [len(items)], items, target.element
    while isinstance(element, ArrayType):
        if not set(map(type, flat)) <= {list, tuple} or len(lengths := set(map(len, flat))) != 1:
            return None
        sizes.append(lengths.pop())
        if not 0 < math.prod(sizes) <= printer.left:
            return None
        flat, element = list(chain.from_iterable(flat)), element.element
    if not isinstance(element, Primitive) or element.name not in ("Double", "Int", "Bool"):
        return None
    numbers = plain_numbers(flat, element.name)
    if numbers is None:
        return None
    if len(sizes) > 1:
        printer.enter(level + len(sizes) - 1)
        printer.spend(math.prod(sizes) - len(items))
    return _dump(numbers, sizes)


def _dump(numbers: Sequence[Any], sizes: Sequence[int]) -> str:
    row = math.prod(sizes[1:])
    if row > BLOCK:
        rows = range(0, len(numbers), row)
        return enclose("[", [_dump(numbers[start : start + row], sizes[1:]) for start in rows], "]")
    step = max(1, BLOCK // row) * row
    return pack(
        orjson.dumps(_nested(numbers[start : start + step], sizes[1:])) for start in range(0, len(numbers), step)
    )


def _nested(numbers: Sequence[Any], sizes: Sequence[int]) -> Sequence[Any]:
    for size in reversed(sizes):
        numbers = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    return numbers


def _advice(kind: Kind, value: Any) -> str | None:
    return "use list(....keys()) or list(....values())" if kind is Kind.MAPPING else advice_on(value)
