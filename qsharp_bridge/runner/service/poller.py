"""The jobs that the service has accepted: polled together, a hundred in a request, and fetched as they end."""

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
    """The times of polls: frequent at first, then rarer, so that a day of waiting costs few requests.

    The next poll comes after a quarter of the time waited so far. So a result is known at most a quarter later than
    possible, and the number of polls grows with the logarithm of the time. A poll costs one request for every hundred
    jobs; many jobs are polled less often at first.

    Args:
        first: the time before the first poll, and the shortest time between two, in seconds.
        longest: the longest time between two polls, in seconds.
        clock: a monotonic clock, in seconds.

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
        """Return whether to poll so many jobs now; if so, the next poll is scheduled."""
        now = self._now()
        if now < self._next:
            return False
        pages = 1 + active // 100
        self._next = now + min(max(0.25 * (now - self._began), self._first * pages), self._longest)
        return True

    def answered(self, asked: float) -> None:
        """Note the answer to a poll that was sent at ``asked``; the time of an outage does not count as waiting."""
        self._began += max(0.0, self._now() - asked - _SLOW)

    def until_due(self) -> float:
        """Return the seconds until the next poll, at least one hundredth."""
        return max(0.01, self._next - self._now())


class JobPoller:
    """Polls accepted jobs until they have ended and their results have arrived.

    Args:
        service: where they run; ``pool``: sends the requests.

    Attributes:
        jobs: accepted and not ended, by job id; :meth:`done` removes them.
    """

    def __init__(self, service: Service, pool: RequestPool) -> None:
        self.jobs: dict[str, JobRow] = {}
        self._service, self._pool = service, pool
        self._fetching: dict[Future[Any], JobRow] = {}
        self._fetched_ids: set[str] = set()  # of the jobs in _fetching
        self._polling: tuple[Future[Any], list[str], float] | None = None  # with the ids of its jobs and its time
        self._contradicted: set[str] = set()  # ids of jobs that a list showed as ended, and their own answer did not
        self._clock = PollClock()

    def __len__(self) -> int:
        return len(self.jobs)

    @property
    def requests(self) -> list[Future[Any]]:
        """The fetches under way."""
        return list(self._fetching)

    def begin(self) -> None:
        """Start frequent polls again."""
        self._clock = PollClock()

    def add(self, row: JobRow) -> None:
        """Add a job that the service has accepted."""
        self.jobs[row.id] = row

    def done(self, row: JobRow) -> None:
        """Remove a job whose end is on record."""
        self.jobs.pop(row.id, None)

    @property
    def until_due(self) -> float | None:
        """Seconds until the next poll; None while an answer is awaited, or when there is nothing to poll."""
        if self._polling is None and len(self.jobs) > len(self._fetching):
            return self._clock.until_due()
        return None

    def poll(self) -> None:
        """Send a request for the jobs that have not ended, when a poll is due."""
        waiting = len(self.jobs) - len(self._fetching)
        if self._polling is not None or waiting <= 0 or not self._clock.due(waiting):
            return
        about = [job_id for job_id in self.jobs if job_id not in self._fetched_ids]
        sessions = {row.session_id for row in map(self.jobs.__getitem__, about) if row.session_id}
        self._polling = (self._pool.start(self._still_active, sorted(sessions)), about, time.monotonic())

    def note(self, future: Future[Any]) -> tuple[JobRow, JobEnd] | None:
        """Take an answer; return a job that has ended and its end, if the answer was about one."""
        error = future.exception()
        if future in self._fetching:
            row = self._fetching.pop(future)
            self._fetched_ids.discard(row.id)
            end = future.result() if error is None else None
            if error is None and end is None and row.id not in self._contradicted:
                self._contradicted.add(row.id)
                self._clock = PollClock()  # one of the two answers is out of date: they agree soon
            return (row, end) if end is not None else None
        if self._polling is not None and future is self._polling[0]:
            _, about, asked = self._polling
            self._polling = None
            if error is None:
                self._clock.answered(asked)
                self._fetch_ended(about, future.result())
        return None

    def cancel_all(self, doubtful: Iterable[JobRow] = ()) -> tuple[list[JobEnd], list[BridgeError]]:
        """Request the cancellation of all jobs, also when the pool of the run is closed.

        Args:
            doubtful: jobs that may have been accepted, or not.

        Returns:
            The ends of those that have ended by then, and the errors of others.
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
        """Return the end of a job, or an error; None when it has not ended yet, or was never accepted."""
        try:
            if row.id not in self.jobs and self._service.job(row.id) is None:
                return None
            self._service.cancel(row.id)
            return self._fetch(row.id, row.shots)
        except BridgeError as error:  # of one job: the others are cancelled all the same
            return error

    def _fetch(self, job_id: str, shots: int) -> JobEnd | None:
        """Return the end of a job with its result; None when it has not ended after all: lists may be wrong."""
        job = self._service.accepted_job(job_id)
        if job is None:
            return JobEnd(job_id, JobState.GONE, JOB_GONE)
        return job_end(self._service, job, shots) if job.ended else None
