"""The service as an ASGI application: finds the route, checks the key, runs the handler, writes the answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from . import routes_blobs, routes_jobs, routes_sessions, routes_workspace
from .auth import check_key
from .context import Call, Service
from .problems import NotFound, Problem, TooLarge
from .replies import problem_reply

__all__ = ["App"]

_log = logging.getLogger(__name__)

Handler = Callable[[Call], Response]

_WORKSPACE: Final = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Quantum/workspaces/{ws}/"
_BODY_LIMIT: Final = 256 * 2**20


class App:
    """The ASGI application of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._routes: list[tuple[Route, Handler]] = [
            (Route(_WORKSPACE + path, endpoint=_Named(handler), methods=[method]), handler)
            for method, path, handler in (
                *routes_jobs.ROUTES,
                *routes_sessions.ROUTES,
                *routes_workspace.ROUTES,
            )
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        try:
            body = await _read(receive)
            reply = self._answer(scope, body)
        except Problem as problem:
            reply = problem_reply(problem)
        except Exception:
            _log.exception("%s %s", scope["method"], scope["path"])
            reply = problem_reply(Problem("InternalError", "The service failed on this request; see its log."))
        await reply(scope, receive, send)

    def _answer(self, scope: Scope, body: bytes) -> Response:
        headers = Headers(scope=scope)
        path = scope["path"]
        handler, params = self._find(scope, path)
        call = Call(self._service, scope["method"], path, headers, scope["query_string"], params, body)
        if handler is not routes_blobs.storage:
            check_key(headers, self._service.api_key)
            call.check_version()
        return handler(call)

    def _find(self, scope: Scope, path: str) -> tuple[Handler, dict[str, str]]:
        if path.startswith("/subscriptions/"):
            wrong_method = False
            for route, handler in self._routes:
                match, child = route.matches(scope)
                if match is Match.FULL:
                    return handler, child["path_params"]
                wrong_method |= match is Match.PARTIAL
            if wrong_method:
                raise Problem("MethodNotAllowed", "This path does not take that method.", status=405)
            raise NotFound("ResourceNotFound", "There is nothing at this path.")
        return routes_blobs.storage, {}


class _Named:
    """A route needs an endpoint; the handler is called by ``App`` itself."""

    def __init__(self, handler: Handler) -> None:
        self.__name__ = handler.__name__

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise NotImplementedError


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message: MutableMapping[str, Any] = await receive()
        if message["type"] == "http.disconnect":
            raise Problem("Disconnected", "The client went away.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > _BODY_LIMIT:
            raise TooLarge("RequestBodyTooLarge", f"The body has more than {_BODY_LIMIT} bytes.")
        chunks.append(chunk)
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
