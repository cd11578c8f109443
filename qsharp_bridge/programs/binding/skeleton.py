"""Splits an entry expression into its structure and its Doubles.

The expression is what the compiler is given at a point. Its Double literals are the parameters of a template and
all the rest - lengths, names, integers, strings - is structure: two points have one structure exactly when their
expressions differ in nothing but Double literals. So no type needs to be looked at, and nothing can be missed.

    >>> split('Op(2, [0.5, -1e-07], "1.5")')
    (Skeleton(pieces=('Op(2, [', ', ', '], "1.5")')), [0.5, -1e-07])
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WIDTH = 3_000  # the compiler's error printer panics at columns beyond 65,535

# Strings are stepped over. A Double has a point or an exponent; "0..3" is a range of Ints.
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|(?P<comma>,\s*(?![\s)]))'
    r"|(?<![\w.])(?P<double>-?\d+(?:\.(?!\.)\d*(?:[eE][+-]?\d+)?|[eE][+-]?\d+))(?![\w.])",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Entry expression without its Doubles: the text before, between and after them."""

    pieces: tuple[str, ...]

    @property
    def doubles(self) -> int:
        """Number of Doubles that are missing."""
        return len(self.pieces) - 1

    def fill(self, texts: Iterable[str]) -> str:
        """Write texts in the place of the Doubles; a long expression is broken into lines."""
        filled = [self.pieces[0]]
        column = len(self.pieces[0])
        for text, piece in zip(texts, self.pieces[1:], strict=True):
            filled += (text, piece)
            column += len(text) + len(piece)
            if column > _WIDTH and piece.endswith(", "):
                filled[-1] = piece[:-1] + "\n"
                column = 0
        return "".join(filled)

    def at(self, values: Iterable[float]) -> str:
        """Write the expression of a point. Python's ``repr`` of a finite float is a literal of the same Double."""
        return self.fill(map(repr, values))


def split(expression: str) -> tuple[Skeleton, list[float]]:
    """Split an expression into its structure and its Doubles in order. Line breaks are not part of the structure."""
    if "//" in expression:  # perhaps a comment, in a user's code: a quotation mark there opens no string
        return Skeleton((expression,)), []
    pieces: list[str] = []
    values: list[float] = []
    piece = ""
    start = 0
    for token in _TOKEN.finditer(expression):
        if (text := token["double"]) is not None:
            pieces.append(piece + expression[start : token.start()])
            values.append(float(text))
            piece = ""
        elif token["comma"] is not None:
            piece += expression[start : token.start()] + ", "
        else:
            continue
        start = token.end()
    pieces.append(piece + expression[start:])
    return Skeleton(tuple(pieces)), values
