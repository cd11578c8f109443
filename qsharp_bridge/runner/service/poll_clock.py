"""When to ask next how the jobs are: often at first, then less and less: a day of waiting costs few requests."""

from __future__ import annotations

import time


class PollClock:
    """The next look comes after a quarter of the time waited so far.

    So a result is known at most a quarter later than it could be, and the number of looks grows with the logarithm of
    the time. A look costs one request for every hundred jobs; many jobs are looked at less often at first.

    Args:
        first: the first look, and the shortest time between two. Seconds.
        longest: the longest time between two looks. Seconds.
    """

    def __init__(self, first: float = 0.1, longest: float = 30.0) -> None:
        self._first, self._longest = first, longest
        self._began = time.monotonic()
        self._next = self._began + first

    def due(self, active: int) -> bool:
        """Whether to look now at so many jobs; if so, the next look is later."""
        now = time.monotonic()
        if now < self._next:
            return False
        pages = 1 + active // 100
        self._next = now + min(max(0.25 * (now - self._began), self._first * pages), self._longest)
        return True

    def until_due(self) -> float:
        """Seconds until the next look, at least one hundredth."""
        return max(0.01, self._next - time.monotonic())
