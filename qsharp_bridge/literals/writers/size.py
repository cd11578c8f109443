"""The number of elements of a nested value, found without visiting a list twice.

A list that holds another twice, 60 levels deep, is small in memory and has 2**60 elements.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

_CONTAINERS = (list, tuple, dict)
_SCALARS = (int, float, bool, str, complex)
_SHORT = 1_000


def count_elements(value: Any) -> int:
    """Count the elements of ``value`` on all levels of lists, tuples and dicts, as the literal would have them.

    >>> row = [1, 2]
    >>> count_elements([row, row])
    6
    """
    return _count(value, {})


def _count(value: Any, seen: dict[int, int]) -> int:
    kind = type(value)
    if kind not in _CONTAINERS or not value:
        return 0
    known = seen.get(id(value))
    if known is not None:
        return known
    seen[id(value)] = 0  # for a list that contains itself, for which printing raises an error
    size = len(value)
    if size > _SHORT and kind is list and type(value[0]) in _SCALARS:  # a long list of numbers has no others
        pass
    elif size > _SHORT and kind is list and (inner := _flat_size(value)) is not None:
        size += inner
    else:
        for item in value.values() if kind is dict else value:
            if type(item) in _CONTAINERS:
                size += _count(item, seen)
    seen[id(value)] = size
    return size


def _flat_size(items: list[Any]) -> int | None:
    """Return the number of elements in a list of flat lists, tuples or dicts; None for other lists."""
    kinds = set(map(type, items))
    if kinds == {dict}:
        inner = chain.from_iterable(map(dict.values, items))
    elif kinds <= {list, tuple}:
        inner = chain.from_iterable(items)
    else:
        return None
    return sum(map(len, items)) if set(map(type, inner)).isdisjoint(_CONTAINERS) else None
