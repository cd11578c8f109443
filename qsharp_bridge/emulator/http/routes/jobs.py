"""Operations on jobs: create, get, list, cancel, update, delete."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from starlette.responses import Response

from qsharp_bridge.emulator.http.endpoint import Handler
from qsharp_bridge.emulator.http.paging import page_of_records
from qsharp_bridge.emulator.http.request import WORKSPACE, Call
from qsharp_bridge.emulator.http.responses import json_reply
from qsharp_bridge.emulator.http.schemas import job_changes, job_definition, job_fields
from qsharp_bridge.emulator.http.serializers import job_json
from qsharp_bridge.emulator.state.models import Job

_WAIT_SECONDS: Final = 0.05
"""Seconds that the answer to a GET of a running job waits at most."""


def _put_job(call: Call) -> Response:
    """Accept a job; the answer shows it as Waiting."""
    fields = job_fields(call.json)
    call.engine.admit(call.workspace, fields)
    body = job_definition(fields, call.id, call.urls)
    body["account"] = call.account
    job = call.engine.submit(call.workspace, call.id, body)
    return json_reply(job_json(job, call.urls, single=True, priority=call.newest))


async def _get_job(call: Call) -> Response:
    """Return a job, with signed URLs of its blobs.

    The answer waits a moment for the end of a simulation: most take a few milliseconds, and a client that gets Waiting
    asks again only after 200 ms.
    """
    engine, place = call.engine, (call.workspace, call.id)
    if not engine.pace.seconds and not engine.pace.reads:
        deadline = time.perf_counter() + _WAIT_SECONDS
        while engine.is_running(*place) and time.perf_counter() < deadline:
            await asyncio.sleep(0.002)
    job = call.engine.job(call.workspace, call.id, show=True)
    return json_reply(job_json(job, call.urls, single=True, signed=True, priority=call.newest))


def list_writer(call: Call) -> Callable[[Job], dict[str, Any]]:
    """Return the function that writes a job of a list, which counts as a read of the job."""
    urls = call.urls
    return lambda job: job_json(call.engine.count_read(job), urls, priority=call.newest)


def _list_jobs(call: Call) -> Response:
    """Return a page of the jobs of the workspace."""
    return page_of_records(call, Job, "workspace = ?", [call.workspace], list_writer(call))


def _cancel_job(call: Call) -> Response:
    """Cancel a job."""
    job = call.engine.cancel(call.workspace, call.id)
    return json_reply(job_json(job, call.urls, single=True, priority=call.newest))


def _patch_job(call: Call) -> Response:
    """Change the name, priority or tags of a job."""
    job = call.engine.update(call.workspace, call.id, job_changes(call.json))
    return json_reply(
        {
            "id": job.id,
            "name": job.name,
            "priority": job.body.get("priority") or "Standard",
            "tags": job.body.get("tags") or [],
        }
    )


def _delete_job(call: Call) -> Response:
    """Delete a job that has ended."""
    call.engine.delete(call.workspace, call.id)
    return Response(status_code=204)


ROUTES: Final[list[tuple[str, str, str, Handler]]] = [
    ("jobs.cancel", "POST", WORKSPACE + "/jobs/{id}:cancel", _cancel_job),
    ("jobs.create", "PUT", WORKSPACE + "/jobs/{id}", _put_job),
    ("jobs.get", "GET", WORKSPACE + "/jobs/{id}", _get_job),
    ("jobs.update", "PATCH", WORKSPACE + "/jobs/{id}", _patch_job),
    ("jobs.delete", "DELETE", WORKSPACE + "/jobs/{id}", _delete_job),
    ("jobs.list", "GET", WORKSPACE + "/jobs", _list_jobs),
]
