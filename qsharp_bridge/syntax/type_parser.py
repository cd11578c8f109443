"""The parser of Q# type texts, as they are in source and in the compiler's messages."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NoReturn, cast

from qsharp_bridge.errors import QsharpTypeError, TypeSyntaxError

from .types import (
    KEYWORDS,
    PRIMITIVES,
    ArrayType,
    CallableType,
    NewtypeItem,
    Primitive,
    QsharpType,
    TupleType,
    TypeParameter,
    UdtType,
)

MAX_LEVELS = 99
"""The most levels of a type: Q#'s type checker refuses more (MAX_TY_RECURSION_DEPTH is 100)."""

_NAME = r"[^\W\d]\w*"
_TOKEN = re.compile(
    rf"""(?P<space>(?:\s|//[^\n]*)+)
    | (?P<name>{_NAME}(?:\.{_NAME})*(?:\?\d+)?)
    | (?P<parameter>'{_NAME}|\?\d*)
    | (?P<arrow>->|=>)
    | (?P<mark>[()\[\],+*:])""",
    re.VERBOSE,
)
_PRIMITIVES = {name: Primitive(name) for name in PRIMITIVES}
_ADVICE = 'write it as in Q# source: "Int", "Double[]", "(Int, Bool)", "(Qubit => Unit is Adj)"'


def parse_type(text: str) -> QsharpType:
    """Return the type that a Q# text names.

    The text may have all that Q# source and the compiler's messages have: white space and ``//`` comments anywhere,
    ``()`` for Unit, redundant parentheses, ``is Adj + Ctl``. ``str()`` of the result is the canonical text.

    Args:
        text: a type, such as "Double[]".

    Raises:
        TypeSyntaxError: the text is not a Q# type, or has more than `MAX_LEVELS` levels.
        QsharpTypeError: ``text`` is not a str.

    >>> parse_type("(Int, Double[])")
    TupleType(items=(Primitive(name='Int'), ArrayType(element=Primitive(name='Double'))))
    >>> str(parse_type("(Int=>Result[]  is Ctl+Adj)"))
    '(Int => Result[] is Adj + Ctl)'
    """
    if not isinstance(text, str):
        raise QsharpTypeError(f'a Q# type is a str such as "Int[]" or a parsed type, not {type(text).__name__}')
    return _parse(str(text))


@lru_cache(maxsize=4096)
def _parse(text: str) -> QsharpType:
    return _Parser(text).whole()


def parse_newtype(text: str) -> NewtypeItem:
    """Return the right side of ``=`` in the definition of a newtype, where items may have names.

    Raises:
        TypeSyntaxError: as `parse_type` does.

    >>> item = parse_newtype("(A : Int, (B : Double, Pauli))")
    >>> str(item.type), item.names()
    ('(Int, (Double, Pauli))', ['A', 'B'])
    """
    if not isinstance(text, str):
        raise QsharpTypeError(f"the items of a newtype are a str, not {type(text).__name__}")
    return _Parser(str(text)).whole_newtype()


