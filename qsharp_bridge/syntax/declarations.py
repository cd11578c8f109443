"""Reads the declarations in Q# source text: names of operations, parameters, structs and fields.

The compiler does not report the names of parameters, so these are read from the text. This is not a parser of Q#: it
splits the text into tokens as the compiler's lexer does (comments, strings, interpolated strings), reads the headers
of declarations, and skips bodies by their braces. The result is checked against the compiler's types before it is
used.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """A parameter or field: a name and the text of its type; or a group of them in parentheses.

    ``name`` is "" for a group and for an anonymous field of a newtype; ``items`` is None unless it is a group.
    """

    name: str
    type: str = ""
    items: tuple[Field, ...] | None = None


@dataclass(frozen=True)
class CallableDeclaration:
    """The header of an operation or function.

    Attributes:
        name: qualified by its namespace, if any.
        kind: "operation" or "function".
        parameters: in order.
        output: the text of the result type.
        line: its line in the text, from 1.
    """

    name: str
    kind: str
    parameters: tuple[Field, ...]
    output: str
    line: int


@dataclass(frozen=True)
class TypeDeclaration:
    """A struct or newtype.

    Attributes:
        name: qualified.
        kind: "struct" or "newtype".
        fields: in order. Those of a newtype may be groups and anonymous.
    """

    name: str
    kind: str
    fields: tuple[Field, ...]


class _Unreadable(Exception):
    """A header that this module does not understand. It is left out, and its names are not known."""


_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\r\n]*)
    | (?P<string>"(?:[^"\\]|\\.)*"?)
    | (?P<interpolated>\$")
    | (?P<name>[^\W\d]\w*)
    | (?P<parameter>'[^\W\d]\w*)
    | (?P<number>\d[\w]*)
    | (?P<mark>->|=>|.)""",
    re.VERBOSE | re.DOTALL,
)
_INTERPOLATED = re.compile(r'(?:[^"{\\]|\\.)*', re.DOTALL)
_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_OPENING.values())


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: str
    at: int


def declarations(text: str, namespace: str = "") -> list[CallableDeclaration | TypeDeclaration]:
    """Return all callables and types declared in a Q# text, in order, without those inside bodies.

    Names outside ``namespace`` blocks get the prefix ``namespace``, such as the path of a project's file.

    >>> [found.name for found in declarations("namespace A { function F(x : Int) : Int { x } }")]
    ['A.F']
    """
    return list(_Scanner(text).scan(namespace))


