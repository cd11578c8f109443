"""The answers of the service: JSON, XML, errors of the data plane and of the storage, and broken connections."""

from __future__ import annotations

import logging
from typing import Any, Final
from xml.sax.saxutils import escape

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from qsharp_bridge.emulator.errors import Problem, StorageProblem, Unauthorized

_log = logging.getLogger(__name__)

RESET: Final = "qsharp_bridge.reset"
"""The type of an ASGI message on which ``LogRequest`` resets the connection."""

_DRAINED: Final = 2**20
"""Bytes at most of the body of a refused request that are read, so that the connection can be used again."""


class BrokenResponse(Response):
    """Response that resets the connection, after the head and half of the body of ``whole`` if there is one."""

    def __init__(self, whole: Response | None = None) -> None:
        super().__init__()
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        if self._whole is not None:
            whole = self._whole
            await send({"type": "http.response.start", "status": whole.status_code, "headers": whole.raw_headers})
            half = bytes(whole.body)[: len(whole.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        await send({"type": RESET})


def json_reply(content: Any, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(orjson.dumps(content), status, media_type="application/json; charset=utf-8")


def xml_reply(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an XML answer of the storage. The client reads it only with this content type."""
    body = '<?xml version="1.0" encoding="utf-8"?>' + text
    return Response(body, status, headers=headers, media_type="application/xml")


def problem_reply(problem: Problem) -> Response:
    """Return the answer for an error: JSON, for the storage XML, for a missing key an empty body, as recorded."""
    if isinstance(problem, Unauthorized):
        return Response(b"", 401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if isinstance(problem, StorageProblem):
        text = f"<Error><Code>{problem.code}</Code><Message>{escape(problem.message)}</Message></Error>"
        return xml_reply(text, problem.status, {"x-ms-error-code": problem.code})
    return json_reply({"error": {"code": problem.code, "message": problem.message}}, problem.status)


async def refuse(scope: Scope, receive: Receive, problem: Problem) -> Response:
    """Log the refusal of a request, drop the rest of its body, and return the answer.

    Path and message are logged with ``repr``: both may contain line breaks and control sequences of a client.
    """
    _log.info("refused %s %.300r: %.300r", scope["method"], scope["path"], str(problem))
    reply = problem_reply(problem)
    if not await _drain(scope, receive):
        reply.headers["connection"] = "close"
    return reply


async def _drain(scope: Scope, receive: Receive) -> bool:
    """Read and drop the rest of a small body; return False if there may be more."""
    if scope["state"].get("body_read"):
        return True
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdigit() or int(length[:20]) > _DRAINED:
        return False
    more = int(length) > 0
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)
    return True
