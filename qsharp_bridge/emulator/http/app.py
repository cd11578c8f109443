"""The Starlette application of the service: its routes, its middlewares, and its answers to errors."""

from __future__ import annotations

import logging
import sqlite3
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from qsharp_bridge.emulator.errors import Problem, StorageProblem

from .endpoint import Admit, Endpoint, Handler, admit_client, admit_key
from .middleware import CheckRequest, LogRequest
from .openapi import describe
from .request import Call, Service
from .responses import json_reply, problem_reply, refuse
from .routes import admin, blobs, jobs, management, pages, sessions, workspace

_log = logging.getLogger(__name__)


def _describe(call: Call) -> Response:
    return json_reply(description())


_ROUTES: Final[list[tuple[str, str, str, Handler, Admit]]] = [
    *((name, method, path, handler, admit_client) for name, method, path, handler in jobs.ROUTES),
    *((name, method, path, handler, admit_client) for name, method, path, handler in sessions.ROUTES),
    *((name, method, path, handler, admit_client) for name, method, path, handler in workspace.ROUTES),
    *((name, method, path, handler, management.admit) for name, method, path, handler in management.ROUTES),
    *((name, method, path, handler, admit_key) for name, method, path, handler in admin.ROUTES),
    ("admin.openapi", "GET", "/_admin/openapi.json", _describe, admit_key),
    *pages.ROUTES,
]
"""Name, method, path, handler and admission of every operation but those of the storage."""

OPERATIONS: Final = (*dict.fromkeys(name for name, *_ in _ROUTES), *blobs.OPERATIONS, "jobs.run")
"""The names of all operations, for faults and for the log of requests."""


def description() -> dict[str, Any]:
    """Return the OpenAPI description of all routes."""
    return describe((name, method, path) for name, method, path, *_ in _ROUTES)


def create_app(service: Service) -> Starlette:
    """Return the ASGI application of one service."""
    handlers: dict[Any, Any] = {
        Problem: _refuse,
        HTTPException: _refuse_path,
        ClientDisconnect: _answer_nobody,
        sqlite3.OperationalError: _report_database,
        Exception: _report_failure,
    }
    app = Starlette(
        routes=[
            _StorageRoute(service),  # first, since it is decided in the least time
            *(
                Route(path, Endpoint(name, service, handler, admit), methods=[method], name=name)
                for name, method, path, handler, admit in _ROUTES
            ),
        ],
        middleware=[Middleware(LogRequest, service=service), Middleware(CheckRequest, service=service)],
        exception_handlers=handlers,
    )
    app.router.redirect_slashes = False
    return app


class _StorageRoute(BaseRoute):
    """The route of the storage: all paths that begin with a container, not as those of the other routes.

    The operation depends on the method and the query, not on the path.
    """

    def __init__(self, service: Service) -> None:
        self._operations = {
            name: Endpoint(name, service, blobs.storage, blobs.admit, service.limits.blob_bytes)
            for name in blobs.OPERATIONS
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a request for the storage."""
        other = scope["path"].startswith(("/subscriptions/", "/providers/", "/_")) or scope["path"] == "/"
        return (Match.NONE, {}) if other else (Match.FULL, {"path_params": {}})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        name = blobs.operation_of(scope["method"], scope["query_string"])
        await self._operations[name](scope, receive, send)


async def _refuse(request: Request, problem: Problem) -> Response:
    return await refuse(request.scope, request.receive, problem)


async def _refuse_path(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405:
        return await _refuse(request, Problem("MethodNotAllowed", "This path does not take that method.", status=405))
    return await _refuse(request, Problem("ResourceNotFound", "There is nothing at this path.", status=404))


async def _answer_nobody(request: Request, error: ClientDisconnect) -> Response:
    return Response(status_code=400)  # nobody reads it


async def _report_database(request: Request, error: sqlite3.OperationalError) -> Response:
    _log.error("the database cannot serve %s %.300r now: %s", request.method, request.scope["path"], error)
    return _error(request, "ServerBusy", f"The database of the service cannot do this now: {error}.", 503)


async def _report_failure(request: Request, error: Exception) -> Response:
    # The server logs the exception itself.
    _log.error("the service failed on %s %.300r", request.method, request.scope["path"])
    return _error(request, "InternalError", "The service failed on this request; see its log.", 500)


def _error(request: Request, code: str, message: str, status: int) -> Response:
    kind = StorageProblem if request.scope["state"].get("operation", "").startswith("blobs.") else Problem
    return problem_reply(kind(code, message, status=status))
