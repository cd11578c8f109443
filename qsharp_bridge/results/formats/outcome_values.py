"""Outcomes as Python values, as the JSON of the v2 format, and as the texts that services show."""

from __future__ import annotations

import ast
import re
from typing import Any

from qsharp_bridge.errors import ResultFormatError


def outcome_value(data: Any) -> Any:
    """Return an outcome of the v2 format as a Python value: ``{"Item1": 0, "Item2": [1]}`` is ``(0, [1])``.

    Raises:
        ResultFormatError: an object with other keys.
    """
    if isinstance(data, dict):
        try:
            return tuple(outcome_value(data[f"Item{place}"]) for place in range(1, len(data) + 1))
        except KeyError:
            keys = ", ".join(data)
            raise ResultFormatError(f"an outcome has the fields {keys} instead of Item1, Item2...") from None
    if isinstance(data, list):
        if not any(isinstance(item, (dict, list)) for item in data):
            return data  # the usual case, once for every shot
        return [outcome_value(item) for item in data]
    return data


def outcome_json(outcome: Any) -> Any:
    """Return an outcome as the v2 format writes it: the inverse of :func:`outcome_value`."""
    if isinstance(outcome, tuple):
        return {f"Item{place}": outcome_json(item) for place, item in enumerate(outcome, 1)}
    if isinstance(outcome, list):
        if not any(isinstance(item, (tuple, list)) for item in outcome):
            return outcome
        return [outcome_json(item) for item in outcome]
    return outcome


_WORDS = {"true": "True", "false": "False", "-": '"-"'}
_WORD = re.compile(r"\b(?:true|false)\b|(?<![\w.])-(?![\w.])")


def shown_outcome(text: str) -> Any:
    """Return the outcome of a display text, or the text itself where it is no literal."""
    try:
        return ast.literal_eval(_WORD.sub(lambda word: _WORDS[word.group()], text))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text
