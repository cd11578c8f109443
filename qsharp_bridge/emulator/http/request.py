"""What a route is given: the service, the request, and the workspace that its path names."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers

from qsharp_bridge.emulator.engine import Engine
from qsharp_bridge.emulator.errors import BadRequest
from qsharp_bridge.emulator.faults import Faults
from qsharp_bridge.emulator.state.sas import Signer

from .request_log import RequestJournal
from .serializers import Urls

__all__ = ["VERSIONS", "Call", "Service", "account_of"]

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
"""The api-versions of the data plane that clients of the last years send."""
_HOST: Final = re.compile(r"[A-Za-z0-9.\-\[\]:_]{1,255}")


@dataclass(slots=True)
class Service:
    """What all routes share."""

    engine: Engine
    signer: Signer
    api_key: str
    faults: Faults
    journal: RequestJournal
    scheme: str = "http"


@dataclass
class Call:
    """One request: its path parameters and query decoded, its body read."""

    service: Service
    method: str
    path: str
    headers: Headers
    query_string: bytes
    params: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def engine(self) -> Engine:
        """The engine of the service."""
        return self.service.engine

    @cached_property
    def query(self) -> dict[str, str]:
        """The query, names as sent; of a name that stands twice the last counts."""
        try:
            return dict(parse_qsl(self.query_string.decode("ascii"), keep_blank_values=True, errors="strict"))
        except (UnicodeDecodeError, ValueError):
            raise BadRequest("InvalidQueryParameterValue", "The query is not valid UTF-8.") from None

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        try:
            content = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise BadRequest("InvalidJson", f"The body is not JSON: {error}") from None
        if not isinstance(content, dict):
            raise BadRequest("InvalidJson", "The body must be a JSON object.")
        return content

    @cached_property
    def workspace(self) -> str:
        """The workspace of the path: "subscription/group/name", lower case."""
        sub, group, name = self.params["sub"], self.params["rg"], self.params["ws"]
        for what, pattern, value in (
            ("subscription id", _SUBSCRIPTION, sub),
            ("resource group", _GROUP, group),
            ("workspace name", _NAME, name),
        ):
            if not pattern.fullmatch(value):
                raise BadRequest("InvalidResourceId", f"'{value}' is no {what}.")
        return f"{sub}/{group}/{name}".lower()

    @cached_property
    def account(self) -> str:
        """The storage account of the workspace: a valid account name, 24 letters and digits."""
        return account_of(self.workspace)

    def check_version(self, known: frozenset[str] = VERSIONS) -> None:
        """Refuse a request without an api-version, or with an unknown one."""
        version = self.query.get("api-version")
        if version is None:
            raise BadRequest("MissingApiVersionParameter", "The query parameter api-version is required.")
        if version not in known:
            raise BadRequest(
                "UnsupportedApiVersionValue",
                f"The api-version '{version[:40]}' is not supported. Supported are {', '.join(sorted(known))}.",
            )

    @property
    def id(self) -> str:
        """The id in the path."""
        value = self.params["id"]
        if not _ID.fullmatch(value):
            raise BadRequest("InvalidId", f"'{value}' is no id: letters, digits and hyphens, at most 58.")
        return value.lower()

    @property
    def base(self) -> str:
        """Scheme and host as the client spelt them."""
        host = self.headers.get("host", "")
        if not _HOST.fullmatch(host):
            raise BadRequest("InvalidHeaderValue", "The Host header is missing or malformed.")
        return f"{self.service.scheme}://{host}"

    @property
    def urls(self) -> Urls:
        """The blob URLs for the answer."""
        return Urls(self.base, self.service.signer, self.account, self.engine.clock.now())


def account_of(workspace: str) -> str:
    """The storage account that belongs to a workspace."""
    return "qb" + hashlib.sha256(workspace.encode()).hexdigest()[:22]
