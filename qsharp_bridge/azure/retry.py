"""When to send a request again: a service that is busy, fails, is cut off, or answers nonsense.

The client retries by itself for up to seven minutes, each thread alone and without looking at what the others met.
Here all threads of a run share one :class:`RetryPolicy`: when the service says 429 too often, all of them go on
slower (:mod:`~qsharp_bridge.azure.rate_limit`), and after the time that it asked for, if it did. Requests are safe
to repeat because every one of them names its job or session.
"""

from __future__ import annotations

import email.utils
import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from qsharp_bridge._warnings import warn
from qsharp_bridge.errors import ServiceError

from .connections import Timeouts
from .rate_limit import Throttle

T = TypeVar("T")
_TRANSIENT = {408, 429, 500, 502, 503, 504}
_REFUSALS = 5  # without an error code, as of a proxy, are taken for the service's own
_SILENCE = 5.0  # seconds without an answer, before the user hears of it


class Unsettled(Exception):
    """An answer that cannot be believed, or that contradicts what is known: the request is sent again."""


class RetryPolicy:
    """How long requests are sent again, how slowly, and how long one of them may take.

    Args:
        seconds: give up after this long without an answer to one request.
        first_wait: seconds after the first failure; the wait doubles up to ``longest_wait``.
        longest_wait: seconds.
        timeouts: of a single HTTP request. They double with every request that was not answered in time, so that a slow
            service is not taken for a dead one.
        silence: give up all requests together after so many seconds without an answer to any.
        service: its name in warnings.

    Warns when the service has not answered for five seconds, and again each time that the silence is twice as long.
    Thread-safe: one instance is shared by all threads of a run.

    >>> RetryPolicy(seconds=60, timeouts=Timeouts(connect=3, read=30, total=120)).seconds
    60
    """

    def __init__(
        self,
        seconds: float = 300.0,
        first_wait: float = 0.1,
        longest_wait: float = 8.0,
        *,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        silence: float = math.inf,
        service: str = "the service",
    ) -> None:
        self.seconds, self.first_wait, self.longest_wait = seconds, first_wait, longest_wait
        self.timeouts, self.silence, self.service = timeouts, silence, service
        self._last_answer = time.monotonic()
        self._warn_after = _SILENCE
        self._not_before = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._throttle = Throttle()

    def stop(self) -> None:
        """End all waiting now: nothing is sent any more, and a waiting call raises a :class:`ServiceError`."""
        self._stop.set()

    def call(self, what: str, request: Callable[[Timeouts], T]) -> T:
        """Return the answer to ``request``, which is repeated while that makes sense.

        Args:
            what: for the error, such as "submit job 1234".
            request: sends one request within the given time-outs, without retries of its own.

        Raises:
            HttpResponseError: the service refused for good (400, 404, 409...): for the caller to interpret.
            ServiceError: no answer in time, the credentials were refused, or :meth:`stop` was called.
        """
        began, wait, late, refusals = time.monotonic(), self.first_wait, 0, 0
        while True:
            until = min(began + self.seconds, self._last_answer + self.silence)
            self._pause(min(self._not_before, until) - time.monotonic())
            self._throttle.wait(self._stop)
            sent = time.monotonic()
            if self._stop.is_set():
                raise ServiceError(f"{what}: not sent, as the run was stopped", advice="resume to go on")
            timeouts = self.timeouts.scaled(2.0**late, max(until - sent, 0.1))
            try:
                answer = request(timeouts)
                self._throttle.answered(sent)
                self._last_answer, self._warn_after = time.monotonic(), _SILENCE
                return answer
            except ClientAuthenticationError as error:
                raise ServiceError(
                    f"{what}: the service refused the credentials ({error.status_code or 'no status'})",
                    advice="renew the key or sign in again, then resume",
                ) from error
            except (AzureError, Unsettled) as error:
                status = getattr(error, "status_code", None)
                # A status below 300 is an answer that broke off or could not be read: as good as none.
                if status is not None and status >= 300 and status not in _TRANSIENT:
                    self._throttle.answered(sent)
                    refusals += 1
                    # The service's own refusals have a code. Those without are a proxy's, and may pass.
                    if code_of(error) is not None or refusals >= _REFUSALS:
                        raise
                now = time.monotonic()
                until = min(began + self.seconds, self._last_answer + self.silence)
                late += now - sent >= timeouts.read
                if now >= until or self._stop.is_set():
                    raise ServiceError(
                        f"{what}: no answer for {now - began:.0f} s ({brief(error)})",
                        advice="resume when the service can be reached again",
                    ) from error
                if status != 429:
                    self._warn_of_silence(now - max(began, self._last_answer), error)
                asked = _retry_after(error)
                pause = min(asked if asked is not None else wait * random.uniform(0.5, 1.0), until - now)
                if status == 429 or (status == 503 and asked is not None):
                    # Everybody slows down, not only the thread that was refused.
                    self._throttle.too_many(sent)
                    if asked is not None:
                        with self._lock:  # not for longer: one answer may be wrong, and the others find out
                            self._not_before = max(self._not_before, now + min(pause, self.longest_wait))
                self._pause(pause)
                wait = min(wait * 2, self.longest_wait)

    def _warn_of_silence(self, seconds: float, error: Exception) -> None:
        with self._lock:
            if seconds < self._warn_after:
                return
            self._warn_after = 2 * seconds
        warn(f"no answer from {self.service} for {seconds:.0f} s ({brief(error)}); trying again")

    def looks(self, what: str, times: int) -> Iterator[None]:
        """Yield so many times, with the waits of failures in between: for what may take a moment to appear.

        Raises:
            ServiceError: :meth:`stop` ended the waiting, so that it is unknown whether it would have appeared.
        """
        wait = self.first_wait
        for look in range(times):
            if look:
                self._pause(min(wait * random.uniform(0.5, 1.0), self.silence))
                wait = min(wait * 2, self.longest_wait)
                if self._stop.is_set():
                    raise ServiceError(f"{what}: it is not there, at least not yet", advice="resume to look again")
            yield

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._stop.wait(seconds)


def code_of(error: BaseException) -> str | None:
    """Return the error code that the service or its storage gave; None for an error from the way there."""
    return getattr(getattr(error, "error", None), "code", None) or getattr(error, "error_code", None)


def brief(error: Exception) -> str:
    """Return one line about what the client raised; never a URL, which may hold a signature."""
    if isinstance(error, Unsettled):
        return str(error)
    if isinstance(error, HttpResponseError):
        code, message = code_of(error), getattr(getattr(error, "error", None), "message", None)
        reported = f"{code}: {message}" if code and message else (code or error.reason or "")
        return f"{error.status_code} {reported}".strip()[:500]
    return f"{type(error).__name__}: the connection failed"


def _retry_after(error: Exception) -> float | None:
    """Return the seconds asked for by a Retry-After header, in either of its forms (RFC 9110, 10.2.3)."""
    response = getattr(error, "response", None)
    value = response.headers.get("Retry-After") if response is not None else None
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError, OverflowError):
            return None
    return max(0.0, seconds) if not math.isnan(seconds) else None
