"""Jobs: create, get, list, cancel, update, delete."""

from __future__ import annotations

from starlette.responses import Response

from qsharp_bridge.emulator.http.paging import page_of_records
from qsharp_bridge.emulator.http.request import Call
from qsharp_bridge.emulator.http.responses import json_reply
from qsharp_bridge.emulator.http.schemas import job_changes, job_definition
from qsharp_bridge.emulator.http.serializers import job_json
from qsharp_bridge.emulator.state.models import Job

__all__ = ["ROUTES"]


def put_job(call: Call) -> Response:
    """PUT jobs/{id}: accept a job. Always answered as Waiting."""
    body = job_definition(call.json, call.id)
    body["account"] = call.account
    job = call.engine.submit(call.workspace, call.id, body)
    return json_reply(job_json(job, call.urls, single=True))


def get_job(call: Call) -> Response:
    """GET jobs/{id}."""
    job = call.engine.job(call.workspace, call.id, show=True)
    return json_reply(job_json(job, call.urls, single=True, signed=True))


def list_jobs(call: Call) -> Response:
    """GET jobs."""
    urls = call.urls
    return page_of_records(
        call,
        Job,
        "workspace = ?",
        [call.workspace],
        lambda job: job_json(call.engine.shown(job), urls),
    )


def cancel_job(call: Call) -> Response:
    """POST jobs/{id}:cancel."""
    job = call.engine.cancel(call.workspace, call.id)
    return json_reply(job_json(job, call.urls, single=True))


def patch_job(call: Call) -> Response:
    """PATCH jobs/{id}: name, priority, tags."""
    job = call.engine.update(call.workspace, call.id, job_changes(call.json))
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


ROUTES = [
    ("jobs.cancel", "POST", "jobs/{id}:cancel", cancel_job),
    ("jobs.create", "PUT", "jobs/{id}", put_job),
    ("jobs.get", "GET", "jobs/{id}", get_job),
    ("jobs.update", "PATCH", "jobs/{id}", patch_job),
    ("jobs.delete", "DELETE", "jobs/{id}", delete_job),
    ("jobs.list", "GET", "jobs", list_jobs),
]
