"""The log of requests, for tests: of bounded size, and without queries and headers, which hold signatures and keys."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from qsharp_bridge.emulator.operation_patterns import check_operation


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request and its answer.

    Attributes:
        path: the path without its query, at most 1024 characters.
        operation: the name of the operation, such as "jobs.create", or "" if there is none at the path.
        status: the status of the answer, or 0 if the connection was reset.
        at: the instant of the service's clock, in microseconds since 1970.
        seconds: the time that the service took.
        fault: the kind of the fault that happened, or "".
    """

    method: str
    path: str
    operation: str
    status: int
    at: int
    seconds: float
    fault: str = ""

    @property
    def id(self) -> str:
        """The last segment of the path, without ``:cancel`` and ``:close``: the id of the job or session."""
        return self.path.rsplit("/", 1)[-1].partition(":")[0]


class RequestLog:
    """The last requests, oldest first. Safe to use from any thread.

    Args:
        keep: requests at most; older ones are dropped.
        size: characters of all paths together at most; older requests are dropped.
        operations: the names of the operations; empty: any name is accepted.

    >>> with qb.emulator.LocalService() as service:
    ...     sessions = list(service.workspace().list_sessions())
    ...     service.requests.count("sessions.list", status=200), service.requests.listed()[-1]["method"]
    (1, 'GET')
    """

    def __init__(self, keep: int = 20_000, size: int = 4 * 2**20, operations: Collection[str] = ()) -> None:
        self._operations = operations
        self._lock = threading.Lock()
        self._entries: deque[LoggedRequest] = deque()
        self._keep = keep
        self._room = size

    def add(self, entry: LoggedRequest) -> None:
        """Add a request.

        Args:
            entry: the request and its answer.
        """
        with self._lock:
            self._entries.append(entry)
            self._room -= len(entry.path)
            while self._room < 0 or len(self._entries) > self._keep:
                self._room += len(self._entries.popleft().path)

    def find(self, operation: str = "*", *, status: int | None = None) -> list[LoggedRequest]:
        """Return the requests for an operation, oldest first.

        Args:
            operation: such as "jobs.create", or a pattern of operations.
            status: the status of their answers; None: any.

        Raises:
            ValueError: there is no such operation.
        """
        check_operation(operation, self._operations)
        with self._lock:
            entries = list(self._entries)
        return [
            entry
            for entry in entries
            if fnmatchcase(entry.operation, operation) and (status is None or entry.status == status)
        ]

    def count(self, operation: str = "*", *, status: int | None = None) -> int:
        """Return the number of requests for an operation.

        Args:
            operation: such as "jobs.create", or a pattern of operations.
            status: the status of their answers; None: any.

        Raises:
            ValueError: there is no such operation.
        """
        return len(self.find(operation, status=status))

    def clear(self) -> None:
        """Remove all requests."""
        with self._lock:
            self._room += sum(len(entry.path) for entry in self._entries)
            self._entries.clear()

    def listed(self, operation: str = "*") -> list[dict[str, Any]]:
        """Return the requests for an operation as plain objects.

        Args:
            operation: such as "jobs.create", or a pattern of operations.
        """
        return [{**asdict(entry), "id": entry.id} for entry in self.find(operation)]
