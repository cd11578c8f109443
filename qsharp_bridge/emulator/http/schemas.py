"""What clients may write about jobs and sessions: every field known, every value of its kind.

The fields are those of the client's models (azure-quantum 3.13, api-version 2026-01-15-preview). Fields that only
the service sets are taken and ignored, as the client may send a whole model back.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote, urlsplit

from qsharp_bridge.emulator.errors import BadRequest

__all__ = ["CHOICES", "JOB_FIELDS", "SESSION_FIELDS", "job_changes", "job_definition", "session_definition"]

_READONLY: Final = frozenset(
    {
        "id",
        "status",
        "creationTime",
        "createdBy",
        "createdByType",
        "lastModifiedTime",
        "lastModifiedBy",
        "lastModifiedByType",
        "lastUpdatedTime",
        "beginExecutionTime",
        "endExecutionTime",
        "costEstimate",
        "errorData",
        "usage",
        "cancellationTime",
        "quantumComputingData",
        "isCancelling",
        "jobPriority",
    }
)
_ITEM: Final[dict[str, type]] = {
    "name": str,
    "providerId": str,
    "target": str,
    "itemType": str,
    "priority": str,
    "tags": list,
}
JOB_FIELDS: Final[dict[str, type]] = {
    **_ITEM,
    "jobType": str,
    "sessionId": str,
    "containerUri": str,
    "inputDataUri": str,
    "inputDataFormat": str,
    "outputDataUri": str,
    "outputDataFormat": str,
    "inputParams": dict,
    "metadata": dict,
}
SESSION_FIELDS: Final[dict[str, type]] = {**_ITEM, "jobFailurePolicy": str}
_KINDS: Final[dict[type, str]] = {str: "a text", list: "a list of texts", dict: "an object"}
CHOICES: Final = {
    "priority": ("Standard", "High"),
    "jobFailurePolicy": ("Abort", "Continue"),
    "jobType": ("Unknown", "QuantumComputing", "QuantumChemistry", "Optimization"),
}
_LONGEST: Final = 1024


def job_definition(body: dict[str, Any], job_id: str) -> dict[str, Any]:
    """The body of a job's PUT, checked; ``inputBlob`` names the input in the job's own container.

    Raises:
        BadRequest: a field is unknown, missing, or not of its kind.
    """
    code = "InvalidJobDefinition"
    checked = _checked(body, JOB_FIELDS, ("name", "providerId", "target", "containerUri"), "Job", code)
    container = f"job-{job_id}"
    if _inside(checked.pop("containerUri"), container) != "":
        raise BadRequest(code, f"containerUri must be the container {container}.")
    uri = checked.pop("inputDataUri", None)
    blob = "inputData" if uri is None else _inside(uri, container)
    if not blob:
        raise BadRequest(code, f"inputDataUri must name a blob of the container {container}.")
    checked.pop("outputDataUri", None)
    if "sessionId" in checked:
        checked["sessionId"] = checked["sessionId"].lower()
    checked["inputBlob"] = blob
    _check_shots(checked.get("inputParams") or {}, code)
    return checked


def session_definition(body: dict[str, Any]) -> dict[str, Any]:
    """The body of a session's PUT, checked.

    Raises:
        BadRequest: a field is unknown, missing, or not of its kind.
    """
    return _checked(body, SESSION_FIELDS, ("providerId", "target"), "Session", "InvalidSessionDefinition")


def job_changes(body: dict[str, Any]) -> dict[str, Any]:
    """The body of a job's PATCH, checked: name, priority and tags.

    Raises:
        BadRequest: there is something else in it.
    """
    allowed: dict[str, type] = {"name": str, "priority": str, "tags": list}
    return _checked(body, allowed, (), "Job", "InvalidJobDefinition")


def _checked(
    body: dict[str, Any], known: dict[str, type], needed: tuple[str, ...], item: str, code: str
) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in body.items():
        if name in _READONLY or value is None:
            continue
        kind: Any = known.get(name)
        if kind is None:
            raise BadRequest(code, f"Unknown field '{name[:100]}'.")
        if not isinstance(value, kind) or (kind is list and not all(isinstance(v, str) for v in value)):
            raise BadRequest(code, f"The field '{name}' must be {_KINDS[kind]}.")
        if name in CHOICES and value not in CHOICES[name]:
            raise BadRequest(code, f"The field '{name}' must be one of {', '.join(CHOICES[name])}.")
        if kind is str and name[-3:] != "Uri" and len(value) > _LONGEST:
            raise BadRequest(code, f"The field '{name}' has more than {_LONGEST} characters.")
        checked[name] = value
    for name in needed:
        if name not in checked or (name != "name" and not checked[name]):
            raise BadRequest(code, f"The field '{name}' is required.")
    if checked.pop("itemType", item).lower() != item.lower():
        raise BadRequest(code, f"itemType must be '{item}' at this path.")
    return checked


def _inside(uri: str, container: str) -> str | None:
    """The blob that a URI names in the container, "" for the container itself, None for another place."""
    try:
        path = unquote(urlsplit(uri).path).strip("/")
    except ValueError:
        return None
    # The last two segments of "job-1/job-1" are account and container: see ``wire.Urls``.
    path = path.removeprefix(f"{container}/") if path.startswith(f"{container}/{container}") else path
    account, _, rest = path.partition("/")
    if account != container and (rest == container or rest.startswith(f"{container}/")):
        path = rest
    if path == container:
        return ""
    return path.removeprefix(f"{container}/") if path.startswith(f"{container}/") else None


def _check_shots(params: dict[str, Any], code: str) -> None:
    for key in ("shots", "count"):
        shots = params.get(key)
        if shots is not None and (not isinstance(shots, int) or isinstance(shots, bool) or not 1 <= shots <= 1_000_000):
            raise BadRequest(code, f"inputParams.{key} must be a whole number from 1 to 1000000.")
