"""Patterns of operations, such as "jobs.*", by which tests choose faults and logged requests."""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Final

from qsharp_bridge._suggest import did_you_mean

PATTERN_LENGTH: Final = 256
"""Characters of a pattern at most: it is compiled in quadratic time, 0.9 s for 5,000 times ``[``."""


def check_operation(pattern: str, known: Collection[str]) -> None:
    """Check that a pattern matches a known operation; if none are known, every pattern is accepted.

    Raises:
        ValueError: it matches no operation, so that its fault would never happen, or no request would be found.

    >>> check_operation("job.create", ["jobs.create", "jobs.list"])
    Traceback (most recent call last):
    ...
    ValueError: there is no operation 'job.create'; did you mean jobs.create?
    """
    if known and not any(fnmatchcase(name, pattern) for name in known):
        guess = did_you_mean(pattern, known) or f"; there are {', '.join(known)}"
        raise ValueError(f"there is no operation {pattern!r}{guess}")
