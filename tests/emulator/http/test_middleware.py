"""Checks of the head of a request: the host that it names, and its size."""

from __future__ import annotations

import http.client

import pytest

from qsharp_bridge.emulator import Limits, LocalService

PLACE = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Quantum/workspaces/ws"
VERSION = "?api-version=2026-01-15-preview"


def ask(
    service: LocalService, host: str | list[str], method: str = "GET", path: str = "/_admin/health"
) -> tuple[int, str]:
    """Send one request with that Host header, or those, to the service."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    for name in [host] if isinstance(host, str) else host:
        connection.putheader("Host", name)
    connection.putheader("x-ms-quantum-api-key", service.api_key)
    body = b'{"containerName": "box-1"}' if method == "POST" else b""
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:1234", "localhost:80", "LOCALHOST", "localhost.", "x.localhost", "127.9.9.9", "[::1]:8"],
)
def test_hosts_that_are_this_machine(service: LocalService, host: str) -> None:
    assert ask(service, host)[0] == 200
    status, body = ask(service, host, "POST", f"{PLACE}/storage/sasUri{VERSION}")
    assert status == 200
    assert f'"http://{host}/box-1' in body


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "evillocalhost",
        "1.example",
        "6.6.6.6:99",
        "evil.1",
        "127.1",
        "[fe80::1]",
    ],
)
def test_dns_rebinding(service: LocalService, host: str) -> None:
    for method, path in (("GET", "/"), ("GET", "/_admin/health"), ("POST", f"{PLACE}/storage/sasUri{VERSION}")):
        status, body = ask(service, host, method, path)
        assert status == 421
        assert "sig=" not in body
    assert service.requests.count("storage.sas") == 0


@pytest.mark.parametrize(
    "host", ["", "a b", 'x"y', "a/b", "user@127.0.0.1", "127.0.0.1:x", "[::1", "é", [], ["127.0.0.1", "localhost"]]
)
def test_hosts_that_are_malformed(service: LocalService, host: str | list[str]) -> None:
    assert ask(service, host)[0] == 400


def test_hosts_by_choice() -> None:
    with LocalService(allowed_hosts=["Emulator.test."]) as service:
        assert ask(service, "emulator.test:8400")[0] == 200
        assert ask(service, "other.test")[0] == 421
    with LocalService(allowed_hosts=["*"]) as service:
        assert ask(service, "other.test")[0] == 200


def test_large_heads_are_refused_before_anything_else() -> None:
    with LocalService(limits=Limits(header_bytes=4096)) as service:
        service.faults.add("*", "status", times=None)
        status, body = ask(service, "localhost", path="/_admin/health?" + "x" * 5000)
        assert status == 431
        assert "more than 4096 bytes" in body
        assert service.faults.listed()[0]["times"] is None
        assert service.requests.count(status=431) == 1
