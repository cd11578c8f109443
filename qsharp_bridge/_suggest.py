"""A guess at what was meant by a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean ...?"``, or "" when nothing is near.

    >>> did_you_mean("--shot", ["--shots", "--json"])
    '; did you mean --shots?'
    """
    bare = {each.lstrip("-"): each for each in known}  # the dashes of options make all of them alike
    close = close_matches(word.lstrip("-"), bare)
    return f"; did you mean {bare[close[0]]}?" if close else ""


def close_matches(word: str, known: Iterable[str], most: int = 1, least: float = 0.6) -> list[str]:
    """Return the known words that are near to a word, the nearest first.

    Args:
        word: what was written.
        known: what could be meant.
        most: how many at most.
        least: how alike they are at least, from 0 to 1.

    >>> close_matches("locl", ["local", "remote"], least=0.8)
    ['local']
    """
    return difflib.get_close_matches(word, list(known), most, least)
