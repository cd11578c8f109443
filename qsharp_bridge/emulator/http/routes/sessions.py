"""Sessions: open, get, close, list, the jobs of one, and the list of all items."""

from __future__ import annotations

from starlette.responses import Response

from qsharp_bridge.emulator.http.paging import page_of_items, page_of_records
from qsharp_bridge.emulator.http.request import WORKSPACE, Call
from qsharp_bridge.emulator.http.responses import json_reply
from qsharp_bridge.emulator.http.schemas import session_definition
from qsharp_bridge.emulator.http.serializers import job_json, session_json
from qsharp_bridge.emulator.state.models import Job, Session


def put_session(call: Call) -> Response:
    """Open a session."""
    body = session_definition(call.json)
    return json_reply(session_json(call.engine.open_session(call.workspace, call.id, body)))


def get_session(call: Call) -> Response:
    """Return a session."""
    return json_reply(session_json(call.engine.session(call.workspace, call.id)))


def close_session(call: Call) -> Response:
    """Close a session."""
    return json_reply(session_json(call.engine.close_session(call.workspace, call.id)))


def list_sessions(call: Call) -> Response:
    """Return a page of the sessions of the workspace."""
    return page_of_records(call, Session, "workspace = ?", [call.workspace], session_json)


def list_session_jobs(call: Call) -> Response:
    """Return a page of the jobs of a session, the newest first, as seven of eight recordings show them."""
    session = call.engine.session(call.workspace, call.id)
    urls = call.urls
    return page_of_records(
        call,
        Job,
        "workspace = ? AND session = ?",
        [call.workspace, session.id],
        lambda job: job_json(call.engine.shown(job), urls, priority=call.newest),
        default="created DESC, seq DESC",
    )


def list_items(call: Call) -> Response:
    """Return a page of the sessions, and of the jobs without one."""
    urls = call.urls
    return page_of_items(call, lambda job: job_json(call.engine.shown(job), urls, priority=call.newest), session_json)


ROUTES = [
    ("sessions.close", "POST", WORKSPACE + "/sessions/{id}:close", close_session),
    ("sessions.open", "PUT", WORKSPACE + "/sessions/{id}", put_session),
    ("sessions.get", "GET", WORKSPACE + "/sessions/{id}", get_session),
    ("sessions.jobs", "GET", WORKSPACE + "/sessions/{id}/jobs", list_session_jobs),
    ("sessions.list", "GET", WORKSPACE + "/sessions", list_sessions),
    ("items.list", "GET", WORKSPACE + "/topLevelItems", list_items),
]
