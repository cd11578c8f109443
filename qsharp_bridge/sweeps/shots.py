"""Shots of the points of a sweep: one number for all points, or one for each."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import SweepError

Shots = int | tuple[int, ...]
"""One number for all points, or a tuple with one for each; 0 where nothing is sampled."""


def whole_number(name: str, value: Any) -> int:
    """Return the value as an int, also from numpy's integers.

    Raises:
        SweepError: it is no whole number from 1 up.

    >>> whole_number("shots", 100)
    100
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < 1:
        raise SweepError(f"{name} must be a whole number from 1 up, not {value!r}")
    return number


def check_shots_option(name: str, value: Any) -> Shots:
    """Return shots as an int, or as a tuple with one for each point.

    Raises:
        SweepError: it is neither, or an element is no whole number from 1 up.

    >>> check_shots_option("shots", [100, 200]), check_shots_option("shots", 100)
    ((100, 200), 100)
    """
    unordered = isinstance(value, str | bytes | Mapping | Set)
    if unordered or not isinstance(value, Iterable) or getattr(value, "ndim", 1) == 0:
        try:
            return whole_number(name, value)
        except SweepError as error:
            raise error.with_advice("give one number for all points, or a sequence with one for each point") from None
    return tuple(whole_number(f"{name}[{place}]", one) for place, one in enumerate(value))


def shots_of_points(shots: Shots, points: int) -> tuple[int, ...]:
    """Return the shots of each point.

    Args:
        shots: checked by :func:`check_shots_option`.
        points: how many points the sweep has.

    Raises:
        SweepError: there are shots for another number of points.

    >>> shots_of_points(100, 3)
    (100, 100, 100)
    """
    if isinstance(shots, int):
        return (shots,) * points
    if len(shots) != points:
        raise SweepError(
            f"shots has {len(shots)} numbers for {points} point{'' if points == 1 else 's'}",
            advice="give one number for each point of the sweep, or one number for all",
        )
    return shots


def one_or_each(shots: Sequence[int]) -> Shots:
    """Return one number where all points have the same shots, else one for each.

    >>> one_or_each([100, 100]), one_or_each([100, 200])
    (100, (100, 200))
    """
    return shots[0] if len(set(shots)) == 1 else tuple(shots)


def shots_text(shots: Shots, of: str = "each") -> str:
    """Return shots for a message: ``100 shots each``, ``100 to 400 shots each``.

    >>> shots_text(1), shots_text((400, 100)), shots_text(0)
    ('1 shot each', '100 to 400 shots each', 'exact')
    """
    if isinstance(shots, int):
        return f"{counted(shots, 'shot')} {of}" if shots else "exact"
    return f"{min(shots, default=0)} to {max(shots, default=0)} shots {of}"
