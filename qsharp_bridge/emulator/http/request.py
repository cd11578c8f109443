"""A request in the form that the handlers use, and the service that all requests share."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from qsharp_bridge.emulator.engine import Engine
from qsharp_bridge.emulator.errors import BadRequest, TooLarge
from qsharp_bridge.emulator.faults import Faults
from qsharp_bridge.emulator.limits import Limits
from qsharp_bridge.emulator.server.connections import Connection
from qsharp_bridge.emulator.state.sas import Signer

from .request_log import RequestLog
from .serializers import Urls

WORKSPACE: Final = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Quantum/workspaces/{ws}"
"""The path of a workspace."""

_SUBSCRIPTION: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GROUP: Final = re.compile(r"[-\w.()]{1,90}")
_NAME: Final = re.compile(r"[A-Za-z0-9-]{2,54}")
_ID: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,56}[A-Za-z0-9])?")
VERSIONS: Final = frozenset(
    {
        "2022-09-12-preview",
        "2023-11-13-preview",
        "2024-10-01-preview",
        "2025-09-01-preview",
        "2025-12-01-preview",
        "2026-01-15-preview",
    }
)
"""The api-versions of the data plane that the clients since 2022 send."""


@dataclass(slots=True)
class Service:
    """The parts of the service that all requests share.

    Attributes:
        hosts: the names of this service in a Host header, besides numeric addresses and localhost; "*": all.
    """

    engine: Engine
    signer: Signer
    api_key: str
    faults: Faults
    requests: RequestLog
    limits: Limits = field(default_factory=Limits)
    hosts: frozenset[str] = frozenset()
    scheme: str = "http"


@dataclass
class Call:
    """One request: its decoded path parameters and query, and its body after ``read``."""

    service: Service
    scope: Scope = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def method(self) -> str:
        """The HTTP method."""
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """The whole path, percent-decoded."""
        return str(self.scope["path"])

    @property
    def params(self) -> dict[str, str]:
        """The parameters in the path."""
        return self.scope["path_params"]  # type: ignore[no-any-return]

    @cached_property
    def headers(self) -> Headers:
        """The headers; the case of their names is ignored."""
        return Headers(scope=self.scope)

    @property
    def connection(self) -> Connection:
        """The connection that the request came on."""
        return self.scope["state"]["connection"]  # type: ignore[no-any-return]

    @property
    def engine(self) -> Engine:
        """The engine of the service."""
        return self.service.engine

    @cached_property
    def query(self) -> dict[str, str]:
        """The query, with names as sent; the last value of a name that occurs twice."""
        try:
            query = self.scope["query_string"].decode("ascii")
            return dict(parse_qsl(query, keep_blank_values=True, errors="strict"))
        except (UnicodeDecodeError, ValueError):
            raise BadRequest("InvalidQueryParameterValue", "The query is not valid UTF-8.") from None

    async def read(self, receive: Receive, max_bytes: int) -> None:
        """Read the body.

        Raises:
            TooLarge: the body has more than ``max_bytes`` bytes. If its Content-Length says so, nothing is read.
            ClientDisconnect: the client disconnected before the end of the body.
        """
        length = self.headers.get("content-length", "0")
        too_large = TooLarge("RequestBodyTooLarge", f"The body has more than {max_bytes} bytes.")
        if length.isdigit() and int(length[:20]) > max_bytes:
            raise too_large
        chunks: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > max_bytes:
                raise too_large
            chunks.append(chunk)
            more = message.get("more_body", False)
        self.scope["state"]["body_read"] = True
        self.connection.end_body()
        self.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        try:
            content = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise BadRequest("InvalidJson", f"The body is not JSON: {error}") from None
        if not isinstance(content, dict):
            raise BadRequest("InvalidJson", "The body must be a JSON object.")
        _check_levels(content, self.service.limits.json_levels)
        return content

    @cached_property
    def workspace(self) -> str:
        """The workspace in the path: "subscription/group/name", lower case."""
        sub, group, name = self.params["sub"], self.params["rg"], self.params["ws"]
        for what, pattern, value in (
            ("a subscription id", _SUBSCRIPTION, sub),
            ("the name of a resource group", _GROUP, group),
            ("the name of a workspace", _NAME, name),
        ):
            if not pattern.fullmatch(value):
                raise BadRequest("InvalidResourceId", f"'{value[:100]}' is not {what}.")
        return f"{sub}/{group}/{name}".lower()

    @cached_property
    def account(self) -> str:
        """The storage account of the workspace: a valid account name, 24 letters and digits."""
        return account_of(self.workspace)

    def check_version(self, known: frozenset[str] = VERSIONS) -> None:
        """Check that the request has a known api-version."""
        version = self.query.get("api-version")
        if version is None:
            raise BadRequest("MissingApiVersionParameter", "The query parameter api-version is required.")
        if version not in known:
            raise BadRequest(
                "UnsupportedApiVersionValue",
                f"The api-version '{version[:40]}' is not supported. Supported are {', '.join(sorted(known))}.",
            )

    @property
    def newest(self) -> bool:
        """True if the api-version is newer than the recorded ones, whose answers have fewer fields."""
        return self.query.get("api-version", "") >= "2026"

    @property
    def id(self) -> str:
        """The id in the path."""
        value = self.params["id"]
        if not _ID.fullmatch(value):
            raise BadRequest("InvalidId", f"'{value[:100]}' is not an id: letters, digits and hyphens, at most 58.")
        return value.lower()

    @property
    def base(self) -> str:
        """The scheme and the host as the client wrote them. ``CheckRequest`` has checked the host."""
        return f"{self.service.scheme}://{self.headers['host']}"

    @property
    def urls(self) -> Urls:
        """The blob URLs for the answer."""
        return Urls(self.base, self.service.signer, self.account, self.engine.clock.now())


def account_of(workspace: str) -> str:
    """Return the storage account that belongs to a workspace."""
    return "qb" + hashlib.sha256(workspace.encode()).hexdigest()[:22]


def _check_levels(content: Any, max_levels: int) -> None:
    """Check that JSON is not nested too deeply to be stored and written again."""
    level = [content]
    for _ in range(max_levels):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise BadRequest("InvalidJson", f"The body is nested more than {max_levels} levels deep.")
