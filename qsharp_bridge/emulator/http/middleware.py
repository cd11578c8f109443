"""Middlewares for every request: the log of requests, and the checks that need neither a route nor a key."""

from __future__ import annotations

import ipaddress
import re
import time
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qsharp_bridge.emulator.errors import BadRequest, Problem

from .request import Service
from .request_log import Entry
from .responses import RESET, refuse


class RequestLog:
    """Notes every request and how it was answered, before the client can see the answer, which repeats its id."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        began = time.perf_counter()
        state: dict[str, Any] = scope["state"]
        connection = state["connection"]
        connection.begin_request()
        noted = False
        repeated = [pair for pair in scope["headers"] if pair[0] == b"x-ms-client-request-id" and len(pair[1]) <= 1024]

        def note(status: int) -> None:
            nonlocal noted
            operation = state.get("operation", "")
            if not noted and not operation.startswith("admin."):
                now = self._service.engine.clock.now()
                taken = round(time.perf_counter() - began, 6)
                entry = Entry(
                    scope["method"], scope["path"][:1024], operation, status, now, taken, state.get("fault", "")
                )
                self._service.journal.add(entry)
            noted = True

        async def noting(message: Message) -> None:
            if message["type"] == RESET:
                note(0)
                await connection.reset()
                return
            if message["type"] == "http.response.start":
                note(message["status"])
                connection.end_body()
                # As Azure's storage does: a client can tell an answer to another request, mixed up on the way.
                message["headers"] = [*message.get("headers", []), *repeated]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            note(500)  # only if nothing was sent: the server then sends this
            connection.end_request()


_WORKSPACE: Final = re.compile(
    "/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft[.]Quantum/workspaces/", re.IGNORECASE
)
"""Azure reads these names without case; the extension of VS Code writes a capital W."""

_HOST: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


def _is_own_address(host: str, scope: Scope) -> bool:
    """Return whether a host is an address of this machine: a loopback one, or the one that the client connected to.

    A name can be rebound by DNS to this service, and any other address would be echoed into signed URLs.
    """
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        own = ipaddress.ip_address((scope.get("server") or ("",))[0])
    except ValueError:
        return False
    return address.is_loopback or address == own


class CheckRequest:
    """Refuses requests with large headers, and those that name a host that is not this service.

    A page of another site could otherwise have its own name resolve to this machine (DNS rebinding), and signed URLs
    would carry that name.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._most = service.limits.header_bytes
        self._hosts = service.hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        place = _WORKSPACE.match(scope["path"])
        if place is not None:
            beginning = f"/subscriptions/{place[1]}/resourceGroups/{place[2]}/providers/Microsoft.Quantum/workspaces/"
            scope["path"] = beginning + scope["path"][place.end() :]
        problem = self._problem(scope)
        app = self._app if problem is None else await refuse(scope, receive, problem)
        await app(scope, receive, send)

    def _problem(self, scope: Scope) -> Problem | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        size = len(scope["raw_path"]) + len(scope["query_string"])
        for name, value in headers:
            size += len(name) + len(value)
        if size > self._most:
            return Problem("RequestHeadersTooLarge", f"The headers have more than {self._most} bytes.", status=431)
        named = [value for name, value in headers if name == b"host"]
        match = _HOST.fullmatch(named[0].decode("latin-1")) if len(named) == 1 else None
        if match is None:
            return BadRequest("InvalidHeaderValue", "The Host header is missing or malformed.")
        host = match["name"].lower().rstrip(".")
        known = host in self._hosts or host == "localhost" or host.endswith(".localhost") or "*" in self._hosts
        if known or _is_own_address(host, scope):
            return None
        return Problem(
            "InvalidHost",
            f"This service does not answer as '{host}'. Use its address or localhost, or start it with "
            f"--allow-host {host} (allowed_hosts=[...]).",
            status=421,
        )