def tokens(text: str) -> Iterator[_Token]:
    """Return the tokens of a text. A string is one token, also an interpolated one with the code in it."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None  # the last alternative takes any character
        kind = str(match.lastgroup)
        start, at = at, match.end()
        if kind == "interpolated":
            at = _skip_interpolated(text, at)
            yield _Token(text[start:at], "string", start)
        elif kind != "space":
            yield _Token(match.group(), kind, start)


def _skip_interpolated(text: str, at: int) -> int:
    """Return the position after an interpolated string whose opening quote ends at ``at``."""
    while at < len(text):
        match = _INTERPOLATED.match(text, at)
        assert match is not None  # it may be empty
        at = match.end()
        if at >= len(text) or text[at] == '"':
            return at + 1
        if text[at] == "\\":  # the last character of the text
            return len(text)
        at = _skip_braces(text, at)
    return at


def _skip_braces(text: str, at: int) -> int:
    """Return the position after the ``}`` that closes the ``{`` at ``at``."""
    depth = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None
        at = match.end()
        if match.lastgroup == "interpolated":
            at = _skip_interpolated(text, at)
        elif match.group() == "{":
            depth += 1
        elif match.group() == "}":
            depth -= 1
            if depth == 0:
                return at
    return at


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*tokens(text), _Token("", "end", len(text))]
        self.next = 0

    def scan(self, namespace: str) -> Iterator[CallableDeclaration | TypeDeclaration]:
        """Return the declarations up to the end of the text, or of the namespace block."""
        while self.peek().kind != "end":
            token = self.take()
            if token.text == "}":  # the end of a namespace block
                return
            if token.text in _OPENING:
                self.skip_to_closing(token.text)
            elif token.text == "namespace":
                with contextlib.suppress(_Unreadable):
                    name = self.dotted_name()
                    self.expect("{")
                    yield from self.scan(name)
            elif token.text in ("operation", "function", "struct", "newtype") and token.kind == "name":
                start = self.next
                try:
                    yield self.declaration(token, namespace)
                except _Unreadable:
                    self.next = start

    def declaration(self, keyword: _Token, namespace: str) -> CallableDeclaration | TypeDeclaration:
        name = self.name()
        qualified = f"{namespace}.{name}" if namespace else name
        if keyword.text == "struct":
            self.expect("{")
            return TypeDeclaration(qualified, "struct", self.group("}"))
        if keyword.text == "newtype":
            self.expect("=")
            if self.peek().text == "(":
                self.take()
                return TypeDeclaration(qualified, "newtype", self.group(")"))
            return TypeDeclaration(qualified, "newtype", (Field("", self.type_text(";")),))
        if self.peek().text == "<":
            self.skip_type_parameters()
        self.expect("(")
        parameters = self.group(")")
        self.expect(":")
        output = self.type_text("{", ";")
        line = self.text.count("\n", 0, keyword.at) + 1
        return CallableDeclaration(qualified, keyword.text, parameters, output, line)

    def group(self, closing: str) -> tuple[Field, ...]:
        """Return the fields up to a closing bracket, and take the bracket."""
        fields = []
        while self.peek().text != closing:
            fields.append(self.one_field(closing))
            if self.peek().text != closing:
                self.expect(",")
        self.take()
        return tuple(fields)

    def one_field(self, closing: str) -> Field:
        if self.peek().kind == "name" and self.tokens[self.next + 1].text == ":":
            name = self.name()
            self.take()
            return Field(name, self.type_text(",", closing))
        if self.peek().text == "(":
            # A group of fields, or an anonymous field of a tuple type: only a group has a name with a colon.
            start = self.next
            self.take()
            try:
                items = self.group(")")
            except _Unreadable:
                items = ()
            if self.peek().text in (",", closing) and any(_named(item) for item in items):
                return Field("", items=items)
            self.next = start
        return Field("", self.type_text(",", closing))

    def type_text(self, *ends: str) -> str:
        """Return the text before one of the tokens that may follow a type, on the same level."""
        start = self.peek().at
        end = start
        while self.peek().text not in ends:
            token = self.take()
            if token.kind == "end" or token.text in _CLOSING or token.text in "{;=":
                raise _Unreadable
            if token.text in _OPENING:
                self.skip_to_closing(token.text)
            end = self.tokens[self.next - 1].at + len(self.tokens[self.next - 1].text)
        if end == start:
            raise _Unreadable
        return self.text[start:end]

    def skip_type_parameters(self) -> None:
        depth = 0
        while True:
            token = self.take()
            if token.kind == "end":
                raise _Unreadable
            depth += (token.text == "<") - (token.text == ">")
            if depth == 0:
                return

    def skip_to_closing(self, opening: str) -> None:
        depth = 1
        closing = _OPENING[opening]
        while depth and self.peek().kind != "end":
            token = self.take()
            if token.kind == "mark":
                depth += (token.text == opening) - (token.text == closing)

    def dotted_name(self) -> str:
        parts = [self.name()]
        while self.peek().text == ".":
            self.take()
            parts.append(self.name())
        return ".".join(parts)

    def name(self) -> str:
        token = self.take()
        if token.kind != "name":
            raise _Unreadable
        return token.text

    def expect(self, text: str) -> None:
        if self.take().text != text:
            raise _Unreadable

    def peek(self) -> _Token:
        return self.tokens[self.next]

    def take(self) -> _Token:
        token = self.tokens[self.next]
        if token.kind != "end":
            self.next += 1
        return token


def _named(field: Field) -> bool:
    return bool(field.name) or any(_named(item) for item in field.items or ())
