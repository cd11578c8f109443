"""Matches the parameter names of the source with the types of the compiler.

Neither is enough: the compiler prints ``((Int, Double) => Unit)`` for one parameter of a tuple type as for two, and
leaves out type parameters and namespaces; the text has the names, but only the compiler knows what they mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from qsharp_bridge.errors import TypeSyntaxError
from qsharp_bridge.programs.signature import Parameter, Signature
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
from qsharp_bridge.syntax.declarations import CallableDeclaration, Field

UNIT = Primitive("Unit")


def generated(input: QsharpType) -> tuple[Parameter, ...]:
    """Return parameters p0, p1 ... of a callable without source. A tuple is taken for several parameters."""
    if input == UNIT:
        return ()
    items = input.items if isinstance(input, TupleType) and len(input.items) > 1 else (input,)
    return tuple(Parameter(f"p{index}", item) for index, item in enumerate(items))


def signature_of(name: str, arrow: CallableType, declared: Iterable[CallableDeclaration]) -> Signature:
    """Return the signature of a callable.

    Args:
        name: qualified.
        arrow: the compiler's type of it.
        declared: the declarations of that name in the source; more than one where ``@Config`` selects one.
    """
    found = []
    for one in declared:
        parameters = split(arrow.input, one.parameters)
        output = _merged(arrow.output, _output_of(one))
        if parameters is not None and output is not None:
            found.append((parameters, output))
    parameters, output, note = generated(arrow.input), arrow.output, None
    if not found:
        note = "its declaration was not found in the source"
    elif any(other != found[0] for other in found):
        note = "it is declared several times, with different parameters"
    else:
        parameters, output = found[0]
    kind: Literal["operation", "function"] = "operation" if arrow.arrow == "=>" else "function"
    return Signature(name, kind, parameters, output, arrow.functors, note)


def split(input: QsharpType, fields: tuple[Field, ...]) -> tuple[Parameter, ...] | None:
    """Return the declared parameters with the compiler's types, or None when the two do not agree."""
    types: tuple[QsharpType, ...]
    if not fields:
        return () if input == UNIT else None
    if len(fields) == 1:
        types = (input,)
    elif isinstance(input, TupleType) and len(input.items) == len(fields):
        types = input.items
    else:
        return None
    merged = [_merged(kind, _type_of(field)) for kind, field in zip(types, fields, strict=True)]
    if any(kind is None for kind in merged):
        return None
    names = [field.name if field.name != "_" else "" for field in fields]
    for index, name in enumerate(names):
        if not name:  # "_", or a tuple taken apart on the spot: Python still needs something to call it by
            fresh = f"p{index}"
            while fresh in names:
                fresh += "_"
            names[index] = fresh
    return tuple(Parameter(name, kind) for name, kind in zip(names, merged, strict=True) if kind is not None)


def _type_of(field: Field) -> QsharpType | None:
    if field.items is not None:
        items = [_type_of(item) for item in field.items]
        if any(item is None for item in items):
            return None
        if len(items) == 1:
            return items[0]
        return TupleType(tuple(item for item in items if item is not None)) if items else UNIT
    try:
        return parse_type(field.type)
    except TypeSyntaxError:
        return None


def _output_of(declaration: CallableDeclaration) -> QsharpType | None:
    try:
        arrow = parse_type(f"(Unit => {declaration.output})")  # the text may go on with "is Adj"
    except TypeSyntaxError:
        return None
    return arrow.output if isinstance(arrow, CallableType) else None


def _merged(inferred: QsharpType, declared: QsharpType | None) -> QsharpType | None:
    """Return the compiler's type with the type parameters and functors of the source; None when they contradict."""
    if isinstance(inferred, TypeParameter) or declared is None:
        return declared if isinstance(declared, TypeParameter) else None
    if isinstance(inferred, UdtType):
        return inferred if isinstance(declared, UdtType) else None  # an import may have renamed it
    if isinstance(inferred, ArrayType) and isinstance(declared, ArrayType):
        element = _merged(inferred.element, declared.element)
        return None if element is None else ArrayType(element)
    if isinstance(inferred, TupleType) and isinstance(declared, TupleType):
        if len(inferred.items) != len(declared.items):
            return None
        items = [_merged(one, other) for one, other in zip(inferred.items, declared.items, strict=True)]
        return None if None in items else TupleType(tuple(item for item in items if item is not None))
    if isinstance(inferred, CallableType) and isinstance(declared, CallableType):
        input, output = _merged(inferred.input, declared.input), _merged(inferred.output, declared.output)
        if input is None or output is None or inferred.arrow != declared.arrow:
            return None
        return CallableType(inferred.arrow, input, output, declared.functors)
    return inferred if inferred == declared else None
