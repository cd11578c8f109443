"""Python values from the Q# literals that `to_qsharp` writes."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from qsharp_bridge.errors import LiteralSyntaxError
from qsharp_bridge.syntax import COMPLEX_NAMES

from .code import QsharpCode
from .limits import INT_MAX, INT_MIN

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<double>[0-9]+(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+))
    | (?P<bigint>0x[0-9a-f]+L|[0-9]+L)
    | (?P<int>[0-9]+)
    | "(?P<string>(?:[^"\\]|\\["\\nrt])*)"
    | (?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)
    | (?P<mark>\.\.|<<<|[-+()\[\]{},=])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n", r"\r": "\r", r"\t": "\t"}
_ESCAPE = re.compile(r"\\.")
_CONSTANTS = {"true": True, "false": False}
_QDK = frozenset({"PauliI", "PauliX", "PauliY", "PauliZ", "Zero", "One"})


def from_qsharp(text: str) -> Any:
    """Return the Python value of a literal that `to_qsharp` wrote.

    ``()`` becomes None, an Int or BigInt an int, an array a list, a tuple a tuple, a Range a Python range,
    ``Std.Math.Complex`` a complex, a struct a dict of its fields, a newtype the value in it, a Pauli or Result that of
    qdk (which imports qdk), and the name of a callable a `QsharpCode`. `to_qsharp` of the value, with the same type
    and structs, is the same text.

    Args:
        text: one literal.

    Raises:
        LiteralSyntaxError: the text is something else, such as an expression to compute.

    >>> from_qsharp("[(1, -0.5), (2, 1e300)]"), from_qsharp("0..2..8")
    ([(1, -0.5), (2, 1e+300)], range(0, 9, 2))
    """
    if not isinstance(text, str):
        raise LiteralSyntaxError(f"a literal is a str, not {type(text).__name__}")
    reader = _Reader(text)
    try:
        value = reader.value()
    except RecursionError:
        reader.fail("too deep")
    if reader.kind != "end":
        reader.fail("expected the end")
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            self.kind, self.token = "mark", self.text[self.at : self.at + 10]
            self.fail("unexpected text")
        self.kind = str(match.lastgroup)
        self.token = match.group(self.kind)
        self.at = match.end()

    def fail(self, problem: str) -> NoReturn:
        found = "the end" if self.kind == "end" else f"{self.token[:20]!r}"
        raise LiteralSyntaxError(
            f"not a literal that to_qsharp writes: {problem}, found {found} before position {self.at}",
            advice="from_qsharp reads only these; evaluate other expressions with the Q# compiler",
        )

    def take(self, mark: str) -> bool:
        if self.kind == "mark" and self.token == mark:
            self.advance()
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            self.fail(f"expected {mark!r}")

    def value(self) -> Any:
        if self.kind == "int" or (self.kind == "mark" and self.token == "-"):
            return self.number()
        if self.kind in ("double", "bigint"):
            return self.positive()
        if self.kind == "string":
            token = self.token
            self.advance()
            return _ESCAPE.sub(lambda escape: _UNESCAPED[escape.group()], token) if "\\" in token else token
        if self.kind == "name":
            return self.named()
        if self.take("["):
            return self.items("]")
        if self.take("("):
            return self.parenthesised()
        return self.fail("expected a value")

    def number(self) -> Any:
        """Read a number with its sign, or the Range that it begins."""
        if self.take("-"):
            if self.take("("):  # a very long BigInt
                number = self.parenthesised()
                if type(number) is not int:
                    self.fail("expected a BigInt after '-'")
                return -number
            if self.kind != "int":
                return -self.positive(sign=-1)
            number = -int(self.positive(sign=-1))
        else:
            number = int(self.positive())
        if not self.take(".."):
            return number
        middle = self.bound()
        return self.range(number, 1, middle) if not self.take("..") else self.range(number, middle, self.bound())

    def bound(self) -> int:
        sign = -1 if self.take("-") else 1
        if self.kind != "int":
            self.fail("expected an Int")
        return sign * int(self.positive(sign))

    def range(self, start: int, step: int, end: int) -> range:
        if step == 0:
            return range(0)  # Q# has such a range, without elements
        return range(start, end + (1 if step > 0 else -1), step)

    def positive(self, sign: int = 1) -> int | float:
        kind, token = self.kind, self.token
        value: int | float
        if kind == "double":
            value = float(token)
        elif kind == "bigint":
            value = int(token[2:-1], 16) if token.startswith("0x") else int(token[:-1])
        elif kind == "int":
            value = int(token) if len(token) < 20 else 2**64
            if not INT_MIN <= sign * value <= INT_MAX:
                self.fail("an Int beyond 64 bits")
        else:
            self.fail("expected a number")
        self.advance()
        return value

    def items(self, closing: str) -> list[Any]:
        found: list[Any] = []
        while not self.take(closing):
            found.append(self.value())
            if self.take(closing):
                break
            self.expect(",")
            if closing == "]" and self.kind == "mark" and self.token == "]":
                self.fail("expected a value")
        return found

    def parenthesised(self) -> Any:
        """Read Unit, a tuple, or one of the sums that long strings and BigInts are written as."""
        if self.take(")"):
            return None
        first = self.value()
        if type(first) is int and self.take("<<<"):
            places = self.bound()
            if not 0 <= places <= 4 * len(self.text):
                self.fail("the shift is too long for this BigInt")
            self.expect(")")
            return first << places
        if type(first) in (int, str) and self.take("+"):
            second = self.value()
            if type(second) is not type(first):
                self.fail("expected two values of one type around '+'")
            self.expect(")")
            return first + second
        # to_qsharp does not write a single value in parentheses.
        self.expect(",")
        return (first, *self.items(")"))

    def named(self) -> Any:
        name = self.token
        self.advance()
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in _QDK:
            return _qdk(name)
        if name == "new":
            return self.struct()
        if not self.take("("):
            return QsharpCode(name)
        if self.take(")"):
            return None
        value = self.value()
        if not self.take(")"):
            self.expect(",")
            value = (value, *self.items(")"))
        if name not in COMPLEX_NAMES:
            return value
        if type(value) is not tuple or [type(part) for part in value] != [float, float]:
            self.fail("expected two Doubles in a Complex")
        return complex(*value)

    def struct(self) -> dict[str, Any]:
        if self.kind != "name":
            self.fail("expected the name of a struct")
        self.advance()
        self.expect("{")
        fields: dict[str, Any] = {}
        while not self.take("}"):
            field = self.token if self.kind == "name" else self.fail("expected the name of a field")
            self.advance()
            self.expect("=")
            fields[field] = self.value()
            if not self.take(","):
                self.expect("}")
                break
        return fields


def _qdk(name: str) -> Any:
    from qdk.qsharp import Pauli, Result

    return getattr(Result, name) if name in ("Zero", "One") else getattr(Pauli, name[-1])
