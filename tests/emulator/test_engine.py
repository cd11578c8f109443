"""The engine in any order of events: sessions, jobs and the clock stay true to each other."""

from __future__ import annotations

import contextlib
import uuid
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from qsharp_bridge.emulator.engine import Engine
from qsharp_bridge.emulator.errors import BadRequest, Conflict, NotFound
from qsharp_bridge.emulator.faults import Faults
from qsharp_bridge.emulator.jobs.queue import JobQueue
from qsharp_bridge.emulator.jobs.runner import Runner
from qsharp_bridge.emulator.state.clock import Clock
from qsharp_bridge.emulator.state.lifecycle import Lifecycle
from qsharp_bridge.emulator.state.models import FINAL, Job, Session
from qsharp_bridge.emulator.state.pace import Pace
from qsharp_bridge.emulator.state.store import Store

WORKSPACE = "sub/rg/ws"
ECHO = {"providerId": "microsoft.test.firstparty", "target": "echo-output"}


def engine_of(pace: Pace, faults: Faults | None = None) -> Engine:
    clock = Clock(start=1_800_000_000_000_000)
    lifecycle = Lifecycle(Store(), clock, pace=pace, session_timeout=600, sweep=60, cancel_lag=2)
    return Engine(lifecycle, JobQueue(lifecycle, Runner(), faults or Faults(), seed=b"s", workers=1))


def submit(engine: Engine, session: str | None, *, fails: bool = False, id_: str | None = None) -> Job:
    """Submit a job; one that fails has no input."""
    id_ = id_ or str(uuid.uuid4())
    body: dict[str, Any] = {**ECHO, "name": "job", "account": "qb", "inputBlob": "inputData"}
    if session:
        body["sessionId"] = session
    if not fails:
        from qsharp_bridge.emulator.state.blobs import new_blob

        engine.store.put_blob(new_blob(("qb", f"job-{id_}", "inputData"), 1, 0), b"x")
    return engine.submit(WORKSPACE, id_, body)


class Histories(RuleBasedStateMachine):
    """Sessions and jobs, submitted, cancelled, closed, while time passes."""

    sessions = Bundle("sessions")
    jobs = Bundle("jobs")

    @initialize(seconds=st.sampled_from([0, 10, 100]))
    def begin(self, seconds: float) -> None:
        self.engine = engine_of(Pace(seconds))
        self.accepted: dict[str, str | None] = {}
        self.final: dict[str, tuple[str, int | None]] = {}

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            assert self.engine.wait_idle(20)
            self.engine.stop()

    @rule(target=sessions, policy=st.sampled_from(["Abort", "Continue"]))
    def open(self, policy: str) -> str:
        id_ = str(uuid.uuid4())
        self.engine.open_session(WORKSPACE, id_, {**ECHO, "name": "s", "jobFailurePolicy": policy})
        return id_

    @rule(target=jobs, session=st.none() | sessions, fails=st.booleans())
    def accept(self, session: str | None, fails: bool) -> str:
        id_ = str(uuid.uuid4())
        before = self.engine.session(WORKSPACE, session) if session else None
        try:
            submit(self.engine, session, fails=fails, id_=id_)
        except BadRequest:
            assert before is not None
            now = self.engine.session(WORKSPACE, session or "")
            assert now.closed or now.state.ended
            return next(iter(self.accepted), id_)
        assert before is None or not before.closed
        self.accepted[id_] = session
        assert self.engine.wait_idle(20)
        return id_

    @rule(seconds=st.sampled_from([1, 3, 20, 60, 700]))
    def wait(self, seconds: float) -> None:
        self.engine.clock.advance(seconds)

    @rule(session=sessions)
    def close(self, session: str) -> None:
        self.engine.close_session(WORKSPACE, session)

    @rule(job=jobs)
    def cancel(self, job: str) -> None:
        with contextlib.suppress(NotFound, Conflict):
            self.engine.cancel(WORKSPACE, job)

    @invariant()
    def they_agree(self) -> None:
        if not hasattr(self, "engine"):
            return
        self.engine.settle()
        jobs = {job.id: job for job in self.engine.store.find(Job, "1")}
        assert set(jobs) == set(self.accepted), "every accepted job is there, no other"
        for job in jobs.values():
            if job.id in self.final:
                assert (job.status, job.ended) == self.final[job.id], "an end is the end"
            elif job.status in FINAL:
                self.final[job.id] = job.status, job.ended
            begun = (job.outcome or {}).get("begun", True)
            assert (job.ended is not None) == (job.status in ("Succeeded", "Failed") and begun)
            if job.ended is not None:
                assert job.created <= (job.began or 0) <= job.ended
        for session in self.engine.store.find(Session, "1"):
            own = [job for job in jobs.values() if job.session == session.id]
            assert session.in_flight == sum(not job.final for job in own)
            assert (session.ended is not None) == session.state.ended
            if session.status == "Succeeded":
                assert all(job.status in ("Succeeded", "Cancelled") for job in own)
            if session.status == "Failed":
                assert any(job.status == "Failed" for job in own)
            if session.status == "TimedOut":
                assert session.ended is not None
                assert session.ended >= session.active + 600_000_000


Histories.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestHistories = Histories.TestCase


def test_a_refused_change_does_not_undo_what_was_due() -> None:
    engine = engine_of(Pace(10))
    for id_ in ("idle", "busy"):
        engine.open_session(WORKSPACE, id_, {**ECHO, "name": "s"})
    job = submit(engine, "busy")
    assert engine.wait_idle(20)
    engine.clock.advance(800)
    with pytest.raises(BadRequest):
        submit(engine, "idle")
    assert engine.session(WORKSPACE, "idle").status == "TimedOut"
    assert engine.job(WORKSPACE, job.id).status == "Succeeded"
    engine.stop()
