"""The types of Q#, the parser of their texts, and the declarations in Q# source. Pure Python."""

from qsharp_bridge.syntax.type_parser import MAX_LEVELS, parse_newtype, parse_type
from qsharp_bridge.syntax.types import (
    COMPLEX_NAMES,
    KEYWORDS,
    PRIMITIVES,
    ArrayType,
    CallableType,
    NewtypeItem,
    Primitive,
    QsharpType,
    TupleType,
    TypeParameter,
    UdtType,
)

__all__ = [
    "COMPLEX_NAMES",
    "KEYWORDS",
    "MAX_LEVELS",
    "PRIMITIVES",
    "ArrayType",
    "CallableType",
    "NewtypeItem",
    "Primitive",
    "QsharpType",
    "TupleType",
    "TypeParameter",
    "UdtType",
    "parse_newtype",
    "parse_type",
]
