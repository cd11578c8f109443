"""The retry policy for a service that is busy, fails, is unreachable, or answers nonsense.

The client retries for up to seven minutes, each thread separately. Here all threads of a run share one
:class:`RetryPolicy`: when the service answers 429 too often, all of them slow down
(:mod:`~qsharp_bridge.azure.rate_limit`), and wait for the time of its Retry-After header. Requests are safe to repeat
because each of them names its job or session.
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
_REFUSALS = 5  # refusals without an error code, as from a proxy, until they count as the service's own
_SILENCE = 5.0  # seconds without an answer until the user is warned


class UnusableAnswer(Exception):
    """An answer that is malformed or contradicts what is known; the request is sent again."""


class RetryPolicy:
    """Limits of retries: their number by time, the waits between them, and the time-outs of each request.

    Args:
        seconds: seconds without an answer to a request until it is given up.
        first_wait: seconds to wait after the first failure; the wait doubles up to ``longest_wait``.
        longest_wait: the longest wait, in seconds.
        timeouts: time-outs of a single HTTP request. They double with every request that was not answered in time, so
            that a slow service can still answer.
        silence: seconds without an answer to any request until all of them are given up.
        service: the name of the service in warnings.

    Warns when the service has not answered for five seconds, and again each time that the silence has doubled.
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
        """Send nothing more; calls that wait raise a :class:`ServiceError` at once."""
        self._stop.set()

    def call(self, what: str, request: Callable[[Timeouts], T]) -> T:
        """Return the answer to a request, which is sent again after transient failures.

        Args:
            what: the purpose of the request in errors, such as "submit job 1234".
            request: sends the request once within the given time-outs.

        Raises:
            HttpResponseError: the service refused the request (400, 404, 409...); the caller interprets it.
            ServiceError: no answer came in time, the credentials were refused, or :meth:`stop` was called.
        """
        began, wait, late, refusals = time.monotonic(), self.first_wait, 0, 0
        while True:
            until = min(began + self.seconds, self._last_answer + self.silence)
            self._pause(min(self._not_before, until) - time.monotonic())
            self._throttle.wait(self._stop)
            sent = time.monotonic()
            if self._stop.is_set():
                raise ServiceError(f"{what}: not sent, because the run was stopped", advice="resume to continue")
            timeouts = self.timeouts.scaled(2.0**late, max(until - sent, 0.1))
            try:
                answer = request(timeouts)
                self._throttle.record_success(sent)
                self._last_answer, self._warn_after = time.monotonic(), _SILENCE
                return answer
            except ClientAuthenticationError as error:
                raise ServiceError(
                    f"{what}: the service refused the credentials ({error.status_code or 'no status'})",
                    advice="renew the key or sign in again, then resume",
                ) from error
            except (AzureError, UnusableAnswer) as error:
                status = getattr(error, "status_code", None)
                # An error with a status below 300 is an answer that was cut off or could not be read.
                if status is not None and status >= 300 and status not in _TRANSIENT:
                    self._throttle.record_success(sent)
                    refusals += 1
                    # Refusals of the service have a code. Those without come from a proxy, and may be transient.
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
                    # All threads slow down, not only the one that was refused.
                    self._throttle.record_refusal(sent)
                    if asked is not None:
                        with self._lock:  # at most longest_wait, since a single answer may be wrong
                            self._not_before = max(self._not_before, now + min(pause, self.longest_wait))
                self._pause(pause)
                wait = min(wait * 2, self.longest_wait)

    def _warn_of_silence(self, seconds: float, error: Exception) -> None:
        with self._lock:
            if seconds < self._warn_after:
                return
            self._warn_after = 2 * seconds
        warn(f"no answer from {self.service} for {seconds:.0f} s ({brief(error)}); trying again")

    def attempts(self, what: str, times: int) -> Iterator[None]:
        """Yield up to ``times`` times with growing waits in between, for reads that may lag behind.

        Raises:
            ServiceError: :meth:`stop` ended a wait, so that the result of the next read is unknown.
        """
        wait = self.first_wait
        for attempt in range(times):
            if attempt:
                self._pause(min(wait * random.uniform(0.5, 1.0), self.silence))
                wait = min(wait * 2, self.longest_wait)
                if self._stop.is_set():
                    raise ServiceError(f"{what}: not found, at least not yet", advice="resume to ask again")
            yield

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._stop.wait(seconds)


def code_of(error: BaseException) -> str | None:
    """Return the error code of the service or its storage; None for an error of a proxy or of the connection."""
    return getattr(getattr(error, "error", None), "code", None) or getattr(error, "error_code", None)


def brief(error: Exception) -> str:
    """Return one line about an error of the client, without URLs, which may have a signature."""
    if isinstance(error, UnusableAnswer):
        return str(error)
    if isinstance(error, HttpResponseError):
        code, message = code_of(error), getattr(getattr(error, "error", None), "message", None)
        reported = f"{code}: {message}" if code and message else (code or error.reason or "")
        return f"{error.status_code} {reported}".strip()[:500]
    return f"{type(error).__name__}: the connection failed"


def _retry_after(error: Exception) -> float | None:
    """Return the seconds of a Retry-After header in either form (RFC 9110, 10.2.3), or None without one."""
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
