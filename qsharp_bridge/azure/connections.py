"""Kept connections with time-outs, which another thread can cut.

``requests`` limits the time until the first byte and the pause between two bytes, but not the length of an answer: one
that trickles in holds its thread for as long as it likes. And no thread can be interrupted while it waits for a socket.
So every connection remembers its socket, and a :class:`Watchdog` shuts the sockets of requests that are overdue.
"""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.quantum.workspace import Workspace
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_REQUEST_ID = "x-ms-client-request-id"
_LOOK = 0.1  # seconds between two looks for overdue requests
_here = threading.local()  # .connections: those of the request that this thread sends


@dataclass(frozen=True)
class Timeouts:
    """The seconds that one HTTP request may take: to connect, until the next bytes, and in all."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 30.0

    def scaled(self, factor: float, most: float) -> Timeouts:
        """Return the same, longer by a factor, each of them ``most`` seconds at most."""
        return Timeouts(*(max(0.05, min(factor * each, most)) for each in (self.connect, self.read, self.total)))


class Connections:
    """The REST client and the HTTP session of one thread.

    ``Target.submit`` of the client makes a new client, and with it a new connection, for each job. These are kept.

    Attributes:
        rest: the generated client of the service's REST interface.
        sent: whether anything was sent for the present request.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.http = _Session(self)
        self.rest: Any = workspace._create_client()
        self.rest._client._pipeline._transport.session = self.http  # the client has no parameter for it
        self.sent = False
        self.timeouts = Timeouts()
        self.deadline = math.inf  # of the HTTP request under way, by the monotonic clock
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._lock = threading.Lock()

    def transport(self) -> RequestsTransport:
        """Return a transport for a blob client: it shares this session."""
        return RequestsTransport(session=self.http, session_owner=False)

    @contextlib.contextmanager
    def sending(self, timeouts: Timeouts) -> Iterator[None]:
        """Send what is sent inside the block with these time-outs, each HTTP request with all of them."""
        self.timeouts, self.sent = timeouts, False
        _here.connections = self
        try:
            yield
        finally:
            self.deadline = math.inf
            _here.connections = None

    def begin(self) -> tuple[float, float]:
        """Begin an HTTP request: return the time-outs for ``requests``."""
        self.sent = True
        self.deadline = time.monotonic() + self.timeouts.total
        return self.timeouts.connect, self.timeouts.read

    def opened(self, new: socket.socket) -> None:
        """Remember the socket of a new connection."""
        with self._lock:
            self._sockets.add(new)

    def cut(self) -> None:
        """Break off the request under way. From any thread."""
        self.deadline = math.inf
        with self._lock:
            for each in list(self._sockets):
                with contextlib.suppress(OSError):
                    # Not SSLSocket.shutdown, which would take the TLS state from under the thread that reads.
                    socket.socket.shutdown(each, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the client and its connections."""
        self.rest.close()
        self.http.close()


class Watchdog:
    """Cuts connections whose request is overdue. Runs a daemon thread from the first :meth:`add` to :meth:`close`."""

    def __init__(self) -> None:
        self._watched: list[Connections] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, connections: Connections) -> None:
        """Watch these connections, too."""
        with self._lock:
            self._watched.append(connections)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="qsharp-bridge-watchdog", daemon=True)
                self._thread.start()

    def hurry(self, seconds: float) -> None:
        """Cut the requests under way unless they end within so many seconds."""
        until = time.monotonic() + seconds
        with self._lock:
            for connections in self._watched:
                connections.deadline = min(connections.deadline, until)

    def close(self) -> None:
        """Close all connections, and end the thread."""
        self._closed.set()
        with self._lock:
            watched, self._watched, self._thread = self._watched, [], None
            self._closed = threading.Event()
        for connections in watched:
            connections.cut()
            connections.close()

    def _watch(self) -> None:
        closed = self._closed
        while not closed.wait(_LOOK):
            now = time.monotonic()
            with self._lock:
                overdue = [connections for connections in self._watched if connections.deadline <= now]
            for connections in overdue:
                connections.cut()


class _Session(requests.Session):
    """Sends with the time-outs of the moment, and refuses answers to other requests."""

    def __init__(self, connections: Connections) -> None:
        super().__init__()
        self._connections = weakref.ref(connections)
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter())

    def request(self, method: str, url: str | bytes, *arguments: Any, **options: Any) -> requests.Response:
        connections = self._connections()
        assert connections is not None
        response = super().request(method, url, *arguments, **{**options, "timeout": connections.begin()})
        # Storage repeats the id of the request: so an answer that a proxy mixed up is known, whatever is in it.
        sent, repeated = (options.get("headers") or {}).get(_REQUEST_ID), response.headers.get(_REQUEST_ID)
        if sent and repeated and sent != repeated:
            response.close()
            raise requests.ConnectionError("the answer is to another request")
        return response


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _remember(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _remember(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


def _remember(new: Any) -> None:
    connections: Connections | None = getattr(_here, "connections", None)
    if connections is not None and isinstance(new, socket.socket):
        connections.opened(new)
