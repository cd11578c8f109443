"""The real Q# interpreter as judge: what does a literal evaluate to, and is it the value that went in?"""

from __future__ import annotations

import struct
from typing import Any

from qdk import Context

from qsharp_bridge.literals import Newtype, Structs, to_qsharp
from qsharp_bridge.syntax import COMPLEX_NAMES, ArrayType, NewtypeItem, Primitive, TupleType, UdtType

SOURCE = """
namespace N {
    function Elements(r : Range) : Int[] {
        mutable found = [];
        for i in r {
            set found += [i];
        }
        found
    }
    struct Pt { X : Int, Y : Double }
    struct Nest { P : Pt, Names : String[], Deep : (Pauli, Pt[]) }
    struct Uno { V : BigInt }
    struct Empty {}
    newtype Pair = (A : Int, B : Double);
    newtype Deep = (A : Int, (B : Double, C : Pauli));
    newtype Single = (A : Bool);
    newtype Arr = (Items : Int[]);
}
namespace M { struct Pt { X : Int, Y : Double, Z : Complex } }
"""
STRUCTS = Structs(
    {
        "N.Pt": {"X": "Int", "Y": "Double"},
        "N.Nest": {"P": "Pt", "Names": "String[]", "Deep": "(Pauli, Pt[])"},
        "N.Uno": {"V": "BigInt"},
        "N.Empty": {},
        "N.Pair": "(A : Int, B : Double)",
        "N.Deep": "(A : Int, (B : Double, C : Pauli))",
        "N.Single": "(A : Bool)",
        "N.Arr": "(Items : Int[])",
        "M.Pt": {"X": "Int", "Y": "Double", "Z": "Complex"},
    }
)
# A context keeps all that it ever ran, and every run makes the next one slower.
RUNS_PER_CONTEXT = 300
TEXT_PER_CONTEXT = 300_000


class Interpreter:
    """A Q# context that is renewed before it grows slow. For one thread only."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self.runs = self.text = 0
        self.context = Context()
        self.context.eval(SOURCE)

    def evaluate(self, literal: str, kind: Any) -> Any:
        """What ``literal`` evaluates to where a ``kind`` is declared; Q# converts nothing, so it is one."""
        if self.runs >= RUNS_PER_CONTEXT or self.text >= TEXT_PER_CONTEXT:
            self.renew()
        self.runs += 1
        self.text += len(literal)
        return self.context.run(f"{{ let x : {kind} =\n{literal}\n; x }}", 1)[0]


def bits(number: float) -> bytes:
    return struct.pack("<d", number)


def same(kind: Any, value: Any, got: Any) -> bool:
    """Is ``got``, which Q# returned, the plain Python ``value`` of type ``kind``, bit for bit?"""
    if isinstance(kind, ArrayType):
        return (
            type(got) is list
            and len(got) == len(value)
            and all(same(kind.element, one, other) for one, other in zip(value, got, strict=True))
        )
    if isinstance(kind, TupleType):
        return (
            type(got) is tuple and len(got) == len(kind.items) == len(value) and all(map(same, kind.items, value, got))
        )
    if isinstance(kind, UdtType):
        return _same_udt(kind, value, got)
    assert isinstance(kind, Primitive)
    if kind.name == "Unit":
        return got is None and value in (None, ())
    if kind.name in ("Int", "BigInt"):
        return type(got) is int and got == value
    if kind.name == "Double":
        return type(got) is float and bits(got) == bits(value)
    if kind.name == "Range":
        return bool(got == f"<Range> {to_qsharp(value)}")
    return type(got) is type(value) and bool(got == value)


def _same_udt(kind: UdtType, value: Any, got: Any) -> bool:
    if kind.name in COMPLEX_NAMES:
        return type(got) is complex and bits(got.real) + bits(got.imag) == bits(value.real) + bits(value.imag)
    definition = STRUCTS.definition(kind.name)
    if isinstance(definition, Newtype):
        return _same_item(definition.item, value, got)
    return type(got).__name__ == kind.name.rpartition(".")[2] and all(
        same(field, value[name], getattr(got, name)) for name, field in definition.fields.items()
    )


def _same_item(item: NewtypeItem, value: Any, got: Any) -> bool:
    # qdk gives the top-level items of a newtype under the names of all items in order (N.Deep(B=(2.0, X))).
    if not item.items:
        return same(item.type, value, got)
    parts = list(vars(got).values())
    return len(parts) == len(item.items) and all(
        same(inner.type, one, other) for inner, one, other in zip(item.items, value, parts, strict=True)
    )
