"""The bodies of requests about jobs and sessions: their fields, and the types of these.

The fields are those of the client's models (azure-quantum 3.13, api-version 2026-01-15-preview). Fields that only
the service sets are accepted and ignored, since the client may send a whole model back.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from qsharp_bridge.emulator.errors import BadRequest
from qsharp_bridge.emulator.state.sas import CONTAINER, is_blob_name

from .serializers import Urls

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
_JOB: Final = "InvalidJobDefinition"
_Text = Annotated[str, Meta(max_length=1024)]
_Filled = Annotated[str, Meta(min_length=1, max_length=1024)]


class JobChanges(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The body of a job's PATCH."""

    name: _Text | UnsetType = UNSET
    priority: Literal["Standard", "High"] | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET


class SessionBody(JobChanges, kw_only=True):
    """The body of a session's PUT."""

    provider_id: _Filled
    target: _Filled
    item_type: _Text | UnsetType = UNSET
    job_failure_policy: Literal["Abort", "Continue"] | UnsetType = UNSET


class JobBody(JobChanges, kw_only=True):
    """The body of a job's PUT."""

    name: _Text
    provider_id: _Filled
    target: _Filled
    container_uri: Annotated[str, Meta(min_length=1)]
    item_type: _Text | UnsetType = UNSET
    job_type: Literal["Unknown", "QuantumComputing", "QuantumChemistry", "Optimization"] | UnsetType = UNSET
    session_id: _Text | UnsetType = UNSET
    input_data_uri: str | UnsetType = UNSET
    input_data_format: _Text | UnsetType = UNSET
    output_data_uri: str | UnsetType = UNSET
    output_data_format: _Filled
    input_params: dict[str, Any] | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET


def job_fields(body: dict[str, Any]) -> dict[str, Any]:
    """Check the fields of the body of a job's PUT one by one, and return those that a client may set.

    Raises:
        BadRequest: a field is unknown, missing, or not of its type.
    """
    if not body.get("outputDataFormat"):
        raise BadRequest(_JOB, "The OutputDataFormat field is required.")  # recorded
    checked = _checked(body, JobBody, "Job", _JOB)
    if "sessionId" in checked:
        checked["sessionId"] = checked["sessionId"].lower()
    return checked


def job_definition(fields: dict[str, Any], job_id: str, urls: Urls) -> dict[str, Any]:
    """Return the definition of a job from its checked fields.

    ``container``, ``inputContainer`` and ``inputBlob`` are the places of its input and output. They are left out if
    they are those that the client itself chooses: the blob inputData in a container of the job's own.

    Raises:
        BadRequest: a place is not in the storage account of the workspace, or the number of shots is not valid.
    """
    code, checked = _JOB, dict(fields)
    container, blob = _place(urls, checked.pop("containerUri"), "containerUri")
    if blob:
        raise BadRequest(code, "containerUri must name a container, not a blob.")
    place = (container, "inputData")
    uri = checked.pop("inputDataUri", None)
    if uri is not None:
        place = _place(urls, uri, "inputDataUri")
        if not place[1]:
            raise BadRequest(code, "inputDataUri must name a blob, not a container.")
    checked.pop("outputDataUri", None)
    if container != f"job-{job_id}":
        checked["container"] = container
    if place[0] != container:
        checked["inputContainer"] = place[0]
    if place[1] != "inputData":
        checked["inputBlob"] = place[1]
    _check_shots(checked.get("inputParams") or {}, code)
    return checked


def session_definition(body: dict[str, Any]) -> dict[str, Any]:
    """Check the body of a session's PUT, and return it.

    Raises:
        BadRequest: a field is unknown, missing, or not of its type.
    """
    return _checked(body, SessionBody, "Session", "InvalidSessionDefinition")


def job_changes(body: dict[str, Any]) -> dict[str, Any]:
    """Check the body of a job's PATCH, and return it: name, priority and tags.

    Raises:
        BadRequest: a field is unknown, or not of its type.
    """
    return _checked(body, JobChanges, "Job", _JOB)


def _checked(body: dict[str, Any], kind: type[msgspec.Struct], item: str, code: str) -> dict[str, Any]:
    """Return the fields that a client may set and that are not null."""
    sent = {name: value for name, value in body.items() if value is not None and name not in _READONLY}
    if str(sent.pop("itemType", item)).lower() != item.lower():
        raise BadRequest(code, f"itemType must be '{item}' at this path.")
    try:
        msgspec.convert(sent, kind)
    except msgspec.ValidationError as error:
        raise BadRequest(code, f"{error}. The fields are described at /_admin/openapi.json.") from None
    return sent


def _place(urls: Urls, uri: str, field: str) -> tuple[str, str]:
    """Return the container and the blob of a URI.

    Raises:
        BadRequest: the URI is of another account, or its container or blob has no valid name.
    """
    place = urls.parse(uri)
    if place is None:
        message = f"{field} must be in the storage account of the workspace: accounts elsewhere are not supported."
        raise BadRequest("InvalidJobDefinition", message)
    container, blob = place
    if not CONTAINER.fullmatch(container) or (blob and not is_blob_name(blob)):
        raise BadRequest("InvalidJobDefinition", f"{field} has no valid name of a container or blob.")
    return place


def _check_shots(params: dict[str, Any], code: str) -> None:
    for key in ("shots", "count"):
        shots = params.get(key)
        if shots is not None and (not isinstance(shots, int) or isinstance(shots, bool) or not 1 <= shots <= 1_000_000):
            raise BadRequest(code, f"inputParams.{key} must be a whole number from 1 to 1000000.")
