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
    close = difflib.get_close_matches(word.lstrip("-"), list(bare), 1)
    return f"; did you mean {bare[close[0]]}?" if close else ""