class _Parser:
    """Recursive descent over the grammar of source/compiler/qsc_parse/src/ty.rs.

    type  = base "[]"* [arrow type ["is" functors]]
    base  = name | parameter | "(" [type ("," type)* [","]] ")"
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                self.fail(f"unexpected {text[at]!r}", at)
            if match.lastgroup != "space":
                self.tokens.append((str(match.lastgroup), match.group(), at))
            at = match.end()
        self.tokens.append(("end", "", len(text)))
        self.next = 0

    def fail(self, problem: str, at: int | None = None) -> NoReturn:
        at = self.tokens[self.next][2] if at is None else at
        shown = self.text if len(self.text) <= 100 else f"{self.text[:97]}..."
        raise TypeSyntaxError(f"{shown!r} is not a Q# type: {problem} at position {at}", advice=_ADVICE)

    def take(self, text: str) -> bool:
        if self.tokens[self.next][1] == text and self.tokens[self.next][0] != "end":
            self.next += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            self.fail(f"expected {text!r}, found {self.found()}")

    def found(self) -> str:
        kind, text, _ = self.tokens[self.next]
        return "the end" if kind == "end" else repr(text)

    def whole(self) -> QsharpType:
        parsed = self.type(0)
        self.end()
        return parsed

    def whole_newtype(self) -> NewtypeItem:
        parsed = self.item(0)
        self.end()
        return parsed

    def end(self) -> None:
        if self.tokens[self.next][0] != "end":
            self.fail(f"expected the end, found {self.found()}")

    def type(self, level: int) -> QsharpType:
        if level > MAX_LEVELS:
            self.fail(f"more than {MAX_LEVELS} levels")
        parsed = self.base(level)
        while self.take("["):
            self.expect("]")
            parsed = ArrayType(parsed)
            level += 1
            if level > MAX_LEVELS:
                self.fail(f"more than {MAX_LEVELS} levels")
        kind, arrow, _ = self.tokens[self.next]
        if kind != "arrow":
            return parsed
        self.next += 1
        output = self.type(level + 1)
        functors = self.functors() if self.take("is") else frozenset[str]()
        return CallableType(cast(Literal["->", "=>"], arrow), parsed, output, functors)

    def base(self, level: int) -> QsharpType:
        kind, text, _ = self.tokens[self.next]
        if kind == "parameter":
            self.next += 1
            return TypeParameter(text)
        if kind == "name":
            if text in _PRIMITIVES:
                self.next += 1
                return _PRIMITIVES[text]
            if not KEYWORDS.isdisjoint(text.split(".")) or "?" in text:
                self.fail(f"{text!r} cannot name a type")
            self.next += 1
            return UdtType(text)
        if not self.take("("):
            self.fail(f"expected a type, found {self.found()}")
        return self.parenthesised(level)

    def parenthesised(self, level: int) -> QsharpType:
        if self.take(")"):
            return _PRIMITIVES["Unit"]
        items = [self.type(level + 1)]
        comma = False
        while not self.take(")"):
            if not self.take(","):
                self.fail(f"expected ',' or ')', found {self.found()}")
            comma = True
            if self.take(")"):
                break
            items.append(self.type(level + 1))
        return TupleType(tuple(items)) if comma else items[0]

    def item(self, level: int) -> NewtypeItem:
        kind, name, _ = self.tokens[self.next]
        if kind == "name" and self.tokens[self.next + 1][1] == ":":
            self.next += 2
            return NewtypeItem(name, self.type(level))
        start = self.next
        if level < MAX_LEVELS and self.take("("):
            # These are items if one of them has a name and neither "[]" nor an arrow follows; else a type.
            try:
                parsed = self.items(level)
            except TypeSyntaxError:
                parsed = None
            if parsed is not None and parsed.names() and self.tokens[self.next][1] not in ("[", "->", "=>"):
                return parsed
            self.next = start
        return NewtypeItem(None, self.type(level))

    def items(self, level: int) -> NewtypeItem:
        items = [self.item(level + 1)]
        comma = False
        while not self.take(")"):
            self.expect(",")
            comma = True
            if self.take(")"):
                break
            items.append(self.item(level + 1))
        if not comma:
            return items[0]
        return NewtypeItem(None, TupleType(tuple(item.type for item in items)), tuple(items))

    def functors(self) -> frozenset[str]:
        found = self.functor_term()
        while self.take("+"):
            found |= self.functor_term()
        return found

    def functor_term(self) -> frozenset[str]:
        found = self.functor()
        while self.take("*"):
            found &= self.functor()
        return found

    def functor(self) -> frozenset[str]:
        if self.take("("):
            found = self.functors()
            self.expect(")")
            return found
        _, text, _ = self.tokens[self.next]
        if text not in ("Adj", "Ctl") and not re.fullmatch(r"f\?\d+", text):
            self.fail(f"expected Adj or Ctl, found {self.found()}")
        self.next += 1
        return frozenset((text,))
