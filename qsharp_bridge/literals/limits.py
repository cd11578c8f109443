"""The limits of an Int, of the elements and of the levels of a literal, and errors that several writers raise."""

from __future__ import annotations

from qsharp_bridge.errors import QsharpValueError

INT_MIN, INT_MAX = -(2**63), 2**63 - 1

EXACT_INT = 2**53
"""Every int of at most this magnitude is exactly a Double."""

MAX_ELEMENTS = 10_000_000
"""Elements of one literal, all levels together. The compiler needs 1 to 6 kB for each."""

MAX_LEVELS = 90
"""Levels of arrays, tuples and structs in one literal: Q#'s type checker refuses 100, and thousands crash it."""


def too_many() -> QsharpValueError:
    """Return the error for a literal of too many elements."""
    return QsharpValueError(
        f"more than {MAX_ELEMENTS:,} elements in one literal", advice="the compiler could not hold them"
    )


def missing_value() -> QsharpValueError:
    """Return the error for a missing value in a column of pandas, polars or pyarrow."""
    return QsharpValueError("a missing value", advice="fill it: .fillna(...) or .fill_null(...)")
