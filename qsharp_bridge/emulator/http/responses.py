"""Answers on the wire: JSON, XML, and refusals as each side of the service writes them."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import orjson
from starlette.responses import Response

from qsharp_bridge.emulator.errors import Problem, StorageProblem, Unauthorized

__all__ = ["json_reply", "problem_reply", "xml_reply"]


def json_reply(content: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(content), status, media_type="application/json; charset=utf-8")


def xml_reply(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An XML answer of the storage side; the content type is what the client needs to read it."""
    body = '<?xml version="1.0" encoding="utf-8"?>' + text
    return Response(body, status, headers=headers, media_type="application/xml")


def problem_reply(problem: Problem) -> Response:
    """The refusal, as the side of the service that it comes from writes it."""
    if isinstance(problem, Unauthorized):
        return Response(b"", 401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if isinstance(problem, StorageProblem):
        text = f"<Error><Code>{problem.code}</Code><Message>{escape(problem.message)}</Message></Error>"
        return xml_reply(text, problem.status, {"x-ms-error-code": problem.code})
    return json_reply({"error": {"code": problem.code, "message": problem.message}}, problem.status)
