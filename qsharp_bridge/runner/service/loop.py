"""The loop that runs jobs on a service: submit, poll, fetch. The journal records each step before it is taken.

One thread decides and writes the journal; a pool of threads sends requests and puts the answers on a queue. The states
of jobs that an earlier process left unknown are settled first.

A job waits in the :class:`~.queue.SubmitQueue`, is sent by the loop, and is then polled by the
:class:`~.poller.JobPoller` until its end is on record.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from qsharp_bridge._warnings import warn
from qsharp_bridge.azure.client import Service
from qsharp_bridge.errors import BridgeError, JournalError, ServiceError, SessionEndedError
from qsharp_bridge.journal.job_rows import JobEnd, JobRow
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.parallel.threads import RequestPool
from qsharp_bridge.runner.jobs import JobSource, RunSettings, StoppedError
from qsharp_bridge.states import JobState, SessionState
from qsharp_bridge.targets.backend import ServiceBackend

from .job import job_request
from .poller import JobPoller
from .queue import SubmitQueue
from .session import RunSession
from .settle import reopen_jobs, settled_jobs
from .tally import PointTally


class ServiceRunner:
    """Runs the jobs of one journal on one service.

    Use it as a context manager in the thread that decides; other threads may call :meth:`hold` and :meth:`stop`. On
    exit the session and the connections are closed.

    Args:
        backend, journal, source, settings: as for :func:`~qsharp_bridge.runner.runners.runner_for`.
    """

    def __init__(self, backend: ServiceBackend, journal: Journal, source: JobSource, settings: RunSettings) -> None:
        self.target, self.journal, self.source = backend.spec, journal, source
        self.service = service = Service(backend.workspace)
        self.session = RunSession(service, backend.spec, journal, settings)
        self._listener, self._on_ended = settings.listener, settings.on_ended
        self._limits = settings.limits
        self._pool = RequestPool(settings.limits.max_in_flight)
        self._queue = SubmitQueue(settings.limits, source.cost)
        self._tally = PointTally()
        self._submitting: dict[Future[Any], JobRow] = {}
        self._accepted = JobPoller(service, self._pool)
        self._stopped = self._cancel = False
        self._just_ended: list[JobRow] = []  # jobs whose end is on record, and not passed on yet

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            try:
                if kind is not None:
                    self._drain()
            finally:
                self._pool.close()
                self.service.restart(1.0 if self._stopped else 30.0)  # for cancelling and closing
                if kind is not None and self._cancel:
                    self._cancel_all()
                self._close_session(last=True, jobs_ended=kind is None)
        finally:
            self.service.close()

    # --- from other threads

    def hold(self) -> None:
        """Send no more jobs for now."""
        self._queue.held = True
        self._pool.wake()

    def stop(self, *, cancel: bool = False) -> None:
        """End the loop as soon as possible. The jobs that were sent are cancelled, or run on."""
        self._queue.held = True
        self._cancel = self._cancel or cancel
        self._stopped = True
        self.service.stop()
        self._pool.wake()

    @contextlib.contextmanager
    def _stopping(self) -> Any:
        try:
            yield
        except ServiceError as error:
            if self._stopped:  # stop() ends all retries, so this error is expected
                raise StoppedError from error
            raise

    # --- resuming

    def settle(self, *, planned: bool = True, retry_failed: bool = False) -> None:
        """Take over the jobs of the journal; see :meth:`~qsharp_bridge.runner.jobs.JobRunner.settle`.

        A job that was sent counts against the budget until it is certain that it never arrived.

        Raises:
            ServiceError: the service could not be reached.
            StoppedError: :meth:`stop` was called.
        """
        if self.journal.new:  # nothing was sent under its ids
            if planned:
                self._add(self.journal.jobs())
            return
        with self._stopping():
            newer = self.session.find_newer()
            reopen_jobs(self.journal, self.service, self._pool, lacking=retry_failed)
            if retry_failed:
                with self.journal.together():
                    for row in self.journal.jobs():
                        if row.ended and row.state != JobState.SUCCEEDED:
                            self.journal.try_again(row)
            for row in self.journal.superseded():
                self._queue.charge(row)
            rows = settled_jobs(self.journal, self.service, self._pool, newer=newer)
        for row in rows:
            if row.state == JobState.PLANNED:
                continue
            self._queue.charge(row)
            if row.ended:
                self._queue.note_end(row.state)
                self._tally.ended(row, row.state)
            else:
                self._accepted.add(row)
                self._tally.sent(row)
        if planned:
            self._add([row for row in rows if row.state == JobState.PLANNED])
        with self._stopping():
            self.session.reenter()

    def _add(self, rows: Sequence[JobRow]) -> None:
        self._queue.add(rows)
        self._tally.waiting(rows)

    def _under_way(self, job_id: str) -> bool:
        rows = (*self._queue.jobs, *self._submitting.values())
        return job_id in self._accepted.jobs or any(row.id == job_id for row in rows)

    # --- the loop

    def run_jobs(self, rows: Iterable[JobRow] = (), *, close_when_sent: bool = False) -> None:
        """Run jobs until they have ended; see :meth:`~qsharp_bridge.runner.jobs.JobRunner.run_jobs`.

        Raises:
            RunError: the service refused something, or points are left that could not be sent.
            StoppedError: :meth:`stop` was called.
        """
        self._add([row for row in rows if not row.ended and not self._under_way(row.id)])
        self._accepted.begin()
        self._show()
        with self._stopping():
            while self._queue.jobs or self._submitting or self._accepted:
                if self._stopped:
                    raise StoppedError
                self._step()
                if close_when_sent and not self._queue.jobs and not self._submitting:
                    close_when_sent = False
                    self._close_session()
                    self._accepted.begin()  # the last ones were sent just now, however long the others took
        if self._queue.refusal is not None:
            refusal, self._queue.refusal = self._queue.refusal, None
            raise refusal

    def _step(self) -> None:
        self._accepted.poll()
        finished = self._pool.finished(self._pause())
        if self._queue.may_go(len(self._submitting), self._unknown):
            self._open_session()
        with self.journal.together():
            problem = self._note(finished)
            batch = [] if problem else self._take()
        self._send(batch)  # on the disk by now
        self._report_ended()
        if problem is not None and not self._session_refused(problem):
            self._queue.jobs.clear()  # a hybrid loop may go on, with the jobs that it asks for again
            raise problem
        self._show()

    @property
    def _unknown(self) -> int:
        """Number of jobs that were sent and whose end is not known yet."""
        return len(self._submitting) + len(self._accepted)

    def _pause(self) -> float | None:
        """Return the seconds to wait for an answer: 0 when there is more to send, None for as long as needed."""
        more = self._queue.jobs and self._queue.room(len(self._submitting), self._unknown) > 0
        if not self._queue.held and (more or not self._unknown):
            return 0.0
        return self._accepted.until_due

    def _note(self, finished: list[Future[Any]]) -> BaseException | None:
        """Record the answers; return the first error among them, if any."""
        problem: BaseException | None = None
        sent: list[JobRow] = []
        refused: list[JobRow] = []
        ended: list[tuple[JobRow, JobEnd]] = []
        for future in finished:
            error = future.exception()
            if future in self._submitting:
                row = self._submitting.pop(future)
                if error is None:
                    # It may be in another session: sent by an earlier attempt, or by a run of another copy.
                    session_id = future.result().session_id or row.session_id
                    sent.append(replace(row, state=JobState.SENT, session_id=session_id))
                    self._accepted.add(sent[-1])
                    self._tally.sent(row)
                elif isinstance(error, SessionEndedError):
                    refused.append(row)
                    self._queue.put_back(row)
                    if row.session_id != self.session.id:
                        error = None  # that session is known to have ended: another one is open by now
                # After any other error the job stays "sending" in the journal: a resume asks the service about it.
            else:
                found = self._accepted.note(future)
                if found is not None:
                    ended.append(found)
            # An error that stops the run outweighs one that only ends a session.
            if error is not None and (problem is None or isinstance(problem, SessionEndedError)):
                problem = error
        self.journal.accepted(sent)
        self.journal.set_states((row.id, JobState.PLANNED) for row in refused)
        self.journal.ended(end for _, end in ended)
        for row, end in ended:
            self._accepted.done(row)
            self._queue.note_end(end.state)
            self._tally.ended(row, end.state)
            self._just_ended.append(row)
        return problem

    # --- sending

    def _take(self) -> list[JobRow]:
        """Return the jobs to send next, recorded as being sent."""
        if not self.session.is_open:
            return []
        assert self.session.id is not None
        batch = self._queue.take(len(self._submitting), self._unknown, self.session.id)
        self.journal.sending(batch, self.session.id)
        return batch

    def _send(self, batch: list[JobRow]) -> None:
        for row in batch:
            request = job_request(self.source, row, self.journal.manifest, self.target)
            self._submitting[self._pool.start(self.service.submit, request)] = row
        if batch:
            self.session.used()

    def _open_session(self) -> None:
        try:
            self.session.ensure_open()
        except SessionEndedError as error:
            self._queue.give_up(error)

    def _session_refused(self, refused: BaseException) -> bool:
        """Return whether the error only means that the session has ended, so that the run continues."""
        if not isinstance(refused, SessionEndedError) and not self._is_abort(refused):
            return False
        if self.session.is_open:
            state = self.session.ended()
            # The state that the service shows may be late: a failure on record has ended a session with this policy.
            failed = state not in (SessionState.TIMED_OUT, SessionState.SUCCEEDED) or self._queue.failed > 0
            if self.session.aborts and failed:
                self._queue.give_up(
                    SessionEndedError(
                        "a job failed and the session's policy is Abort, so the rest was not sent",
                        advice='resume to go on in another session; failure_policy="continue" goes on after failures',
                    )
                )
            elif not self.session.link:
                assert self.session.id is not None
                self._queue.give_up(self.session.no_other(self.session.id, state))
        if self._queue.refusal is not None:
            self._queue.jobs.clear()
        return True

    def _is_abort(self, refused: BaseException) -> bool:
        """Return whether a failed job has ended the session that refused, even if the service does not show it yet."""
        if not self.session.aborts or getattr(refused.__cause__, "status_code", None) != 400:
            return False
        assert self.session.id is not None
        if any(row.state == JobState.FAILED and row.session_id == self.session.id for row in self.journal.jobs()):
            return True
        with contextlib.suppress(ServiceError):
            return any(job.state == JobState.FAILED for job in self.service.session_jobs(self.session.id))
        return False

    # --- ending early

    def _drain(self) -> None:
        """Record the answers to the requests under way, after an error, so that few states are left unknown."""
        self._queue.jobs.clear()
        self.service.stop(grace=10.0)
        finished = self._pool.settle(
            [*self._submitting, *self._accepted.requests], timeout=1.0 if self._stopped else 15.0
        )
        try:
            with self.journal.together():
                self.journal.set_states(
                    (row.id, JobState.PLANNED) for future, row in self._submitting.items() if future.cancelled()
                )
                self._note(finished)
        except BridgeError:
            return  # the journal itself may have failed; unknown states stay unknown
        self._report_ended()

    def _cancel_all(self) -> None:
        """Cancel the jobs that were accepted or may have been."""
        try:
            doubtful = [row for row in self.journal.jobs() if row.state == JobState.SENDING]
            ended, problems = self._accepted.cancel_all(doubtful)
            self.journal.ended(ended)
            found = {end.job_id for end in ended}
            self._just_ended += [row for row in self.journal.jobs() if row.id in found]
        except BridgeError as error:
            problems = [error]
        self._report_ended()
        if problems:
            warn(f"not every job could be cancelled: {problems[0]}")

    def _close_session(self, *, last: bool = False, jobs_ended: bool = False) -> None:
        try:
            self.session.close()
            if jobs_ended:
                self.session.confirm()
        except JournalError:
            pass  # the session is closed, and the run ends with the error of the journal anyway
        except BridgeError as problem:
            # Nothing is lost: the jobs are on record, and the service ends an idle session by itself.
            if last or not self._stopped:  # else closing is tried once more
                warn(f"the session could not be closed: {problem}")

    # --- reports

    def _report_ended(self) -> None:
        ended, self._just_ended = self._just_ended, []
        for row in ended:
            self._on_ended(row)

    def _show(self) -> None:
        self._listener(self._tally.progress)
