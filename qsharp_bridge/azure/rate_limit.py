"""How many requests a second a service accepts: found out from its answers.

A refusal (429) may mean that the service accepts no more, or nothing at all. Their share tells the two apart. As long
as about an eighth of the answers or fewer are refusals, nothing is held back: a refused request is sent again later,
alone. Beyond that the rate is cut to a little below the *level*: the good answers a second that were measured. From
there it comes back along a cubic, as in CUBIC (RFC 9438, section 4.2) and in the AWS clients: soon near the level, long
close to it, then faster and faster past it.

How long that takes is how far the level is trusted. A refusal as the rate comes back to the level confirms the level:
the rate is cut at once and comes back in twice the time. An earlier one contradicts it: half the time. So a real limit
is tried seldom, and what was no limit is soon forgotten.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

_NOISE = 1 / 8  # share of refusals that holds nothing back, beside one
_FEW = 8  # answers that a share is taken of at least
_LATELY = 1.0  # seconds of answers that count
_BURST = 0.1  # seconds: what a service accepts in less is no rate
_BELOW = 0.85  # of the level: where a cut leads to; beta in CUBIC
_KEPT = 0.95  # of the level that a refusal near it leaves at least
_LEAST = 1 / 8  # of the rate that a cut leaves at least
_SHORT, _LONG = 0.5, 4.0  # seconds until the rate is back at the level; K in CUBIC
_SLOWEST = 0.5  # requests a second: enough to find out that the service is well again


class Throttle:
    """Spaces the requests of all threads of a run. Thread-safe.

    Args:
        clock: seconds from anywhere, never going back.

    Attributes:
        rate: requests a second; infinity until too many of them were refused.

    >>> now = 0.0
    >>> throttle = Throttle(clock=lambda: now)
    >>> for _ in range(10):
    ...     now += 0.1
    ...     throttle.answered(sent=now - 0.1)
    >>> throttle.too_many(sent=0.9)
    >>> throttle.rate  # one of eleven
    inf
    >>> for _ in range(2):
    ...     throttle.too_many(sent=0.9)
    >>> round(throttle.rate, 6)  # three of thirteen: to 85 % of the ten good ones in the last second
    8.5
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = math.inf
        self._clock = clock
        self._level = 0.0  # good answers a second when the rate was last cut
        self._return = _SHORT  # seconds from a cut until the rate is back at the level
        self._since: float | None = None  # what was sent from then on counts: the last cut, or the first request
        self._answers: deque[tuple[float, bool]] = deque()  # when they came, since the cut and lately; whether good
        self._sent_at = -math.inf
        self._lock = threading.Lock()
        self._turnstile = threading.Lock()

    def due(self) -> float:
        """Return when the next request may go, by the clock, at the present rate."""
        return self._sent_at + 1 / self.rate

    def wait(self, stop: threading.Event) -> None:
        """Wait until the next request may go, or until ``stop`` is set."""
        if self.rate == math.inf:
            return
        with self._turnstile:  # the others queue behind; the first keeps to the present rate
            while not stop.is_set():
                left = self.due() - self._clock()
                if left <= 0:
                    break
                stop.wait(min(left, 0.1))
            self.went()

    def went(self) -> None:
        """Note that a request is sent now."""
        self._sent_at = self._clock()

    def answered(self, sent: float) -> None:
        """Note that a request that was sent then succeeded."""
        with self._lock:
            if not self._counts(sent, good=True) or self.rate == math.inf:
                return
            past = (self._age() - self._return) / self._return
            wanted = self._level * (1 + past**3 * (1 if past > 0 else 1 - _BELOW))
            # A rate that is not used says nothing about what the service accepts: no more than twice what is used.
            used = self._good() / self._span() if len(self._answers) >= _FEW else self._level
            self.rate = max(self.rate, min(wanted, 2 * used))

    def too_many(self, sent: float) -> None:
        """Note that the service refused a request that was sent then. One from before the last cut is ignored."""
        with self._lock:
            if not self._counts(sent, good=False):
                return
            number, good, span = len(self._answers), self._good(), self._span()
            at_level = self.rate < math.inf and self._age() >= self._return / 2
            confirmed = at_level and self._age() >= self._return * 3 / 4
            self._return = min(2 * self._return, _LONG) if confirmed else max(self._return / 2, _SHORT)
            if at_level:
                least = _KEPT * self._level
            elif number >= _FEW and number - good > 1 + _NOISE * number:
                least = _LEAST * min(self.rate, number / span)
            else:
                return
            self._level = max(good / span, least, _SLOWEST)
            self.rate = max(_BELOW * self._level, _SLOWEST)
            self._since = self._clock() + _BURST  # until then requests may still meet what the last ones left
            self._answers.clear()

    def _counts(self, sent: float, good: bool) -> bool:
        """Note an answer; return False for one to a request from before the last cut."""
        if self._since is None:
            self._since = sent
        if sent < self._since:
            return False
        now = self._clock()
        self._answers.append((now, good))
        while len(self._answers) > _FEW and self._answers[0][0] < now - _LATELY:
            self._answers.popleft()
        return True

    def _age(self) -> float:
        """Return the seconds since the last cut."""
        return self._clock() - (self._since or 0.0)

    def _good(self) -> int:
        return sum(good for _, good in self._answers)

    def _span(self) -> float:
        """Return the seconds that the answers are from."""
        return max(min(self._age(), max(_LATELY, self._clock() - self._answers[0][0])), _BURST)
