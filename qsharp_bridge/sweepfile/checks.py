"""Conversion of data by msgspec models that reports every fault of a table, each with its path.

``msgspec.convert`` stops at the first fault. Here each key of a table is converted separately, so that all faults are
found, and the error about an unknown key names the nearest known one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SweepError

S = TypeVar("S", bound=msgspec.Struct)


def keys_of(model: type) -> dict[str, Any]:
    """Return the keys of a ``Struct`` in order, with their annotated types."""
    hints = get_type_hints(model, include_extras=True)
    return {name: hint for name, hint in hints.items() if not name.isupper()}


def check_keys(given: Mapping[str, Any], known: Mapping[str, Any], where: str, *, advice: str) -> list[SweepError]:
    """Return a fault for each key that is not known.

    Args:
        given: the table.
        known: the keys that it may have.
        where: the path of the table, or "".
        advice: the advice about a key that resembles no known one.
    """
    faults = []
    for key in given:
        if key not in known:
            guess = did_you_mean(key, known)
            faults.append(SweepError(f"unknown key {key!r}{guess}", path=where, advice=None if guess else advice))
    return faults


def convert(value: Any, type_: Any, where: str) -> Any:
    """Convert a value to a type.

    Args:
        value: a value of TOML, JSON or a command line.
        type_: a type that msgspec supports.
        where: the path of the value.

    Raises:
        SweepError: the value does not fit; the message names what was expected and what was found.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError:
        raise _fault(value, type_, where) from None


def convert_table(given: Mapping[str, Any], model: type[S], where: str) -> S:
    """Convert a table of one or two keys to a ``Struct``; only its first fault is reported.

    Raises:
        SweepError: a value does not fit, or a key is missing.
    """
    for key, type_ in keys_of(model).items():
        if key in given:
            convert(given[key], type_, f"{where}.{key}")
    return convert(given, model, where)  # type: ignore[no-any-return]


def as_fault(error: BridgeError, path: str | None = None) -> SweepError:
    """Return an error as a fault of the file, by default with its own path."""
    return SweepError(error.problem, path=error.path if path is None else path, point=error.point, advice=error.advice)


def _fault(value: Any, type_: Any, where: str) -> SweepError:
    """Return what is wrong with a value, or with its first element that does not fit."""
    plain = get_args(type_)[0] if get_origin(type_) is Annotated else type_
    parts: Iterable[tuple[str, Any]] = ()
    if get_origin(plain) is list and isinstance(value, list):
        parts = ((f"{where}[{index}]", part) for index, part in enumerate(value))
    elif get_origin(plain) is dict and isinstance(value, dict):
        parts = ((f"{where}.{key}", part) for key, part in value.items())
    for place, part in parts:
        try:
            convert(part, get_args(plain)[-1], place)
        except SweepError as fault:
            return fault
    info = msgspec.inspect.type_info(type_)
    extra: Mapping[str, Any] = {}
    if isinstance(info, msgspec.inspect.Metadata):
        extra, info = info.extra or {}, info.type
    if isinstance(info, msgspec.inspect.LiteralType):
        words = list(map(str, info.values))
        key = where.rpartition(".")[2].lstrip("-").replace("-", "_")
        return SweepError(
            f"unknown {key} {value!r}{did_you_mean(str(value), words)}",
            path=where,
            advice=f"it is one of {', '.join(words)}",
        )
    expected = extra.get("expected") or _expected(info)
    return SweepError(f"expected {expected}, found {describe(value)}", path=where, advice=extra.get("advice"))


def _expected(info: Any) -> str:
    least = getattr(info, "ge", None)
    match info:
        case msgspec.inspect.Metadata():
            return _expected(info.type)
        case msgspec.inspect.IntType():
            return "a whole number" if least is None else f"a whole number from {least}"
        case msgspec.inspect.FloatType(gt=0):
            return "a number above 0"
        case msgspec.inspect.FloatType():
            return "a number" if least is None else f"a number from {least:g}"
        case msgspec.inspect.StrType():
            return "a string"
        case msgspec.inspect.BoolType():
            return "true or false"
        case msgspec.inspect.ListType():
            return "an array"
        case msgspec.inspect.UnionType():
            *others, last = map(_expected, info.types)
            return f"{', '.join(others)} or {last}"
    return "a table"


def describe(value: Any) -> str:
    """Return a description of a TOML value for an error: a short value itself, or the kind of a long one."""
    text = repr(value)
    if isinstance(value, dict):
        return "a table"
    if len(text) <= 60:
        return text
    return f"an array of {len(value)}" if isinstance(value, list) else f"{text[:57]}..."
