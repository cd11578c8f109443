"""Values of a sweep: taken over plainly, and written to JSON without loss."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import SweepError


def check_name(name: object) -> str:
    """``name`` if it can name a Q# parameter, else a SweepError."""
    if not isinstance(name, str) or not name.isidentifier():
        raise SweepError(f"{name!r} is no parameter name", advice="use the names of the operation's parameters")
    return name


def list_of_values(name: str, given: Iterable[Any]) -> tuple[Any, ...]:
    """The values given for one parameter, each made plain.

    Raises:
        SweepError: ``given`` is a single value, a text or a mapping instead of a list of values.
    """
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise SweepError(
            f"expected a list of values, found {type(given).__name__}",
            path=name,
            advice=f"write {name}=[...]",
        )
    if _is_numpy(given, "ndarray") and getattr(given, "ndim", 1) == 0:
        raise SweepError("expected a list of values, found a 0-d array", path=name)
    return tuple(plain(value) for value in given)


def plain(value: Any) -> Any:
    """``value`` without numpy, exactly: scalars become Python scalars, arrays become lists; the rest is kept.

    What has no exact plain form (masked arrays, longdouble, dates) is kept as it is, for the literal layer to judge.
    """
    if isinstance(value, (bool, int, float, str, type(None))) and type(value).__module__ == "builtins":
        return value
    if isinstance(value, list):
        return [plain(item) for item in value]
    if type(value) is tuple:
        return tuple(plain(item) for item in value)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if type(value) is numpy.ndarray and value.dtype.kind in "biufc" and value.dtype.itemsize <= 16:
            return value.copy() if value.dtype.char in "gG" else value.tolist()
        if isinstance(value, numpy.generic) and value.dtype.kind in "biufcU" and value.dtype.char not in "gG":
            return value.item()
        if isinstance(value, numpy.ndarray):
            return value.copy()
    return value


def to_json(value: Any) -> Any:
    """``value`` as JSON data that :func:`from_json` reads back to an equal value.

    Lists, numbers, strings, bools and None are themselves; everything else is an object with one key that begins with
    ``$``: ``{"$tuple": [...]}``, ``{"$complex": [re, im]}``, ``{"$float": "nan"}``, ``{"$range": [a, b, c]}`` or
    ``{"$qsharp": "PauliX"}`` for what only has a Q# literal.
    """
    match value:
        case None | bool() | int() | str() if type(value).__module__ == "builtins":
            return value
        case float() if type(value) is float:
            return value if math.isfinite(value) else {"$float": repr(value)}
        case list():
            return [to_json(item) for item in value]
        case tuple() if type(value) is tuple:
            return {"$tuple": [to_json(item) for item in value]}
        case complex() if type(value) is complex:
            return {"$complex": [to_json(value.real), to_json(value.imag)]}
        case range():
            return {"$range": [value.start, value.stop, value.step]}
        case Mapping():
            return {"$mapping": {str(name): to_json(item) for name, item in value.items()}}
    made_plain = plain(value)
    if made_plain is not value and not _is_numpy(made_plain, "ndarray"):
        return to_json(made_plain)
    from ..literals import to_qsharp

    return {"$qsharp": to_qsharp(value)}


def from_json(data: Any) -> Any:
    """The value that :func:`to_json` wrote."""
    match data:
        case list():
            return [from_json(item) for item in data]
        case {"$float": str(text)}:
            return float(text)
        case {"$tuple": list(items)}:
            return tuple(from_json(item) for item in items)
        case {"$complex": [real, imag]}:
            return complex(from_json(real), from_json(imag))
        case {"$range": [start, stop, step]}:
            return range(start, stop, step)
        case {"$mapping": dict(items)}:
            return {name: from_json(item) for name, item in items.items()}
        case {"$qsharp": str(text)}:
            from ..literals import from_qsharp

            return from_qsharp(text)
        case dict():
            raise SweepError(f"not a value of a sweep: {data!r}")
    return data


def _is_numpy(value: object, name: str) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, getattr(numpy, name))
