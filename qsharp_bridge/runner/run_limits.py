"""Limits of what a run sends: requests at a time, failures, and its budget."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one run.

    Attributes:
        max_in_flight: how many requests at a time.
        max_failures: stop sending when this many jobs have failed, and send no more than this many before one has
            succeeded; None for no limit.
        budget: never send a job with which the sum of what was sent would exceed this; None for no limit.
    """

    max_in_flight: int = 16
    max_failures: int | None = None
    budget: float | None = None


def within(cost: float, budget: float) -> bool:
    """Return whether a cost is within a budget of the same unit.

    Prices are decimal, and their sum in floats is not: a budget of exactly the price is enough for it.

    >>> within(0.1 + 0.1 + 0.1, 0.3), within(0.31, 0.3)
    (True, False)
    """
    return cost <= budget or math.isclose(cost, budget, rel_tol=1e-9)
