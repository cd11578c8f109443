"""The time of the service: that of the machine, or one that a test moves. It never goes back.

Instants are whole microseconds since 1970-01-01 UTC, so that a stored instant reads back the same.

    >>> clock = Clock(start=0)
    >>> clock.advance(600)
    >>> rfc3339(clock.now())
    '1970-01-01T00:10:00Z'
"""

from __future__ import annotations

import math
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
"""One second, in the unit of an instant."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 221_845_392_000 * SECOND  # the year 9000: a time that is due later can still be written as a date


def _steady() -> int:
    """Return microseconds of a monotonic clock, which on Linux also counts while the machine sleeps."""
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
    return time.monotonic_ns() // 1000


class Clock:
    """Clock that runs with the machine, and can be advanced or stopped.

    It reads the machine's time once, when it is created. Later corrections of that time have no effect, so the clock
    never goes back.

    Args:
        start: an instant in microseconds since 1970, at which the clock is stopped: only ``advance`` moves it. None:
            the clock runs.

    >>> clock = Clock(start=1_800_000_000_000_000)
    >>> clock.advance(601)  # seconds
    >>> clock.now(), clock.frozen
    (1800000601000000, True)
    >>> clock.resume()
    >>> clock.freeze()
    """

    def __init__(self, start: int | None = None) -> None:
        self._lock = threading.Lock()
        self._frozen_at = start
        self._offset = time.time_ns() // 1000 - _steady()

    def now(self) -> int:
        """Return the present instant, in microseconds since 1970."""
        with self._lock:
            return self._now()

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Args:
            seconds: by how many seconds.

        Raises:
            ValueError: less than 0 seconds, or beyond the year 9000.
        """
        if not 0 <= seconds < math.inf:
            raise ValueError(f"a clock is moved forward by 0 or more seconds, not by {seconds}")
        with self._lock:
            if seconds * SECOND > _LATEST - self._now():
                raise ValueError(f"a clock does not go beyond the year 9000; {seconds} seconds from now is later")
            if self._frozen_at is None:
                self._offset += round(seconds * SECOND)
            else:
                self._frozen_at += round(seconds * SECOND)

    def start_after(self, instant: int) -> None:
        """Move a running clock forward to ``instant``, unless it is later: the service finds data of that time.

        Args:
            instant: the time to start after, in microseconds since 1970.

        >>> clock = Clock()
        >>> later = clock.now() + 60 * SECOND
        >>> clock.start_after(later)
        >>> clock.now() >= later
        True
        """
        with self._lock:
            if self._frozen_at is None:
                self._offset += max(0, instant - self._now())

    def freeze(self) -> None:
        """Stop the clock at the present instant; then only ``advance`` moves it."""
        with self._lock:
            self._frozen_at = self._now()

    def resume(self) -> None:
        """Let the clock run again, from its present instant."""
        with self._lock:
            if self._frozen_at is not None:
                self._offset = self._frozen_at - _steady()
                self._frozen_at = None

    @property
    def frozen(self) -> bool:
        """True if the clock is stopped."""
        return self._frozen_at is not None

    def _now(self) -> int:
        if self._frozen_at is not None:
            return self._frozen_at
        return _steady() + self._offset


def rfc3339(instant: int, zone: str = "Z") -> str:
    """Return the instant as the service writes it: ``2026-01-15T10:00:00.123456Z``.

    >>> rfc3339(1_500_000, "+00:00")
    '1970-01-01T00:00:01.500000+00:00'
    """
    return (_EPOCH + timedelta(microseconds=instant)).isoformat()[:-6] + zone
