"""Injected faults: error answers, resets and delays at chosen operations, a chosen number of times.

A point is the name of an operation (``jobs.create``, ``blobs.get`` ... see ``http.app.OPERATIONS``), or a pattern
(``jobs.*``, ``*``). A fault happens *before* the operation, which then has no effect, or *after* it: the operation has
taken effect, but the client does not get its answer. Faults happen only to requests with the key or a valid signature.

    >>> faults = Faults()
    >>> faults.add("jobs.create", "status", status=503, when="after", times=1)
    >>> faults.take("jobs.create", "before"), faults.take("jobs.create", "after").status
    (None, 503)
    >>> faults.take("jobs.create", "after") is None
    True
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Annotated, Any, Final

import msgspec

from .operation_patterns import PATTERN_LENGTH, check_operation

_Pattern = Annotated[str, msgspec.Meta(max_length=PATTERN_LENGTH)]

_MOST: Final = 1000
"""Faults of a service at most."""

KINDS: Final = {
    "status": "an error status: 429, 500, 503 ..., with a Retry-After and an HTML body by choice",
    "reset": "the connection is reset",
    "slow": "the answer comes late",
    "truncate": "half of the body, then the connection is reset",
    "expired_sas": "the storage answers that the signature has expired",
    "fail_job": "the job fails (at jobs.run)",
    "fail_shots": "a share of the job's shots fails (at jobs.run)",
}


@dataclass
class Fault:
    """A fault, and how often it still happens.

    Attributes:
        point: the operation, or a pattern of operations.
        kind: one of ``KINDS``.
        when: "before" or "after" the effect of the operation.
        times: how often the fault still happens; None: without end.
        probability: the probability that it happens, from 0 to 1.
        seed: the seed of the random generator that decides.
        status: the status of the error answer, from 400 to 599.
        retry_after: the seconds in the Retry-After of the error answer; None: it has no such header.
        html: whether the error answer has an HTML body.
        seconds: the delay of a slow answer, in seconds.
        name: the name of the jobs that it happens to, or a pattern of names.
        share: the share of the shots that fail_shots fails, from 0 to 1.
        code: the code of the error of a failed job.
        message: the message of the error of a failed job.
        allowed: the number of requests a second that pass, as under a rate limit; None: none.

    >>> fault = Fault("jobs.*", "status", status=429, retry_after=2, times=1)
    >>> fault.happens("jobs.create", "before", ""), fault.happens("jobs.create", "before", "")
    (True, False)
    """

    point: _Pattern
    kind: str
    when: str = "before"
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    status: int = 503
    retry_after: float | None = None
    html: bool = False
    seconds: float = 0.1
    name: _Pattern = "*"
    share: float = 0.1
    code: str = "RuntimeError"
    message: str = "The job failed by request."
    allowed: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no fault of the kind {self.kind!r}; there are {', '.join(KINDS)}")
        if self.when not in ("before", "after"):
            raise ValueError("a fault happens 'before' or 'after' the effect")
        if self.kind == "truncate":
            self.when = "after"
        if not 0 <= self.probability <= 1 or not 0 <= self.share <= 1:
            raise ValueError("a probability or share is from 0 to 1")
        if not 400 <= self.status <= 599 or not 0 <= self.seconds <= 1e6 or (self.times is not None and self.times < 0):
            raise ValueError("a status is from 400 to 599; seconds are from 0 to 1000000, and times are 0 or more")
        if self.allowed is not None and self.allowed <= 0:
            raise ValueError("allowed is a number of requests a second, more than 0")
        self._random = random.Random(self.seed)
        self._tokens, self._filled = 1.0, time.monotonic()

    def happens(self, point: str, when: str, name: str) -> bool:
        """Decide whether the fault happens now, and count it if it does.

        Args:
            point: the operation under way.
            when: "before" or "after" its effect.
            name: the name of the job, or "".
        """
        if self.when != when or self.times == 0 or not fnmatchcase(point, self.point):
            return False
        if not fnmatchcase(name, self.name) or self._random.random() >= self.probability:
            return False
        if self.allowed is not None and self._take_token(self.allowed):
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def _take_token(self, rate: float) -> bool:
        """Take a token from a bucket that holds the tokens of 0.1 seconds at this rate; return False if it is empty."""
        now = time.monotonic()
        self._tokens = min(max(1.0, rate / 10), self._tokens + (now - self._filled) * rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Faults:
    """The faults of a service. Safe to use from any thread.

    Args:
        operations: the names of the operations; empty: any name is accepted.

    >>> faults = Faults()
    >>> faults.add("jobs.create", "status", status=503, times=2)
    >>> faults.take("jobs.create", "before").status, faults.listed()[0]["times"]
    (503, 1)
    >>> faults.clear()
    """

    def __init__(self, operations: Collection[str] = ()) -> None:
        self._operations = operations
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, point: str, kind: str, **settings: Any) -> None:
        """Add a fault.

        Args:
            point: the operation, such as "jobs.create", or a pattern of operations.
            kind: one of ``KINDS``.
            **settings: the other attributes of ``Fault``.

        Raises:
            ValueError: no such operation, an unknown kind, a setting out of its range, or more than 1000 faults.
            TypeError: an unknown setting, or one of another type.
        """
        check_operation(point, self._operations)
        unknown = settings.keys() - {field.name for field in fields(Fault)}
        if unknown:
            raise TypeError(f"a fault has no setting {min(unknown)!r}")
        try:
            fault = msgspec.convert({"point": point, "kind": kind, **settings}, Fault)
        except msgspec.ValidationError as error:
            # ``Fault`` itself raises a ValueError; any other cause is a value of a wrong type.
            if isinstance(error.__cause__, ValueError):
                raise error.__cause__ from None
            raise TypeError(f"a fault cannot have this setting: {error}") from None
        with self._lock:
            if len(self._faults) >= _MOST:
                raise ValueError(f"there are {_MOST} faults already; clear them first")
            self._faults.append(fault)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, point: str, when: str, name: str = "") -> Fault | None:
        """Return the first fault that happens here and now, or None.

        Args:
            point: the operation under way.
            when: "before" or "after" its effect.
            name: the name of the job, or "".
        """
        if not self._faults:
            return None
        with self._lock:
            return next((fault for fault in self._faults if fault.happens(point, when, name)), None)

    def listed(self) -> list[dict[str, Any]]:
        """Return all faults as plain objects, with how often each still happens."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]
