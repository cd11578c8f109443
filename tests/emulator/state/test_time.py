"""Clock and pace: states by rule, without waiting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.emulator import Clock, LocalService, Pace
from qsharp_bridge.emulator.state.clock import SECOND, rfc3339
from qsharp_bridge.emulator.state.models import Job


@given(steps=st.lists(st.floats(0, 1e6), max_size=5))
def test_a_frozen_clock_moves_by_hand_alone(steps: list[float]) -> None:
    clock = Clock(start=5 * SECOND)
    for seconds in steps:
        before = clock.now()
        clock.advance(seconds)
        assert clock.now() == before + round(seconds * SECOND)


def test_a_clock_that_runs() -> None:
    clock = Clock()
    before = clock.now()
    clock.advance(100)
    clock.freeze()
    stands = clock.now()
    assert stands >= before + 100 * SECOND
    assert clock.now() == stands
    clock.resume()
    assert clock.now() >= stands
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="moved forward"):
            clock.advance(wrong)


def test_times_are_written_as_recorded() -> None:
    assert rfc3339(1_700_000_000_123_456) == "2023-11-14T22:13:20.123456Z"
    assert rfc3339(0, "+00:00") == "1970-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "pace"),
    [("immediate", Pace()), ("2.5", Pace(2.5)), (3, Pace(3.0)), ("reads:2", Pace(0.0, 2)), (Pace(1), Pace(1))],
)
def test_paces(text: Any, pace: Pace) -> None:
    assert Pace.parse(text) == pace
    assert Pace.parse(str(pace)) == pace


@pytest.mark.parametrize("text", ["", "soon", "-1", "nan", "inf", "reads:", "reads:-1", "reads:x", "1s"])
def test_no_paces(text: str) -> None:
    with pytest.raises(ValueError, match="a pace is"):
        Pace.parse(text)


def test_seconds_show_every_state(bell: Any) -> None:
    with LocalService(pace=10, clock=Clock(start=1_800_000_000_000_000)) as service:
        job = service.workspace().get_targets("ionq.simulator").submit(bell, shots=6)
        assert service.wait_idle()
        seen = [job.details.status]
        for seconds in (4, 2, 3, 2):
            service.clock.advance(seconds)
            job.refresh()
            seen.append(job.details.status)
        assert seen == ["Waiting", "Waiting", "Executing", "Executing", "Succeeded"]
        took = job.details.end_execution_time - job.details.creation_time
        assert took.total_seconds() == 10
        assert (job.details.begin_execution_time - job.details.creation_time).total_seconds() == 5
        assert len(job.get_results_shots()) == 6


def test_results_do_not_show_before_their_time(http: Any, bell: Any) -> None:
    http.service.engine.pace = Pace(1000.0)
    id_ = http.submit(bell.text.encode(), providerId="ionq", target="ionq.simulator")
    assert http.service.wait_idle()
    uri = http("POST", "storage/sasUri", json={"containerName": f"job-{id_}"}).json()["sasUri"]
    base, _, query = uri.partition("?")
    listing = http("GET", f"{base}?restype=container&comp=list&{query}")
    assert b"outputData" not in listing.content
    http.service.clock.advance(1001)
    listing = http("GET", f"{base}?restype=container&comp=list&{query}")
    http("GET", f"jobs/{id_}")
    listing = http("GET", f"{base}?restype=container&comp=list&{query}")
    assert b"<Name>outputData</Name>" in listing.content


def test_reads_count_answers(bell: Any) -> None:
    with LocalService(pace="reads:2") as service:
        workspace = service.workspace()
        job = workspace.get_targets("ionq.simulator").submit(bell, shots=6)
        assert service.wait_idle()
        seen = []
        for read in range(6):
            if read % 2:
                seen.append(workspace.list_jobs()[0].details.status)
            else:
                job.refresh()
                seen.append(job.details.status)
        assert seen == ["Waiting", "Waiting", "Executing", "Executing", "Succeeded", "Succeeded"]


def test_a_read_does_not_undo_what_a_worker_stored_meanwhile(bell: Any) -> None:
    """The job is read, a worker stores its outcome, and only then the read is counted: the outcome must stay."""
    with LocalService(pace="reads:1", data=None) as service, service.workspace() as workspace:
        job = workspace.get_targets("ionq.simulator").submit(bell, name="read", shots=5)
        service.wait_idle()
        engine = service.engine
        (known,) = engine.store.find(Job, "id = ?", (job.id,))
        assert known.outcome is not None
        before_the_worker = replace(known, outcome=None)
        engine.count_read(before_the_worker)
        for _ in range(4):
            job.refresh()
        assert job.details.status == "Succeeded"


def test_a_queue_makes_jobs_wait(stopped: LocalService, bell: Any) -> None:
    stopped.engine.queue_seconds["ionq.simulator"] = 300
    job = stopped.workspace().get_targets("ionq.simulator").submit(bell, shots=1)
    assert stopped.wait_idle()
    stopped.clock.advance(299)
    job.refresh()
    assert job.details.status == "Waiting"
    stopped.clock.advance(2)
    job.refresh()
    assert job.details.status == "Succeeded"


def test_over_http(http: Any) -> None:
    stands = http("POST", "/_admin/clock", json={"frozen": True}).json()
    assert stands["frozen"] is True
    moved = http("POST", "/_admin/clock", json={"advance": 600}).json()
    assert moved["now"] > stands["now"]
    assert http("GET", "/_admin/clock").json() == moved
    assert http("POST", "/_admin/clock", json={"frozen": False}).json()["frozen"] is False
    assert http("POST", "/_admin/pace", json={"pace": "reads:3", "queue": {"X": 5}}).json() == {
        "pace": "reads:3",
        "queue": {"x": 5.0},
    }
    for path, wrong in (
        ("clock", {"advance": -1}),
        ("clock", {"advance": "1"}),
        ("clock", {"back": 1}),
        ("pace", {"pace": "soon"}),
        ("pace", {"pace": None}),
        ("pace", {"queue": [1]}),
        ("pace", {"queue": {"a": -1}}),
    ):
        assert http("POST", f"/_admin/{path}", json=wrong).status_code == 400, wrong
    assert http("GET", "/_admin/health").json()["status"] == "ok"
