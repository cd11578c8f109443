"""The pages for a browser: sessions, jobs, programs and outcomes. The content of each page is also answered as JSON."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from qsharp_bridge.circuits import Circuit
from qsharp_bridge.circuits.steps import circuit_of_qir
from qsharp_bridge.emulator.errors import NotFound, Unauthorized
from qsharp_bridge.emulator.http import charts, views
from qsharp_bridge.emulator.http.auth import check_key
from qsharp_bridge.emulator.http.endpoint import Admit, Handler, admit_anyone
from qsharp_bridge.emulator.http.request import Call
from qsharp_bridge.emulator.http.responses import json_reply
from qsharp_bridge.emulator.state.blobs import listing_of
from qsharp_bridge.emulator.state.clock import rfc3339
from qsharp_bridge.emulator.state.models import FINAL, Job, Session
from qsharp_bridge.emulator.state.store import Store
from qsharp_bridge.states import JobState

_FOLDER: Final = Path(__file__).parents[2] / "pages"
_COOKIE: Final = "qsharp_bridge"
_PAGE: Final = 50
_MOST_PLOTTED: Final = 200  # jobs whose results are read for a plot, each time that the page refreshes
_MOST_OUTPUT: Final = 2_000_000
_STATES: Final = ("Waiting", "Executing", "Succeeded", "Failed", "Failure(s)", "Cancelled", "TimedOut")
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "slug": lambda text: re.sub(r"[^a-z]+", "-", text.lower()).strip("-"),
        "short": lambda text: text[:19].replace("T", " "),
        "seconds": _seconds,
        "brief": _brief,
    }
    return environment


def _seconds(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s" if value < 120 else f"{value / 60:.1f} min"


def _brief(value: Any, most: int = 60) -> str:
    text = str(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def _page(call: Call, template: str, status: int = 200, **content: Any) -> Response:
    now = rfc3339(call.engine.clock.now())[:19].replace("T", " ")
    text = _templates().get_template(template).render(now=now, **{"live": False, **content})
    return Response(text, status, headers=_HEADERS, media_type="text/html; charset=utf-8")


# -- admission ------------------------------------------------------------------------------------------


def _token(key: str) -> str:
    """Return the content of the cookie, from which the key cannot be computed."""
    return hmac.new(key.encode(), b"job management page", "sha256").hexdigest()


def _cookie(call: Call) -> str:
    """Return the value of the cookie, or "", in linear time, which ``http.cookies`` does not promise."""
    for pair in call.headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == _COOKIE:
            return value
    return ""


def _admit(call: Call) -> Response | None:
    """Admit a request with the cookie or the key; set the cookie if the key is in the URL, else ask for the key."""
    key = call.service.api_key
    given = call.query.get("key")
    if given is not None:
        if not hmac.compare_digest(given.encode(), key.encode()):
            return _page(call, "login.html", 401, next=call.path, wrong=True)
        rest = urlencode({name: value for name, value in call.query.items() if name != "key"})
        return _let_in(call, call.path + (f"?{rest}" if rest else ""))
    if hmac.compare_digest(_cookie(call).encode(), _token(key).encode()):
        return None
    try:
        check_key(call.headers, key)
    except Unauthorized:
        if call.path.endswith(".json"):
            raise
        return _page(call, "login.html", 401, next=call.path, wrong=False)
    return None


def _let_in(call: Call, path: str) -> Response:
    answer = RedirectResponse(path, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    secure = call.service.scheme == "https"
    answer.set_cookie(_COOKIE, _token(call.service.api_key), httponly=True, samesite="strict", secure=secure, path="/")
    return answer


def _login(call: Call) -> Response:
    form = dict(parse_qsl(call.body.decode("latin-1")))
    path = form.get("next", "/")
    if not re.fullmatch(r"/(_ui/[\w/.-]*)?", path):
        path = "/"
    if hmac.compare_digest(form.get("key", "").encode(), call.service.api_key.encode()):
        return _let_in(call, path)
    return _page(call, "login.html", 401, next=path, wrong=True)


def _static(call: Call) -> Response:
    name = call.params["file"]
    kinds = {"style.css": "text/css", "live.js": "text/javascript"}
    if name not in kinds:
        raise NotFound("ResourceNotFound", "There is nothing at this path.")
    return Response(
        (_FOLDER / name).read_bytes(), media_type=kinds[name], headers={"X-Content-Type-Options": "nosniff"}
    )


# -- pages -------------------------------------------------------------------------------------------------


def _items(call: Call) -> dict[str, Any]:
    """Return the sessions, and the jobs without a session, of all workspaces, newest first.

    A search by name or id also finds jobs of sessions.
    """
    engine = call.engine
    engine.settle()
    asked = {name: call.query.get(name, "")[:200] for name in ("q", "state", "kind")}
    page = _page_number(call)
    conditions, values = ["1"], []
    if asked["q"]:
        conditions.append("(substr(lower(name), 1, ?) = lower(?) OR substr(id, 1, ?) = lower(?))")
        values += [len(asked["q"]), asked["q"]] * 2
    for name, column in (("state", "status"), ("kind", "kind")):
        if asked[name]:
            conditions.append(f"{column} = ?")
            values.append(asked[name])
    union = "(SELECT 'Job' AS kind, seq, id, name, status, created FROM jobs{} UNION ALL" + (
        " SELECT 'Session', seq, id, name, status, created FROM sessions)"
    )
    top_level = union.format(" WHERE session IS NULL")
    searched = union.format("") if asked["q"] else top_level
    rows = engine.store.execute(
        f"SELECT kind, seq FROM {searched} WHERE {' AND '.join(conditions)}"
        " ORDER BY created DESC, kind DESC, seq DESC LIMIT ? OFFSET ?",
        [*values, _PAGE + 1, (page - 1) * _PAGE],
    )
    items = [_item(call, kind, seq) for kind, seq in rows[:_PAGE]]
    counts = dict(engine.store.execute(f"SELECT status, count(*) FROM {top_level} GROUP BY status"))
    return {
        "items": items,
        "counts": counts,
        "query": asked,
        "page": _pager(call, page, len(items), len(rows) > _PAGE),
    }


def _item(call: Call, kind: str, seq: int) -> dict[str, Any]:
    store = call.engine.store
    if kind == "Job":
        return views.job_view(store.find(Job, "seq = ?", (seq,))[0])
    session = store.find(Session, "seq = ?", (seq,))[0]
    return views.session_view(session, sum(_counts(call, session).values()))


def _counts(call: Call, session: Session) -> dict[str, int]:
    """Return the number of jobs of a session in each state."""
    counts = "SELECT status, count(*) FROM jobs WHERE workspace = ? AND session = ? GROUP BY status ORDER BY status"
    return dict(call.engine.store.execute(counts, (session.workspace, session.id)))


def _page_number(call: Call) -> int:
    number = call.query.get("page", "1")
    return min(int(number), 10**6) if number.isascii() and number.isdigit() and int(number[:9]) else 1


def _pager(call: Call, page: int, shown: int, more: bool) -> dict[str, Any]:
    def link(number: int) -> str:
        return f"{call.path}?{urlencode({**call.query, 'page': number})}"

    return {
        "first": (page - 1) * _PAGE + 1,
        "last": (page - 1) * _PAGE + shown,
        "previous": link(page - 1) if page > 1 else None,
        "next": link(page + 1) if more else None,
    }


def _items_html(call: Call) -> Response:
    content = _items(call)
    chosen = content["query"]["state"]
    tiles = [
        {
            "state": state,
            "count": content["counts"].get(state, 0),
            "url": "/" if state == chosen else f"/?{urlencode({'state': state})}",
        }
        for state in _STATES
    ]
    return _page(call, "items.html", live=True, tiles=tiles, states=_STATES, **content)


def _session(call: Call) -> dict[str, Any]:
    engine = call.engine
    session = engine.session(call.workspace, call.id)
    page = _page_number(call)
    jobs = engine.store.find(
        Job,
        "workspace = ? AND session = ?",
        (session.workspace, session.id),
        then=f"ORDER BY created DESC, seq DESC LIMIT {_PAGE + 1} OFFSET {(page - 1) * _PAGE}",
    )
    counts = _counts(call, session)
    total = sum(counts.values())
    points, jobs_read = _points(call, session)
    return {
        "session": views.session_view(session, total),
        "results": views.sweep_plot(points),
        "results_of": jobs_read,
        "jobs": [views.job_view(job) for job in jobs[:_PAGE]],
        "counts": counts,
        "total": total,
        "page": _pager(call, page, len(jobs[:_PAGE]), len(jobs) > _PAGE),
    }


def _points(call: Call, session: Session) -> tuple[list[Any], int]:
    """Return the points of a session with results, and the number of jobs read: a regular choice, if they are many."""
    store = call.engine.store
    place = (session.workspace, session.id)
    found = store.execute(
        "SELECT seq FROM jobs WHERE workspace = ? AND session = ? AND status = 'Succeeded' ORDER BY seq", place
    )
    chosen = [seq for (seq,) in found[:: -(-len(found) // _MOST_PLOTTED) or 1]]
    points: list[Any] = []
    for job in store.find(Job, f"seq IN ({', '.join('?' * len(chosen))})", chosen, then="ORDER BY seq"):
        points += _points_of(store, job)
    return points, len(chosen)


def _points_of(store: Store, job: Job) -> list[Any]:
    """Return the points of a job; none if it has no result, or a large one."""
    name = (job.outcome or {}).get("output") if job.status == JobState.SUCCEEDED else None
    output = store.blob(job.body["account"], job.container, name) if name else None
    return views.points_of(job, store.blob_bytes(output)) if output and output.size <= _MOST_OUTPUT else []


def _session_html(call: Call) -> Response:
    content = _with_plot(_session(call))
    strip, at = [], 0
    for state, count in content["counts"].items():
        strip.append({"state": state, "x": at, "width": count})
        at += count
    live = content["session"]["ended"] is None
    return _page(call, "session.html", live=live, strip=strip, **content)


def _job(call: Call) -> dict[str, Any]:
    engine, store = call.engine, call.engine.store
    job = engine.job(call.workspace, call.id)
    account = job.body["account"]
    source = store.blob(account, *job.input_place)
    shown = listing_of(store, job) or source  # the process of the job converts bitcode, on which LLVM may crash
    name = (job.outcome or {}).get("output") if job.status == JobState.SUCCEEDED else None
    output = store.blob(account, job.container, name) if name else None
    view = views.job_view(job)
    view["session_name"] = engine.session(call.workspace, job.session).name if job.session else None
    return {
        "job": view,
        "program": views.program_of(store.blob_bytes(shown)) if shown else None,
        "program_size": source.size if source else 0,
        "outcomes": views.histogram_of(store.blob_bytes(output)) if output else [],
        "results": views.sweep_plot(_points_of(store, job)),  # only of a job with several points
    }


def _with_plot(content: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a page with the geometry of its plot."""
    plot = content.pop("results")
    return {**content, "plot": charts.sweep_chart(plot) if plot else None}


