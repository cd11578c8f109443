"""The jobs that the service has accepted: asked about together, a hundred a request, and fetched as they end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from qsharp_bridge.azure.client import Service
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.journal.job_rows import JobEnd, JobRow
from qsharp_bridge.parallel.threads import RequestPool
from qsharp_bridge.states import JobState

from .job import JOB_GONE, job_end

_SLOW = 1.0  # seconds: an answer that takes longer came after an outage


class PollClock:
    """When to ask next: often at first, then less and less, so that a day of waiting costs few requests.

    The next poll comes after a quarter of the time waited so far. So a result is known at most a quarter later than it
    could be, and the number of polls grows with the logarithm of the time. A poll costs one request for every hundred
    jobs; many jobs are polled less often at first.

    Args:
        first: the time before the first poll, and the shortest time between two. Seconds.
        longest: the longest time between two polls. Seconds.
        clock: seconds from anywhere, never going back.

    >>> now = 0.0
    >>> clock = PollClock(clock=lambda: now)
    >>> now = 40.0
    >>> clock.due(1), clock.until_due()
    (True, 10.0)
    """

    def __init__(self, first: float = 0.1, longest: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._first, self._longest, self._now = first, longest, clock
        self._began = clock()
        self._next = self._began + first

    def due(self, active: int) -> bool:
        """Return whether to ask now about so many jobs; if so, the next poll is later."""
        now = self._now()
        if now < self._next:
            return False
        pages = 1 + active // 100
        self._next = now + min(max(0.25 * (now - self._began), self._first * pages), self._longest)
        return True

    def answered(self, asked: float) -> None:
        """Note the answer to a poll that was asked then: what an outage took of the time was no waiting for jobs."""
        self._began += max(0.0, self._now() - asked - _SLOW)

    def until_due(self) -> float:
        """Return the seconds until the next poll, at least one hundredth."""
        return max(0.01, self._next - self._now())


class JobPoller:
    """Polls accepted jobs until they have ended and their results are here.

    Args:
        service: whom to ask; ``pool``: what sends the requests.

    Attributes:
        jobs: accepted and not ended, by job id. What has been fetched is taken out by :meth:`done`.
    """

    def __init__(self, service: Service, pool: RequestPool) -> None:
        self.jobs: dict[str, JobRow] = {}
        self._service, self._pool = service, pool
        self._fetching: dict[Future[Any], JobRow] = {}
        self._fetched_ids: set[str] = set()  # of the jobs in _fetching
        self._polling: tuple[Future[Any], list[str], float] | None = None  # which jobs it is about, when it was asked
        self._contradicted: set[str] = set()  # the ids of jobs that had ended by a list, and had not by themselves
        self._clock = PollClock()

    def __len__(self) -> int:
        return len(self.jobs)

    @property
    def requests(self) -> list[Future[Any]]:
        """The fetches under way."""
        return list(self._fetching)

    def begin(self) -> None:
        """Poll often again."""
        self._clock = PollClock()

    def add(self, row: JobRow) -> None:
        """Add a job that the service has accepted."""
        self.jobs[row.id] = row

    def done(self, row: JobRow) -> None:
        """Take out a job whose end is on record."""
        self.jobs.pop(row.id, None)

    @property
    def until_due(self) -> float | None:
        """Seconds until the next poll; None when an answer is on its way, or there is nothing to ask."""
        if self._polling is None and len(self.jobs) > len(self._fetching):
            return self._clock.until_due()
        return None

    def poll(self) -> None:
        """Ask which jobs have not ended, when the poll is due."""
        waiting = len(self.jobs) - len(self._fetching)
        if self._polling is not None or waiting <= 0 or not self._clock.due(waiting):
            return
        about = [job_id for job_id in self.jobs if job_id not in self._fetched_ids]
        sessions = {row.session_id for row in map(self.jobs.__getitem__, about) if row.session_id}
        self._polling = (self._pool.start(self._still_active, sorted(sessions)), about, time.monotonic())

    def note(self, future: Future[Any]) -> tuple[JobRow, JobEnd] | None:
        """Take what came back; return a job that has ended, with what it sent, if that is what came."""
        error = future.exception()
        if future in self._fetching:
            row = self._fetching.pop(future)
            self._fetched_ids.discard(row.id)
            end = future.result() if error is None else None
            if error is None and end is None and row.id not in self._contradicted:
                self._contradicted.add(row.id)
                self._clock = PollClock()  # one of the two answers is old: soon they agree
            return (row, end) if end is not None else None
        if self._polling is not None and future is self._polling[0]:
            _, about, asked = self._polling
            self._polling = None
            if error is None:
                self._clock.answered(asked)
                self._fetch_ended(about, future.result())
        return None

    def cancel_all(self, doubtful: Iterable[JobRow] = ()) -> tuple[list[JobEnd], list[BridgeError]]:
        """Ask for all jobs to be cancelled. Works when the run's pool is closed.

        Args:
            doubtful: jobs that may have been accepted, or not.

        Returns:
            Those that have ended by then, and what went wrong with others.
        """
        rows = {**self.jobs, **{row.id: row for row in doubtful}}
        pool = RequestPool(self._pool.threads)
        try:
            answers = pool.map(self._cancel, rows.values())
        finally:
            pool.close()
        return (
            [answer for answer in answers if isinstance(answer, JobEnd)],
            [answer for answer in answers if isinstance(answer, BridgeError)],
        )

    def _fetch_ended(self, about: list[str], still_active: set[str]) -> None:
        for job_id in about:
            row = self.jobs.get(job_id)
            if row is not None and job_id not in still_active:
                self._fetched_ids.add(job_id)
                self._fetching[self._pool.start(self._fetch, job_id, row.shots)] = row

    # --- in the threads of the pool

    def _still_active(self, sessions: list[str]) -> set[str]:
        return {job_id for session_id in sessions for job_id in self._service.active_jobs(session_id)}

    def _cancel(self, row: JobRow) -> JobEnd | BridgeError | None:
        """Return how the job ended; what went wrong; None when it has not ended yet, or was never accepted."""
        try:
            if row.id not in self.jobs and self._service.job(row.id) is None:
                return None
            self._service.cancel(row.id)
            return self._fetch(row.id, row.shots)
        except BridgeError as error:  # for one job: the others are to be cancelled all the same
            return error

    def _fetch(self, job_id: str, shots: int) -> JobEnd | None:
        """Return how a job ended and what it sent; None when it has not ended after all: lists lag behind."""
        job = self._service.accepted_job(job_id)
        if job is None:
            return JobEnd(job_id, JobState.GONE, JOB_GONE)
        return job_end(self._service, job, shots) if job.ended else None
