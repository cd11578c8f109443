"""Limits on connections: too many, too slow, or with headers without end. Over real sockets."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from qsharp_bridge.emulator import Limits, LocalService

HASTY = Limits(header_bytes=8 * 1024, connections=20, header_seconds=1.5, body_seconds=1.5, bytes_per_second=10**9)


@pytest.fixture
def hasty() -> Iterator[LocalService]:
    with LocalService(limits=HASTY) as service:
        yield service


def connect(service: LocalService) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", service.port), timeout=20)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def ended(sock: socket.socket) -> bool:
    """Wait until the other side has closed the connection; what it sends first is dropped."""
    try:
        while sock.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def head(service: LocalService, method: str = "GET", path: str = "/_admin/health", **more: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"x-ms-quantum-api-key: {service.api_key}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "])
def test_headers_that_never_end(hasty: LocalService, sent: bytes) -> None:
    with connect(hasty) as sock:
        sock.sendall(sent)
        assert ended(sock)


def test_one_byte_now_and_then_does_not_keep_a_connection(hasty: LocalService) -> None:
    with connect(hasty) as sock:
        sock.settimeout(0.05)
        for byte in head(hasty) * 100:
            try:
                sock.send(bytes([byte]))
                sock.recv(1)
            except TimeoutError:
                continue
            except OSError:
                return
            return  # an end of the stream; an answer would need all of the head, 5 seconds
    pytest.fail("it was read to its end")


def test_a_second_request_that_stops_in_its_middle(hasty: LocalService) -> None:
    with connect(hasty) as sock:
        sock.sendall(head(hasty))
        assert sock.recv(65536).startswith(b"HTTP/1.1 200")
        sock.sendall(b"GET / HT")
        assert ended(sock)


def test_a_body_that_never_ends(hasty: LocalService) -> None:
    with connect(hasty) as sock:
        sock.sendall(head(hasty, "POST", "/_admin/pace", content_length="1000") + b"{")
        assert ended(sock)


def test_an_answer_that_is_not_read(hasty: LocalService) -> None:
    place = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Quantum"
    answer = requests.post(
        f"{hasty.url}{place}/workspaces/ws/storage/sasUri?api-version=2026-01-15-preview",
        json={"containerName": "box-1"},
        headers={"x-ms-quantum-api-key": hasty.api_key, "Connection": "close"},
        timeout=20,
    )
    base, _, query = answer.json()["sasUri"].partition("?")
    assert requests.put(f"{base}/large?{query}", data=bytes(30_000_000), headers={"Connection": "close"}, timeout=20).ok
    path = f"{base}/large?{query}".removeprefix(hasty.url)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", hasty.port))
        sock.settimeout(20)
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        wait_until(lambda: hasty.requests.count("blobs.get") == 1)
        wait_until(lambda: hasty.connections == 0)
        left = 0
        with contextlib.suppress(ConnectionResetError):
            while data := sock.recv(65536):
                left += len(data)
        assert left < 20_000_000


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds; a test that hangs is ended by its time-out."""
    while not condition():
        time.sleep(0.01)


def test_more_connections_than_allowed_close_the_idle_ones(hasty: LocalService) -> None:
    idle = [connect(hasty) for _ in range(10)]
    for sock in idle:
        sock.sendall(head(hasty))  # each has had an answer, and is kept for the next request
        assert sock.recv(65536).startswith(b"HTTP/1.1 200")
    half_open = [connect(hasty) for _ in range(100)]
    assert requests.get(hasty.url, timeout=20).status_code == 401
    assert hasty.connections <= 20
    assert all(map(ended, idle)), "they were the oldest"
    assert all(map(ended, half_open)), "they sent no request in time"
    assert requests.get(hasty.url, timeout=20).status_code == 401


def test_a_connection_at_work_is_not_closed_for_a_new_one(hasty: LocalService) -> None:
    hasty.faults.add("sessions.list", "slow", seconds=1)
    with connect(hasty) as busy:
        path = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Quantum"
        busy.sendall(head(hasty, "GET", path + "/workspaces/ws/sessions?api-version=2026-01-15-preview"))
        wait_until(lambda: hasty.faults.listed()[0]["times"] == 0)
        others = [connect(hasty) for _ in range(60)]
        assert busy.recv(65536).startswith(b"HTTP/1.1 200")
        for sock in others:
            sock.close()


@pytest.mark.parametrize("size", [9_000, 300_000, 3_000_000])
def test_headers_have_a_limit(hasty: LocalService, size: int) -> None:
    with connect(hasty) as sock:
        try:
            sock.sendall(head(hasty, X=size * "x"))
            answer = sock.recv(65536)
        except OSError:  # reset while it was still sending
            return
        assert answer.startswith(b"HTTP/1.1 431")


def test_stopping_ends_a_request_at_work() -> None:
    with LocalService() as service:
        service.faults.add("*", "slow", seconds=300)
        sock = connect(service)
        path = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Quantum"
        sock.sendall(head(service, "GET", path + "/workspaces/ws/sessions?api-version=2026-01-15-preview"))
        wait_until(lambda: service.faults.listed()[0]["times"] == 0)
    assert ended(sock)
    sock.close()
