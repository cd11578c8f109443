"""Pauli sums written as text: ``"0.3435 Z0 + 0.091 X0 X1 - 1"``, as in papers, or ``"0.3435 ZI + 0.091 XX"``."""

from __future__ import annotations

import re
from typing import NoReturn

from qsharp_bridge.errors import QsharpValueError

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(rf"\s*(?:(?P<number>{_NUMBER})|(?P<factor>[A-Za-z]\w*)|(?P<mark>[-+*])|(?P<end>$)|(?P<other>\S))")
_FACTOR = re.compile(r"([XYZI])_?(\d{1,6})")
_STRING = re.compile(r"[XYZI]+")


def parse_sum(text: str) -> list[tuple[dict[int, str], float]]:
    """Return the terms of a sum: the letter of each qubit that has one, and the coefficient.

    Raises:
        QsharpValueError: the text is no Pauli sum; the message has the position.

    >>> parse_sum("0.5 Z0 - X0 X1 + 2")
    [({0: 'Z'}, 0.5), ({0: 'X', 1: 'X'}, -1.0), ({}, 2.0)]
    """
    return _Reader(text).terms()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.kind, self.token = "", ""
        self.width: int | None = None  # of the terms that are written as strings of letters
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        assert match is not None  # the last alternatives take anything
        assert match.lastgroup is not None
        self.kind, self.token, self.at = match.lastgroup, match[match.lastgroup], match.end()

    def fail(self, problem: str) -> NoReturn:
        found = "the end" if self.kind == "end" else repr(self.token[:20])
        raise QsharpValueError(
            f"not a Pauli sum: {problem}, found {found} before position {self.at}",
            advice='write "0.3435 Z0 + 0.091 X0 X1"',
        )

    def terms(self) -> list[tuple[dict[int, str], float]]:
        found = []
        while True:
            sign = 1.0
            while self.kind == "mark" and self.token in "+-":
                sign = -sign if self.token == "-" else sign
                self.advance()
            letters, coefficient = self.term()
            found.append((letters, sign * coefficient))
            if self.kind == "end":
                self.check_width(found)
                return found
            if not (self.kind == "mark" and self.token in "+-"):
                self.fail("expected '+', '-' or the end")

    def term(self) -> tuple[dict[int, str], float]:
        coefficient, letters, empty = 1.0, dict[int, str](), True
        while True:
            if self.kind == "number":
                coefficient *= float(self.token)
            elif self.kind == "factor":
                self.factor(letters)
            elif not (self.kind == "mark" and self.token == "*" and not empty):
                break
            empty = False
            self.advance()
        if empty:
            self.fail("expected a number or a Pauli such as Z0")
        return letters, coefficient

    def factor(self, letters: dict[int, str]) -> None:
        match = _FACTOR.fullmatch(self.token)
        if match is None:
            if self.token == "I":
                return
            if self.token in "ji":
                self.fail("a complex coefficient, and an observable has real ones")
            if not _STRING.fullmatch(self.token):
                self.fail("expected X, Y, Z or I with the number of a qubit, or a string of these letters")
            if letters:
                self.fail("a string of letters is the only Pauli of its term")
            if self.width not in (None, len(self.token)):
                self.fail(f"expected a string of {self.width} letters, as before")
            self.width = len(self.token)
            letters.update(enumerate(self.token))
            return
        qubit = int(match[2])
        if qubit in letters and match[1] != "I":
            self.fail(f"qubit {qubit} has a letter in this term already")
        if match[1] != "I" or qubit not in letters:
            letters[qubit] = match[1]

    def check_width(self, terms: list[tuple[dict[int, str], float]]) -> None:
        highest = max((qubit for letters, _ in terms for qubit in letters), default=-1)
        if self.width is not None and highest >= self.width:
            raise QsharpValueError(
                f"not a Pauli sum: qubit {highest} is beyond the {self.width} letters of a string",
                advice="write all terms as strings of letters, or all with the numbers of qubits",
            )
