"""Names of operations, as tests write them."""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase

from qsharp_bridge._suggest import did_you_mean


def check_operation(pattern: str, known: Collection[str]) -> None:
    """Check that a pattern matches an operation: a fault at another name would never happen, nor a request be found.

    Where no names are known, nothing is checked.

    Raises:
        ValueError: it matches none.

    >>> check_operation("job.create", ["jobs.create", "jobs.list"])
    Traceback (most recent call last):
    ...
    ValueError: there is no operation 'job.create'; did you mean jobs.create?
    """
    if known and not any(fnmatchcase(name, pattern) for name in known):
        guess = did_you_mean(pattern, known) or f"; there are {', '.join(known)}"
        raise ValueError(f"there is no operation {pattern!r}{guess}")
