"""Literals of tuples, structs and newtypes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import QsharpTypeError
from qsharp_bridge.literals.elements import elements
from qsharp_bridge.literals.kinds import Kind, describe, plain
from qsharp_bridge.literals.layout import enclose
from qsharp_bridge.literals.structs import Newtype, Struct
from qsharp_bridge.syntax import COMPLEX_NAMES, NewtypeItem, QsharpType, TupleType, UdtType

from .doubles import print_complex

if TYPE_CHECKING:
    from qsharp_bridge.literals.context import Printer


def print_tuple(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write a tuple, list, array row or structured numpy element of as many items as the target."""
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
    parts = [
        printer.print_part(f"[{index}]", item, wanted, level + 1)
        for index, (item, wanted) in enumerate(zip(items, target.items, strict=True))
    ]
    return enclose("(", parts, ",)" if len(parts) == 1 else ")")


_TUPLES = frozenset({Kind.TUPLE, Kind.LIST, Kind.NDARRAY})


def print_udt(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write a struct or newtype by its definition; only ``Complex`` needs none."""
    assert isinstance(target, UdtType)
    if target.name in COMPLEX_NAMES:
        return print_complex(printer, value, target, level)
    definition = printer.structs.definition(target.name)
    printer.enter(level)
    if isinstance(definition, Newtype):
        return _newtype(printer, value, definition, level)
    return _struct(printer, value, definition, level)


def _newtype(printer: Printer, value: Any, definition: Newtype, level: int) -> str:
    names = definition.item.names()
    kind, value = plain(value)
    if names and _has_fields(kind, value):
        value = _arranged(definition.item, _fields(kind, value, definition.name, names))
    text = printer.print(value, definition.item.type, level + 1)
    # The parentheses of a tuple are those of the constructor call.
    is_tuple = isinstance(definition.item.type, TupleType) and kind is not Kind.CODE
    return f"{definition.name}{text if is_tuple else f'({text})'}"


def _arranged(item: NewtypeItem, fields: dict[str, Any]) -> Any:
    if item.name is not None:
        return fields[item.name]
    if not item.items:
        raise QsharpTypeError(f"an item of type {item.type} has no name", advice="use a tuple of all items")
    return tuple(_arranged(inner, fields) for inner in item.items)


def _struct(printer: Printer, value: Any, definition: Struct, level: int) -> str:
    kind, value = plain(value)
    fields = _fields(kind, value, definition.name, list(definition.fields))
    parts = [
        f"{name} = {printer.print_part(f'.{name}', fields[name], wanted, level + 1)}"
        for name, wanted in definition.fields.items()
    ]
    printer.spend(len(parts))
    return enclose(f"new {definition.name} {{ ", parts, " }") if parts else f"new {definition.name} {{}}"


def _has_fields(kind: Kind, value: Any) -> bool:
    if kind is Kind.TUPLE:
        return hasattr(type(value), "_fields")
    return kind in (Kind.MAPPING, Kind.NUMPY_RECORD, Kind.RECORD)


def _fields(kind: Kind, value: Any, struct: str, names: list[str]) -> dict[str, Any]:
    """Return the values of a struct's fields, by name.

    A value that declares its fields (mapping, dataclass, namedtuple, structured element) must have exactly these; of
    any other object, the attributes with these names are read.
    """
    if not _has_fields(kind, value):
        raise QsharpTypeError(f"{describe(value)} is not a {struct}", advice="use a mapping or dataclass of its fields")
    cls = type(value)
    read: Callable[[str], Any] = partial(getattr, value)
    declared: list[Any]
    if kind is Kind.MAPPING:
        declared, read = list(value), value.__getitem__
    elif kind is Kind.NUMPY_RECORD:
        declared, read = list(value.dtype.names), value.__getitem__
    elif kind is Kind.TUPLE:
        declared = list(cls._fields)
    elif hasattr(cls, "__dataclass_fields__"):
        declared = list(cls.__dataclass_fields__)
    else:
        declared = [name for name in names if hasattr(value, name)]
    missing = [name for name in names if name not in declared]
    extra = [str(name) for name in declared if name not in names]
    if missing or extra:
        wrong = f"without a field {missing[0]}" if missing else f"with a field {extra[0]}"
        raise QsharpTypeError(
            f"{describe(value)} {wrong} is not a {struct}",
            advice=f"its fields are {', '.join(names)}" if names else "it has no fields",
        )
    return {name: read(name) for name in names}
