"""The two management operations by which the client finds a workspace.

They need a bearer token, which the client sends over https alone. Every name is found: a workspace is created on first
use. One that is named without its subscription is in the subscription of ``LocalService.workspace``.
"""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from qsharp_bridge.emulator.errors import BadRequest
from qsharp_bridge.emulator.http.auth import check_key
from qsharp_bridge.emulator.http.request import WORKSPACE, Call
from qsharp_bridge.emulator.http.responses import json_reply

VERSIONS: Final = frozenset(
    {"2025-12-15-preview", "2021-03-01", "2023-11-13-preview", "2024-10-01-preview", "2025-11-01-preview"}
)
"""The api-versions of these operations; the last three are recorded."""

_NAME: Final = re.compile(r"name =~ '([A-Za-z0-9-]{2,54})'")
_GROUP: Final = re.compile(r"resourceGroup =~ '([-\w.()]{1,90})'")


def admit(call: Call) -> None:
    """Admit a request with the key and an api-version of these operations."""
    check_key(call.headers, call.service.api_key)
    call.check_version(VERSIONS)


def _get_workspace(call: Call) -> Response:
    """Return the location and the endpoint of a workspace."""
    _ = call.workspace  # raises an error if it cannot be a workspace
    properties = {"endpointUri": call.base, "workspaceKind": "V1", "provisioningState": "Succeeded"}
    return json_reply({"name": call.params["ws"], "location": "eastus", "properties": properties})


def _find_workspace(call: Call) -> Response:
    """Return the workspace of a name, for a query to the resource graph."""
    query = call.json.get("query")
    name = _NAME.search(query) if isinstance(query, str) else None
    if name is None:
        raise BadRequest("InvalidQuery", "The query must ask for a workspace by its name.")
    group = _GROUP.search(str(query))
    asked = call.json.get("subscriptions")
    subscription = asked[0] if isinstance(asked, list) and asked else str(UUID(int=0))
    row: dict[str, Any] = {
        "name": name[1],
        "subscriptionId": subscription,
        "resourceGroup": group[1] if group else "local",
        "location": "eastus",
        "endpointUri": call.base,
        "workspaceKind": "V1",
    }
    # resultTruncated is a text in the recordings.
    return json_reply({"totalRecords": 1, "count": 1, "data": [row], "facets": [], "resultTruncated": "false"})


ROUTES = [
    ("management.get", "GET", WORKSPACE, _get_workspace),
    ("management.find", "POST", "/providers/Microsoft.ResourceGraph/resources", _find_workspace),
]
