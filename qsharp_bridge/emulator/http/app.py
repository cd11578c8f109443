"""The service as an ASGI application: finds the route, checks the key, runs the handler, writes the answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from qsharp_bridge.emulator.errors import NotFound, Problem, StorageProblem, TooLarge
from qsharp_bridge.emulator.faults import Fault
from qsharp_bridge.emulator.server.connections import Connections

from .auth import check_key
from .openapi import describe
from .request import VERSIONS, Call, Service
from .request_log import Entry
from .responses import json_reply, problem_reply
from .routes import (
    admin as routes_admin,
)
from .routes import (
    blobs as routes_blobs,
)
from .routes import (
    jobs as routes_jobs,
)
from .routes import (
    management as routes_management,
)
from .routes import (
    pages as routes_pages,
)
from .routes import (
    sessions as routes_sessions,
)
from .routes import (
    workspace as routes_workspace,
)

__all__ = ["OPERATIONS", "App", "description"]

_log = logging.getLogger(__name__)

Handler = Callable[[Call], Response]

_WORKSPACE: Final = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Quantum/workspaces/{ws}/"
_BODY_LIMIT: Final = 256 * 2**20
_LINGER: Final = 0.05
"""Seconds that the answer to a GET of a running job waits at most."""


def _described(call: Call) -> Response:
    return json_reply(description())


def _listed() -> list[tuple[str, str, str, Handler]]:
    data_plane = [*routes_jobs.ROUTES, *routes_sessions.ROUTES, *routes_workspace.ROUTES]
    routes = [(name, method, _WORKSPACE + path, handler) for name, method, path, handler in data_plane]
    routes += routes_workspace.SUBSCRIPTION_ROUTES
    routes += routes_management.ROUTES
    routes += routes_admin.ROUTES
    routes += routes_pages.ROUTES
    return [*routes, ("admin.openapi", "GET", "/_admin/openapi.json", _described)]


_LISTED: Final = _listed()
_ROUTES: Final = [(name, method, compile_path(path)[0], handler) for name, method, path, handler in _LISTED]

OPERATIONS: Final = (*dict.fromkeys(name for name, *_ in _ROUTES), *routes_blobs.OPERATIONS, "jobs.run")
"""The names of all operations: the points where faults happen, and what the request journal notes."""


def description() -> dict[str, Any]:
    """The OpenAPI description of all routes."""
    return describe((name, method, path) for name, method, path, _ in _LISTED)


class App:
    """The ASGI application of one service."""

    def __init__(self, service: Service, connections: Connections) -> None:
        self._service = service
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        service = self._service
        operation, fault, reply = "", None, None
        try:
            body = await _read(receive)
            operation, handler, params = _find(scope)
            call = Call(
                service,
                scope["method"],
                scope["path"],
                Headers(scope=scope),
                scope["query_string"],
                params,
                body,
            )
            if operation.startswith("admin."):
                check_key(call.headers, service.api_key)
                reply = handler(call)
            else:
                fault = service.faults.take(operation, "before", _job_name(operation, call))
                reply = await _strike(fault) if fault else None
                if operation == "jobs.get":
                    await self._linger(call)
                if reply is None and not (fault and fault.kind == "reset"):
                    reply = self._answer(call, operation, handler)
                    fault = fault or service.faults.take(operation, "after", _job_name(operation, call))
                    if fault and fault.when == "after":
                        reply = await _strike(fault) or reply
        except _Gone:
            return
        except Problem as problem:
            _log.info("refused %s %s: %s", scope["method"], scope["path"], problem)
            reply = problem_reply(problem)
        except Exception:
            _log.exception("%s %s", scope["method"], scope["path"])
            reply = problem_reply(Problem("InternalError", "The service failed on this request; see its log."))
        kind = fault.kind if fault else ""
        status = 0 if kind == "reset" or reply is None else reply.status_code
        if not operation.startswith("admin."):
            taken = time.perf_counter() - began
            service.journal.add(
                Entry(
                    scope["method"],
                    scope["path"],
                    operation,
                    status,
                    service.engine.clock.now(),
                    round(taken, 6),
                    kind,
                )
            )
        if kind == "reset" or reply is None:
            self._connections.reset(scope.get("client"))
        elif kind == "truncate":
            await self._truncated(reply, scope, send)
        else:
            await reply(scope, receive, send)

    def _answer(self, call: Call, operation: str, handler: Handler) -> Response:
        if not operation.startswith(("blobs.", "pages.")):
            check_key(call.headers, self._service.api_key)
            versions = routes_management.VERSIONS if operation.startswith("management.") else VERSIONS
            call.check_version(versions)
        return handler(call)

    async def _linger(self, call: Call) -> None:
        """Give a job that is being simulated a moment to end.

        Most take a few milliseconds, and a client that hears Waiting asks again only after 200.
        """
        engine = self._service.engine
        if engine.pace.seconds or engine.pace.reads:
            return
        try:
            place = call.workspace, call.id
        except Problem:
            return  # the handler will say what is wrong
        deadline = time.perf_counter() + _LINGER
        while engine.is_running(*place) and time.perf_counter() < deadline:
            await asyncio.sleep(0.002)

    async def _truncated(self, reply: Response, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": reply.status_code, "headers": reply.raw_headers})
        half = bytes(reply.body)[: len(reply.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        self._connections.reset(scope.get("client"))


class _Gone(Exception):
    """The client went away before its request was whole."""


def _find(scope: Scope) -> tuple[str, Handler, dict[str, str]]:
    """The operation that a request is for, its handler, and the parameters of its path."""
    path, method = scope["path"], scope["method"]
    if path.startswith(("/subscriptions/", "/providers/", "/_")) or path == "/":
        wrong_method = False
        for name, its_method, pattern, handler in _ROUTES:
            match = pattern.match(path)
            if match and its_method == method:
                return name, handler, match.groupdict()
            wrong_method |= match is not None
        if wrong_method:
            raise Problem("MethodNotAllowed", "This path does not take that method.", status=405)
        raise NotFound("ResourceNotFound", "There is nothing at this path.")
    return routes_blobs.operation_of(scope["method"], scope["query_string"]), routes_blobs.storage, {}


def _job_name(operation: str, call: Call) -> str:
    """The name of the job that is submitted, for faults that choose by it; else the path."""
    if operation != "jobs.create":
        return call.path
    try:
        return str(call.json.get("name", ""))
    except Problem:
        return ""


async def _strike(fault: Fault) -> Response | None:
    """The answer that a fault gives in place of the true one, if it gives one."""
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "expired_sas":
        problem = StorageProblem("AuthenticationFailed", "Signature not valid in the specified time frame.", status=403)
        return problem_reply(problem)
    if fault.kind != "status":
        return None
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    if fault.html:
        page = f"<html><body><h1>{fault.status}</h1><p>Too many requests.</p></body></html>"
        return Response(page, fault.status, headers=headers, media_type="text/html")
    reply = problem_reply(Problem("ServiceBusy", "A fault that was asked for.", status=fault.status))
    reply.headers.update(headers)
    return reply


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message: MutableMapping[str, Any] = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > _BODY_LIMIT:
            raise TooLarge("RequestBodyTooLarge", f"The body has more than {_BODY_LIMIT} bytes.")
        chunks.append(chunk)
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
