"""The versions of the packages that outcomes depend on. All workers need the same."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

Versions: TypeAlias = "tuple[tuple[str, str], ...]"
"""Pairs of a package and its version."""


@cache
def versions() -> Versions:
    """Return the versions of the packages in this process.

    >>> [name for name, _ in versions()]
    ['qsharp_bridge', 'qdk', 'qulacs', 'numpy']
    """
    from importlib.metadata import PackageNotFoundError, version

    from qsharp_bridge._version import __version__

    found = [("qsharp_bridge", __version__)]
    for name in ("qdk", "qulacs", "numpy"):
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:  # qulacs has no wheels for some platforms
            found.append((name, "none"))
    return tuple(found)


def difference(theirs: Versions) -> str:
    """Return the differences between the versions in this process and others as a text; "" if there are none.

    >>> difference((("qsharp_bridge", "0.0.1"), *versions()[1:])).split(" instead of ")[1]
    '0.0.1'
    """
    return ", ".join(
        f"{name} {mine} instead of {other}"
        for (name, other), (_, mine) in zip(theirs, versions(), strict=True)
        if mine != other
    )
