"""Callables, by name or as trusted code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import QsharpTypeError, QsharpValueError
from qsharp_bridge.literals.kinds import Kind, describe, plain
from qsharp_bridge.syntax import KEYWORDS, QsharpType

if TYPE_CHECKING:
    from qsharp_bridge.literals.context import Printer

# qdk makes a Python function for each Q# callable: this attribute marks it, its __name__ is the qualified name.
_QDK_MARK = "__global_callable"
_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def callable_path(path: str) -> str:
    """Return ``path`` if it is a Q# name, qualified or not.

    >>> callable_path("Std.Math.AbsI")
    'Std.Math.AbsI'

    Raises:
        QsharpValueError: ``path`` is something else, which could be code.
    """
    parts = path.split(".")
    # A single underscore is not a name: it leaves an argument open, or ignores an item of a tuple.
    if _PATH.fullmatch(path) and not (KEYWORDS | {"_"}) & set(parts) and all(_begins_a_name(part[0]) for part in parts):
        return path
    raise QsharpValueError(
        f"{describe(path)} is not the name of a Q# callable",
        advice='use a name such as "Std.Math.AbsI", or QsharpCode(...) for an expression that you trust',
    )


def _begins_a_name(character: str) -> bool:
    return character == "_" or character.isalpha()  # in the regular expression, fractions are letters, too


def code_text(value: Any) -> str:
    """Return the code that a value supplies by its method ``__qsharp__``."""
    text = type(value).__qsharp__(value)
    if type(text) is not str:
        raise QsharpTypeError(f"__qsharp__ of {describe(value)} returned {describe(text)}, not a str")
    return text


def print_callable(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write the name of a callable, or a callable of qdk. (An `Operation` is trusted code, and is written before.)"""
    kind, value = plain(value)
    if kind is Kind.STR:
        return callable_path(value)
    if kind is Kind.CALLABLE and _QDK_MARK in getattr(value, "__dict__", ()):
        return callable_path(value.__name__)
    raise QsharpTypeError(
        f"{describe(value)} is not a Q# callable, {target}", advice='use an Operation or a name: "N.Foo"'
    )
