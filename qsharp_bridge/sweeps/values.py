"""Values of a sweep: made plain, copied, compared and shown.

A sweep keeps values of a few kinds, which a file restores exactly on any machine: None, bool, int, float, complex,
str, range, Fraction and Decimal; lists, tuples, namedtuples and dicts of these; and values that only have a Q# literal:
Pauli, Result, callables, ``QsharpCode``. Other values (dates, masked arrays, objects of unknown classes) are kept as
they are: the literal layer accepts or refuses them when the type of the parameter is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.literals import MAX_LEVELS, from_qsharp, to_qsharp
from qsharp_bridge.literals.kinds import Kind, describe, kind_of
from qsharp_bridge.literals.kinds import plain as unwrap

_SCALARS = frozenset({type(None), bool, int, float, complex, str, range, Fraction, Decimal})
_NO_LISTS = frozenset({Kind.STR, Kind.MAPPING, Kind.REFUSED, Kind.ENUM, Kind.CODE, Kind.PAULI, Kind.RESULT})
_MOST_SHOWN_BITS = 8192  # Python refuses to print, and to read, ints of more than 4300 digits


def check_name(name: object) -> str:
    """Return ``name`` if it can name a Q# parameter; else raise a SweepError."""
    # Not only Python's identifiers: circuits have parameters such as "x²" and "phi[0]".
    if not isinstance(name, str) or not name.isprintable() or name != name.strip() or not name:
        raise SweepError(f"{describe(name)} is no parameter name", advice="use the names of the operation's parameters")
    return name


def list_of_values(name: str, given: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values given for one parameter, each made plain.

    Raises:
        SweepError: ``given`` is a single value, a text, a mapping or an unordered set instead of a list of values.
    """
    kind = kind_of(type(given))
    if kind in (Kind.ARRAY_LIKE, Kind.QUANTITY):  # a DataFrame would iterate over its columns' names
        try:
            kind, given = unwrap(given)
        except BridgeError as error:
            raise error.under(name) from None
    zero_d = kind is Kind.NDARRAY and getattr(given, "ndim", 1) == 0
    if zero_d or kind in _NO_LISTS or not isinstance(given, Iterable):
        found = "a 0-d array" if zero_d else describe(given)
        raise SweepError(f"expected a list of values, found {found}", path=name, advice=f"write {name}=[...]")
    values = []
    for place, value in enumerate(given):
        try:
            values.append(plain(value))
        except SweepError as error:
            raise error.under(f"{name}[{place}]") from None
    return tuple(values)


def plain(value: Any, level: int = 0) -> Any:
    """Return a copy of a value as a sweep keeps it: the same value exactly, of Python's own kinds.

    numpy scalars become Python scalars; numpy arrays, pandas Series, deques and other sequences become lists;
    mappings and dataclasses become dicts.

    Raises:
        SweepError: more levels than Q# has, or a value that contains itself.

    >>> from array import array
    >>> plain({"angles": array("d", [0.5, 1.0]), "pair": (True, -0.0)})
    {'angles': [0.5, 1.0], 'pair': (True, -0.0)}
    """
    if type(value) in _SCALARS:
        return value
    if level >= MAX_LEVELS:
        raise SweepError(f"nested more than {MAX_LEVELS} levels deep, or containing itself")
    try:
        kind, found = unwrap(value)
    except BridgeError:
        return _kept(value)  # masked, dates: the literal layer reports it, with the operation's name
    try:
        return _plain_of_kind(kind, found, level)
    except BridgeError:
        raise
    except Exception:
        return _kept(value)  # its own code fails; the literal layer reports it


def _plain_of_kind(kind: Kind, value: Any, level: int) -> Any:
    match kind:
        case Kind.NDARRAY:
            if value.dtype.kind in "biufcU" and value.dtype.char not in "gG":
                return value.tolist()
            return [plain(item, level + 1) for item in value]
        case Kind.LIST | Kind.ITERATOR:
            return [plain(item, level + 1) for item in value]
        case Kind.EMPTY_ARRAY:
            return []
        case Kind.TUPLE:
            items = [plain(item, level + 1) for item in value]
            # Not by calling the class: a namedtuple's own __new__ may want other arguments.
            return tuple.__new__(type(value), items) if hasattr(type(value), "_fields") else tuple(items)
        case Kind.NUMPY_RECORD:
            return {name: plain(value[name], level + 1) for name in value.dtype.names}
        case Kind.MAPPING:
            odd = [name for name in value if type(name) is not str]
            if odd:
                raise SweepError(
                    f"a mapping has the key {describe(odd[0])}", advice="its keys are the fields of a struct"
                )
            return {name: plain(value[name], level + 1) for name in value}
        case Kind.RECORD if hasattr(type(value), "__dataclass_fields__"):
            return {name: plain(getattr(value, name), level + 1) for name in type(value).__dataclass_fields__}
        case Kind.ARGUMENT_RANGE:
            return from_qsharp(to_qsharp(value))
    return value if type(value) in _SCALARS else _kept(value)


def _kept(value: Any) -> Any:
    """Return an array as a copy, since its owner may change it, and any other value as it is."""
    if kind_of(type(value)) is Kind.NDARRAY:
        value = value.copy()
        value.flags.writeable = False
    return value


def copied(value: Any) -> Any:
    """Return a copy of a value, lists and dicts anew, so that the sweep cannot be changed through them."""
    if isinstance(value, list):
        return [copied(item) for item in value]
    if isinstance(value, dict):
        return {name: copied(item) for name, item in value.items()}
    if isinstance(value, tuple) and any(isinstance(item, (list, dict, tuple)) for item in value):
        items = [copied(item) for item in value]
        return tuple.__new__(type(value), items)
    return value


class Unshowable(Exception):
    """A value has no repr that evaluates with Python's own names. It is only raised among the functions for repr."""


def show(value: Any) -> str:
    """Return the evaluable repr of a value.

    Raises:
        Unshowable: there is none, as for nan, a Pauli or an int of thousands of digits.
    """
    kind = type(value)
    if kind is list:
        return f"[{', '.join(map(show, value))}]"
    if kind is tuple:
        return f"({', '.join(map(show, value))}{',' if len(value) == 1 else ''})"
    if kind is dict:
        return f"{{{', '.join(f'{name!r}: {show(item)}' for name, item in value.items())}}}"
    if kind is complex:
        # Python reads -0j and (-0-2j) as sums, and loses the signs of zeros.
        return f"complex({show(value.real)}, {show(value.imag)})"
    if kind in (type(None), bool, str) or (kind is float and math.isfinite(value)):
        return repr(value)
    if kind is int and value.bit_length() <= _MOST_SHOWN_BITS:
        return repr(value)
    if kind is range:
        return repr(value)
    raise Unshowable(type(value).__name__)


def same(a: Any, b: Any) -> bool:
    """Return whether two values are equal for a filter: 1 is 1.0, and nan equals nothing."""
    try:
        return bool(a == b)
    except Exception:
        return False  # an array that was kept as it is has no truth value
