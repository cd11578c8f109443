"""What a client without the key can make the service do: nothing that is slow, kept or used up."""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import time

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.http.app import OPERATIONS

PLACE = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Quantum/workspaces/ws"
VERSION = "api-version=2026-01-15-preview"


@pytest.mark.parametrize("path", [f"{PLACE}/jobs/one?{VERSION}", "/box-1/blob?sig=x&sr=b&si=qb", "/_admin/faults"])
@pytest.mark.parametrize("headers", [{"Content-Length": str(2**40)}, {"Transfer-Encoding": "chunked"}])
def test_a_body_is_not_read_before_the_key(service: LocalService, path: str, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    connection.putrequest("POST" if "_admin" in path else "PUT", path)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()  # although no byte of the body was sent
    assert answer.status in (401, 403)
    assert answer.headers["connection"] == "close"
    connection.close()


def test_a_wrong_key_is_refused_even_with_a_body(service: LocalService) -> None:
    with requests.Session() as session:
        for _ in range(3):
            answer = session.put(
                f"{service.url}{PLACE}/jobs/one?{VERSION}",
                data=b"x" * 200_000,
                headers={"x-ms-quantum-api-key": "wrong"},
                timeout=20,
            )
            assert answer.status_code == 401
            assert "connection" not in answer.headers, "the body was dropped; the connection is used again"


def test_only_those_with_the_key_use_up_faults(service: LocalService) -> None:
    service.faults.add("*", "status", status=503, times=1)
    for method, path in (
        ("GET", f"{PLACE}/jobs?{VERSION}"),
        ("PUT", f"{PLACE}/jobs/one?{VERSION}"),
        ("GET", "/box-1/blob"),
        ("GET", "/box-1/blob?sr=b&sig=x&si=qb"),
        ("GET", "/_admin/health"),
        ("GET", "/"),
        ("GET", "/_ui/items.json"),
        ("GET", "/_ui/style.css"),
        ("POST", "/_ui/login"),
        ("GET", "/nothing"),
        ("TRACE", "/"),
    ):
        assert requests.request(method, service.url + path, timeout=20).status_code < 500
    assert service.faults.listed()[0]["times"] == 1
    headers = {"x-ms-quantum-api-key": service.api_key}
    assert requests.get(f"{service.url}{PLACE}/jobs?{VERSION}", headers=headers, timeout=20).status_code == 503


@pytest.mark.parametrize("cookie", ["\\a" * 25_000, '"\\a' * 20_000, "a=b;" * 15_000, "qsharp_bridge=" * 4_000])
def test_long_cookies_are_read_in_linear_time(service: LocalService, cookie: str) -> None:
    def seconds(text: str) -> float:
        best = 1e9
        for _ in range(5):
            began = time.perf_counter()
            assert requests.get(service.url, headers={"Cookie": text}, timeout=20).status_code == 401
            best = min(best, time.perf_counter() - began)
        return best

    base = seconds("a=b")
    # 7.6 seconds with the parser of http.cookies. A ratio, since the machine may be busy.
    assert seconds(cookie) < 50 * base


def test_the_cookie_is_found_among_others(service: LocalService) -> None:
    session = requests.Session()
    session.get(f"{service.url}/?key={service.api_key}", timeout=20)
    value = session.cookies["qsharp_bridge"]
    for cookie, status in (
        (f"a=b; qsharp_bridge={value}", 200),
        (f"a;=;;qsharp_bridge={value};c", 200),
        (f"qsharp_bridge={value}x", 401),
        (f"xqsharp_bridge={value}", 401),
        ("qsharp_bridge=é", 401),
    ):
        answer = requests.get(service.url, headers={"Cookie": cookie.encode("latin-1")}, timeout=20)  # type: ignore[dict-item]
        assert answer.status_code == status, cookie


def test_log_lines_cannot_be_forged(service: LocalService, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    forged = "%0a2026-11-28%20INFO%20all%20is%20well%1b[2J%e2%80%ae"
    requests.get(f"{service.url}/_{forged}", timeout=20)
    requests.get(f"{service.url}{PLACE.replace('ws', forged)}/jobs?{VERSION}", timeout=20)
    headers = {"x-ms-quantum-api-key": service.api_key}
    requests.get(f"{service.url}{PLACE}/jobs/{forged}?{VERSION}", headers=headers, timeout=20)
    requests.get(f"{service.url}{PLACE}/jobs?{VERSION}&filter={forged}", headers=headers, timeout=20)
    requests.get(f"{service.url}/box-1/{forged}?sr=b&sig=1&si={forged}", timeout=20)
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("qsharp_bridge")]
    assert sum("all is well" in message for message in messages) >= 4
    assert all(message.isprintable() for message in messages)
    assert all(len(message) < 1000 for message in messages)


def test_every_operation_wants_a_key_or_a_signature(service: LocalService) -> None:
    from qsharp_bridge.emulator.http.app import description

    for path, methods in description()["paths"].items():
        for method in methods:
            url = service.url + path.format(
                sub="00000000-0000-0000-0000-000000000000", rg="g", ws="ws", id="one", provider="ionq"
            )
            assert requests.request(method, f"{url}?{VERSION}", timeout=20).status_code == 401, (method, path)
    assert all(entry.operation and entry.status == 401 for entry in service.requests.find())
    assert {entry.operation for entry in service.requests.find()} <= set(OPERATIONS)


TARGETS = st.sampled_from(
    [
        "/",
        "/?key=x",
        f"{PLACE}/jobs?{VERSION}",
        f"{PLACE}/jobs/one?{VERSION}",
        f"{PLACE}/sessions/one:close?{VERSION}",
        f"{PLACE}/storage/sasUri?{VERSION}",
        "/box-1/b?comp=blocklist&sig=x",
        "/box-1?restype=container&comp=list&sig=x",
        "/_admin/faults",
        "/_ui/login",
    ]
)
NAMES = st.sampled_from(
    [
        "content-length",
        "transfer-encoding",
        "expect",
        "cookie",
        "authorization",
        "x-ms-range",
        "if-match",
        "upgrade",
        "if-modified-since",
        "content-md5",
        "host",
        "connection",
        "content-type",
        "x-ms-blob-type",
        "x-ms-meta-a",
    ]
)


@pytest.mark.long
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "X"]),
    target=TARGETS,
    tail=st.binary(max_size=30),
    headers=st.lists(st.tuples(NAMES, st.binary(max_size=30)), max_size=4),
    body=st.binary(max_size=60),
    with_key=st.booleans(),
)
def test_any_bytes_are_answered_or_cut_off(
    service: LocalService,
    method: str,
    target: str,
    tail: bytes,
    headers: list[tuple[str, bytes]],
    body: bytes,
    with_key: bool,
) -> None:
    head = f"{method} {target}".encode() + tail + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    if with_key:
        head += f"x-ms-quantum-api-key: {service.api_key}\r\n".encode()
    for name, value in headers:
        head += name.encode() + b": " + value + b"\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as sock:
        sock.sendall(head + b"\r\n" + body)
        sock.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while part := sock.recv(65536):
                answer += part
    assert b" 500 " not in answer.partition(b"\r\n")[0], answer
    service.faults.clear()
    assert requests.get(service.url, timeout=20).status_code == 401
