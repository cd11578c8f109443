"""String literals: five escapes, and all other characters raw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import QsharpTypeError, QsharpValueError
from qsharp_bridge.literals.kinds import Kind, describe, plain
from qsharp_bridge.literals.layout import WIDTH

if TYPE_CHECKING:
    from qsharp_bridge.literals.context import Printer
    from qsharp_bridge.syntax import QsharpType

# All escapes of Q# (source/compiler/qsc_parse/src/lex). CR and LF may be raw, but would break lines.
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_BLOCK = 1_900  # characters, of which each may take two once escaped


def string_text(text: str) -> str:
    """Return the literal of a str; a long one is a balanced sum, because a literal cannot be broken into lines.

    >>> string_text('say "hi"')
    '"say \\\\"hi\\\\""'

    Raises:
        QsharpValueError: the str has a lone surrogate, which is not a character.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise QsharpValueError(
            f"character {error.start} is a lone surrogate, U+{ord(text[error.start]):04X}, which Q# cannot hold",
            advice='decode the text properly, or replace it: text.encode("utf-8", "replace").decode()',
        ) from None
    escaped = text.translate(_ESCAPES)
    if len(escaped) + 2 <= WIDTH:
        return f'"{escaped}"'
    return _sum(text, 0, len(text))


def _sum(text: str, start: int, end: int) -> str:
    if end - start <= _BLOCK:
        return f'"{text[start:end].translate(_ESCAPES)}"'
    middle = (start + end) // 2
    return f"({_sum(text, start, middle)} +\n{_sum(text, middle, end)})"


def print_string(printer: Printer, value: Any, target: QsharpType, level: int) -> str:
    """Write a str."""
    kind, value = plain(value)
    if kind is Kind.STR:
        return string_text(value)
    advice = "use .decode()" if isinstance(value, (bytes, bytearray)) else "use str(...)"
    raise QsharpTypeError(f"{describe(value)} is not a String", advice=advice)
