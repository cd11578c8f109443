"""Values written on the command line: JSON, Python literals, numbers such as pi/4, or Q# literals, in this order."""

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
    """Return the value that a text stands for.

    ``[0.0, 1.0]`` and ``true`` are JSON, ``(1, 2.5)``, ``1+2j`` and ``None`` are Python, ``PauliX``, ``0..2..8`` and
    ``3L`` are Q#, and ``pi/4`` is a number. A string needs its quotes.

    Args:
        where: what an error calls the value.

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
    try:  # as Python prints them; the literal layer reports what is wrong with them
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
            advice="write JSON, a Python literal or a Q# literal; a string needs quotes inside the shell's own",
        ) from None


def read_arguments(words: Iterable[str]) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments of a call: values by position, and ``name=value``.

    Raises:
        SweepError: a word is no value, a name is given twice, or a position follows a name.
    """
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for place, word in enumerate(words, 1):
        keyword = _KEYWORD.fullmatch(word)
        if keyword is None:
            if named:
                raise SweepError(f"argument {place} follows an argument with a name", advice="give it a name, too")
            positional.append(read_value(word, where=f"argument {place}"))
        elif keyword["name"] in named:
            raise SweepError(f"the argument {keyword['name']!r} is given twice")
        else:
            named[keyword["name"]] = read_value(keyword["value"], where=keyword["name"])
    return positional, named


def read_assignment(word: str) -> tuple[str, Any]:
    """Return ``name=value`` as (name, value).

    Raises:
        SweepError: it has no name, or the value is none.
    """
    keyword = _KEYWORD.fullmatch(word)
    if keyword is None:
        raise SweepError(f"{word!r} is no assignment", advice="write NAME=VALUE")
    return keyword["name"], read_value(keyword["value"], where=keyword["name"])
