"""The states of jobs and sessions: those of the service, and those that a journal adds.

The service may use a state that is not listed here, so states are compared, never converted.
"""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """The state of a job. The first three and the last three are never sent by the service."""

    PLANNED = "planned"
    """Never sent."""
    SENDING = "sending"
    """About to be sent, perhaps sent: only the service knows."""
    SENT = "sent"
    """Accepted by the service."""
    WAITING = "Waiting"
    QUEUED = "Queued"
    EXECUTING = "Executing"
    FINISHING = "Finishing"
    CANCELLING = "Cancelling"
    CANCELLATION_REQUESTED = "CancellationRequested"
    SUCCEEDED = "Succeeded"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    LOST = "Lost"
    """Succeeded and paid for, but the service no longer has the result."""
    GONE = "Gone"
    """Accepted and perhaps paid for, but the service no longer has the job; a resume asks for it once more."""
    UNREADABLE = "Unreadable"
    """Succeeded, but the result is in no known format."""


class SessionState(StrEnum):
    """The state of a session. ``opening``, ``closed`` and ``gone`` are never sent by the service."""

    OPENING = "opening"
    """About to be opened, perhaps open: only the service knows."""
    WAITING = "Waiting"
    EXECUTING = "Executing"
    FAILURES = "Failure(s)"
    """A job failed, and the session continues."""
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    TIMED_OUT = "TimedOut"
    CLOSED = "closed"
    """Closed by this package while its jobs run; the service's state does not show that."""
    GONE = "gone"
    """The service no longer has the session."""


#: States of a job of the service that has not ended.
ACTIVE_JOB_STATES = (
    JobState.WAITING,
    JobState.QUEUED,
    JobState.EXECUTING,
    JobState.FINISHING,
    JobState.CANCELLING,
    JobState.CANCELLATION_REQUESTED,
)
#: States in which a job no longer changes (both vocabularies of the service).
ENDED_JOB_STATES = frozenset({JobState.SUCCEEDED, JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED})
#: States in which a session takes no more jobs. ``Failure(s)`` is not one of them.
ENDED_SESSION_STATES = frozenset({SessionState.SUCCEEDED, SessionState.FAILED, SessionState.TIMED_OUT})
#: States of the jobs of a journal that have not ended.
PENDING_JOB_STATES = frozenset({JobState.PLANNED, JobState.SENDING, JobState.SENT})
