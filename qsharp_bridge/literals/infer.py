"""The Q# type of a value that came without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, QsharpTypeError
from qsharp_bridge.syntax import ArrayType, Primitive, QsharpType, TupleType, TypeParameter, UdtType

from .elements import elements
from .kinds import Kind, describe, foreign, plain
from .limits import INT_MAX, INT_MIN

if TYPE_CHECKING:
    from .context import Printer

__all__ = ["UNKNOWN", "infer"]

UNKNOWN = TypeParameter("?")
"""The type of what shows none: the elements of an empty array, a piece of trusted code."""

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
# Within one array, numbers widen to the left-most kind that one of them has.
_WIDENING: list[QsharpType] = [_DOUBLE, _BIGINT, _INT]


def infer(printer: Printer, value: Any, level: int = 0) -> QsharpType:
    """The type that the fixed mapping gives to ``value``.

    None and ``()`` are Unit; an int is Int, beyond 64 bits BigInt; the elements of one array have one type: ints
    among floats make it Double, one int beyond 64 bits makes it BigInt. An empty array has elements `UNKNOWN`.

    Raises:
        QsharpTypeError: there is no such type, or the elements of an array have several.
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


def _uniform(items: list[Any] | tuple[Any, ...]) -> QsharpType | None:
    """The type of elements that are all floats, all ints and so on, without a look at each."""
    first = type(items[0]) if items else None
    for kind, known in ((float, _DOUBLE), (int, _INT), (bool, _BOOL), (str, _STRING)):
        if first is kind and set(map(type, items)) == {kind}:
            narrow = kind is not int or (min(items) >= INT_MIN and max(items) <= INT_MAX)
            return known if narrow else _BIGINT
    return None


def _infer_array(printer: Printer, items: list[Any] | tuple[Any, ...], level: int) -> QsharpType:
    printer.enter(level)
    printer.spend(len(items))
    uniform = _uniform(items)
    if uniform is not None:
        return ArrayType(uniform)
    found: QsharpType = UNKNOWN
    for index, item in enumerate(items):
        try:
            kind = infer(printer, item, level + 1)
            joined = _join(found, kind)
            if joined is None:
                raise QsharpTypeError(
                    f"{kind} in an array of {found}", advice="an array has elements of one type; or give a type"
                )
        except BridgeError as error:
            raise error.under(f"[{index}]") from error.__cause__
        found = joined
    return ArrayType(found)


def _join(one: QsharpType, other: QsharpType) -> QsharpType | None:
    """The type that values of both types can be written in, or None."""
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
    if isinstance(value, (set, frozenset)):
        return "a set has no order: use sorted(...)"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "use list(...) for its numbers or .decode() for its text"
    return None
