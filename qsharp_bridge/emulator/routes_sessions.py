"""Sessions: open, get, close, list, and the jobs of one."""

from __future__ import annotations

from starlette.responses import Response

from .context import Call
from .models import Job, Session
from .problems import BadRequest
from .replies import json_reply
from .wire import job_json, session_json

__all__ = ["ROUTES"]


def put_session(call: Call) -> Response:
    """PUT sessions/{id}: open a session."""
    body = call.json
    for needed in ("providerId", "target"):
        if not isinstance(body.get(needed), str) or not body[needed]:
            raise BadRequest("InvalidSessionDefinition", f"The field '{needed}' is required.")
    if body.get("jobFailurePolicy") not in (None, "Abort", "Continue"):
        raise BadRequest("InvalidSessionDefinition", "jobFailurePolicy must be Abort or Continue.")
    return json_reply(session_json(call.engine.open_session(call.workspace, call.id, body), single=True))


def get_session(call: Call) -> Response:
    """GET sessions/{id}."""
    return json_reply(session_json(call.engine.session(call.workspace, call.id), single=True))


def close_session(call: Call) -> Response:
    """POST sessions/{id}:close."""
    return json_reply(session_json(call.engine.close_session(call.workspace, call.id), single=True))


def list_sessions(call: Call) -> Response:
    """GET sessions."""
    call.engine.settle()
    found = call.engine.store.find(
        Session, "workspace = ?", (call.workspace,), then="ORDER BY created, seq"
    )
    return json_reply({"value": [session_json(session) for session in found], "nextLink": None})


def list_session_jobs(call: Call) -> Response:
    """GET sessions/{id}/jobs."""
    session = call.engine.session(call.workspace, call.id)
    jobs = call.engine.store.find(
        Job,
        "workspace = ? AND session = ?",
        (call.workspace, session.id),
        then="ORDER BY created DESC, seq DESC",
    )
    urls = call.urls
    return json_reply({"value": [job_json(call.engine.shown(job), urls) for job in jobs], "nextLink": None})


ROUTES = [
    ("POST", "sessions/{id}:close", close_session),
    ("PUT", "sessions/{id}", put_session),
    ("GET", "sessions/{id}", get_session),
    ("GET", "sessions/{id}/jobs", list_session_jobs),
    ("GET", "sessions", list_sessions),
]
