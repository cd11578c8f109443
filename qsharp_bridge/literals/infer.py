"""The Q# type of a value for which none is given."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, QsharpTypeError
from qsharp_bridge.syntax import ArrayType, Primitive, QsharpType, TupleType, TypeParameter, UdtType

from .elements import advice_on, elements
from .kinds import Kind, describe, foreign, kind_of, plain
from .limits import INT_MAX, INT_MIN

if TYPE_CHECKING:
    from .context import Printer

UNKNOWN = TypeParameter("?")
"""The type of the elements of an empty array, and of trusted code."""

_UNIT, _INT, _BIGINT = Primitive("Unit"), Primitive("Int"), Primitive("BigInt")
_DOUBLE, _BOOL, _STRING = Primitive("Double"), Primitive("Bool"), Primitive("String")
_COMPLEX = UdtType("Std.Math.Complex")
_SCALARS: dict[Kind, QsharpType] = {
    Kind.NONE: _UNIT,
    Kind.BOOL: _BOOL,
    Kind.FLOAT: _DOUBLE,
    Kind.RATIONAL: _DOUBLE,
    Kind.COMPLEX: _COMPLEX,
    Kind.STR: _STRING,
    Kind.PAULI: Primitive("Pauli"),
    Kind.RESULT: Primitive("Result"),
    Kind.RANGE: Primitive("Range"),
    Kind.ARGUMENT_RANGE: Primitive("Range"),
    Kind.CODE: UNKNOWN,
}
# The elements of one array get the left-most of these types that one of them has.
_WIDENING: list[QsharpType] = [_DOUBLE, _BIGINT, _INT]


def infer(printer: Printer, value: Any, level: int = 0) -> QsharpType:
    """Return the type that the fixed mapping gives to ``value``.

    None and ``()`` are Unit; an int is Int, or BigInt if it has more than 64 bits. The elements of one array have one
    type: that of ints and floats is Double, and that of ints is BigInt if one of them is. The elements of an empty
    array are `UNKNOWN`.

    Raises:
        QsharpTypeError: the value has no Q# type, or the elements of an array have several.
    """
    try:
        return _infer(printer, value, level)
    except BridgeError:
        raise
    except Exception as error:
        raise foreign(value, error) from error


def _infer(printer: Printer, value: Any, level: int) -> QsharpType:
    kind, value = plain(value)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind is Kind.INT:
        return _INT if INT_MIN <= value <= INT_MAX else _BIGINT
    if kind is Kind.TUPLE or kind is Kind.NUMPY_RECORD:
        return _infer_tuple(printer, tuple(value), level)
    if kind is Kind.NDARRAY:
        from . import numpy_values

        known = numpy_values.array_type(value)
        if known is not None:
            return known
    if kind is Kind.ITERATOR:
        raise QsharpTypeError(f"{describe(value)} needs a type", advice='give one, "Int[]", or use list(...)')
    items = elements(kind, value)
    if items is None:
        raise QsharpTypeError(f"{describe(value)} has no Q# type of its own", advice=_advice(kind, value))
    return _infer_array(printer, items, level)


def _infer_tuple(printer: Printer, items: tuple[Any, ...], level: int) -> QsharpType:
    if not items:
        return _UNIT
    printer.enter(level)
    printer.spend(len(items))
    found = []
    for index, item in enumerate(items):
        try:
            found.append(infer(printer, item, level + 1))
        except BridgeError as error:
            raise error.under(f"[{index}]") from error.__cause__
    return TupleType(tuple(found))


def _infer_array(printer: Printer, items: Sequence[Any], level: int) -> QsharpType:
    printer.enter(level)
    printer.spend(len(items))
    if not items:
        return ArrayType(UNKNOWN)
    left = printer.left
    try:
        found = _by_columns(printer, items, level + 1)
    except Exception:  # too many elements, or an item's own code fails: the loop below finds which
        found = None
    if found is None:
        printer.left = left
        found = _one_by_one(printer, items, level + 1)
    return ArrayType(found)


def _by_columns(printer: Printer, items: Sequence[Any], level: int) -> QsharpType | None:
    """Return the type of items of one form, found from their classes; None for others, or if it is not known."""
    classes = set(map(type, items))
    for cls, known in ((float, _DOUBLE), (bool, _BOOL), (str, _STRING), (complex, _COMPLEX)):
        if classes == {cls}:
            return known
    if classes == {int}:
        return _INT if min(items) >= INT_MIN and max(items) <= INT_MAX else _BIGINT
    if classes == {int, float}:
        return _DOUBLE
    kinds = set(map(kind_of, classes))
    if kinds == {Kind.NUMPY_SCALAR} and len(classes) == 1:
        import numpy as np

        from . import numpy_values

        values = np.array(items)
        known_array = numpy_values.array_type(values) if values.ndim == 1 and values.dtype.char not in "gG" else None
        return known_array.element if isinstance(known_array, ArrayType) else None
    if kinds == {Kind.TUPLE}:
        lengths = set(map(len, items))
        if len(lengths) != 1 or 0 in lengths:
            return None
        printer.enter(level)
        printer.spend(sum(map(len, items)))
        columns = [_by_columns(printer, column, level + 1) for column in zip(*items, strict=True)]
        return None if None in columns else TupleType(tuple(column for column in columns if column is not None))
    if classes == {list}:
        printer.enter(level)
        printer.spend(sum(map(len, items)))  # before they are put together: a list may hold itself many times
        flat = list(chain.from_iterable(items))
        element = _by_columns(printer, flat, level + 1) if flat else UNKNOWN
        return None if element is None else ArrayType(element)
    return None


def _one_by_one(printer: Printer, items: Sequence[Any], level: int) -> QsharpType:
    found: QsharpType = UNKNOWN
    for index, item in enumerate(items):
        try:
            kind = infer(printer, item, level)
            joined = _join(found, kind)
            if joined is None:
                raise QsharpTypeError(
                    f"{kind} in an array of {found}", advice="an array has elements of one type; or give a type"
                )
        except BridgeError as error:
            raise error.under(f"[{index}]") from error.__cause__
        found = joined
    return found


def _join(one: QsharpType, other: QsharpType) -> QsharpType | None:
    """Return the type as which values of both types can be written, or None."""
    if one == other or other == UNKNOWN:
        return one
    if one == UNKNOWN:
        return other
    if one in _WIDENING and other in _WIDENING:
        return min(one, other, key=_WIDENING.index)
    if isinstance(one, ArrayType) and isinstance(other, ArrayType):
        element = _join(one.element, other.element)
        return None if element is None else ArrayType(element)
    if isinstance(one, TupleType) and isinstance(other, TupleType) and len(one.items) == len(other.items):
        items = [_join(left, right) for left, right in zip(one.items, other.items, strict=True)]
        return None if None in items else TupleType(tuple(item for item in items if item is not None))
    return None


def _advice(kind: Kind, value: Any) -> str | None:
    if kind in (Kind.MAPPING, Kind.RECORD):
        return 'give the type of a struct: type="N.Pt" and structs={"N.Pt": {"X": "Int"}}'
    return advice_on(value)
