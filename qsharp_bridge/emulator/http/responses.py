"""Answers on the wire: JSON, XML, and connections that break."""

from __future__ import annotations

from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

RESET: Final = "qsharp_bridge.reset"
"""The type of an ASGI message that resets the connection. ``RequestLog`` carries it out."""


class BrokenResponse(Response):
    """Resets the connection, after the head and half of the body of an answer if there is one."""

    def __init__(self, whole: Response | None = None) -> None:
        super().__init__()
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
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
    """Return an XML answer of the storage side. The client reads it only with this content type."""
    body = '<?xml version="1.0" encoding="utf-8"?>' + text
    return Response(body, status, headers=headers, media_type="application/xml")
