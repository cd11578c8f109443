"""What a run keeps to, and how its loop is told to stop."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import SweepError


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
        if self.max_in_flight < 1:
            raise SweepError(f"max_in_flight must be 1 or more, not {self.max_in_flight}")
        if self.max_failures is not None and self.max_failures < 1:
            raise SweepError(f"max_failures must be 1 or more, not {self.max_failures}")


class Stopped(Exception):
    """Raised in the loop of a run that was told to stop. Never leaves this layer."""
