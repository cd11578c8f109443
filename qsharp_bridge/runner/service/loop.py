"""The loop that carries a plan through a service: submit, poll, fetch; every step on record before it is taken.

One thread decides and writes the journal; a pool of threads sends requests and puts what came of them on a queue. So
the order of things is plain to read. What was in doubt when an earlier process died is settled first, by asking.

A job waits in the :class:`~.waiting_line.WaitingLine`, is sent from here, and is then with the
:class:`~.lookout.Lookout` until its end is on record.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Self

from qsharp_bridge.azure.answers import JobRequest
from qsharp_bridge.azure.client import Service
from qsharp_bridge.errors import BridgeError, JournalError, ServiceError, SessionEndedError
from qsharp_bridge.journal.journal import PLANNED, SENDING, SENT, JobEnd, JobRow, Journal
from qsharp_bridge.parallel.threads import RequestPool
from qsharp_bridge.runner.options import Limits, Stopped
from qsharp_bridge.runner.progress import Progress, ProgressListener
from qsharp_bridge.targets.spec import TargetSpec

from .job import Task
from .poller import Lookout
from .queue import WaitingLine
from .session import SessionKeeper


class Running:
    """One run of one journal against one service.

    Use it as a context manager in the thread that decides; :meth:`hold` and :meth:`stop` may come from another.

    Args:
        service: where to; ``target``: what to; ``journal``: which jobs, written as things happen.
        session: the session of the run.
        task: what to send for a point, by its index.
        cost: of a point, by its index, in the unit of the target's price.
        shots: for each job.
        listener: told how far the run is.
        on_ended: told the index of each point whose end is on record.
    """

    def __init__(
        self,
        service: Service,
        target: TargetSpec,
        journal: Journal,
        session: SessionKeeper,
        *,
        task: Callable[[int], Task],
        cost: Callable[[int], float],
        shots: int,
        limits: Limits,
        listener: ProgressListener = lambda _: None,
        on_ended: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.service, self.target, self.journal, self.session = service, target, journal, session
        self._task, self._shots = task, shots
        self._listener, self._on_ended = listener, on_ended
        self._pool = RequestPool(limits.max_in_flight)
        self._line = WaitingLine(limits, cost)
        self._submitting: dict[Future[Any], JobRow] = {}
        self._accepted = Lookout(service, self._pool)
        self._stopped = self._cancel = False
        self._news: list[int] = []  # points whose end is not told yet

    def run(self) -> None:
        """Carry every point to its end, or raise; the session is closed in every case.

        Raises:
            RunError: the service refused something, or points are left that could not be sent.
            Stopped: :meth:`stop` was called.
        """
        with self:
            try:
                self.settle()
                self.carry(close_when_sent=True)
            except ServiceError as error:
                if self._stopped:  # stop() ends all patience: what was given up on since then is no news
                    raise Stopped from error
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            if kind is not None:
                self._drain()
        finally:
            self._pool.close()
            self.service.restart(1.0 if self._stopped else 30.0)  # for cancelling and closing
            if kind is not None and self._cancel:
                self._cancel_all()
            self._close_session(last=True)

    # --- from other threads

    def hold(self) -> None:
        """Send no more jobs for now."""
        self._line.held = True
        self._pool.wake()

    def stop(self, *, cancel: bool = False) -> None:
        """Let the loop end as soon as it can. The jobs that were sent are cancelled, or run on."""
        self._line.held = True
        self._cancel = self._cancel or cancel
        self._stopped = True
        self.service.stop()
        self._pool.wake()

    # --- what an earlier process left in doubt

    def settle(self, *, planned: bool = True) -> None:
        """Take up what the journal knows: ended, planned, and in doubt, which the service is asked about.

        Args:
            planned: whether jobs that never reached the service wait to be sent now; else :meth:`carry` names them.
        """
        for point in self.journal.superseded():
            self._line.charge(point)
        doubtful: dict[str, JobRow] = {}
        waiting: list[JobRow] = []
        for row in self.journal.jobs():
            if row.state == PLANNED:
                waiting.append(row)
            elif row.state == SENDING:
                doubtful[row.id] = row
            else:
                self._line.charge(row.point)
                if row.ended:
                    self._line.note_end(row.state)
                else:
                    self._accepted.add(row)
        if doubtful:
            known = {
                job.id for session_id, _, state in self.journal.sessions() if state != "opening"
                for job in self.service.session_jobs(session_id)
            }  # fmt: skip
            unseen = [job_id for job_id in doubtful if job_id not in known]
            # The list may lag: only the id itself tells that a job was never accepted.
            found = self._pool.map(self.service.job, unseen)
            missing = {job_id for job_id, job in zip(unseen, found, strict=True) if job is None}
            self.journal.set_states([(job_id, PLANNED if job_id in missing else SENT) for job_id in doubtful])
            for row in doubtful.values():
                if row.id not in missing:
                    self._accepted.add(row)
                    self._line.charge(row.point)
                else:
                    waiting.append(replace(row, state=PLANNED))
        if planned:
            self._line.add(waiting)
        self.session.reenter()

    def knows(self, job_id: str) -> bool:
        """Whether the job is on its way already."""
        on_the_way = (*self._line.jobs, *self._submitting.values())
        return job_id in self._accepted.jobs or any(row.id == job_id for row in on_the_way)

    # --- the loop

    def carry(self, rows: Iterable[JobRow] = (), *, close_when_sent: bool = False) -> None:
        """Carry these jobs, and all that is still on the way, to their end.

        Args:
            rows: jobs that the journal has as planned.
            close_when_sent: close the session as soon as nothing is left to send. The jobs run on, and no idle
                time-out can hit them.
        """
        self._line.add(rows)
        self._accepted.begin()
        self._tell()
        while self._line.jobs or self._submitting or self._accepted:
            if self._stopped:
                raise Stopped
            self._accepted.poll()
            finished = self._pool.finished(self._pause())
            if self._line.may_go(len(self._submitting), self._unknown):
                self._open_session()
            with self.journal.together():
                problem = self._note(finished)
                batch = [] if problem else self._take()
            self._send(batch)  # on the disk by now
            self._tell_news()
            if problem is not None and not self._session_refused(problem):
                self._line.jobs.clear()  # a loop may go on, but not with what it did not ask for again
                raise problem
            self._tell()
            if close_when_sent and not self._line.jobs and not self._submitting:
                close_when_sent = False
                self._close_session()
        if self._line.refusal is not None:
            refusal, self._line.refusal = self._line.refusal, None
            raise refusal

    @property
    def _unknown(self) -> int:
        """How many jobs were sent, and nobody knows yet how they end."""
        return len(self._submitting) + len(self._accepted)

    def _pause(self) -> float | None:
        """How long to wait for an answer: not at all when there is more to send, None for as long as it takes."""
        more = self._line.jobs and self._line.room(len(self._submitting), self._unknown) > 0
        if not self._line.held and (more or not self._unknown):
            return 0.0
        return self._accepted.until_due

    def _note(self, finished: list[Future[Any]]) -> BaseException | None:
        """Write down what came back; the first thing that went wrong, if any."""
        problem: BaseException | None = None
        sent: list[tuple[str, str]] = []
        ended: list[tuple[JobRow, JobEnd]] = []
        for future in finished:
            error = future.exception()
            if future in self._submitting:
                row = self._submitting.pop(future)
                if error is None:
                    sent.append((row.id, SENT))
                    self._accepted.add(replace(row, state=SENT))
                elif isinstance(error, SessionEndedError):
                    sent.append((row.id, PLANNED))
                    self._line.put_back(row)
                    if row.session_id != self.session.id:
                        error = None  # that session is known to have ended: another is open by now
                # After any other error it stays "sending" in the journal: a resume asks the service.
            else:
                found = self._accepted.note(future)
                if found is not None:
                    ended.append(found)
            # An error that stops the run outweighs one that only ends a session.
            if error is not None and (problem is None or isinstance(problem, SessionEndedError)):
                problem = error
        self.journal.set_states(sent)
        self.journal.ended(end for _, end in ended)
        for row, end in ended:
            self._accepted.done(row)
            self._line.note_end(end.state)
            self._news.append(row.point)
        return problem

    # --- sending

    def _take(self) -> list[JobRow]:
        """The jobs to send next, written down as such."""
        if not self.session.is_open:
            return []
        assert self.session.id is not None
        batch = self._line.take(len(self._submitting), self._unknown, self.session.id)
        self.journal.sending(batch, self.session.id)
        return batch

    def _send(self, batch: list[JobRow]) -> None:
        for row in batch:
            task = self._task(row.point)
            assert row.session_id is not None
            request = JobRequest(row.id, task.name, self.target, row.session_id, task.qir, self._shots, task.metadata)
            self._submitting[self._pool.start(self.service.submit, request)] = row
        if batch:
            self.session.used()

    def _open_session(self) -> None:
        try:
            self.session.ensure_open()
        except SessionEndedError as error:
            self._line.give_up(error)

    def _session_refused(self, refused: BaseException) -> bool:
        """Whether the error only says that the session has ended, and the run goes on."""
        if not isinstance(refused, SessionEndedError):
            return False
        if self.session.is_open:
            state = self.session.ended()
            if self.session.on_failure == "Abort" and state == "Failed":
                self._line.give_up(
                    SessionEndedError(
                        "a job failed and the session's policy is Abort, so the rest was not sent",
                        advice='resume to go on in another session; failure_policy="continue" goes on after failures',
                    )
                )
            elif not self.session.link:
                assert self.session.id is not None
                self._line.give_up(self.session.no_other(self.session.id, state))
        if self._line.refusal is not None:
            self._line.jobs.clear()
        return True

    # --- ending early

    def _drain(self) -> None:
        """After trouble: note what the requests under way came to, so that little is left in doubt."""
        self._line.jobs.clear()
        self.service.stop(grace=10.0)
        finished = self._pool.settle(
            [*self._submitting, *self._accepted.requests], timeout=1.0 if self._stopped else 15.0
        )
        try:
            with self.journal.together():
                self.journal.set_states(
                    (row.id, PLANNED) for future, row in self._submitting.items() if future.cancelled()
                )
                self._note(finished)
        except BridgeError:
            return  # the journal itself may be the trouble; what is in doubt stays so
        self._tell_news()

    def _cancel_all(self) -> None:
        """Cancel what was accepted, and what may have been."""
        try:
            doubtful = [row for row in self.journal.jobs() if row.state == SENDING]
            ended, problems = self._accepted.cancel_all(doubtful)
            self.journal.ended(ended)
            found = {end.job_id for end in ended}
            self._news += [row.point for row in self.journal.jobs() if row.id in found]
        except BridgeError as error:
            problems = [error]
        self._tell_news()
        if problems:
            warnings.warn(f"not every job could be cancelled: {problems[0]}", stacklevel=2)

    def _close_session(self, *, last: bool = False) -> None:
        try:
            self.session.close()
        except JournalError:
            pass  # it is closed, and the journal that cannot be written is what the run ends with
        except BridgeError as problem:
            # Nothing is lost by it: the jobs are on record, and the service ends an idle session by itself.
            if last or not self._stopped:  # else it is tried once more
                warnings.warn(f"the session could not be closed: {problem}", stacklevel=2)

    # --- who is told

    def _tell_news(self) -> None:
        news, self._news = self._news, []
        for point in news:
            self._on_ended(point)

    def _tell(self) -> None:
        sent = len(self._accepted) + self._line.ended
        total = sent + len(self._line.jobs) + len(self._submitting)
        self._listener(Progress(total, sent, self._line.succeeded, self._line.failed))
