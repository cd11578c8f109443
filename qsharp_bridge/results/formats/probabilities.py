"""Probabilities that a service sent in the place of shots, and the counts made from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from qsharp_bridge.errors import ResultFormatError

from .output import Output
from .structure import brief

MOST_PROBABLE = 1 + 1e-9
"""Greatest probability that is read: exact ones may be a rounding error above 1."""


def output_of_probabilities(rows: Iterable[tuple[str, Any]], shots: int, value: Callable[[str], Any]) -> Output:
    """Return counts that sum to the shots, made from probabilities as JSON has them.

    Args:
        rows: the text and the probability of each outcome; those of one text are added up.
        shots: the shots asked for.
        value: returns the outcome of a text.

    Raises:
        ResultFormatError: a number is no probability, or they do not sum to 1.
    """
    shares: dict[str, Fraction] = {}
    for display, p in rows:
        if type(p) not in (int, float) or not (math.isfinite(p) if type(p) is float else p in (0, 1)) or p < 0:
            raise ResultFormatError(f"{display} has a probability of {brief(p)}")
        shares[display] = shares.get(display, Fraction(0)) + Fraction(p)
    return output_of_shares(shares, shots, value)


def output_of_shares(shares: Mapping[str, Fraction], shots: int, value: Callable[[str], Any]) -> Output:
    """Return counts that sum to the shots, by the largest remainder (Hamilton's method).

    Ties go to the earlier outcome. The arithmetic is exact: with floats, a thousand shots can become 999.

    Raises:
        ResultFormatError: the probabilities do not sum to 1, to within 0.001.
    """
    total = sum(shares.values(), Fraction(0))
    if abs(total - 1) > Fraction(1, 1000):
        raise ResultFormatError(f"the probabilities sum to {float(total):g}")
    exact = {display: share / total * shots for display, share in shares.items()}
    counts = {display: math.floor(share) for display, share in exact.items()}
    left = shots - sum(counts.values())
    for display in sorted(exact, key=lambda d: counts[d] - exact[d])[:left]:
        counts[display] += 1
    counts = {display: count for display, count in counts.items() if count}
    return Output(counts, {display: value(display) for display in counts}, derived=True)


def exact_probability(value: Any) -> float:
    """Return a value if it is a probability.

    Raises:
        ResultFormatError: it is none.
    """
    if type(value) is not float or not 0 <= value <= MOST_PROBABLE:
        raise ResultFormatError(f"{repr(value)[:100]} is no probability")
    return value
