"""Literals of tuples, structs and newtypes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, QsharpTypeError
from qsharp_bridge.qtypes import COMPLEX_NAMES, QsharpType, TupleType, UdtType

from .arrays import elements
from .doubles import print_complex
from .kinds import Kind, describe, plain
from .layout import enclose
from .structs import Newtype, Struct

if TYPE_CHECKING:
    from .printer import Printer

__all__ = ["print_tuple", "print_udt"]


def print_tuple(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """A tuple, list, array row or structured numpy element of as many items as the target."""
    assert isinstance(target, TupleType)
    printer.enter(level)
    kind, value = plain(value)
    if kind is Kind.NUMPY_RECORD:
        kind, value = Kind.TUPLE, tuple(value)
    items = elements(kind, value) if kind in _TUPLES else None
    if items is None:
        raise QsharpTypeError(f"{describe(value)} is not a tuple, {target}", advice="use a tuple")
    if len(items) != len(target.items):
        raise QsharpTypeError(f"{len(items)} items where {target} has {len(target.items)}")
    printer.spend(len(items))
    parts = []
    for index, (item, wanted) in enumerate(zip(items, target.items, strict=True)):
        try:
            parts.append(printer.print(item, wanted, level + 1))
        except BridgeError as error:
            error.under(f"[{index}]")
            raise
    return enclose("(", parts, ",)" if len(parts) == 1 else ")")


_TUPLES = frozenset({Kind.TUPLE, Kind.LIST, Kind.NDARRAY})


def print_udt(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """A struct or newtype by its definition; ``Complex`` is the one that needs none."""
    assert isinstance(target, UdtType)
    if target.name in COMPLEX_NAMES:
        return print_complex(printer, value, target, level)
    definition = printer.structs.definition(target.name)
    printer.enter(level)
    if isinstance(definition, Newtype):
        text = printer.print(value, definition.underlying, level + 1)
        # A tuple's own parentheses are those of the constructor call.
        called = text if isinstance(definition.underlying, TupleType) and text.startswith("(") else f"({text})"
        return f"{definition.name}{called}"
    return _struct(printer, value, definition, level)


def _struct(printer: Printer, value: Any, definition: Struct, level: int) -> str:
    kind, value = plain(value)
    fields = _fields(kind, value, definition)
    parts = []
    for name, wanted in definition.fields.items():
        try:
            parts.append(f"{name} = {printer.print(fields[name], wanted, level + 1)}")
        except BridgeError as error:
            error.under(f".{name}")
            raise
    printer.spend(len(parts))
    return enclose(f"new {definition.name} {{ ", parts, " }") if parts else f"new {definition.name} {{}}"


def _fields(kind: Kind, value: Any, definition: Struct) -> dict[str, Any]:
    """The values of a struct's fields, by name.

    A value that declares its fields (mapping, dataclass, namedtuple, structured element) must have these and no
    others; of any other object, the attributes of these names are read.
    """
    cls = type(value)
    if kind is Kind.MAPPING:
        declared = {name: name for name in value}
        read = value.__getitem__
    elif kind is Kind.NUMPY_RECORD:
        declared = dict.fromkeys(value.dtype.names)
        read = value.__getitem__
    elif kind is Kind.TUPLE and hasattr(cls, "_fields"):
        declared = dict.fromkeys(cls._fields)
        read = value.__getattribute__
    elif kind is Kind.RECORD and hasattr(cls, "__dataclass_fields__"):
        declared = dict.fromkeys(cls.__dataclass_fields__)
        read = value.__getattribute__
    elif kind is Kind.RECORD:
        declared = {name: name for name in definition.fields if hasattr(value, name)}
        read = value.__getattribute__
    else:
        raise QsharpTypeError(
            f"{describe(value)} is not a {definition.name}", advice="use a mapping or dataclass of its fields"
        )
    missing = [name for name in definition.fields if name not in declared]
    extra = [str(name) for name in declared if name not in definition.fields]
    if missing or extra:
        wrong = f"no field {missing[0]}" if missing else f"a field {extra[0]} too many"
        raise QsharpTypeError(
            f"{describe(value)} with {wrong} is not a {definition.name}",
            advice=f"its fields are {', '.join(definition.fields) or 'none'}",
        )
    return {name: read(name) for name in definition.fields}
