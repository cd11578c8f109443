"""Refusals on the wire, as each side of the service writes them."""

from __future__ import annotations

import logging
from typing import Final
from xml.sax.saxutils import escape

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope

from qsharp_bridge.emulator.errors import Problem, StorageProblem, Unauthorized

from .responses import json_reply, xml_reply

_log = logging.getLogger(__name__)

_DRAINED: Final = 2**20
"""Bytes of the body of a refused request that are read and dropped, so that the connection can be used again."""


def problem_reply(problem: Problem) -> Response:
    """Return the answer for a refusal: JSON, for the storage XML, for a missing key the recorded empty one."""
    if isinstance(problem, Unauthorized):
        return Response(b"", 401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if isinstance(problem, StorageProblem):
        text = f"<Error><Code>{problem.code}</Code><Message>{escape(problem.message)}</Message></Error>"
        return xml_reply(text, problem.status, {"x-ms-error-code": problem.code})
    return json_reply({"error": {"code": problem.code, "message": problem.message}}, problem.status)


async def refuse(scope: Scope, receive: Receive, problem: Problem) -> Response:
    """Log a refusal and return the answer for it, after what is left of the body was dropped.

    Path and message are logged with ``repr``: both may hold line breaks and control sequences of a client.
    """
    _log.info("refused %s %.300r: %.300r", scope["method"], scope["path"], str(problem))
    reply = problem_reply(problem)
    if not await _drain(scope, receive):
        reply.headers["connection"] = "close"
    return reply


async def _drain(scope: Scope, receive: Receive) -> bool:
    """Read and drop what is left of a small body; return False when there may be more."""
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
