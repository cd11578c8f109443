"""The elements of lists, tuples, ranges, iterators and arrays."""

from __future__ import annotations

from itertools import islice
from typing import Any

from . import limits
from .kinds import Kind

_LISTS = frozenset({Kind.LIST, Kind.TUPLE, Kind.ITERATOR})


def advice_on(value: Any) -> str | None:
    """Return the advice for a value whose elements cannot be those of an array, or None."""
    if isinstance(value, (set, frozenset)):
        return "a set has no order: use sorted(...)"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "use list(...) for its numbers or .decode() for its text"
    return None


def elements(kind: Kind, value: Any) -> list[Any] | tuple[Any, ...] | None:
    """Return the elements of a plain value, or None if it has none in an order.

    Raises:
        QsharpValueError: there are more than `limits.MAX_ELEMENTS`. No more than that are read from an iterator.
    """
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return value
    if kind in _LISTS or kind is Kind.RANGE:
        found = list(islice(iter(value), limits.MAX_ELEMENTS + 1))
        if len(found) > limits.MAX_ELEMENTS:
            raise limits.too_many()
        return found
    if kind is Kind.NDARRAY:
        from . import numpy_values

        if value.size > limits.MAX_ELEMENTS:
            raise limits.too_many()
        return numpy_values.rows(value)
    if kind is Kind.EMPTY_ARRAY:
        return []
    return None
