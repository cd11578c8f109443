"""A throttle that learns from the answers of a service how many requests a second it accepts.

A single refusal (429) may mean that the service accepts no more requests, or nothing at all; the share of refusals
tells the two apart. Up to about an eighth of the answers, a refused request is sent again later and the others are not
slowed down. Above that share the rate is cut to a little below the *level*: the measured rate of successful answers.
From there it rises along a cubic, as in CUBIC (RFC 9438, section 4.2) and in the AWS clients: quickly up to the level,
slowly near it, then faster and faster beyond it.

The time of the rise grows with the trust in the level. A refusal when the rate is back near the level confirms the
level: the rate is cut at once, and the next rise takes twice as long. An earlier refusal contradicts it, and halves the
time. So a real limit is rarely exceeded, and a wrong one is soon forgotten.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

_NOISE = 1 / 8  # share of refusals, beside a single one, that does not slow down the others
_FEW = 8  # answers that a share is computed from at least
_LATELY = 1.0  # seconds for which an answer counts
_BURST = 0.1  # seconds; answers of a shorter time do not make a rate
_BELOW = 0.85  # of the level: the rate after a cut; beta in CUBIC
_KEPT = 0.95  # of the level: the least new level after a refusal near it
_LEAST = 1 / 8  # of the rate: the least level after another cut
_SHORT, _LONG = 0.5, 4.0  # seconds until the rate is back at the level; K in CUBIC
_SLOWEST = 0.5  # requests a second: enough to notice that the service has recovered


class Throttle:
    """Limit of the request rate of all threads of a run. Thread-safe.

    Args:
        clock: a monotonic clock, in seconds.

    Attributes:
        rate: requests a second; infinity until too many of them were refused.

    >>> now = 0.0
    >>> throttle = Throttle(clock=lambda: now)
    >>> for _ in range(10):
    ...     now += 0.1
    ...     throttle.record_success(sent=now - 0.1)
    >>> throttle.record_refusal(sent=0.9)
    >>> throttle.rate  # one of eleven was refused
    inf
    >>> for _ in range(2):
    ...     throttle.record_refusal(sent=0.9)
    >>> round(throttle.rate, 6)  # three of thirteen: 85 % of the ten successes in the last second
    8.5
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = math.inf
        self._clock = clock
        self._level = 0.0  # successful answers a second when the rate was last cut
        self._return = _SHORT  # seconds from a cut until the rate is back at the level
        self._since: float | None = None  # the last cut, or the first request; earlier requests do not count
        self._answers: deque[tuple[float, bool]] = deque()  # recent answers since the cut: their time, and success
        self._sent_at = -math.inf
        self._lock = threading.Lock()
        self._next = threading.Lock()

    def due(self) -> float:
        """Return the time by the clock when the next request may be sent at the present rate."""
        return self._sent_at + 1 / self.rate

    def wait(self, stop: threading.Event) -> None:
        """Wait until the next request may be sent, or until ``stop`` is set."""
        if self.rate == math.inf:
            return
        with self._next:  # one thread waits by the rate, and the others wait for the lock
            while not stop.is_set():
                left = self.due() - self._clock()
                if left <= 0:
                    break
                stop.wait(min(left, 0.1))
            self.record_sent()

    def record_sent(self) -> None:
        """Record that a request is sent now."""
        self._sent_at = self._clock()

    def record_success(self, sent: float) -> None:
        """Record the success of a request that was sent at the time ``sent``."""
        with self._lock:
            if not self._counts(sent, good=True) or self.rate == math.inf:
                return
            past = (self._age() - self._return) / self._return
            wanted = self._level * (1 + past**3 * (1 if past > 0 else 1 - _BELOW))
            # At most twice the used rate: whether the service accepts a higher one has not been tried.
            used = self._good() / self._span() if len(self._answers) >= _FEW else self._level
            self.rate = max(self.rate, min(wanted, 2 * used))

    def record_refusal(self, sent: float) -> None:
        """Record the refusal of a request that was sent at the time ``sent``; before the last cut it does not count."""
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
            self._since = self._clock() + _BURST  # until then the service may still refuse because of earlier requests
            self._answers.clear()

    def _counts(self, sent: float, good: bool) -> bool:
        """Record an answer; return False if its request was sent before the last cut."""
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
        """Return the seconds in which the recorded answers came."""
        return max(min(self._age(), max(_LATELY, self._clock() - self._answers[0][0])), _BURST)
