"""The endpoint of a route: it admits a request, reads its body, injects faults, and calls the handler."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from qsharp_bridge.emulator.errors import Problem, StorageProblem
from qsharp_bridge.emulator.faults import Fault

from .auth import check_key
from .request import VERSIONS, Call, Service
from .responses import BrokenResponse, problem_reply

_ANYONE: Final = 16 * 1024
"""Bytes at most of a body that is read without the key."""

Handler: TypeAlias = Callable[[Call], Response | Awaitable[Response]]
Admit: TypeAlias = Callable[[Call], Response | None]
"""Returns None to admit a request, or an answer if the handler is not to be called, or raises a ``Problem``."""


def admit_anyone(call: Call) -> None:
    """Admit every request. Faults do not happen to such requests, or a client without the key could use them up."""


def admit_key(call: Call) -> None:
    """Admit a request with the key.

    Raises:
        Unauthorized: the request carries no key, or a wrong one.
    """
    check_key(call.headers, call.service.api_key)


def admit_client(call: Call) -> None:
    """Admit a request with the key and an api-version of the data plane."""
    check_key(call.headers, call.service.api_key)
    call.check_version(VERSIONS)


class Endpoint:
    """ASGI application of one operation of the service.

    The body of a request that is not admitted is not read, and no fault happens to it.

    Args:
        name: the name of the operation, such as "jobs.create".
        service: the service of the operation.
        handler: answers an admitted request.
        admit: admits a request, by its head alone.
        max_bytes: bytes of a body at most; None: the limit for JSON.
    """

    def __init__(
        self, name: str, service: Service, handler: Handler, admit: Admit = admit_client, max_bytes: int | None = None
    ) -> None:
        self.name = name
        self._service = service
        self._handler = handler
        self._admit = admit
        self._max_bytes = service.limits.json_bytes if max_bytes is None else max_bytes
        if admit is admit_anyone:
            self._max_bytes = min(self._max_bytes, _ANYONE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        scope["state"]["operation"] = self.name
        call = Call(self._service, scope)
        reply = self._admit(call)
        if reply is None:
            await call.read(receive, self._max_bytes)
            reply = await self._answer(call)
        await reply(scope, receive, send)

    async def _answer(self, call: Call) -> Response:
        """Answer an admitted request, with a fault before or after that if there is one."""
        faults = self._service.faults
        if not faults or self._admit is admit_anyone or self.name.startswith("admin."):
            return await self._handle(call)
        subject = _subject(self.name, call)
        fault = faults.take(self.name, "before", subject)
        reply = await _inject(fault, call) if fault else None
        if reply is None:
            reply = await self._handle(call)
            if fault is None and (fault := faults.take(self.name, "after", subject)) is not None:
                reply = await _inject(fault, call, reply) or reply
        return reply

    async def _handle(self, call: Call) -> Response:
        reply = self._handler(call)
        return await reply if inspect.isawaitable(reply) else reply


def _subject(operation: str, call: Call) -> str:
    """Return the name of the job that is submitted, for faults that choose by it; otherwise the path."""
    if operation != "jobs.create":
        return call.path
    try:
        return str(call.json.get("name", ""))
    except Problem:
        return ""


async def _inject(fault: Fault, call: Call, reply: Response | None = None) -> Response | None:
    """Inject a fault; return its answer in place of ``reply``, or None if it has none."""
    call.scope["state"]["fault"] = fault.kind
    match fault.kind:
        case "slow":
            # Ends early if the client disconnects, or the service stops.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(call.connection.closed.wait(), fault.seconds)
        case "reset":
            return BrokenResponse()
        case "truncate":
            return BrokenResponse(reply)
        case "expired_sas":
            message = "Signature not valid in the specified time frame."
            return problem_reply(StorageProblem("AuthenticationFailed", message, status=403))
        case "status":
            return _error_status(fault)
    return None


def _error_status(fault: Fault) -> Response:
    """Return the answer of a fault of the kind "status"."""
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    if fault.html:
        page = f"<html><body><h1>{fault.status}</h1><p>Too many requests.</p></body></html>"
        return Response(page, fault.status, headers=headers, media_type="text/html")
    reply = problem_reply(Problem("ServiceBusy", "This is an injected fault.", status=fault.status))
    reply.headers.update(headers)
    return reply
