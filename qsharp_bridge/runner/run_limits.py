"""The limits of a run: requests at a time, failures, and its budget."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one run.

    Attributes:
        max_in_flight: the number of requests at a time.
        max_failures: nothing more is sent when this many jobs have failed, and no more than this many jobs are sent
            before one has succeeded; None for no limit.
        budget: the most that all jobs that are sent may cost, in the unit of the target's price; None for no limit.
    """

    max_in_flight: int = 16
    max_failures: int | None = None
    budget: float | None = None


def within(cost: float, budget: float) -> bool:
    """Return whether a cost is within a budget of the same unit.

    A sum of decimal prices is inexact as a float: a budget of exactly the price is enough for it.

    >>> within(0.1 + 0.1 + 0.1, 0.3), within(0.31, 0.3)
    (True, False)
    """
    return cost <= budget or math.isclose(cost, budget, rel_tol=1e-9)
