"""Values of a sweep as JSON, without loss.

Lists, floats, strings, bools, None and ints of 64 bits are themselves. Everything else is an object with one key that
begins with ``$``:

    {"$tuple": [1, 2.0]}                    {"$float": "nan"}           also "inf", "-inf"
    {"$complex": [0.0, -1.0]}               {"$int": "0x10000000000000000"}
    {"$range": [0, 10, 2]}                  {"$fraction": "1/3"}        {"$decimal": "0.10"}
    {"$mapping": {"X": 1}}                  {"$record": ["Pt", {"X": 1}]}      a namedtuple
    {"$qsharp": "PauliX"}                   a Pauli or Result           {"$code": "Rx(0.5, _)"}   Q# code

Code that is read is not trusted, except in a block of :func:`trusting`.
"""

from __future__ import annotations

import collections
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from fractions import Fraction
from typing import Any

from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.literals import QsharpCode, UntrustedCode, from_qsharp, to_qsharp
from qsharp_bridge.literals.kinds import Kind, describe, kind_of
from qsharp_bridge.literals.writers.scalars import pauli_text

_INT64 = range(-(2**63), 2**63)
_TRUSTING: ContextVar[bool] = ContextVar("trusting", default=False)


@contextmanager
def trusting(code: bool) -> Iterator[None]:
    """Read ``$code`` as trusted Q# code within the block, if ``code`` is true.

    By default it is not trusted, since the author of a file would choose what an expression does.
    """
    token = _TRUSTING.set(code)
    try:
        yield
    finally:
        _TRUSTING.reset(token)


def is_trusting() -> bool:
    """Return whether code that is read now is trusted."""
    return _TRUSTING.get()


def to_json(value: Any) -> Any:
    """Return a value that ``values.plain`` returned as JSON data, which :func:`from_json` reads back exactly.

    Raises:
        SweepError: the value has no JSON form.
    """
    kind = type(value)
    if kind is int:
        return value if value in _INT64 else {"$int": hex(value)}
    if kind is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if kind in (str, bool, type(None)):
        return value
    if kind is list:
        return [to_json(item) for item in value]
    if kind is tuple:
        return {"$tuple": [to_json(item) for item in value]}
    if kind is dict and all(type(name) is str for name in value):
        return {"$mapping": {name: to_json(item) for name, item in value.items()}}
    if kind is complex:
        return {"$complex": [to_json(value.real), to_json(value.imag)]}
    if kind is range:
        return {"$range": [to_json(value.start), to_json(value.stop), to_json(value.step)]}
    if kind is Fraction:
        return {"$fraction": f"{value.numerator:#x}/{value.denominator:#x}"}
    if kind is Decimal:
        return {"$decimal": str(value)}
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        fields = {name: to_json(item) for name, item in zip(kind._fields, value, strict=True)}
        return {"$record": [kind.__name__, fields]}
    return _from_literal(value)


def _from_literal(value: Any) -> Any:
    kind = kind_of(type(value))
    if kind is Kind.PAULI:
        return {"$qsharp": pauli_text(value)}
    if kind is Kind.UNTRUSTED:
        return {"$code": value.code}
    if kind not in (Kind.RESULT, Kind.CODE, Kind.CALLABLE):
        raise SweepError(f"{describe(value)} cannot be written to a file", advice="use Python's own kinds of values")
    try:
        text = to_qsharp(value)
    except BridgeError as error:
        raise SweepError(f"{describe(value)} cannot be written to a file: {error.problem}") from None
    return {"$qsharp" if kind is Kind.RESULT else "$code": text}


def from_json(data: Any) -> Any:
    """Return the value that :func:`to_json` wrote.

    Raises:
        SweepError: the data is something else.
    """
    if isinstance(data, list):
        return [from_json(item) for item in data]
    if not isinstance(data, dict):
        return data
    if len(data) == 1:
        ((key, content),) = data.items()
        reader = _READERS.get(key)
        if reader is not None:
            try:
                return reader(content)
            except SweepError:
                raise
            except (BridgeError, ValueError, TypeError, ArithmeticError, KeyError) as error:
                raise SweepError(f"no value of a sweep under {key!r}: {type(error).__name__} {error}") from None
    keys = ", ".join(map(repr, list(data)[:3]))
    raise SweepError(f"no value of a sweep: an object with the keys {keys or '(none)'}")


def _tuple(content: Any) -> tuple[Any, ...]:
    return tuple(_list(content))


def _list(content: Any, length: int | None = None) -> list[Any]:
    if not isinstance(content, list) or length not in (None, len(content)):
        raise TypeError("expected a list" + (f" of {length}" if length is not None else ""))
    return [from_json(item) for item in content]


def _complex(content: Any) -> complex:
    real, imag = _list(content, 2)
    if type(real) is not float or type(imag) is not float:
        raise TypeError("expected two floats")
    return complex(real, imag)


def _range(content: Any) -> range:
    bounds = _list(content, 3)
    if any(type(bound) is not int for bound in bounds):
        raise TypeError("expected three ints")
    return range(*bounds)


def _float(content: Any) -> float:
    if content not in ("nan", "inf", "-inf"):
        raise ValueError("expected nan, inf or -inf")
    return float(content)


def _mapping(content: Any) -> dict[str, Any]:
    if not isinstance(content, Mapping):
        raise TypeError("expected an object")
    return {name: from_json(item) for name, item in content.items()}


def _record(content: Any) -> Any:
    name, fields = content
    return collections.namedtuple(name, list(fields))(**_mapping(fields))


def _fraction(content: Any) -> Fraction:
    numerator, _, denominator = content.partition("/")
    return Fraction(int(numerator, 16), int(denominator, 16))


def _text(content: Any) -> str:
    if not isinstance(content, str):
        raise TypeError("expected a text")
    return content


def has_untrusted(value: Any) -> bool:
    """Return whether a value is, or contains, code that is not trusted."""
    if isinstance(value, (list, tuple)):
        return any(map(has_untrusted, value))
    if isinstance(value, dict):
        return any(map(has_untrusted, value.values()))
    return isinstance(value, UntrustedCode)


def _pauli_or_result(text: str) -> Any:
    if text not in ("PauliI", "PauliX", "PauliY", "PauliZ", "Zero", "One"):  # any other name would be code
        raise ValueError("expected a Pauli or a Result")
    return from_qsharp(text)


_READERS: dict[str, Callable[[Any], Any]] = {
    "$tuple": _tuple,
    "$complex": _complex,
    "$range": _range,
    "$float": _float,
    "$int": lambda content: int(_text(content), 16),
    "$mapping": _mapping,
    "$record": _record,
    "$fraction": lambda content: _fraction(_text(content)),
    "$decimal": lambda content: Decimal(_text(content)),
    "$qsharp": lambda content: _pauli_or_result(_text(content)),
    "$code": lambda content: (QsharpCode if _TRUSTING.get() else UntrustedCode)(_text(content)),
}
