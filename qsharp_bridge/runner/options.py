"""What a run keeps to, and how its loop is told to stop."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import Any

from qsharp_bridge.errors import SweepError


@dataclass(frozen=True)
class Limits:
    """What a run keeps to.

    Attributes:
        max_in_flight: how many requests at a time.
        max_failures: stop sending when this many jobs have failed, and send no more than this many before one has
            succeeded; None for no limit.
        budget: never send a job with which the sum of what was sent would exceed this; None for no limit.
    """

    max_in_flight: int = 16
    max_failures: int | None = None
    budget: float | None = None

    def __post_init__(self) -> None:
        whole_number("max_in_flight", self.max_in_flight)
        if self.max_failures is not None:
            whole_number("max_failures", self.max_failures)
        check_amount("budget", self.budget)


def whole_number(name: str, value: Any) -> int:
    """The value as an int, also from numpy's integers.

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


def check_amount(name: str, value: Any) -> None:
    """That a budget or a time can be compared with: a number that is not NaN, or None for no limit.

    Raises:
        SweepError: it cannot.
    """
    if value is None:
        return
    try:
        usable = not isinstance(value, str | bytes | bool) and not math.isnan(value)
    except TypeError:
        usable = False
    if not usable:
        raise SweepError(f"{name} must be a number, or None for no limit, not {value!r}")


def within(cost: float, budget: float) -> bool:
    """Whether a cost keeps to a budget, of the same unit.

    Prices are decimal, and their sum in floats is not: a budget of exactly the price is enough for it.

    >>> within(0.1 + 0.1 + 0.1, 0.3), within(0.31, 0.3)
    (True, False)
    """
    return cost <= budget or math.isclose(cost, budget, rel_tol=1e-9)


def check_text(name: str, value: Any) -> None:
    """That a name is text, or None for the default.

    Raises:
        SweepError: it is not.
    """
    if value is not None and not isinstance(value, str):
        raise SweepError(f"{name} must be text, not {value!r}")


def check_callback(name: str, value: Any) -> None:
    """That a callback can be called, or is None: to be told before anything is paid for, not at the first result.

    Raises:
        SweepError: it cannot.
    """
    if value is not None and not callable(value):
        raise SweepError(f"{name} must be a function, or None, not {value!r}")


def check_switch(name: str, value: Any) -> None:
    """That a switch is True or False: a text such as "no" would count as True.

    Raises:
        SweepError: it is neither.
    """
    if value not in (True, False):  # numpy's are equal to them
        raise SweepError(f"{name} must be True or False, not {value!r}")


class Stopped(Exception):
    """Raised in the loop of a run that was told to stop. Never leaves this layer."""
