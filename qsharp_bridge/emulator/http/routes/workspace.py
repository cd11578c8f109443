"""The targets and quotas of a workspace, and signed URLs of its storage."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from qsharp_bridge.emulator.errors import BadRequest, NotFound
from qsharp_bridge.emulator.http.request import WORKSPACE, Call
from qsharp_bridge.emulator.http.responses import json_reply
from qsharp_bridge.emulator.state.sas import CONTAINER, is_blob_name
from qsharp_bridge.emulator.state.targets import PROVIDERS, runs_jobs
from qsharp_bridge.targets.known import KnownTarget

_STATUS_PAGES: Final = {
    "ionq": "https://status.ionq.co",
    "quantinuum": "https://www.quantinuum.com/hardware/h1",
    "rigetti": "https://rigetti.statuspage.io/",
    "qci": "https://quantumcircuits.com",
    "pasqal": "",
    "Microsoft.Test.FirstParty": "",
}
_QUOTAS: Final = [
    {
        "dimension": dimension,
        "scope": scope,
        "providerId": provider,
        "utilization": 0.0,
        "holds": 0.0,
        "limit": limit,
        "period": period,
    }
    for dimension, scope, provider, limit, period in (
        ("qgs", "Subscription", "ionq", 16666667.0, "None"),
        ("hqc", "Subscription", "quantinuum", 500.0, "None"),
        ("ehqc", "Subscription", "quantinuum", 800.0, "None"),
        ("concurrent_quil_jobs", "Workspace", "rigetti", 1000.0, "Monthly"),
    )
]


def _provider_status(call: Call) -> Response:
    """Return all providers with their targets."""
    waits = call.engine.queue_seconds
    return json_reply(
        {"value": [_provider_json(provider, waits, call.newest) for provider in PROVIDERS], "nextLink": None}
    )


def _provider_json(provider: str, waits: dict[str, float], newest: bool) -> dict[str, Any]:
    targets = PROVIDERS[provider]
    return {
        "id": provider,
        "currentAvailability": _availability(any(map(runs_jobs, targets))),
        "targets": [_target_json(target, waits.get(target.id.lower(), 0), newest) for target in targets],
    }


def _availability(runs: bool) -> str:
    return "Available" if runs else "Unavailable"


def _target_json(target: KnownTarget, wait: float, newest: bool) -> dict[str, Any]:
    known = {"numQubits": target.qubits, "targetProfile": target.profiles[-1] if target.profiles else None}
    return {
        "id": target.id,
        "currentAvailability": _availability(runs_jobs(target)),
        "averageQueueTime": round(wait),
        "statusPage": _STATUS_PAGES.get(target.provider),
        **(known if newest else {}),
    }


def _quotas(call: Call) -> Response:
    """Return the quotas of the workspace. Their use is not counted."""
    return json_reply({"value": _QUOTAS, "nextLink": None})


def _quota_usages(call: Call) -> Response:
    """Return the use of the quotas of the workspace or of a suite offer: none, since it is not counted."""
    return json_reply({"value": [], "nextLink": None})


def _offer_status(call: Call) -> Response:
    """Return the provider in the path, not in a page, as the client expects."""
    provider = next((name for name in PROVIDERS if name.lower() == call.params["provider"].lower()), None)
    if provider is None:
        raise NotFound("ProviderNotFound", f"There is no provider '{call.params['provider'][:100]}'.")
    waits = call.engine.queue_seconds
    return json_reply(_provider_json(provider, waits, call.newest))


def _sas_uri(call: Call) -> Response:
    """Return a signed URL of a container, which is created if it does not exist, or of a blob."""
    container = call.json.get("containerName")
    if not isinstance(container, str) or not CONTAINER.fullmatch(container):
        raise BadRequest("InvalidContainerName", f"{container!r:.200} is not a valid name of a container.")
    blob = call.json.get("blobName")
    if blob is None:
        engine = call.engine
        engine.store.make_container(call.account, container, engine.clock.now())
        return json_reply({"sasUri": call.urls.writable_container(container)})
    if not isinstance(blob, str) or not is_blob_name(blob):
        raise BadRequest("InvalidBlobName", "blobName must be 1 to 1024 characters, none of them a control character.")
    blob = blob.removeprefix(f"{container}/")
    return json_reply({"sasUri": call.urls.blob(container, blob, "rcw")})


_OFFERS: Final = "/subscriptions/{sub}/providers/Microsoft.Quantum/suiteOffers/{provider}"

ROUTES = [
    ("quotas.list", "GET", WORKSPACE + "/quotas", _quotas),
    ("quotas.usages", "GET", WORKSPACE + "/quotaUsages", _quota_usages),
    ("providers.list", "GET", WORKSPACE + "/providerStatus", _provider_status),
    ("storage.sas", "POST", WORKSPACE + "/storage/sasUri", _sas_uri),
    ("offers.usages", "GET", _OFFERS + "/quotaUsages", _quota_usages),
    ("offers.status", "GET", _OFFERS + "/providerStatus", _offer_status),
]
