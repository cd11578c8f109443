"""How many requests a second a service stands: found out from its answers.

Until the service says *too many requests* nothing is held back. Then the rate goes down to eight tenths of what went
well lately, comes back quickly to where it was, stays near it for a while, and tries for more: the curve of CUBIC
(RFC 9438, section 4.2), which the AWS clients also use for this.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

_CUT = 0.8  # what is left of the rate; RFC 9438 calls it beta, 0.7 for TCP
_STEEPNESS = 2.0  # requests a second per cubic second; C there, 0.4 for TCP: after a lone refusal that is slow
_SLOWEST = 0.5  # requests a second: enough to find out that the service is well again
_FEW = 8  # good answers that a rate is measured by at least
_UNKNOWN = 50.0  # requests a second, as long as there were fewer


class Throttle:
    """Spaces the requests of all threads of a run. Thread-safe.

    Args:
        clock: seconds from anywhere, never going back.

    Attributes:
        rate: requests a second; infinity until the service has complained.

    >>> now = 0.0
    >>> throttle = Throttle(clock=lambda: now)
    >>> for _ in range(10):
    ...     now += 0.1
    ...     throttle.answered()
    >>> throttle.rate
    inf
    >>> throttle.too_many(sent=1.0)
    >>> round(throttle.rate, 6)  # eight tenths of the ten in the last second
    8.0
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = math.inf
        self._clock = clock
        self._began = clock()
        self._answers: deque[float] = deque(maxlen=1000)  # when the last good answers came
        self._last = -math.inf  # when a request last went
        self._cut_at = -math.inf
        self._before = 0.0  # the rate before the last cut
        self._lock = threading.Lock()
        self._turnstile = threading.Lock()

    def wait(self, stop: threading.Event) -> None:
        """Wait until the next request may go, or until ``stop`` is set."""
        if self.rate == math.inf:
            return
        with self._turnstile:  # the others queue behind; whoever is first keeps to the rate of the moment
            while not stop.is_set():
                due = self._last + 1 / self.rate - self._clock()
                if due <= 0:
                    break
                stop.wait(min(due, 0.1))
            self._last = self._clock()

    def too_many(self, sent: float) -> None:
        """The service said so of a request sent then. What was sent before the last cut tells nothing new."""
        with self._lock:
            if sent < self._cut_at:
                return
            self._before = max(min(self.rate, self._went_well()), _SLOWEST)
            self._cut_at = self._clock()
            self.rate = max(_CUT * self._before, _SLOWEST)

    def answered(self) -> None:
        """A request went well."""
        self._answers.append(self._clock())
        if self.rate == math.inf:
            return
        with self._lock:
            back = math.cbrt(self._before * (1 - _CUT) / _STEEPNESS)  # seconds until the rate is where it was
            wanted = _STEEPNESS * (self._clock() - self._cut_at - back) ** 3 + self._before
            # What is not used says nothing about what the service stands.
            self.rate = max(min(wanted, 2 * self._went_well()), _SLOWEST)

    def _went_well(self) -> float:
        """Good answers a second, lately: in the last second, or among the last few where they are slower."""
        now = self._clock()
        answers = tuple(self._answers)
        recent = sum(when > now - 1 for when in answers)
        if recent >= _FEW:
            return float(recent)
        if len(answers) < _FEW:  # little is known yet: rather too fast
            return max(_UNKNOWN, (1 + len(answers)) / max(now - self._began, 0.05))
        return _FEW / max(now - answers[-_FEW], 0.05)
