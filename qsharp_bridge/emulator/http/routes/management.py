"""The two management calls of the client, by which it finds a workspace.

They need a bearer token, which the client sends over https alone. As every name is a workspace here, made on first
use, each is found; one that is named without its subscription is put where ``LocalService.workspace`` puts its own.
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
"""The api-versions of these calls; the last three are recorded."""

_NAME: Final = re.compile(r"name =~ '([A-Za-z0-9-]{2,54})'")
_GROUP: Final = re.compile(r"resourceGroup =~ '([-\w.()]{1,90})'")


def admit(call: Call) -> None:
    """Admit a request that has the key and names an api-version of these calls."""
    check_key(call.headers, call.service.api_key)
    call.check_version(VERSIONS)


def _get_workspace(call: Call) -> Response:
    """Return where a workspace is."""
    _ = call.workspace  # refuses what cannot be the name of one
    properties = {"endpointUri": call.base, "workspaceKind": "V1", "provisioningState": "Succeeded"}
    return json_reply({"name": call.params["ws"], "location": "eastus", "properties": properties})


def _find_workspace(call: Call) -> Response:
    """Return the workspaces of a name, for a query to the resource graph. There is one of every name."""
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
    # The result is a text in the recordings.
    return json_reply({"totalRecords": 1, "count": 1, "data": [row], "facets": [], "resultTruncated": "false"})


ROUTES = [
    ("management.get", "GET", WORKSPACE, _get_workspace),
    ("management.find", "POST", "/providers/Microsoft.ResourceGraph/resources", _find_workspace),
]
