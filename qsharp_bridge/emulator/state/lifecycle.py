"""The lifecycle of jobs and sessions: their changes of state, in the order of the events.

Changes are applied when somebody reads: ``settle`` brings jobs and sessions up to the present instant of the clock, and
every request calls it first. So the service works the same with a clock that a test moves.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Final

from qsharp_bridge.states import JobState

from .clock import SECOND, Clock
from .models import Job, Session
from .pace import Pace
from .session_machine import Event, step
from .store import UNFINISHED, Store

_ENDING: Final[dict[str, Event]] = {
    JobState.SUCCEEDED: Event.JOB_SUCCEEDED,
    JobState.FAILED: Event.JOB_FAILED,
    JobState.CANCELLED: Event.JOB_CANCELLED,
}


class Lifecycle:
    """Lifecycle of all jobs and sessions: their states, and the changes that are due.

    Args:
        store: the database of jobs and sessions.
        clock: the time.
        pace: how fast jobs go from state to state.
        session_timeout: seconds without activity after which a session may time out.
        sweep: seconds between two checks for idle sessions; a session ends at the first check that is late enough.
        cancel_lag: seconds from the end of an aborted session to the cancellation of its other jobs.

    Attributes:
        on_cancel: called with the workspace and id of a job that is, or will be, cancelled, while the store is locked.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        pace: Pace,
        session_timeout: float,
        sweep: float,
        cancel_lag: float,
    ) -> None:
        self.store = store
        self.clock = clock
        self.pace = pace
        self._timeout = round(session_timeout * SECOND)
        self._sweep = max(round(sweep * SECOND), 1)
        self._cancel_lag = round(cancel_lag * SECOND)
        clock.start_after(store.latest())
        self._started = clock.now()
        self._next_sweep = self._started + self._sweep
        self._due: list[tuple[int, str, str]] = []
        self.on_cancel: Callable[[tuple[str, str]], None] = lambda _: None

    def resume(self) -> list[Job]:
        """Return the accepted jobs that have not ended, in their order, and schedule their changes: after a start."""
        unfinished = self.store.find(Job, UNFINISHED, then="ORDER BY seq")
        for job in unfinished:
            for due in {job.begin_due, job.end_due}:
                heapq.heappush(self._due, (due, job.workspace, job.id))
        return unfinished

    def settle(self) -> None:
        """Bring every job and session up to the present instant."""
        with self.store.lock:
            now = self.clock.now()
            while self._due and self._due[0][0] <= now:
                entry = due, workspace, id_ = self._due[0]
                job = self.store.get(Job, workspace, id_)
                if job is not None and not job.final:
                    with self.store.transaction():
                        self.progress(job, due)
                        self.store.save(job)
                # Only now: a change that could not be stored, for example on a full disk, is tried again.
                if self._due[0] == entry:
                    heapq.heappop(self._due)
                else:
                    self._due.remove(entry)
                    heapq.heapify(self._due)
            if now >= self._next_sweep:
                self._end_idle_sessions(now)

    def _end_idle_sessions(self, now: int) -> None:
        idle = self.store.find(Session, "ended IS NULL AND in_flight = 0 AND active <= ?", (now - self._timeout,))
        for session in idle:
            idle_from = session.active + self._timeout - self._started
            check = self._started + -(-idle_from // self._sweep) * self._sweep
            if check <= now:
                self.apply(session, Event.IDLE, check)
        self._next_sweep = now - (now - self._started) % self._sweep + self._sweep

    def schedule(self, job: Job) -> None:
        """Schedule the changes of a job that are due after it was created."""
        with self.store.lock:
            for due in {job.begin_due, job.end_due}:
                if due > job.created:
                    heapq.heappush(self._due, (due, job.workspace, job.id))

    def apply(self, session: Session, event: Event, now: int) -> None:
        """Apply an event to a session, and to its jobs if the session was aborted."""
        before = session.state
        after = step(before, event)
        session.state = after
        if event is not Event.IDLE and event is not Event.CLOSE:
            session.active = max(session.active, now)
        if after.ended and not before.ended:
            session.ended = now
        with self.store.transaction():
            self.store.save(session)
            if after.ended and not before.ended and after.in_flight:
                self._abort_jobs(session, now)

    def _abort_jobs(self, session: Session, now: int) -> None:
        """Schedule the cancellation of the unfinished jobs of a session that failed."""
        for job in self.store.find(
            Job,
            f"workspace = ? AND session = ? AND {UNFINISHED}",
            (session.workspace, session.id),
        ):
            job.aborted = True
            job.end_due = now + self._cancel_lag
            self.store.save(job)
            self.on_cancel((job.workspace, job.id))
            heapq.heappush(self._due, (job.end_due, job.workspace, job.id))

    def progress(self, job: Job, now: int) -> None:
        """Apply the changes of a job that the pace allows at this instant. The caller saves the job."""
        if job.aborted:
            if now >= job.end_due:
                job.cancelled = now if job.began is not None else None
                self.end(job, JobState.CANCELLED, now)
            return
        if job.status == JobState.WAITING and now >= job.begin_due and job.reads >= self.pace.reads:
            self.begin(job, now)
        if job.outcome is not None and now >= job.end_due and job.reads >= 2 * self.pace.reads:
            self._finish(job, now)

    def begin(self, job: Job, now: int) -> None:
        """Set the job to Executing. The caller saves the job."""
        job.status = JobState.EXECUTING
        job.began = job.modified = now
        session = self._session_of(job)
        if session is not None:
            self.apply(session, Event.JOB_BEGAN, now)

    def _finish(self, job: Job, now: int) -> None:
        outcome = job.outcome or {}
        if job.began is None:
            job.began = now
        job.ended = now
        if not outcome.get("begun", True):
            job.began = job.ended = None  # recorded of jobs whose input was refused
        if outcome.get("pending"):
            self.store.execute(
                "UPDATE OR REPLACE blobs SET account = ?, container = ?, modified = ?"
                " WHERE account = 'pending' AND container = ?",
                (job.body["account"], job.container, now, job.own_container),
            )
        self.end(job, outcome["status"], now)

    def end(self, job: Job, status: str, now: int) -> None:
        """End the job with this status."""
        job.status = status
        job.modified = now
        self.store.save(job)
        if status == JobState.CANCELLED:
            self.on_cancel((job.workspace, job.id))
        session = self._session_of(job)
        if session is not None:
            self.apply(session, _ENDING[status], now)

    def _session_of(self, job: Job) -> Session | None:
        return self.store.get(Session, job.workspace, job.session) if job.session else None
