"""Kept connections with time-outs, which another thread can cut.

``requests`` limits the time until the first byte and the pause between two bytes, but not the time of a whole answer: a
slow one can block its thread without limit. And a thread that waits for a socket cannot be interrupted. So every
connection remembers its socket, and a :class:`Watchdog` shuts down the sockets of requests that are overdue.
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
_CHECK_SECONDS = 0.1  # between two checks for overdue requests
_current = threading.local()  # .connections: the Connections that this thread sends a request with


@dataclass(frozen=True)
class Timeouts:
    """Seconds that one HTTP request may take: to connect, until the next bytes, and in total."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 30.0

    def scaled(self, factor: float, most: float) -> Timeouts:
        """Return the time-outs multiplied by a factor, each of them ``most`` seconds at most."""
        return Timeouts(*(max(0.05, min(factor * each, most)) for each in (self.connect, self.read, self.total)))


class Connections:
    """The REST client and the HTTP session of one thread.

    ``Target.submit`` of the client makes a new REST client, and with it a new connection, for each job.

    Attributes:
        rest: the generated client of the service's REST interface.
        sent: whether an HTTP request was sent since :meth:`sending` began.
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
        """Return a transport for a blob client that shares this session."""
        return RequestsTransport(session=self.http, session_owner=False)

    @contextlib.contextmanager
    def sending(self, timeouts: Timeouts) -> Iterator[None]:
        """Apply time-outs to each HTTP request that is sent inside the block."""
        self.timeouts, self.sent = timeouts, False
        _current.connections = self
        try:
            yield
        finally:
            self.deadline = math.inf
            _current.connections = None

    def begin(self) -> tuple[float, float]:
        """Begin an HTTP request, and return its time-outs for ``requests``."""
        self.sent = True
        self.deadline = time.monotonic() + self.timeouts.total
        return self.timeouts.connect, self.timeouts.read

    def opened(self, new: socket.socket) -> None:
        """Remember the socket of a new connection."""
        with self._lock:
            self._sockets.add(new)

    def cut(self) -> None:
        """Cut the request under way. May be called from any thread."""
        self.deadline = math.inf
        with self._lock:
            for each in list(self._sockets):
                with contextlib.suppress(OSError):
                    # Not SSLSocket.shutdown, which would drop the TLS state that the reading thread uses.
                    socket.socket.shutdown(each, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the client and its connections."""
        self.rest.close()
        self.http.close()


class Watchdog:
    """Daemon thread that cuts overdue requests, from the first :meth:`add` to :meth:`close`."""

    def __init__(self) -> None:
        self._watched: list[Connections] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, connections: Connections) -> None:
        """Watch these connections too."""
        with self._lock:
            self._watched.append(connections)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="qsharp-bridge-watchdog", daemon=True)
                self._thread.start()

    def cut_after(self, seconds: float) -> None:
        """Cut the requests under way that do not end within so many seconds."""
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
        while not closed.wait(_CHECK_SECONDS):
            now = time.monotonic()
            with self._lock:
                overdue = [connections for connections in self._watched if connections.deadline <= now]
            for connections in overdue:
                connections.cut()


class _Session(requests.Session):
    """HTTP session that applies the time-outs of its connections and refuses answers to other requests."""

    def __init__(self, connections: Connections) -> None:
        super().__init__()
        self._connections = weakref.ref(connections)
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter())

    def request(self, method: str, url: str | bytes, *arguments: Any, **options: Any) -> requests.Response:
        connections = self._connections()
        assert connections is not None
        response = super().request(method, url, *arguments, **{**options, "timeout": connections.begin()})
        # Storage repeats the id of the request, so that an answer which a proxy mixed up can be recognized.
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
    connections: Connections | None = getattr(_current, "connections", None)
    if connections is not None and isinstance(new, socket.socket):
        connections.opened(new)
