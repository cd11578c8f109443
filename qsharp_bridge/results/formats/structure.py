"""Checks of the structure of a result that was parsed as JSON."""

from __future__ import annotations

from typing import Any, NoReturn

from qsharp_bridge.errors import ResultFormatError


def field(data: Any, name: str, kind: type | None = None) -> Any:
    """Return a field of an object, checked to be of a kind.

    Raises:
        ResultFormatError: there is no such field, or it is of another kind.
    """
    if not isinstance(data, dict) or name not in data:
        wrong_structure(f"an object with {name}", data)
    if kind is not None and not isinstance(data[name], kind):
        wrong_structure(f"{'an' if kind is int else 'a'} {kind.__name__} under {name}", data[name])
    return data[name]


def wrong_structure(expected: str, found: Any) -> NoReturn:
    """Raise the error of data that is not as the format has it."""
    raise ResultFormatError(f"the result should have {expected}, but there is {brief(found)}")


def brief(data: Any) -> str:
    """Return a short description of JSON data, for errors."""
    if isinstance(data, dict):
        return f"an object with {', '.join(list(data)[:5]) or 'nothing'}"
    if isinstance(data, list):
        return f"a list of {len(data)}"
    if isinstance(data, str):
        return repr(data[:40])
    return f"{data:.20g}" if isinstance(data, float) else "a huge number" if abs(data or 0) > 1e18 else repr(data)