def _job_html(call: Call) -> Response:
    content = _with_plot(_job(call))
    outcomes = content.pop("outcomes")
    circuit = circuit_of_qir(content["program"]) if content["program"] else "the input is not shown as text"
    content["circuit"] = Markup(circuit.svg()) if isinstance(circuit, Circuit) else None  # it escapes its labels
    content["no_circuit"] = circuit if isinstance(circuit, str) else ""
    drawn = charts.histogram_chart(outcomes) if outcomes else {"bars": []}
    live = content["job"]["status"] not in FINAL
    return _page(call, "job.html", live=live, **content, **drawn)


def _html(build: Callable[[Call], Response]) -> Handler:
    """Return the handler of a page, which answers in HTML also if there is no such job or session."""

    def show(call: Call) -> Response:
        try:
            return build(call)
        except NotFound as problem:
            return _page(call, "missing.html", 404, message=problem.message)

    return show


def _json(build: Callable[[Call], dict[str, Any]]) -> Handler:
    """Return the handler of the content of a page as JSON."""
    return lambda call: json_reply(build(call))


_PLACE: Final = "/_ui/{sub}/{rg}/{ws}/"

ROUTES: Final[list[tuple[str, str, str, Handler, Admit]]] = [
    ("pages.items", "GET", "/", _html(_items_html), _admit),
    ("pages.items", "GET", "/_ui/items.json", _json(_items), _admit),
    ("pages.session", "GET", _PLACE + "sessions/{id}.json", _json(_session), _admit),
    ("pages.session", "GET", _PLACE + "sessions/{id}", _html(_session_html), _admit),
    ("pages.job", "GET", _PLACE + "jobs/{id}.json", _json(_job), _admit),
    ("pages.job", "GET", _PLACE + "jobs/{id}", _html(_job_html), _admit),
    ("pages.login", "POST", "/_ui/login", _login, admit_anyone),
    ("pages.static", "GET", "/_ui/{file}", _static, admit_anyone),
]
