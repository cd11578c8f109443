"""The control interface for tests: clock, pace, faults and log of requests."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from qsharp_bridge.emulator.errors import BadRequest
from qsharp_bridge.emulator.http.request import Call
from qsharp_bridge.emulator.http.responses import json_reply
from qsharp_bridge.emulator.operation_patterns import PATTERN_LENGTH
from qsharp_bridge.emulator.state.clock import rfc3339
from qsharp_bridge.emulator.state.pace import Pace

_MOST_QUEUES = 1000


def _clock(call: Call) -> Response:
    clock = call.engine.clock
    return json_reply({"now": rfc3339(clock.now()), "frozen": clock.frozen})


def _set_clock(call: Call) -> Response:
    clock = call.engine.clock
    for name, value in call.json.items():
        if name == "advance" and _is_number(value):
            try:
                clock.advance(value)
            except ValueError as error:
                raise _invalid(str(error)) from None
        elif name == "frozen" and isinstance(value, bool):
            (clock.freeze if value else clock.resume)()
        else:
            raise _invalid('a clock takes {"advance": seconds} and {"frozen": true or false}')
    call.engine.settle()
    return _clock(call)


def _pace(call: Call) -> Response:
    return json_reply({"pace": str(call.engine.pace), "queue": call.engine.queue_seconds})


def _set_pace(call: Call) -> Response:
    content = call.json
    try:
        if "pace" in content:
            call.engine.pace = Pace.parse(content["pace"])
    except (ValueError, TypeError) as error:
        raise _invalid(str(error)) from None
    queue = content.get("queue", {})
    if not isinstance(queue, dict) or not all(_is_number(v) and 0 <= v < 1e9 for v in queue.values()):
        raise _invalid('queue must be {"target": seconds}')
    if len(call.engine.queue_seconds.keys() | queue.keys()) > _MOST_QUEUES:
        raise _invalid(f"queue has more than {_MOST_QUEUES} targets")
    call.engine.queue_seconds.update({name.lower(): float(value) for name, value in queue.items()})
    return _pace(call)


def _list_faults(call: Call) -> Response:
    return json_reply({"value": call.service.faults.listed()})


def _add_fault(call: Call) -> Response:
    try:
        call.service.faults.add(**call.json)
    except (ValueError, TypeError) as error:
        raise _invalid(str(error)) from None
    return _list_faults(call)


def _clear_faults(call: Call) -> Response:
    call.service.faults.clear()
    return _list_faults(call)


def _requests(call: Call) -> Response:
    operation = call.query.get("operation", "*")
    if len(operation) > PATTERN_LENGTH:
        raise _invalid(f"a pattern of operations has at most {PATTERN_LENGTH} characters")
    return json_reply({"value": call.service.requests.listed(operation)})


def _clear_requests(call: Call) -> Response:
    call.service.requests.clear()
    return json_reply({"value": []})


def _health(call: Call) -> Response:
    return json_reply({"status": "ok", "now": rfc3339(call.engine.clock.now())})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _invalid(message: str) -> BadRequest:
    return BadRequest("InvalidAdminRequest", message)


ROUTES = [
    ("admin.health", "GET", "/_admin/health", _health),
    ("admin.clock", "GET", "/_admin/clock", _clock),
    ("admin.clock", "POST", "/_admin/clock", _set_clock),
    ("admin.pace", "GET", "/_admin/pace", _pace),
    ("admin.pace", "POST", "/_admin/pace", _set_pace),
    ("admin.faults", "GET", "/_admin/faults", _list_faults),
    ("admin.faults", "POST", "/_admin/faults", _add_fault),
    ("admin.faults", "DELETE", "/_admin/faults", _clear_faults),
    ("admin.requests", "GET", "/_admin/requests", _requests),
    ("admin.requests", "DELETE", "/_admin/requests", _clear_requests),
]
