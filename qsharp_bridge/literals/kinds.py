"""The kinds of Python values, by their classes, without importing the libraries of these classes."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from qsharp_bridge.errors import BridgeError, QsharpTypeError, QsharpValueError

from .limits import missing_value
from .symbolic import without_symbols
from .units import without_unit


class Kind(Enum):
    """The kinds of Python values that the literal layer distinguishes."""

    NONE = auto()
    BOOL = auto()
    INT = auto()
    FLOAT = auto()
    COMPLEX = auto()
    RATIONAL = auto()  # Decimal and Fraction
    STR = auto()
    TUPLE = auto()
    LIST = auto()
    RANGE = auto()
    ITERATOR = auto()
    MAPPING = auto()
    RECORD = auto()  # anything with fields: dataclasses, slots, plain objects
    NDARRAY = auto()
    NUMPY_SCALAR = auto()
    NUMPY_RECORD = auto()  # one element of a structured array
    ARRAY_LIKE = auto()
    QUANTITY = auto()  # a number or array with a unit
    SYMBOLIC = auto()  # a number of sympy
    ENUM = auto()
    INDEX = auto()  # an integer of another library
    PAULI = auto()
    RESULT = auto()
    ARGUMENT_RANGE = auto()  # azure.quantum.argument_types.Range
    EMPTY_ARRAY = auto()  # azure.quantum.argument_types.EmptyArray
    CODE = auto()
    UNTRUSTED = auto()  # code that was read from a file
    CALLABLE = auto()
    MISSING = auto()  # pandas' NA and NaT
    REFUSED = auto()


_BUILTIN = {
    type(None): Kind.NONE,
    bool: Kind.BOOL,
    int: Kind.INT,
    float: Kind.FLOAT,
    complex: Kind.COMPLEX,
    str: Kind.STR,
    tuple: Kind.TUPLE,
    list: Kind.LIST,
    range: Kind.RANGE,
    dict: Kind.MAPPING,
    bytes: Kind.REFUSED,
    bytearray: Kind.REFUSED,
    memoryview: Kind.REFUSED,
    type: Kind.REFUSED,
    Enum: Kind.ENUM,
}
# Classes of other libraries by dotted name, so that no library is imported.
_FOREIGN = {
    "fractions.Fraction": Kind.RATIONAL,
    "decimal.Decimal": Kind.RATIONAL,
    "datetime.date": Kind.REFUSED,
    "datetime.time": Kind.REFUSED,
    "datetime.timedelta": Kind.REFUSED,
    "numpy.ndarray": Kind.NDARRAY,
    "numpy.void": Kind.NUMPY_RECORD,
    "numpy.bytes_": Kind.REFUSED,
    "numpy.generic": Kind.NUMPY_SCALAR,
    "pandas._libs.missing.NAType": Kind.MISSING,
    "pandas._libs.tslibs.nattype.NaTType": Kind.MISSING,
    "astropy.units.quantity.Quantity": Kind.QUANTITY,
    "astropy.units.function.core.FunctionQuantity": Kind.QUANTITY,
    "astropy.table.column.BaseColumn": Kind.QUANTITY,
    "pint.facets.plain.quantity.PlainQuantity": Kind.QUANTITY,
    "unyt.array.unyt_array": Kind.QUANTITY,
    "quantities.quantity.Quantity": Kind.QUANTITY,
    "sympy.matrices.matrixbase.MatrixBase": Kind.ARRAY_LIKE,  # before Expr, which immutable ones also are
    "sympy.core.expr.Expr": Kind.SYMBOLIC,
    "sympy.logic.boolalg.Boolean": Kind.SYMBOLIC,
    "qsharp_bridge.literals.code.UntrustedCode": Kind.UNTRUSTED,
    "azure.quantum.argument_types.types.Pauli": Kind.PAULI,
    "azure.quantum.argument_types.types.Result": Kind.RESULT,
    "azure.quantum.argument_types.types.Range": Kind.ARGUMENT_RANGE,
    "azure.quantum.argument_types.types.EmptyArray": Kind.EMPTY_ARRAY,
}


def _kind_of(cls: type) -> Kind:
    if cls in _BUILTIN:
        return _BUILTIN[cls]
    native = sys.modules.get("qdk._native")  # qdk's own Pauli and Result call themselves "builtins.Pauli"
    if native is not None:
        if cls is native.Pauli:
            return Kind.PAULI
        if cls is native.Result:
            return Kind.RESULT
    if _has(cls, "__qsharp__"):
        return Kind.CODE
    for base in cls.__mro__[:-1]:
        if base in _BUILTIN:
            return _BUILTIN[base]
        kind = _FOREIGN.get(f"{base.__module__}.{base.__qualname__}")
        if kind is not None:
            return kind
    return _by_protocol(cls)


kind_of: Callable[[type], Kind] = lru_cache(maxsize=1024)(_kind_of)
"""The kind of the values of a class."""


def _by_protocol(cls: type) -> Kind:
    if _has(cls, "__array__"):
        return Kind.ARRAY_LIKE
    for protocol, kind in (
        (Mapping, Kind.MAPPING),
        (Set, Kind.REFUSED),
        (Iterator, Kind.ITERATOR),
        (Sequence, Kind.LIST),
    ):
        if issubclass(cls, protocol):
            return kind
    if _has(cls, "__index__"):
        return Kind.INDEX
    if cls.__module__ in ("builtins", "functools") and not _has(cls, "__dataclass_fields__"):
        return Kind.CALLABLE if _has(cls, "__call__") else Kind.REFUSED
    return Kind.RECORD


def _has(cls: type, name: str) -> bool:
    return any(name in base.__dict__ for base in cls.__mro__)


_UNWRAPPED = frozenset(
    {Kind.ENUM, Kind.INDEX, Kind.NUMPY_SCALAR, Kind.ARRAY_LIKE, Kind.NDARRAY, Kind.QUANTITY, Kind.SYMBOLIC}
)


def plain(value: Any) -> tuple[Kind, Any]:
    """Return the kind of ``value``, and the plain Python value for it if there is one.

    Subclasses of int, float, complex and str become those, without a call of their own methods. An Enum member becomes
    its value, a numpy scalar or 0-d array the Python scalar of the same value, an array-like an array, an angle its
    radians, and a number of sympy the nearest number of Python.
    """
    kind = kind_of(type(value))
    for _ in range(8):  # an Enum member may carry a numpy scalar, a 0-d array may hold an Enum member
        if kind is Kind.INT:
            return kind, value if type(value) is int else int.__pos__(value)
        if kind is Kind.FLOAT:
            return kind, value if type(value) is float else float.__pos__(value)
        if kind is Kind.COMPLEX:
            return kind, value if type(value) is complex else complex.__pos__(value)
        if kind is Kind.STR:
            return kind, value if type(value) is str else str.__str__(value)
        if kind is Kind.UNTRUSTED:
            raise QsharpTypeError(
                "Q# code that was read from a file is not trusted",
                advice="read it with trusted=True, or write QsharpCode(value.code), if you trust its author",
            )
        if kind is Kind.MISSING:
            raise missing_value()
        if kind not in _UNWRAPPED:
            return kind, value
        if kind is Kind.ENUM:
            value = value.value
        elif kind is Kind.INDEX:
            value = operator.index(value)
        elif kind is Kind.QUANTITY:
            value = without_unit(value)
        elif kind is Kind.SYMBOLIC:
            value = without_symbols(value)
        else:
            from . import numpy_values

            if kind is Kind.NUMPY_SCALAR:
                value = numpy_values.scalar(value)
            else:
                value = numpy_values.array(value)
                if value.ndim:
                    return Kind.NDARRAY, value
                value = numpy_values.scalar(value)
        kind = kind_of(type(value))
    raise QsharpTypeError(f"{describe(value)} is inside too many wrappers, such as Enum members")


def describe(value: Any) -> str:
    """Return ``value`` as text for an error message. Only a ``__repr__`` of Python itself is called.

    >>> describe(10**5000), describe(object()), describe("ab")
    ('an int of 16610 bits', 'an object', "'ab'")
    """
    cls = type(value)
    if value is None or cls is bool or cls is float or cls is complex:
        return repr(value)
    if cls is int:
        return repr(value) if value.bit_length() <= 256 else f"an int of {value.bit_length()} bits"
    if cls is str:
        return ascii(value) if len(value) <= 60 else f"a str of {len(value)} characters"
    name = type.__getattribute__(cls, "__name__")  # not the attribute of a metaclass
    return f"{'an' if name[:1] in 'aeiouAEIOU' else 'a'} {name}"


def foreign(value: Any, error: Exception) -> BridgeError:
    """Return the error of this package for an exception that a value's own code raised."""
    name = type(error).__name__
    if isinstance(error, RecursionError):
        return QsharpValueError(f"{describe(value)} exceeds Python's recursion limit")
    try:
        text = str(error)[:200]
    except Exception:
        text = ""
    said = f"{name}: {text}" if text else name
    kind = QsharpTypeError if isinstance(error, TypeError) else QsharpValueError
    return kind(f"{describe(value)} cannot be read: it raised {said}")
