"""The session machine: every recorded row, and laws over all histories."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from qsharp_bridge.emulator.state.session_machine import (
    Event,
    Policy,
    SessionProgress,
    accepts_jobs,
    step,
)
from qsharp_bridge.states import ENDED_SESSION_STATES, SessionState

ACCEPT, BEGIN, OK, FAIL, CANCEL, CLOSE, IDLE = (
    Event.JOB_ACCEPTED,
    Event.JOB_BEGAN,
    Event.JOB_SUCCEEDED,
    Event.JOB_FAILED,
    Event.JOB_CANCELLED,
    Event.CLOSE,
    Event.IDLE,
)


@pytest.mark.parametrize(
    ("policy", "events", "status"),
    [
        ("Abort", [], "Waiting"),
        ("Abort", [CLOSE], "Succeeded"),
        ("Abort", [ACCEPT], "Waiting"),
        ("Abort", [ACCEPT, BEGIN], "Executing"),
        ("Abort", [ACCEPT, BEGIN, OK], "Executing"),
        ("Abort", [ACCEPT, OK, CLOSE], "Succeeded"),
        ("Abort", [ACCEPT, BEGIN, CLOSE], "Executing"),
        ("Abort", [ACCEPT, BEGIN, CLOSE, OK], "Succeeded"),
        ("Abort", [ACCEPT, ACCEPT, BEGIN, FAIL], "Failed"),
        ("Abort", [ACCEPT, ACCEPT, FAIL, CANCEL], "Failed"),
        ("Abort", [ACCEPT, BEGIN, CLOSE, FAIL], "Failed"),
        ("Abort", [ACCEPT, CANCEL, CLOSE], "Succeeded"),
        ("Continue", [ACCEPT, FAIL], "Failure(s)"),
        ("Continue", [ACCEPT, FAIL, ACCEPT, OK], "Failure(s)"),
        ("Continue", [ACCEPT, FAIL, CLOSE], "Failed"),
        ("Continue", [ACCEPT, ACCEPT, FAIL, CLOSE], "Failure(s)"),
        ("Continue", [ACCEPT, ACCEPT, FAIL, CLOSE, OK], "Failed"),
        ("Abort", [IDLE], "TimedOut"),
        ("Abort", [ACCEPT, IDLE], "Waiting"),
        ("Abort", [ACCEPT, OK, IDLE], "TimedOut"),
        ("Continue", [ACCEPT, FAIL, IDLE], "TimedOut"),
        ("Abort", [CLOSE, IDLE], "Succeeded"),
    ],
)
def test_histories(policy: str, events: list[Event], status: str) -> None:
    state = SessionProgress(Policy(policy))
    for event in events:
        state = step(state, event)
    assert state.status.value == status


def test_a_job_is_refused_while_draining_and_after_the_end() -> None:
    draining = step(step(SessionProgress(), ACCEPT), CLOSE)
    for state in (draining, step(draining, OK), step(SessionProgress(), IDLE)):
        assert not accepts_jobs(state)
        with pytest.raises(ValueError, match="no more jobs"):
            step(state, ACCEPT)


class Sessions(RuleBasedStateMachine):
    """Any history of a session, beside the plainest account of what happened in it."""

    @initialize(policy=st.sampled_from(Policy))
    def begin(self, policy: Policy) -> None:
        self.state = SessionProgress(policy)
        self.accepted = self.finished = self.failed = 0
        self.closed = False
        self.ended_as: SessionState | None = None

    def happen(self, event: Event) -> None:
        before = self.state
        self.state = step(before, event)
        assert step(before, event) == self.state, "the machine depends on nothing but its state"
        assert self.state.policy is before.policy
        if before.ended:
            assert self.state.status is before.status, "a final status is final"

    @precondition(lambda self: accepts_jobs(self.state))
    @rule()
    def accept(self) -> None:
        self.happen(ACCEPT)
        self.accepted += 1

    @precondition(lambda self: self.accepted > self.finished)
    @rule(event=st.sampled_from([OK, FAIL, CANCEL]), began=st.booleans())
    def finish(self, event: Event, began: bool) -> None:
        if began:
            self.happen(BEGIN)
        if event is FAIL and not self.state.ended:
            self.failed += 1
        self.happen(event)
        self.finished += 1

    @rule()
    def close(self) -> None:
        self.closed = self.closed or not self.state.ended
        self.happen(CLOSE)

    @rule()
    def idle(self) -> None:
        before = self.state
        self.happen(IDLE)
        if before.in_flight:
            assert self.state == before, "a session with jobs in flight does not time out"

    @invariant()
    def laws(self) -> None:
        if not hasattr(self, "state"):
            return
        state = self.state
        assert state.in_flight == self.accepted - self.finished
        assert accepts_jobs(state) == (not self.closed and not state.ended)
        if state.status is SessionState.SUCCEEDED:
            assert self.closed
            assert not self.failed
            assert not state.in_flight
        if state.status is SessionState.FAILED:
            assert self.failed
            assert state.policy is Policy.ABORT or (self.closed and not state.in_flight)
        if self.failed and state.policy is Policy.ABORT:
            assert state.status is SessionState.FAILED
        if self.failed and state.policy is Policy.CONTINUE:
            assert state.status in (SessionState.FAILURES, SessionState.FAILED, SessionState.TIMED_OUT)
        if self.closed and not state.in_flight:
            assert state.status in ENDED_SESSION_STATES, "nothing is left to wait for"


Sessions.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestSessions = Sessions.TestCase
