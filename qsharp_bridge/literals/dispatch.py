"""The choice of the writer for a value and its target type, and `to_qsharp`."""

from __future__ import annotations

from typing import Any

from qsharp_bridge.errors import BridgeError, QsharpTypeError
from qsharp_bridge.syntax import (
    ArrayType,
    CallableType,
    Primitive,
    QsharpType,
    TupleType,
    TypeParameter,
    UdtType,
    parse_type,
)

from . import limits
from .context import Printer, Writer
from .infer import UNKNOWN, infer
from .kinds import Kind, foreign, kind_of, plain
from .structs import Structs, StructsLike
from .writers import arrays, callables, doubles, ranges, records, scalars, strings
from .writers.size import count_elements


class LiteralPrinter(Printer):
    """The printer of one literal: it chooses the writer by the type."""

    __slots__ = ()

    def print(self, value: Any, target: QsharpType, level: int = 0) -> str:
        try:
            kind = kind_of(type(value))
            if kind is Kind.ENUM:
                kind, value = plain(value)
            if kind is Kind.CODE:
                return callables.code_text(value)
            if isinstance(target, Primitive):
                return _PRIMITIVES[target.name](self, value, target, level)
            return _FAMILIES[type(target)](self, value, target, level)
        except BridgeError:
            raise
        except Exception as error:
            raise foreign(value, error) from error


def _print_inferred(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    left = printer.left
    found = infer(printer, value, level)
    printer.left = left  # inferring and printing both count the elements
    if level == 0:
        printer.inferred = found
    return printer.print(value, found, level)


def _refuse(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    raise QsharpTypeError(
        f"a {target} cannot be written as a literal", advice="let the operation allocate or build it itself"
    )


_PRIMITIVES: dict[str, Writer] = {
    "Unit": scalars.print_unit,
    "Bool": scalars.print_bool,
    "Int": scalars.print_int,
    "BigInt": scalars.print_bigint,
    "Double": doubles.print_double,
    "String": strings.print_string,
    "Pauli": scalars.print_pauli,
    "Result": scalars.print_result,
    "Range": ranges.print_range,
    "RangeFrom": _refuse,
    "RangeTo": _refuse,
    "RangeFull": _refuse,
    "Qubit": _refuse,
}
_FAMILIES: dict[type, Writer] = {
    ArrayType: arrays.print_array,
    TupleType: records.print_tuple,
    UdtType: records.print_udt,
    CallableType: callables.print_callable,
    TypeParameter: _print_inferred,
}
_NO_STRUCTS = Structs()


def to_qsharp(
    value: Any,
    type: str | QsharpType | None = None,
    *,
    structs: StructsLike | Structs | None = None,
    root: str = "value",
    standalone: bool = False,
) -> str:
    """Return the Q# literal of a Python value; Q# evaluates it to the same value, bit for bit.

    Without a type the mapping is fixed; with one, the type decides. See docs/values.md for the whole table.

    Args:
        value: the value.
        type: a Q# type, as text or parsed, such as "Double[]". None for the type of the value itself.
        structs: the fields of the structs that ``type`` names, such as ``{"N.Pt": {"X": "Int"}}``; see `Structs`.
        root: name of the value in errors, such as a parameter's name.
        standalone: whether the literal of an empty array has a type, for places without one:
            ``Length({ let v : Int[] = []; v })``. By default it is ``[]``, and the place gives the type.

    Returns:
        One expression. No line of it is longer than 4,096 characters.

    Raises:
        QsharpValueError: Q# cannot hold the value: nan, 2**63 as Int, a lone surrogate, 91 levels.
        QsharpTypeError: the value is of another kind than the type, or has no Q# type.
        TypeSyntaxError: ``type`` is not a Q# type.

    >>> to_qsharp([0, 1.5]), to_qsharp([0, 1], "Double[]"), to_qsharp((1, True))
    ('[0.0, 1.5]', '[0.0, 1.0]', '(1, true)')
    >>> to_qsharp([0.5, float("nan")], root="angle")
    Traceback (most recent call last):
    ...
    qsharp_bridge.errors.QsharpValueError: angle[1]: nan is not a finite Double; Q# has no literal for it
    """
    if type is None:
        target: QsharpType = UNKNOWN
    else:
        target = type if isinstance(type, QsharpType) else parse_type(type)
    known = structs if isinstance(structs, Structs) else (Structs(structs) if structs else _NO_STRUCTS)
    printer = LiteralPrinter(known)
    try:
        _check_size(value)
        text = printer.print(value, target)
        if standalone and printer.empty_array:
            return _with_type(text, known.resolved(target if printer.inferred is None else printer.inferred))
        return text
    except BridgeError as error:
        raise error.under(root) from error.__cause__


def _check_size(value: Any) -> None:
    try:
        if count_elements(value) > limits.MAX_ELEMENTS:
            raise limits.too_many()
    except BridgeError:
        raise
    except Exception:  # nested too deep, or a class with wrong code: printing raises the error with its place
        return


def _with_type(text: str, target: QsharpType) -> str:
    if "?" in str(target):
        raise QsharpTypeError("the type of the elements of an empty array is not known", advice='give a type: "Int[]"')
    return f"{{ let v : {target} = {text}; v }}"
