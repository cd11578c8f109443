"""The state machine of a session: a state and an event give the next state.

    Waiting ──first job begins──▶ Executing ──closed, all jobs done──▶ Succeeded
       │                             │
       │                             ├──a job fails, policy Abort──▶ Failed       (the rest is cancelled)
       │                             ├──a job fails, policy Continue──▶ Failure(s) ──closed, done──▶ Failed
       └──closed without a job──▶ Succeeded
    Waiting, Executing, Failure(s) ──idle too long──▶ TimedOut

A session that is closed while jobs run is *draining*: it keeps its status, takes no more jobs, and ends with the
last one. Succeeded, Failed and TimedOut are final. Source: recordings of the real service, section 5 of the
wire notes; behaviour that no recording shows is listed in docs/differences.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, StrEnum

from qsharp_bridge.states import ENDED_SESSION_STATES, SessionState


class Policy(StrEnum):
    """Effect of a failed job on its session."""

    ABORT = "Abort"
    CONTINUE = "Continue"


class Event(Enum):
    """Event in the life of a session."""

    JOB_ACCEPTED = "a job is accepted"
    JOB_BEGAN = "a job begins to run"
    JOB_SUCCEEDED = "a job succeeds"
    JOB_FAILED = "a job fails"
    JOB_CANCELLED = "a job is cancelled"
    CLOSE = "the session is closed"
    IDLE = "nothing happened for too long"


@dataclass(frozen=True, slots=True)
class SessionProgress:
    """Progress of a session: its status, the number of its unfinished jobs, and whether it was closed."""

    policy: Policy = Policy.ABORT
    status: SessionState = SessionState.WAITING
    in_flight: int = 0
    closed: bool = False

    @property
    def ended(self) -> bool:
        """True if the status is final."""
        return self.status in ENDED_SESSION_STATES


def accepts_jobs(state: SessionProgress) -> bool:
    """Check whether a job may be submitted: the session has neither ended nor been closed."""
    return not (state.ended or state.closed)


def step(state: SessionProgress, event: Event) -> SessionProgress:
    """Return the state after the event. An event that does not apply to the state changes nothing."""
    match event:
        case Event.JOB_ACCEPTED:
            if not accepts_jobs(state):
                raise ValueError("the session takes no more jobs")
            return replace(state, in_flight=state.in_flight + 1)
        case Event.JOB_BEGAN:
            return _run(state)
        case Event.JOB_SUCCEEDED:
            return _drain(_run(_one_less(state)))
        case Event.JOB_CANCELLED:
            return _drain(_one_less(state))
        case Event.JOB_FAILED:
            return _drain(_fail(_one_less(state)))
        case Event.CLOSE:
            return _drain(replace(state, closed=True))
        case Event.IDLE:
            idle = not state.ended and state.in_flight == 0
            return replace(state, status=SessionState.TIMED_OUT) if idle else state


def _run(state: SessionProgress) -> SessionProgress:
    return replace(state, status=SessionState.EXECUTING) if state.status is SessionState.WAITING else state


def _one_less(state: SessionProgress) -> SessionProgress:
    if state.in_flight < 1:
        raise ValueError("no job is in flight")
    return replace(state, in_flight=state.in_flight - 1)


def _fail(state: SessionProgress) -> SessionProgress:
    if state.ended:
        return state
    return replace(state, status=SessionState.FAILED if state.policy is Policy.ABORT else SessionState.FAILURES)


def _drain(state: SessionProgress) -> SessionProgress:
    """End a closed session once its last job has ended."""
    if state.ended or not state.closed or state.in_flight:
        return state
    return replace(
        state, status=SessionState.FAILED if state.status is SessionState.FAILURES else SessionState.SUCCEEDED
    )
