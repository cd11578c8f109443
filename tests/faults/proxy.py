"""A proxy on loopback that does to requests and answers what networks, gateways and busy services do.

It forwards HTTP/1.1 between a client and a service, and asks a *chooser* about every exchange: a :class:`Script` of
faults for certain operations, or :class:`Random` ones by a seed. What the service accepted is in its :class:`Record`,
which is written from the service's own answers before any fault touches them: it is the judge of a run.

    with FaultProxy(service.url, Random(seed=1)) as proxy:
        with qb.connect(proxy.url, api_key=service.api_key, request_timeout=0.5) as workspace: ...
        proxy.record.points
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import unquote, urlsplit

# --- messages


@dataclass(frozen=True)
class Answer:
    """An answer: status, headers in small letters, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def encode(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {'OK' if self.status < 300 else 'Not so'}"]
        kept = {name: value for name, value in self.headers.items() if name not in ("content-length", "connection")}
        lines += [f"{name}: {value}" for name, value in kept.items()]
        lines += [f"content-length: {self.headers.get('x-was', len(self.body))}", "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


@dataclass(frozen=True)
class Request:
    """A request. ``operation`` is the service's own name for it, such as ``jobs.create``."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def operation(self) -> str:
        place = re.sub(r"^/subscriptions/.*?/workspaces/[^/]+/", "", self.path, flags=re.IGNORECASE)
        for pattern, method, name in _OPERATIONS:
            if method in ("*", self.method) and re.fullmatch(pattern, place):
                return name
        return "other"

    @property
    def is_blob(self) -> bool:
        return self.operation.startswith("blobs.")

    @property
    def item(self) -> str:
        """The id of the job or session in the path, or the path."""
        return re.sub(r"^.*/(?:jobs|sessions)/([^/:]+).*$", r"\1", self.path)

    def encode(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


_OPERATIONS = [
    (r"jobs/[^/:]+:cancel", "POST", "jobs.cancel"),
    (r"jobs/[^/:]+", "PUT", "jobs.create"),
    (r"jobs/[^/:]+", "GET", "jobs.get"),
    (r"jobs", "GET", "jobs.list"),
    (r"sessions/[^/:]+:close", "POST", "sessions.close"),
    (r"sessions/[^/:]+", "PUT", "sessions.open"),
    (r"sessions/[^/:]+", "GET", "sessions.get"),
    (r"sessions/[^/]+/jobs", "GET", "sessions.jobs"),
    (r"sessions", "GET", "sessions.list"),
    (r"storage/sasUri", "POST", "storage.sas"),
    (r"providerStatus", "GET", "providers.list"),
    (r"/.*/inputData", "*", "blobs.input"),
    (r"/.*/(outputData|rawOutputData)", "GET", "blobs.output"),
]


async def _read_head(stream: asyncio.StreamReader) -> tuple[str, dict[str, str]] | None:
    try:
        head = (await stream.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *rest = head.rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in rest)
    return first, {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _read_body(stream: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        parts = []
        while size := int((await stream.readline()).split(b";")[0], 16):
            parts.append(await stream.readexactly(size))
            await stream.readline()
        await stream.readline()
        headers.pop("transfer-encoding")
        return b"".join(parts)
    return await stream.readexactly(int(headers.get("content-length", 0)))


async def _departure(stream: asyncio.StreamReader) -> float:
    """Return when the client has closed its side."""
    while not stream.at_eof() and stream.exception() is None:
        await asyncio.sleep(0.05)
    return time.monotonic()


# --- faults


@dataclass(frozen=True)
class Fault:
    """What happens to one exchange.

    Attributes:
        kind: one of :data:`KINDS`.
        seconds: of ``hold`` and ``trickle``; ``status`` and ``headers``: of ``status``; ``body``: of ``nonsense``; of
            ``status`` where it is JSON; for ``swap`` the operation whose last answer comes.
        forward: whether the request reaches the service, for the kinds for which both are possible.
    """

    kind: str
    seconds: float = 0.0
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    forward: bool = True


#: hold: the answer comes late. drop: the connection is reset. hole: the answer never comes. duplicate: the service gets
#: the request twice. swap: the last answer to a request of some operation comes in its place. replay: so does an
#: earlier answer to the same request. lag: so does the first one ever, or an empty list, or a 404. truncate: the answer
#: breaks off. trickle: the answer comes byte by byte. nonsense: something else comes with status 200. status: an error.
#: short: a result lacks most of its shots.
KINDS = (
    "hold", "drop", "hole", "duplicate", "swap", "replay", "lag", "truncate", "trickle", "nonsense", "status", "short",
)  # fmt: skip
NONSENSE = [
    b"{}", b"null", b"[]", b'"text"', b"", b"0", b'{"value": null}', b"\xff\xfe", b'{"value": [{}]}',
    b'{"error": {"code": "Busy", "message": "try again"}}', b'{"sasUri": "http://127.0.0.1:1/other"}',
    b"<html><body><h1>Sign in to the network</h1></body></html>", b'{"id": "another", "status": "Succeeded"}',
    b'{"id": 7, "status": {}, "itemType": "Job"}',
]  # fmt: skip
STATUSES: list[tuple[int, dict[str, str]]] = [
    (500, {}), (502, {}), (503, {}), (504, {}), (408, {}), (429, {}), (429, {"retry-after": "0.1"}),
    (503, {"retry-after": "0.2"}), (429, {"retry-after": "soon"}), (503, {"retry-after": "-3"}),
    (409, {}), (404, {}), (400, {}), (429, {"retry-after": "nan"}),
]  # fmt: skip

Chooser = Callable[[Request], Fault | None]


class Random:
    """Faults at random, by a seed: the same requests in the same order meet the same faults.

    Args:
        seed: of the random numbers.
        share: of the exchanges that meet a fault.
        kinds: of faults; all of them unless given.
        most: no more than so many faults, so that every run comes to an end.
    """

    def __init__(self, seed: int, share: float = 0.15, kinds: tuple[str, ...] = KINDS, most: int = 200) -> None:
        self._random, self.share, self.kinds, self.left = random.Random(seed), share, kinds, most

    def __call__(self, request: Request) -> Fault | None:
        chance = self._random
        if self.left <= 0 or chance.random() >= self.share:
            return None
        self.left -= 1
        kind = chance.choice(self.kinds)
        status, headers = chance.choice(STATUSES)
        return Fault(
            kind, chance.uniform(0.05, 0.4), status, headers, chance.choice(NONSENSE), forward=chance.random() < 0.5
        )


class Script:
    """Faults by operation: ``Script({"jobs.create": [Fault("drop")]})`` for the first ones, in this order.

    A single fault in the place of a list meets every request of the operation.
    """

    def __init__(self, faults: dict[str, list[Fault | None] | Fault]) -> None:
        self.faults = faults

    def __call__(self, request: Request) -> Fault | None:
        left = self.faults.get(request.operation)
        if isinstance(left, list):
            return left.pop(0) if left else None
        return left


# --- the judge


class Record:
    """What the service accepted, by its own answers.

    Attributes:
        jobs: of every accepted job its points, by job id.
        sessions: the ids of all sessions.
        faults: how many faults of each kind there were; ``requests``: how many requests of each operation.
        created: how often each job was created: more than once would be a fault of the service.
        times: when each exchange began and ended, by the monotonic clock, and which one with which fault.
    """

    def __init__(self) -> None:
        self.jobs: dict[str, tuple[int, ...]] = {}
        self.sessions: set[str] = set()
        self.created: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.times: list[tuple[float, float, str]] = []

    def pauses(self, since: float, until: float) -> list[tuple[float, float, str]]:
        """Return the times without any exchange, from the first one to the last one in this span.

        Returns:
            When each began and ended, and what came before it.
        """
        found: list[tuple[float, float, str]] = []
        end, before = math.inf, ""
        for began, ended, what in sorted(entry for entry in self.times if since <= entry[0] and entry[1] <= until):
            if began > end:
                found.append((end, began, before))
            if ended > end or end == math.inf:
                end, before = ended, what
        return found

    @property
    def points(self) -> Counter[int]:
        """How many accepted jobs there are for each point."""
        return Counter(point for points in self.jobs.values() for point in points)

    def note(self, request: Request, answer: Answer) -> None:
        """Note what the service answered."""
        self.requests[request.operation] += 1
        if answer.status not in (200, 201):
            return
        if request.operation == "sessions.open":
            self.sessions.add(request.item)
        elif request.operation == "jobs.create":
            body = json.loads(request.body)
            self.jobs[request.item] = tuple(points_of(body.get("metadata") or {}))
            self.created[request.item] += 1


def points_of(metadata: dict[str, str]) -> range:
    """The points of a job by its metadata: one, or several that follow each other."""
    if "qsharp_bridge.point" not in metadata:
        return range(0)
    first = int(metadata["qsharp_bridge.point"])
    return range(first, first + int(metadata.get("qsharp_bridge.size", 1)))


# --- the proxy


class FaultProxy:
    """The proxy, in a thread of its own.

    Args:
        upstream: the address of the service. It may change: a service that is started again keeps its clients.
        choose: which fault an exchange meets.
    """

    def __init__(self, upstream: str, choose: Chooser = lambda _: None) -> None:
        self.upstream, self.choose, self.record = upstream, choose, Record()
        self.port = 0
        self.silent = False  # nothing is answered any more, new connections neither
        self._answers: dict[str, list[Answer]] = {}  # by request line without its query
        self._last: dict[str, Answer] = {}  # by operation
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="fault-proxy", daemon=True)
        self._over: asyncio.Event | None = None
        self._clients: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._over is not None
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(30)

    async def _serve(self) -> None:
        clients = self._clients
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        while clients:
            for task in list(clients):
                task.cancel()
            await asyncio.sleep(0)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            while (head := await _read_head(reader)) is not None:
                method, target, _ = head[0].split(" ", 2)
                request = Request(method, target, head[1], await _read_body(reader, head[1]))
                if not await self._timed(request, reader, writer):
                    _reset(writer)
                    return
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            return
        finally:
            self._clients.discard(task)
            writer.close()

    async def _timed(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send the client what it gets, and note how long it waited for that; False for a reset."""
        began, fault = time.monotonic(), self.choose(request)
        left = asyncio.ensure_future(_departure(reader))
        try:
            return await self._exchange(request, fault, writer)
        finally:
            ended = left.result() if left.done() and not left.cancelled() else time.monotonic()
            left.cancel()
            what = f"{request.operation} {fault.kind if fault is not None else 'ok'}"
            self.record.times.append((began, ended, what))

    async def _exchange(self, request: Request, fault: Fault | None, writer: asyncio.StreamWriter) -> bool:
        """Send the client what it gets; False for a reset."""

        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        kind = fault.kind if fault is not None else None
        if fault is not None:
            self.record.faults[fault.kind] += 1
        forward = fault is None or fault.forward or kind in ("duplicate", "truncate", "trickle", "short", "hold")
        answer = await self._forward(request) if forward else None
        if kind == "duplicate":
            answer = await self._forward(request)
        if self.silent or kind == "hole":
            await asyncio.sleep(3600)
        if forward and answer is None:  # the service is down
            return False
        if fault is None:
            assert answer is not None
            await send(answer.encode())
        elif kind == "hold":
            assert answer is not None
            await asyncio.sleep(fault.seconds)
            await send(answer.encode())
        elif kind == "trickle":
            assert answer is not None
            data = answer.encode()
            for place in range(len(data)):
                await send(data[place : place + 1])
                await asyncio.sleep(fault.seconds / 20)
        elif kind == "truncate":
            assert answer is not None
            await send(answer.encode()[: -max(1, len(answer.body) // 2)])
            return False
        elif kind in ("duplicate", "short"):
            assert answer is not None
            await send(
                (_shortened(answer) if kind == "short" and request.operation == "blobs.output" else answer).encode()
            )
        elif kind == "nonsense":
            await send(Answer(200, {"content-type": "application/json"}, fault.body or b"").encode())
        elif kind == "status":
            headers = {"content-type": "text/html" if fault.body is None else "application/json", **fault.headers}
            await send(Answer(fault.status, headers, fault.body or b"<h1>Something on the way</h1>").encode())
        elif (old := self._other(fault, request)) is not None:
            await send(old.encode())
        else:
            return False
        return True

    def _other(self, fault: Fault, request: Request) -> Answer | None:
        """The answer that comes in the place of the right one; None for a reset."""
        kind = fault.kind
        before = self._answers.get(f"{request.method} {request.path}", [])
        if kind == "swap":
            if fault.body is not None and fault.body.decode(errors="replace") in self._last:
                return self._last[fault.body.decode()]
            same = self._last.get(request.operation)
            others = [answer for name, answer in self._last.items() if name.startswith("blobs.") == request.is_blob]
            whole = round(fault.seconds * 1_000_000)
            return others[whole % len(others)] if others and (whole % 2 or same is None) else same
        if kind == "replay":
            return before[-2] if len(before) > 1 else None
        if kind == "lag" and request.method == "GET":
            if before and request.operation != "sessions.jobs":
                return before[0]
            if request.operation == "sessions.jobs":
                return Answer(200, {"content-type": "application/json"}, b'{"value": [], "nextLink": null}')
            if request.operation in ("jobs.get", "sessions.get"):
                told = {"error": {"code": "NotFound", "message": "There is no such item."}}
                return Answer(404, {"content-type": "application/json"}, json.dumps(told).encode())
        return None

    async def _forward(self, request: Request) -> Answer | None:
        parts = urlsplit(self.upstream)
        # A connection of its own for each: what a client breaks off never breaks another's.
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except OSError:
            return None
        try:
            writer.write(replace(request, headers={**request.headers, "connection": "close"}).encode())
            await writer.drain()
            head = await _read_head(reader)
            if head is None:
                return None
            status = int(head[0].split(" ")[1])
            body = b"" if request.method == "HEAD" or status in (204, 304) else await _read_body(reader, head[1])
        except (OSError, asyncio.IncompleteReadError):
            return None
        finally:
            writer.close()
        headers = {name: value for name, value in head[1].items() if name not in ("connection", "transfer-encoding")}
        if request.method == "HEAD":
            headers["x-was"] = head[1].get("content-length", "0")
        if not request.is_blob:  # Azure's storage repeats the id of a request; its data plane may not
            headers.pop("x-ms-client-request-id", None)
        answer = Answer(status, headers, body)
        self.record.note(request, answer)
        self._last[request.operation] = answer
        self._answers.setdefault(f"{request.method} {request.path}", []).append(answer)
        return answer


def _shortened(answer: Answer) -> Answer:
    """A result of fewer shots than were asked for."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        result: dict[str, Any] = json.loads(answer.body)
        shots = result["Results"][0]["Shots"][:3]
        entry = result["Results"][0]["Histogram"][0]
        histogram = [{**entry, "Count": len(shots)}]
        body = json.dumps({**result, "Results": [{"Histogram": histogram, "Shots": shots}]}).encode()
        headers = {**answer.headers, "content-range": f"bytes 0-{len(body) - 1}/{len(body)}"}
        return Answer(answer.status, headers, body)
    return answer


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, as a broken network does."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
