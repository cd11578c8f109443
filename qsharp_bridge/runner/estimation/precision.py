"""The shots for a requested standard error: a first round measures the variances, further rounds add shots."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from qsharp_bridge.errors import SweepError
from qsharp_bridge.runner.run_limits import within

Doubles = npt.NDArray[np.float64]

FIRST_ROUND = 100
"""Shots of each basis in the first round: enough for a variance with a relative error of one seventh."""

_MARGIN = 1.1  # the variances of the first round are uncertain themselves
_TRIES = 12  # halvings of a round until it fits the budget


def positive(precision: float) -> float:
    """Return a precision as a float.

    Raises:
        SweepError: it is no number above 0.
    """
    try:
        number = math.nan if isinstance(precision, bool | str) else float(precision)
    except (TypeError, ValueError):
        number = math.nan
    if not (number > 0 and math.isfinite(number)):
        raise SweepError(f"precision must be a number above 0, not {precision!r}")
    return number


def further_shots(deviations: Doubles, done: Sequence[int], precision: float, most: int) -> list[int]:
    """Return how many more shots each basis of one point needs.

    With the standard deviations s of the bases, n = s * sum(s) / precision² shots for each reach the precision with the
    fewest shots in all (Neyman's allocation); of several observables, the one that needs most shots decides.

    Args:
        deviations: of one shot, shape (bases, observables).
        done: the shots that each basis has.
        precision: the standard error to reach, for each observable.
        most: the most shots of the point, those that are done included.

    >>> further_shots(np.array([[1.0], [0.5]]), [100, 100], 0.05, 10_000)
    [560, 230]
    """
    needed = (deviations * deviations.sum(axis=0)).max(axis=1) / precision**2
    lacking = np.ceil(np.maximum(_MARGIN * needed - np.array(done), 0.0))
    room = max(most - sum(done), 0)
    if lacking.sum() > room:
        lacking = np.floor(lacking * (room / lacking.sum()))
    return [int(count) for count in lacking]


def affordable(
    shots: list[list[int]], budget: float, cost_of: Callable[[list[list[int]]], float]
) -> tuple[list[list[int]], float]:
    """Return as many of the shots of a round as a budget allows, halved until they do, and their cost.

    Args:
        shots: for each point, of each basis.
        budget: what is left of it, in the unit of the target's price.
        cost_of: gives the cost of a round, in the same unit.

    >>> affordable([[100, 50]], 80.0, lambda shots: sum(map(sum, shots)))
    ([[50, 25]], 75)
    """
    for halving in range(_TRIES):
        some = [[count >> halving for count in row] for row in shots]
        if not any(map(any, some)):
            break
        cost = cost_of(some)
        if within(cost, budget):
            return some, cost
    return [[0] * len(row) for row in shots], 0.0
