"""The jobs that the service has accepted: asked after together, a hundred a request, and fetched as they end."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from qsharp_bridge.azure.client import Service
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.journal.journal import SENT, JobEnd, JobRow, Journal
from qsharp_bridge.parallel.threads import RequestPool
from qsharp_bridge.states import LOST

from .endings import JOB_GONE, ending_of
from .poll_clock import PollClock


def look_again(journal: Journal, service: Service, threads: int) -> None:
    """Take up those jobs again that were gone, and are there: a resume may have asked another service of that name.

    Args:
        threads: how many requests at a time.

    Raises:
        ServiceError: the service could not be reached.
    """
    gone = [row.id for row in journal.jobs() if row.state == LOST and row.error == JOB_GONE]
    pool = RequestPool(threads)
    try:
        found = pool.map(service.job, gone)
    finally:
        pool.close()
    journal.set_states([(job_id, SENT) for job_id, job in zip(gone, found, strict=True) if job is not None])


class Lookout:
    """Watches over accepted jobs until they have ended and their results are here.

    Args:
        service: whom to ask; ``pool``: what carries the requests.

    Attributes:
        jobs: accepted and not ended, by job id. What has been fetched is taken out by :meth:`done`.
    """

    def __init__(self, service: Service, pool: RequestPool) -> None:
        self.jobs: dict[str, JobRow] = {}
        self._service, self._pool = service, pool
        self._fetching: dict[Future[Any], JobRow] = {}
        self._fetched_ids: set[str] = set()  # of the jobs in _fetching
        self._polling: tuple[Future[Any], list[str]] | None = None  # and which jobs it is about
        self._clock = PollClock()

    def __len__(self) -> int:
        return len(self.jobs)

    @property
    def requests(self) -> list[Future[Any]]:
        """The fetches under way."""
        return list(self._fetching)

    def begin(self) -> None:
        """Look often again: a new carrying begins."""
        self._clock = PollClock()

    def add(self, row: JobRow) -> None:
        """The service has accepted the job."""
        self.jobs[row.id] = row

    def done(self, row: JobRow) -> None:
        """The end of the job is on record."""
        self.jobs.pop(row.id, None)

    @property
    def until_due(self) -> float | None:
        """Seconds until it is time to ask; None when an answer is on its way, or there is nothing to ask."""
        if self._polling is None and len(self.jobs) > len(self._fetching):
            return self._clock.until_due()
        return None

    def poll(self) -> None:
        """Ask which jobs have not ended, when it is time to."""
        waiting = len(self.jobs) - len(self._fetching)
        if self._polling is not None or waiting <= 0 or not self._clock.due(waiting):
            return
        about = [job_id for job_id in self.jobs if job_id not in self._fetched_ids]
        sessions = {row.session_id for row in self.jobs.values() if row.session_id}
        self._polling = (self._pool.start(self._still_active, sorted(sessions)), about)

    def note(self, future: Future[Any]) -> tuple[JobRow, JobEnd] | None:
        """Take what came back, if it is one of ours; a job that has ended, with what it sent."""
        error = future.exception()
        if future in self._fetching:
            row = self._fetching.pop(future)
            self._fetched_ids.discard(row.id)
            end = future.result() if error is None else None
            return (row, end) if end is not None else None
        if self._polling is not None and future is self._polling[0]:
            _, about = self._polling
            self._polling = None
            if error is None:
                self._fetch_ended(about, future.result())
        return None

    def cancel_all(self, doubtful: Iterable[JobRow] = ()) -> tuple[list[JobEnd], list[BridgeError]]:
        """Ask for all jobs to be cancelled. Works when the run's pool is closed.

        Args:
            doubtful: jobs that may have been accepted, or not.

        Returns:
            Those that have ended by then, and what went wrong with others.
        """
        pool = RequestPool(self._pool.threads)
        try:
            answers = pool.map(self._cancel, [*self.jobs, *(row.id for row in doubtful if row.id not in self.jobs)])
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
                self._fetching[self._pool.start(self._fetch, job_id)] = row

    # --- in the threads of the pool

    def _still_active(self, sessions: list[str]) -> set[str]:
        return {job_id for session_id in sessions for job_id in self._service.active_jobs(session_id)}

    def _cancel(self, job_id: str) -> JobEnd | BridgeError | None:
        """How the job ended; what went wrong; None when it has not ended yet, or was never accepted."""
        try:
            if job_id not in self.jobs and self._service.job(job_id) is None:
                return None
            self._service.cancel(job_id)
            return self._fetch(job_id)
        except BridgeError as error:  # for one job: the others are to be cancelled all the same
            return error

    def _fetch(self, job_id: str) -> JobEnd | None:
        """How a job ended and what it sent; None when it has not ended after all: lists lag behind."""
        job = self._service.accepted_job(job_id)
        if job is None:
            return JobEnd(job_id, LOST, JOB_GONE, "", None)
        if not job.ended:
            return None
        ending = ending_of(self._service, job)
        return JobEnd(job.id, ending.state, ending.error, job.output_format, ending.raw)
