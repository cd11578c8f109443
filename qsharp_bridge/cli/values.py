"""Values on the command line: JSON, Python literals, numbers such as pi/4, or Q# literals, tried in this order."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from typing import Any

from qsharp_bridge.errors import LiteralSyntaxError, SweepError

_NAN, _INF = re.compile(r"\bnan\b"), re.compile(r"\binf\b")
_KEYWORD = re.compile(r"(?P<name>[^\W\d]\w*)=(?!=)(?P<value>.*)", re.DOTALL)


def read_value(text: str, *, where: str = "") -> Any:
    """Return the value of a text.

    ``[0.0, 1.0]`` and ``true`` are JSON, ``(1, 2.5)``, ``1+2j`` and ``None`` are Python, ``PauliX``, ``0..2..8`` and
    ``3L`` are Q#, and ``pi/4`` is a number. A string needs its quotes.

    Args:
        text: the text.
        where: the path of the value in errors.

    Raises:
        SweepError: it is none of these.

    >>> read_value("[0, 1.5]"), read_value("(1, True)"), read_value("0..2")
    ([0, 1.5], (1, True), range(0, 3))
    """
    try:
        return json.loads(text)
    except ValueError:
        pass
    except RecursionError:
        raise SweepError("the value is nested too deep", path=where) from None
    try:  # nan and inf as Python prints them; the literal layer refuses them with the place
        return json.loads(_INF.sub("Infinity", _NAN.sub("NaN", text)))
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    from qsharp_bridge.literals import from_qsharp
    from qsharp_bridge.sweepfile.numbers import read_number

    try:
        return read_number(text)
    except SweepError:
        pass
    try:
        return from_qsharp(text)
    except LiteralSyntaxError:
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        raise SweepError(
            f"{shown!r} is not a value",
            path=where,
            advice="write JSON, a Python literal or a Q# literal; a string needs quotes inside those of the shell",
        ) from None


def read_arguments(words: Iterable[str]) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments of a call: those given by position, and those given as ``name=value``.

    Raises:
        SweepError: a word is no value, a name is given twice, or an argument by position follows one with a name.
    """
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for place, word in enumerate(words, 1):
        keyword = _KEYWORD.fullmatch(word)
        if keyword is None:
            if named:
                raise SweepError(f"argument {place} follows an argument with a name", advice="give it a name too")
            positional.append(read_value(word, where=f"argument {place}"))
        elif keyword["name"] in named:
            raise SweepError(f"the argument {keyword['name']!r} is given twice")
        else:
            named[keyword["name"]] = read_value(keyword["value"], where=keyword["name"])
    return positional, named


def read_assignment(word: str) -> tuple[str, Any]:
    """Return the name and the value of ``name=value``.

    Raises:
        SweepError: there is no name, or the text after it is no value.
    """
    keyword = _KEYWORD.fullmatch(word)
    if keyword is None:
        raise SweepError(f"{word!r} has no name and '='", advice="write NAME=VALUE")
    return keyword["name"], read_value(keyword["value"], where=keyword["name"])
