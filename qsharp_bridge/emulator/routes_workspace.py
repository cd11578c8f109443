"""What a workspace offers: its targets, its quotas, and signed addresses of its storage."""

from __future__ import annotations

import re
from typing import Any, Final

from starlette.responses import Response

from .context import Call
from .problems import BadRequest
from .replies import json_reply
from .targets import PROVIDERS, Target

__all__ = ["CONTAINER", "ROUTES"]

CONTAINER: Final = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}")
"""A valid name of a container."""


def provider_status(call: Call) -> Response:
    """GET providerStatus."""
    waits = call.engine.queue_seconds
    return json_reply(
        {
            "value": [
                {
                    "id": provider,
                    "currentAvailability": "Available"
                    if any(target.availability == "Available" for target in targets)
                    else "Unavailable",
                    "targets": [_target_json(target, waits.get(target.id.lower(), 0)) for target in targets],
                }
                for provider, targets in PROVIDERS.items()
            ],
            "nextLink": None,
        }
    )


def _target_json(target: Target, wait: float) -> dict[str, Any]:
    return {
        "id": target.id,
        "currentAvailability": target.availability,
        "averageQueueTime": round(wait),
        "statusPage": target.status_page,
        "numQubits": target.qubits,
        "targetProfile": target.profiles[-1] if target.profiles else None,
    }


def sas_uri(call: Call) -> Response:
    """POST storage/sasUri: a signed URL of a container, which is made when it is not there, or of one blob."""
    container = call.json.get("containerName")
    if not isinstance(container, str) or not CONTAINER.fullmatch(container):
        raise BadRequest("InvalidContainerName", f"{container!r} is no valid name of a container.")
    blob = call.json.get("blobName")
    if blob is None:
        engine = call.engine
        engine.store.make_container(call.account, container, engine.clock.now())
        return json_reply({"sasUri": call.urls.container(container, "rcwl")})
    if not isinstance(blob, str) or not 1 <= len(blob) <= 1024:
        raise BadRequest("InvalidBlobName", "blobName must be a text of 1 to 1024 characters.")
    blob = blob.removeprefix(f"{container}/")
    return json_reply({"sasUri": call.urls.blob(container, blob, "rcw")})


ROUTES = [
    ("GET", "providerStatus", provider_status),
    ("POST", "storage/sasUri", sas_uri),
]
