"""Middlewares for all requests: the log of requests, and the checks that need neither a route nor a key."""

from __future__ import annotations

import ipaddress
import re
import time
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qsharp_bridge.emulator.errors import BadRequest, Problem

from .request import Service
from .request_log import LoggedRequest
from .responses import RESET, refuse


class LogRequest:
    """Middleware that logs each request with the status of its answer, before the client gets the answer."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        began = time.perf_counter()
        state: dict[str, Any] = scope["state"]
        connection = state["connection"]
        connection.begin_request()
        logged = False
        request_id = [
            pair for pair in scope["headers"] if pair[0] == b"x-ms-client-request-id" and len(pair[1]) <= 1024
        ]

        def log(status: int) -> None:
            nonlocal logged
            operation = state.get("operation", "")
            if not logged and not operation.startswith("admin."):
                now = self._service.engine.clock.now()
                taken = round(time.perf_counter() - began, 6)
                entry = LoggedRequest(
                    scope["method"], scope["path"][:1024], operation, status, now, taken, state.get("fault", "")
                )
                self._service.requests.add(entry)
            logged = True

        async def send_logged(message: Message) -> None:
            if message["type"] == RESET:
                log(0)
                await connection.reset()
                return
            if message["type"] == "http.response.start":
                log(message["status"])
                connection.end_body()
                # As Azure's storage does: the client notices if it gets the answer to another request.
                message["headers"] = [*message.get("headers", []), *request_id]
            await send(message)

        try:
            await self._app(scope, receive, send_logged)
        finally:
            log(500)  # only if nothing was sent: the server then answers 500
            connection.end_request()


_WORKSPACE: Final = re.compile(
    "/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft[.]Quantum/workspaces/", re.IGNORECASE
)
"""Azure ignores the case of these names; the extension of VS Code writes a capital W."""

_HOST: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


def _is_own_address(host: str, scope: Scope) -> bool:
    """Check whether a host is an address of this service: a loopback address, or the one that the client connected to.

    Any other address would be copied into signed URLs.
    """
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        own = ipaddress.ip_address((scope.get("server") or ("",))[0])
    except ValueError:
        return False
    return address.is_loopback or address == own


class CheckRequest:
    """Middleware that refuses requests with large headers, or with a Host header that is not of this service.

    A page of another site could otherwise let its own name resolve to this machine (DNS rebinding), and signed URLs
    would contain that name.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._max_bytes = service.limits.header_bytes
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
        if size > self._max_bytes:
            return Problem("RequestHeadersTooLarge", f"The headers have more than {self._max_bytes} bytes.", status=431)
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
