"""Patience with a service that is busy, failing or cut off.

The client retries by itself for up to seven minutes, each thread alone and without looking at what the others met.
Here all threads of a run share one :class:`Patience`: when the service says 429 too often, all of them go on
slower (:mod:`~qsharp_bridge.azure.rate_limit`), and after the time that it asked for, if it did. Requests are safe
to repeat because every one of them names its job or session.
"""

from __future__ import annotations

import email.utils
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from qsharp_bridge.errors import ServiceError

from .rate_limit import Throttle

T = TypeVar("T")
_TRANSIENT = {408, 429, 500, 502, 503, 504}


class Patience:
    """How long to go on asking, and how slowly.

    Args:
        seconds: give up after this long without an answer to one request. Seconds.
        first_wait: the wait after the first failure; it doubles up to ``longest_wait``. Seconds.
        longest_wait: seconds.

    Thread-safe: one instance is shared by all threads of a run.
    """

    def __init__(self, seconds: float = 300.0, first_wait: float = 0.1, longest_wait: float = 20.0) -> None:
        self.seconds, self.first_wait, self.longest_wait = seconds, first_wait, longest_wait
        self._not_before = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._throttle = Throttle()

    def stop(self) -> None:
        """End all waiting now: requests that would be repeated raise what they met."""
        self._stop.set()

    def call(self, what: str, request: Callable[[], T]) -> T:
        """The answer to ``request``, repeated while that makes sense.

        Args:
            what: for the error, such as "submit job 1234".
            request: sends one request, without retries of its own.

        Raises:
            HttpResponseError: the service refused for good (400, 404, 409...): for the caller to interpret.
            ServiceError: no answer in time, or the credentials were refused.
        """
        began, wait = time.monotonic(), self.first_wait
        while True:
            self._pause(self._not_before - time.monotonic())
            self._throttle.wait(self._stop)
            sent = time.monotonic()
            try:
                answer = request()
                self._throttle.answered(sent)
                return answer
            except ClientAuthenticationError as error:
                raise ServiceError(
                    f"{what}: the service refused the credentials ({error.status_code or 'no status'})",
                    advice="renew the key or sign in again, then resume",
                ) from error
            except (HttpResponseError, ServiceRequestError, ServiceResponseError) as error:
                status = getattr(error, "status_code", None)
                # A status below 300 is an answer that broke off or could not be read: as good as none.
                if status is not None and status >= 300 and status not in _TRANSIENT:
                    self._throttle.answered(sent)
                    raise
                asked = _retry_after(error)
                if time.monotonic() - began + (asked or wait) > self.seconds or self._stop.is_set():
                    raise ServiceError(
                        f"{what}: no answer for {time.monotonic() - began:.0f} s ({brief(error)})",
                        advice="resume when the service can be reached again",
                    ) from error
                pause = asked if asked is not None else wait * random.uniform(0.5, 1.0)
                if status == 429 or (status == 503 and asked is not None):
                    # Everybody slows down, not only the thread that was told.
                    self._throttle.too_many(sent)
                    if asked is not None:
                        with self._lock:
                            self._not_before = max(self._not_before, time.monotonic() + asked)
                self._pause(pause)
                wait = min(wait * 2, self.longest_wait)

    def looks(self, what: str, times: int) -> Iterator[None]:
        """So many looks for something that may take a moment to appear, with the waits of failures between them.

        Args:
            what: for the error, such as "fetch the result of job 1234".
            times: how many.

        Raises:
            ServiceError: :meth:`stop` ended the waiting, so that nobody knows whether it would have appeared.
        """
        wait = self.first_wait
        for look in range(times):
            if look:
                self._pause(wait * random.uniform(0.5, 1.0))
                wait = min(wait * 2, self.longest_wait)
                if self._stop.is_set():
                    raise ServiceError(f"{what}: it is not there, at least not yet", advice="resume to look again")
            yield

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._stop.wait(seconds)


def brief(error: AzureError) -> str:
    """One line about what the client raised; never a URL, which may hold a signature."""
    if isinstance(error, HttpResponseError):
        inner = getattr(error, "error", None)
        code, message = getattr(inner, "code", None), getattr(inner, "message", None)
        told = f"{code}: {message}" if code and message else (error.reason or "")
        return f"{error.status_code} {told}".strip()[:500]
    return f"{type(error).__name__}: the connection failed"


def _retry_after(error: AzureError) -> float | None:
    """The seconds asked for by a Retry-After header, in either of its forms (RFC 9110, 10.2.3)."""
    response = getattr(error, "response", None)
    value = response.headers.get("Retry-After") if response is not None else None
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
