"""The log of requests is bounded in requests and in characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.http.request_log import LoggedRequest, RequestLog
from tests.emulator.conftest import Http


@given(sizes=st.lists(st.integers(0, 50), max_size=60), keep=st.integers(1, 20), room=st.integers(50, 200))
def test_the_last_requests_that_fit_are_kept(sizes: list[int], keep: int, room: int) -> None:
    log = RequestLog(keep, room)
    kept: list[str] = []
    for at, size in enumerate(sizes):
        if at % 17 == 16:
            log.clear()
            kept = []
        path = chr(97 + at % 26) * size
        log.add(LoggedRequest("GET", path, "x", 200, at, 0.0))
        kept.append(path)
        while len(kept) > keep or sum(map(len, kept)) > room:
            kept.pop(0)
        assert [entry.path for entry in log.find()] == kept


def test_long_paths_are_cut(service: LocalService) -> None:
    http = Http(service)
    for _ in range(3):
        http("GET", "/box-1/" + "x" * 20_000)
    assert [len(entry.path) for entry in service.requests.find()] == [1024] * 3
