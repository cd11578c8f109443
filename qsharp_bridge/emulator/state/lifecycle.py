"""How jobs and sessions move from state to state, in the order of the events.

Everything is decided when it is read: ``settle`` brings jobs and sessions up to the present instant of the clock,
and every request calls it first. So a clock that is turned by hand is as good as a real one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Final

from .clock import SECOND, Clock
from .models import Job, Session
from .pace import Pace
from .session_machine import Event, step
from .store import Store

_ENDING: Final = {
    "Succeeded": Event.JOB_SUCCEEDED,
    "Failed": Event.JOB_FAILED,
    "Cancelled": Event.JOB_CANCELLED,
}
_UNFINISHED: Final = "status NOT IN ('Succeeded', 'Failed', 'Cancelled')"


class Lifecycle:
    """Lifecycle of all jobs and sessions: their states, and the changes that are due.

    Args:
        store: where they are kept.
        clock: the time.
        pace: how fast jobs go.
        session_timeout: seconds without activity after which a session may time out.
        sweep: seconds between two looks for idle sessions; a session ends at the first look that is late enough.
        cancel_lag: seconds from the end of an aborted session to the cancellation of its other jobs.

    Attributes:
        on_given_up: called with the workspace and id of a job that is no longer needed, while the store is locked.
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
        self.on_given_up: Callable[[tuple[str, str]], None] = lambda _: None

    def resume(self) -> list[Job]:
        """After a start: the jobs that were accepted and have not ended, in their order; they go on."""
        unfinished = self.store.find(Job, _UNFINISHED, then="ORDER BY seq")
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
                # Only now: what could not be kept, for want of room on the disk, is tried again.
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
            late_enough = session.active + self._timeout - self._started
            look = self._started + -(-late_enough // self._sweep) * self._sweep
            if look <= now:
                self.apply(session, Event.IDLE, look)
        self._next_sweep = now - (now - self._started) % self._sweep + self._sweep

    def schedule(self, job: Job) -> None:
        """Look at the job again when it is due to begin and to end."""
        with self.store.lock:
            for due in {job.begin_due, job.end_due}:
                if due > job.created:
                    heapq.heappush(self._due, (due, job.workspace, job.id))

    def apply(self, session: Session, event: Event, now: int) -> None:
        """Let an event happen to a session, and what follows from it to its jobs."""
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
                self._doom(session, now)

    def _doom(self, session: Session, now: int) -> None:
        """Schedule the cancellation of the unfinished jobs of a session that failed."""
        for job in self.store.find(
            Job,
            f"workspace = ? AND session = ? AND {_UNFINISHED}",
            (session.workspace, session.id),
        ):
            job.doomed = True
            job.end_due = now + self._cancel_lag
            self.store.save(job)
            self.on_given_up((job.workspace, job.id))
            heapq.heappush(self._due, (job.end_due, job.workspace, job.id))

    def progress(self, job: Job, now: int) -> None:
        """Move a job on as far as the pace lets it at this instant. The caller saves it."""
        if job.doomed:
            if now >= job.end_due:
                job.cancelled = now if job.began is not None else None
                self.end(job, "Cancelled", now)
            return
        if job.status == "Waiting" and now >= job.begin_due and job.reads >= self.pace.reads:
            self.begin(job, now)
        if job.outcome is not None and now >= job.end_due and job.reads >= 2 * self.pace.reads:
            self._finish(job, now)

    def begin(self, job: Job, now: int) -> None:
        """Set the job to Executing. The caller saves it."""
        job.status = "Executing"
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
        if status == "Cancelled":
            self.on_given_up((job.workspace, job.id))
        session = self._session_of(job)
        if session is not None:
            self.apply(session, _ENDING[status], now)

    def _session_of(self, job: Job) -> Session | None:
        return self.store.get(Session, job.workspace, job.session) if job.session else None
