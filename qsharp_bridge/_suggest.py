"""Suggestions of known words for an unknown word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean ...?"`` with the nearest known word, or "" if none is near.

    >>> did_you_mean("--shot", ["--shots", "--json"])
    '; did you mean --shots?'
    """
    bare = {each.lstrip("-"): each for each in known}  # their dashes make all options similar
    close = close_matches(word.lstrip("-"), bare)
    return f"; did you mean {bare[close[0]]}?" if close else ""


def close_matches(word: str, known: Iterable[str], most: int = 1, least: float = 0.6) -> list[str]:
    """Return the known words that are similar to a word, the most similar first.

    Args:
        word: the word.
        known: the known words.
        most: the largest number of words to return.
        least: the least similarity, from 0 to 1.

    >>> close_matches("locl", ["local", "remote"], least=0.8)
    ['local']
    """
    return difflib.get_close_matches(word, list(known), most, least)
