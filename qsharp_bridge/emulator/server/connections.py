"""The open connections: limits on their number, their size and their time."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from qsharp_bridge.emulator.limits import Limits

_log = logging.getLogger(__name__)

_GRACE: Final = 0.1
"""Seconds that answers under way have to end when the server stops."""


class Connection(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's HTTP protocol with limits on size and time.

    uvicorn limits neither the headers (with httptools) nor the time in which a request must arrive, and an ASGI
    application has no access to the transport, which a reset needs. Only the callbacks of ``asyncio.Protocol`` are
    extended. ``scope["state"]`` of the application contains the connection.
    """

    def __init__(self, connections: Connections, **options: Any) -> None:
        super().__init__(**{**options, "app_state": {**options["app_state"], "connection": self}})
        # The access log would show signatures. Switching it off in uvicorn's Config would also silence the access
        # log of a host program that runs uvicorn itself.
        self.access_log = False
        self.closed = asyncio.Event()
        self.busy = False
        self.since = self.loop.time()
        self._group = connections
        self._limits = connections.limits
        self._received = 0
        self._reading = False
        self._used = False
        self._unsent = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Accept a connection, if there is room for it."""
        super().connection_made(transport)
        self._group.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection from the open ones."""
        self.closed.set()
        self._group.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read a part of a request."""
        if not self.busy:
            if self._received == 0:
                self.since = self.loop.time()
            # If an earlier part had completed the headers, the application would have begun the request.
            elif self._received > self._limits.header_bytes:
                _log.info("closed a connection: its headers have more than %s bytes", self._limits.header_bytes)
                self.transport.write(b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n")
                self.transport.close()
                return
        self._received += len(data)
        super().data_received(data)

    def begin_request(self) -> None:
        """Record that the headers of a request are complete."""
        self.busy = self._reading = self._used = True
        self._received = 0
        self.since = self.loop.time()

    def end_body(self) -> None:
        """Record that the body of the request is complete, or is not needed."""
        self._reading = False

    def end_request(self) -> None:
        """Record that the answer has been written."""
        self.busy = self._reading = False
        self._received = 0
        self.since = self.loop.time()

    async def reset(self) -> None:
        """Reset the connection, and wait until it is closed."""
        self.transport.abort()
        await self.closed.wait()

    def is_overdue(self, now: float) -> bool:
        """Check whether the client is slower than the limits allow."""
        limits = self._limits
        unsent = self.transport.get_write_buffer_size()
        if unsent:
            if not self._unsent:
                self.since = now
            self._unsent = max(unsent, self._unsent)
            return bool(now - self.since > limits.body_seconds + self._unsent / limits.bytes_per_second)
        self._unsent = 0
        if self.busy:
            allowed = limits.body_seconds + self._received / limits.bytes_per_second
            return self._reading and now - self.since > allowed
        begun = self._received > 0 or not self._used
        return begun and now - self.since > limits.header_seconds


class Connections:
    """The open connections of one server, within its limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        """Add a new connection; if there are too many, close the one that has been idle for longest."""
        self._open.add(connection)
        if len(self._open) > self.limits.connections:
            idle = min((one for one in self._open if not one.busy), key=lambda one: one.since)
            _log.info("closed an idle connection: there are more than %s", self.limits.connections)
            self._open.discard(idle)
            idle.transport.abort()

    def discard(self, connection: Connection) -> None:
        """Remove a connection."""
        self._open.discard(connection)

    async def watch(self) -> None:
        """Close connections that are too slow, until the task is cancelled."""
        loop = asyncio.get_running_loop()
        every = min(1.0, self.limits.header_seconds / 4)
        while True:
            await asyncio.sleep(every)
            now = loop.time()
            for connection in [one for one in self._open if one.is_overdue(now)]:
                _log.info("closed a connection: its client is too slow")
                connection.transport.abort()

    async def close(self) -> None:
        """Close all connections; answers under way have a moment to end."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _GRACE
        while any(one.busy for one in self._open) and loop.time() < end:
            await asyncio.sleep(0.002)
        for connection in list(self._open):
            connection.transport.close()
        await asyncio.sleep(0)
        for connection in list(self._open):
            await connection.reset()
