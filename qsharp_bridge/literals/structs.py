"""The definitions of a program's structs and newtypes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from qsharp_bridge.errors import QsharpTypeError
from qsharp_bridge.syntax import (
    COMPLEX_NAMES,
    KEYWORDS,
    ArrayType,
    CallableType,
    NewtypeItem,
    QsharpType,
    TupleType,
    UdtType,
    parse_newtype,
    parse_type,
)


@dataclass(frozen=True, slots=True)
class Struct:
    """A struct: ``struct Pt { X : Int, Y : Double }`` in namespace N has name "N.Pt" and two fields."""

    name: str
    fields: Mapping[str, QsharpType]


@dataclass(frozen=True, slots=True)
class Newtype:
    """A newtype: ``newtype Pair = (Int, Named : Double)`` in namespace N has name "N.Pair" and two items."""

    name: str
    item: NewtypeItem


StructsLike: TypeAlias = Mapping[str, Mapping[str, "str | QsharpType"] | str | QsharpType]


class Structs(Mapping[str, Struct | Newtype]):
    """Structs and newtypes by qualified name. The constructor parses all types: use one object for many values.

    Args:
        definitions: for a struct, its fields: ``{"N.Pt": {"X": "Int", "Y": "Double"}}``; for a newtype, the text
            after ``=``: ``{"N.Pair": "(Int, Double)", "N.Deep": "(A : Int, (B : Double, Pauli))"}``.

    A name in the type of a field is a qualified name, or a name in the struct's own namespace, or the short name of
    exactly one definition.
    """

    def __init__(self, definitions: StructsLike | None = None) -> None:
        self._found: dict[str, Struct | Newtype] = {}
        self._names = dict.fromkeys(definitions or ())
        self._short: dict[str, list[str]] = {}
        for name in self._names:
            self._short.setdefault(name.rpartition(".")[2], []).append(name)
        for name, definition in (definitions or {}).items():
            _check_names(name, definition if isinstance(definition, Mapping) else ())
            home = name.rpartition(".")[0]
            if isinstance(definition, Mapping):
                fields = {field: self._resolved(_type(kind), home) for field, kind in definition.items()}
                self._found[name] = Struct(name, fields)
            else:
                item = parse_newtype(definition) if isinstance(definition, str) else NewtypeItem(None, definition)
                self._found[name] = Newtype(name, self._resolved_item(item, home))

    def __getitem__(self, name: str) -> Struct | Newtype:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def definition(self, name: str) -> Struct | Newtype:
        """Return the definition of a name, qualified or not.

        Raises:
            QsharpTypeError: there is no definition, or several have the same short name.
        """
        full = self._qualified(name, "")
        if full is None:
            candidates = self._short.get(name, [])
            if candidates:
                raise QsharpTypeError(f"{name} may be any of {', '.join(candidates)}", advice="use the qualified name")
            raise QsharpTypeError(
                f"the fields of {name} are not known here",
                advice='give structs={"N.Pt": {"X": "Int"}} with the qualified name',
            )
        return self._found[full]

    def _qualified(self, name: str, home: str) -> str | None:
        if name in self._names:
            return name
        if home and f"{home}.{name}" in self._names:
            return f"{home}.{name}"
        short = self._short.get(name, [])
        return short[0] if len(short) == 1 else None

    def resolved(self, target: QsharpType) -> QsharpType:
        """Return ``target`` with the qualified names of all definitions in it."""
        return self._resolved(target, "")

    def _resolved_item(self, item: NewtypeItem, home: str) -> NewtypeItem:
        items = tuple(self._resolved_item(inner, home) for inner in item.items)
        return NewtypeItem(item.name, self._resolved(item.type, home), items)

    def _resolved(self, target: QsharpType, home: str) -> QsharpType:
        if isinstance(target, UdtType):
            full = self._qualified(target.name, home)
            return UdtType(full) if full and target.name not in COMPLEX_NAMES else target
        if isinstance(target, ArrayType):
            return ArrayType(self._resolved(target.element, home))
        if isinstance(target, TupleType):
            return TupleType(tuple(self._resolved(item, home) for item in target.items))
        if isinstance(target, CallableType):
            inner, outer = self._resolved(target.input, home), self._resolved(target.output, home)
            return CallableType(target.arrow, inner, outer, target.functors)
        return target


def _check_names(struct: str, fields: Iterable[str]) -> None:
    # Names are written into literals unchanged, so they must not be anything but names.
    for name in (*struct.split("."), *fields):
        if not (isinstance(name, str) and name.replace("_", "a").isalnum() and name not in KEYWORDS):
            raise QsharpTypeError(f"{name!r} in the definition of {struct!r} is not a Q# name")


def _type(definition: str | QsharpType) -> QsharpType:
    return parse_type(definition) if isinstance(definition, str) else definition
