"""Operations on sessions: open, get, close, list, the jobs of one, and the list of all items."""

from __future__ import annotations

from starlette.responses import Response

from qsharp_bridge.emulator.http.paging import page_of_items, page_of_records
from qsharp_bridge.emulator.http.request import WORKSPACE, Call
from qsharp_bridge.emulator.http.responses import json_reply
from qsharp_bridge.emulator.http.schemas import session_definition
from qsharp_bridge.emulator.http.serializers import session_json
from qsharp_bridge.emulator.state.models import Job, Session

from .jobs import list_writer


def _put_session(call: Call) -> Response:
    """Open a session."""
    body = session_definition(call.json)
    return json_reply(session_json(call.engine.open_session(call.workspace, call.id, body)))


def _get_session(call: Call) -> Response:
    """Return a session."""
    return json_reply(session_json(call.engine.session(call.workspace, call.id)))


def _close_session(call: Call) -> Response:
    """Close a session."""
    return json_reply(session_json(call.engine.close_session(call.workspace, call.id)))


def _list_sessions(call: Call) -> Response:
    """Return a page of the sessions of the workspace."""
    return page_of_records(call, Session, "workspace = ?", [call.workspace], session_json)


def _list_session_jobs(call: Call) -> Response:
    """Return a page of the jobs of a session, the newest first, as seven of eight recordings show them."""
    place = [call.workspace, call.engine.session(call.workspace, call.id).id]
    where, newest_first = "workspace = ? AND session = ?", "created DESC, seq DESC"
    return page_of_records(call, Job, where, place, list_writer(call), default=newest_first)


def _list_items(call: Call) -> Response:
    """Return a page of the sessions, and of the jobs without a session."""
    return page_of_items(call, list_writer(call), session_json)


ROUTES = [
    ("sessions.close", "POST", WORKSPACE + "/sessions/{id}:close", _close_session),
    ("sessions.open", "PUT", WORKSPACE + "/sessions/{id}", _put_session),
    ("sessions.get", "GET", WORKSPACE + "/sessions/{id}", _get_session),
    ("sessions.jobs", "GET", WORKSPACE + "/sessions/{id}/jobs", _list_session_jobs),
    ("sessions.list", "GET", WORKSPACE + "/sessions", _list_sessions),
    ("items.list", "GET", WORKSPACE + "/topLevelItems", _list_items),
]
