"""Jobs: create, get, list, cancel, update, delete."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.responses import Response

from .context import Call
from .models import Job
from .problems import BadRequest
from .replies import json_reply
from .wire import job_json

__all__ = ["ROUTES"]


def put_job(call: Call) -> Response:
    """PUT jobs/{id}: accept a job. Always answered as Waiting."""
    body = dict(call.json)
    for needed in ("name", "providerId", "target", "containerUri"):
        if not isinstance(body.get(needed), str) or (needed != "name" and not body[needed]):
            raise BadRequest("InvalidJobDefinition", f"The field '{needed}' is required, and must be a text.")
    body["inputBlob"] = _input_blob(body, call.id)
    body["account"] = call.account
    for bulky in ("containerUri", "inputDataUri", "outputDataUri"):
        body.pop(bulky, None)
    job = call.engine.submit(call.workspace, call.id, body)
    return json_reply(job_json(job, call.urls, single=True))


def get_job(call: Call) -> Response:
    """GET jobs/{id}."""
    job = call.engine.job(call.workspace, call.id, show=True)
    return json_reply(job_json(job, call.urls, single=True, signed=True))


def list_jobs(call: Call) -> Response:
    """GET jobs."""
    call.engine.settle()
    jobs = call.engine.store.find(Job, "workspace = ?", (call.workspace,), then="ORDER BY created, seq")
    urls = call.urls
    return json_reply({"value": [job_json(call.engine.shown(job), urls) for job in jobs], "nextLink": None})


def cancel_job(call: Call) -> Response:
    """POST jobs/{id}:cancel."""
    job = call.engine.cancel(call.workspace, call.id)
    return json_reply(job_json(job, call.urls, single=True))


def patch_job(call: Call) -> Response:
    """PATCH jobs/{id}: name, priority, tags."""
    job = call.engine.update(call.workspace, call.id, call.json)
    return json_reply(
        {
            "id": job.id,
            "name": job.name,
            "priority": job.body.get("priority") or "Standard",
            "tags": job.body.get("tags") or [],
        }
    )


def delete_job(call: Call) -> Response:
    """DELETE jobs/{id}."""
    call.engine.delete(call.workspace, call.id)
    return Response(status_code=204)


def _input_blob(body: dict[str, Any], job_id: str) -> str:
    """The name of the input blob, which must be in the container of the job."""
    uri = body.get("inputDataUri")
    if uri is None:
        return "inputData"
    container = f"job-{job_id}"
    path = unquote(urlsplit(str(uri)).path).lstrip("/")
    if path.startswith(f"{container}/{container}/"):
        path = path.removeprefix(f"{container}/")
    if not path.startswith(f"{container}/") or path == f"{container}/":
        raise BadRequest("InvalidJobDefinition", f"inputDataUri must name a blob of the container {container}.")
    return path.removeprefix(f"{container}/")


ROUTES = [
    ("POST", "jobs/{id}:cancel", cancel_job),
    ("PUT", "jobs/{id}", put_job),
    ("GET", "jobs/{id}", get_job),
    ("PATCH", "jobs/{id}", patch_job),
    ("DELETE", "jobs/{id}", delete_job),
    ("GET", "jobs", list_jobs),
]
