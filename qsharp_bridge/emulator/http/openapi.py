"""An OpenAPI 3.1 description of the data plane and the control interface, built from the routes themselves.

The service answers it at ``/_admin/openapi.json``; the tests generate requests from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from .request import VERSIONS
from .routes import management
from .schemas import JobBody, JobChanges, SessionBody

_TEXT: Final = {"type": "string"}
_NULL_TEXT: Final = {"type": ["string", "null"]}
_TEXTS: Final[dict[str, Any]] = {"type": "array", "items": _TEXT}
_PATHS: Final[dict[str, dict[str, Any]]] = {
    "sub": {**_TEXT, "format": "uuid"},
    "rg": {**_TEXT, "pattern": "^[A-Za-z0-9_-]{1,90}$"},
    "ws": {**_TEXT, "pattern": "^[A-Za-z0-9-]{2,54}$"},
    "id": {**_TEXT, "pattern": "^[a-z0-9]{1,36}$"},
    "provider": _TEXT,
}
_QUERIES: Final[dict[str, dict[str, Any]]] = {
    "filter": _TEXT,
    "orderby": _TEXT,
    "top": {"type": "integer", "minimum": 1},
    "skip": {"type": "integer", "minimum": 0},
}
_LISTS: Final = frozenset({"jobs.list", "sessions.list", "sessions.jobs", "items.list"})


def _object(required: Iterable[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


_ERROR: Final = _object(["error"], error=_object(["code", "message"], code=_TEXT, message=_TEXT))
_JOB: Final = _object(
    ["id", "name", "status", "providerId", "target", "itemType", "creationTime", "containerUri", "outputDataUri"],
    id=_TEXT,
    name=_TEXT,
    status={"enum": ["Waiting", "Executing", "Finishing", "Succeeded", "Failed", "Cancelled"]},
    itemType={"const": "Job"},
    sessionId=_NULL_TEXT,
    creationTime={**_TEXT, "format": "date-time"},
    tags=_TEXTS,
    isCancelling={"type": "boolean"},
)
_SESSION: Final = _object(
    ["id", "status", "providerId", "target", "itemType", "jobFailurePolicy", "endExecutionTime"],
    status={"enum": ["Waiting", "Executing", "Succeeded", "Failed", "Failure(s)", "TimedOut"]},
    itemType={"const": "Session"},
    endExecutionTime=_NULL_TEXT,
)


def _page(item: dict[str, Any]) -> dict[str, Any]:
    items = {"type": "array", "items": item}
    return _object(["value", "nextLink"], value=items, nextLink=_NULL_TEXT)


_MODELS, _COMPONENTS = msgspec.json.schema_components(
    (JobBody, JobChanges, SessionBody), ref_template="#/components/schemas/{name}"
)
_BODIES: Final[dict[str, dict[str, Any]]] = {
    "jobs.create": _MODELS[0],
    "jobs.update": _MODELS[1],
    "sessions.open": _MODELS[2],
    "storage.sas": _object(["containerName"], containerName=_TEXT, blobName=_TEXT),
    "management.find": _object(["query"], query=_TEXT, subscriptions=_TEXTS),
    "admin.clock": _object([], advance={"type": "number", "minimum": 0}, frozen={"type": "boolean"}),
    "admin.pace": _object([], pace=_TEXT, queue={"type": "object"}),
    "admin.faults": _object(["point", "kind"], point=_TEXT, kind=_TEXT),
}
_ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "jobs.create": _JOB,
    "jobs.get": _JOB,
    "jobs.cancel": _JOB,
    "jobs.update": _object(["name", "priority", "tags"]),
    "jobs.list": _page(_JOB),
    "sessions.open": _SESSION,
    "sessions.get": _SESSION,
    "sessions.close": _SESSION,
    "sessions.list": _page(_SESSION),
    "sessions.jobs": _page(_JOB),
    "items.list": _page({"type": "object", "required": ["itemType"]}),
    "providers.list": _page(_object(["id", "currentAvailability", "targets"])),
    "storage.sas": _object(["sasUri"], sasUri=_TEXT),
}


def describe(routes: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """Return the description of routes, which are given as name, method and path."""
    paths: dict[str, dict[str, Any]] = {}
    for name, method, path in routes:
        if not name.startswith("pages."):
            paths.setdefault(path, {})[method.lower()] = _operation(name, method, path)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Local Azure Quantum service", "version": "2026-01-15-preview"},
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-ms-quantum-api-key"}},
            "schemas": _COMPONENTS,
        },
        "security": [{"key": []}],
        "paths": paths,
    }


def _operation(name: str, method: str, path: str) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": part, "in": "path", "required": True, "schema": _PATHS[part]}
        for part in re.findall(r"\{(\w+)\}", path)
    ]
    if not name.startswith("admin."):
        known = management.VERSIONS if name.startswith("management.") else VERSIONS
        versions = {"enum": sorted(known)}
        parameters.append({"name": "api-version", "in": "query", "required": True, "schema": versions})
    if name in _LISTS:
        parameters += [{"name": key, "in": "query", "schema": schema} for key, schema in _QUERIES.items()]
    operation: dict[str, Any] = {
        "operationId": f"{name}-{method.lower()}",
        "parameters": parameters,
        "responses": {
            "401": {"description": "No key, or a wrong one."},
            "4XX": {"description": "Refused.", "content": {"application/json": {"schema": _ERROR}}},
        },
    }
    if name in _BODIES and method in ("PUT", "POST", "PATCH"):
        content = {"application/json": {"schema": _BODIES[name]}}
        operation["requestBody"] = {"required": True, "content": content}
    if name == "jobs.delete":
        operation["responses"]["204"] = {"description": "Deleted."}
    else:
        schema = _ANSWERS.get(name, {"type": "object"})
        answer = {"description": "Done.", "content": {"application/json": {"schema": schema}}}
        operation["responses"]["200"] = answer
    return operation
