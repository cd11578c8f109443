"""The log of requests, for tests to assert on: bounded, without queries and headers, which hold signatures and keys."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from qsharp_bridge.emulator.operations import check_operation


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and its answer.

    Attributes:
        path: without its query, at most 1024 characters.
        operation: "jobs.create" and so on; "" when no operation was found.
        status: of the answer; 0 when the connection was reset.
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


class RequestJournal:
    """The last requests, oldest first. Safe to use from any thread.

    Args:
        keep: the number of requests; older ones are forgotten.
        size: the characters of all paths together; older requests are forgotten.
        operations: the names of the operations; where none are given, any name may be asked for.

    >>> with qb.emulator.LocalService() as service:
    ...     sessions = list(service.workspace().list_sessions())
    ...     service.requests.count("sessions.list", status=200), service.requests.listed()[-1]["method"]
    (1, 'GET')
    """

    def __init__(self, keep: int = 20_000, size: int = 4 * 2**20, operations: Collection[str] = ()) -> None:
        self._operations = operations
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._keep = keep
        self._room = size

    def add(self, entry: Entry) -> None:
        """Note a request.

        Args:
            entry: the request and its answer.
        """
        with self._lock:
            self._entries.append(entry)
            self._room -= len(entry.path)
            while self._room < 0 or len(self._entries) > self._keep:
                self._room += len(self._entries.popleft().path)

    def find(self, operation: str = "*", *, status: int | None = None) -> list[Entry]:
        """Return the requests for an operation, oldest first.

        Args:
            operation: such as "jobs.create", or a pattern of operations.
            status: only those answered with it; None: all.

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
            status: only those answered with it; None: all.

        Raises:
            ValueError: there is no such operation.
        """
        return len(self.find(operation, status=status))

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._room += sum(len(entry.path) for entry in self._entries)
            self._entries.clear()

    def listed(self, operation: str = "*") -> list[dict[str, Any]]:
        """Return the requests for an operation as plain objects.

        Args:
            operation: such as "jobs.create", or a pattern of operations.
        """
        return [{**asdict(entry), "id": entry.id} for entry in self.find(operation)]
