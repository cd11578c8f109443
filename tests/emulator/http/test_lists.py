"""Lists through the real client: paging, filters, order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.emulator import Clock, LocalService


def fill(service: LocalService, http_class: type) -> Any:
    http = http_class(service)
    providers = ("microsoft.test.firstparty", "ionq", "quantinuum")
    targets = ("echo-output", "ionq.simulator", "quantinuum.sim.h2-1e")
    for number in range(3):
        body = {"name": f"session {number}", "providerId": "ionq", "target": "ionq.simulator"}
        assert http("PUT", f"sessions/{number}{number}", json=body).ok
        service.clock.advance(60)
    for number in range(250):
        kind = number % 3
        id_, body = http.job(
            name=f"it's job {number:03}" if number % 2 else f"Job {number:03}",
            providerId=providers[kind],
            target=targets[kind],
            sessionId="00" if number % 10 == 0 else None,
        )
        answer = http("PUT", f"jobs/{id_}", json=body)
        assert answer.ok, answer.text
        service.clock.advance(60)
    return http


@pytest.fixture(scope="module")
def service_with_jobs(request: pytest.FixtureRequest) -> Any:
    import importlib.util
    from pathlib import Path

    path = Path(__file__).parents[1] / "conftest.py"
    spec = importlib.util.spec_from_file_location("emulator_conftest", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with LocalService(clock=Clock(start=1_800_000_000_000_000), pace=10**8, workers=1) as service:
        yield service, fill(service, module.Http)


def test_paging(service_with_jobs: Any) -> None:
    service, http = service_with_jobs
    workspace = service.workspace()
    names = [job.details.name for job in workspace.list_jobs()]
    assert len(names) == 250
    assert names == sorted(names, key=lambda name: int(name[-3:])), "by creation, upwards"
    first = http("GET", "jobs", params={"top": 100, "skip": 0}).json()
    assert len(first["value"]) == 100
    link = first["nextLink"]
    query = parse_qs(urlsplit(link).query)
    assert query == {"top": ["100"], "skip": ["100"], "api-version": ["2026-01-15-preview"]}
    assert link.startswith(http.base + "jobs?")
    last = http("GET", "jobs", params={"top": 100, "skip": 200}).json()
    assert len(last["value"]) == 50
    assert last["nextLink"] is None
    assert len(http("GET", "jobs", params={"top": 5000}).json()["value"]) == 100
    for bad in ({"top": "0"}, {"top": "x"}, {"skip": "-1"}, {"top": "9" * 400}, {"$top": "1"}):
        assert http("GET", "jobs", params=bad).status_code == 400, bad


def test_filters(service_with_jobs: Any) -> None:
    service, _ = service_with_jobs
    workspace = service.workspace()
    assert len(workspace.list_jobs(name_match="it's job")) == 125
    assert len(workspace.list_jobs(name_match="it's job 00")) == 5
    assert workspace.list_jobs(name_match="job") == [], "startswith, with case"
    assert len(workspace.list_jobs(provider=["ionq"])) == 83
    assert len(workspace.list_jobs(provider=["IonQ", "quantinuum"])) == 166
    assert len(workspace.list_jobs(target=["echo-output"], name_match="Job")) == 42
    assert len(workspace.list_jobs(status=["Waiting"])) == 250
    assert workspace.list_jobs(status=["Failed"]) == []
    assert len(workspace.list_jobs(job_type=["QuantumComputing"])) == 250
    assert workspace.list_jobs(job_type=["Optimization"]) == []
    day = datetime(2027, 1, 15, tzinfo=UTC)
    after = [job for job in workspace.list_jobs() if job.details.creation_time >= day + timedelta(days=0)]
    assert len(workspace.list_jobs(created_after=day)) == len(after)
    assert len(workspace.list_jobs(created_before=day)) == 250
    assert workspace.list_jobs(created_after=day + timedelta(days=1)) == []


def test_order(service_with_jobs: Any) -> None:
    service, http = service_with_jobs
    workspace = service.workspace()
    jobs = workspace.list_jobs(orderby_property="CreationTime", is_asc=False)
    times = [job.details.creation_time for job in jobs]
    assert len(times) == 250
    assert times == sorted(times, reverse=True)
    names = [job.details.name for job in workspace.list_jobs(orderby_property="Name")]
    assert names == sorted(names)
    page = http("GET", "jobs", params={"orderby": "Name asc", "filter": "(ProviderId eq 'ionq')", "top": 50})
    query = parse_qs(urlsplit(page.json()["nextLink"]).query)
    assert query["orderby"] == ["Name asc"]
    assert query["filter"] == ["(ProviderId eq 'ionq')"]
    assert list(query) == ["filter", "orderby", "top", "skip", "api-version"]


def test_items_and_sessions(service_with_jobs: Any) -> None:
    service, http = service_with_jobs
    workspace = service.workspace()
    assert [session.details.name for session in workspace.list_sessions()] == [
        "session 0",
        "session 1",
        "session 2",
    ]
    items = workspace.list_top_level_items()
    assert len(items) == 225 + 3
    assert len(workspace.list_top_level_items(item_type=["session"])) == 3
    assert len(workspace.list_top_level_items(item_type=["Job"])) == 225
    assert len(workspace.list_top_level_items(job_type=["QuantumComputing"])) == 225, "sessions drop out"
    assert len(workspace.list_top_level_items(name_match="session")) == 3
    assert len(workspace.list_session_jobs("00")) == 25
    assert len(workspace.list_session_jobs("00", name_match="Job 0")) == 10
    assert workspace.list_sessions(provider=["rigetti"]) == []
    assert http("GET", "topLevelItems", params={"filter": "Nonsense eq 'x'"}).status_code == 400


@given(
    filter_=st.text(max_size=60) | st.text("() '=,andoreqStateNme", max_size=60),
    orderby=st.none() | st.text(max_size=20),
)
def test_any_query_is_answered_or_refused(service_with_jobs: Any, filter_: str, orderby: str | None) -> None:
    _, http = service_with_jobs
    answer = http("GET", "jobs", params={"filter": filter_, "orderby": orderby, "top": 1})
    assert answer.status_code in (200, 400)
    assert "error" in answer.json() or "value" in answer.json()
