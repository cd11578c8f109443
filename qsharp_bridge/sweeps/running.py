"""The loop that carries a plan through a service: submit, poll, fetch; every step on record before it is taken.

One thread decides and writes the journal; a pool of threads sends requests and puts what came of them on a queue. So
the order of things is plain to read. What was in doubt when an earlier process died is settled first, by asking.
"""

from __future__ import annotations

import queue
import warnings
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any, Self

from ..errors import BridgeError, BudgetError, RunError, SessionEndedError
from ..workspace import JobAnswer, JobRequest, Patience, Service, TargetSpec
from .journal import PLANNED, SENDING, SENT, JobRow, Journal
from .limits import Limits, Stopped
from .poll_clock import PollClock
from .progress import Progress, ProgressListener
from .session_keeper import SessionKeeper
from .tasks import Task


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
        self.limits = limits
        self._task, self._cost, self._shots = task, cost, shots
        self._listener, self._on_ended = listener, on_ended
        self._pool = ThreadPoolExecutor(limits.max_in_flight, thread_name_prefix="qsharp-bridge-run")
        self._events: queue.SimpleQueue[Future[Any] | None] = queue.SimpleQueue()  # None: only look up
        self._held = self._stopped = self._cancel = False
        self._refusal: BridgeError | None = None
        self._todo: deque[JobRow] = deque()
        self._active: dict[str, JobRow] = {}  # accepted by the service, not ended
        self._submitting: dict[Future[Any], JobRow] = {}
        self._fetching: dict[Future[Any], JobRow] = {}
        self._fetched_ids: set[str] = set()  # of the jobs in _fetching
        self._polling: tuple[Future[Any], list[str]] | None = None  # and which jobs it is about
        self._ended: dict[int, str] = {}
        self._news: list[int] = []  # points whose end is not told yet
        self._failures = 0
        self._spent = 0.0
        self._poll_clock = PollClock()

    def run(self) -> None:
        """Carry every point to its end, or raise; the session is closed in every case.

        Raises:
            RunError: the service refused something, or points are left that could not be sent.
            Stopped: :meth:`stop` was called.
        """
        with self:
            self.settle()
            self.carry(close_when_sent=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            if kind is not None:
                self._drain()
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)
            # What was given up on has used up the patience; closing gets some of its own.
            self.service.patience = Patience(seconds=30)
            try:
                if kind is not None and self._cancel:
                    self._cancel_active()
                self.session.close()
            except BridgeError as problem:
                # Nothing is lost by it: the jobs are on record, and the service ends an idle session by itself.
                warnings.warn(f"the session could not be closed: {problem}", stacklevel=2)

    # --- from other threads

    def hold(self) -> None:
        """Send no more jobs for now."""
        self._held = True
        self._events.put(None)

    def stop(self, *, cancel: bool = False) -> None:
        """Let the loop end as soon as it can. The jobs that were sent are cancelled, or run on."""
        self._held = True
        self._cancel = self._cancel or cancel
        self._stopped = True
        self.service.patience.stop()
        self._events.put(None)

    # --- the loop

    def knows(self, job_id: str) -> bool:
        """Whether the job is on its way already, taken up by :meth:`settle`."""
        return job_id in self._active or any(row.id == job_id for row in self._todo)

    def carry(self, rows: Iterable[JobRow] = (), *, close_when_sent: bool = False) -> None:
        """Carry these jobs, and all that is still on the way, to their end.

        Args:
            rows: jobs that the journal has as planned.
            close_when_sent: close the session as soon as nothing is left to send. The jobs run on, and no idle
                time-out can hit them.
        """
        self._todo.extend(rows)
        self._poll_clock = PollClock()
        self._tell()
        while self._todo or self._submitting or self._active or self._fetching:
            if self._stopped:
                raise Stopped
            self._poll()
            events = self._wait()
            if self._may_send():
                self._open_session()
            with self.journal.together():
                problem = self._note(events)
                batch = [] if problem else self._choose()
            self._send(batch)  # on the disk by now
            self._tell_news()
            if problem is not None and not self._session_refused(problem):
                raise problem
            self._tell()
            if close_when_sent and not self._todo and not self._submitting:
                self.session.close()
        if self._refusal is not None:
            refusal, self._refusal = self._refusal, None
            raise refusal

    def _start(self, action: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future = self._pool.submit(action, *arguments)
        future.add_done_callback(self._events.put)
        return future

    def _wait(self) -> list[Future[Any]]:
        """What has come back; waits for something, unless there is more to send."""
        events: list[Future[Any]] = []
        waiting = self._submitting or self._active or self._fetching
        if not self._held and (not waiting or (self._todo and self._room() > 0)):
            pause: float | None = 0.0
        elif self._polling is None and len(self._active) > len(self._fetching):
            pause = self._poll_clock.until_due()
        else:
            pause = None  # an answer is on its way, or a word from another thread
        try:
            event = self._events.get(timeout=pause)
            while True:
                if event is not None:
                    events.append(event)
                event = self._events.get_nowait()
        except queue.Empty:
            return events

    def _note(self, events: list[Future[Any]]) -> BaseException | None:
        """Write down what came back; the first thing that went wrong, if any."""
        problem: BaseException | None = None
        sent: list[tuple[str, str]] = []
        ended: list[tuple[JobRow, tuple[str, str, str | None, str, bytes | None]]] = []
        for future in events:
            error = future.exception()
            if future in self._submitting:
                row = self._submitting.pop(future)
                if error is None:
                    sent.append((row.id, SENT))
                    self._active[row.id] = replace(row, state=SENT)
                elif isinstance(error, SessionEndedError):
                    sent.append((row.id, PLANNED))
                    self._spent -= self._cost(row.point)
                    self._todo.appendleft(row)
                # After any other error it stays "sending" in the journal: a resume asks the service.
            elif future in self._fetching:
                row = self._fetching.pop(future)
                self._fetched_ids.discard(row.id)
                fetched = future.result() if error is None else None
                if fetched is not None:
                    ended.append((row, fetched))
            elif self._polling is not None and future is self._polling[0]:
                _, about = self._polling
                self._polling = None
                if error is None:
                    self._fetch_ended(about, future.result())
            # An error that stops the run outweighs one that only ends a session.
            if error is not None and (problem is None or isinstance(problem, SessionEndedError)):
                problem = error
        self.journal.set_states(sent)
        self.journal.ended([told for _, told in ended])
        for row, told in ended:
            self._active.pop(row.id, None)
            self._take_end(row.point, told[1])
            self._news.append(row.point)
        return problem

    def _take_end(self, point: int, state: str) -> None:
        self._ended[point] = state
        self._failures += state != "Succeeded"

    # --- what an earlier process left in doubt

    def settle(self) -> None:
        """Take up what the journal knows: ended, planned, and in doubt, which the service is asked about."""
        rows = self.journal.jobs()
        sessions = self.journal.sessions()
        self._spent = sum(self._cost(point) for point in self.journal.superseded())
        for row in rows:
            if row.ended:
                self._take_end(row.point, row.state)
                self._spent += self._cost(row.point)
            elif row.state == PLANNED:
                self._todo.append(row)
        doubtful = {row.id: row for row in rows if row.state in (SENDING, SENT)}
        if doubtful:
            known = {
                job.id for session_id, _, state in sessions if state != "opening"
                for job in self.service.session_jobs(session_id)
            }  # fmt: skip
            unseen = [row for row in doubtful.values() if row.id not in known]
            # The list may lag: only the id itself tells that a job was never accepted.
            found = self._pool.map(lambda row: self.service.job(row.id), unseen)
            missing = {row.id for row, job in zip(unseen, found, strict=True) if job is None}
            self.journal.set_states([(job_id, PLANNED if job_id in missing else SENT) for job_id in doubtful])
            for row in doubtful.values():
                if row.id in missing:
                    self._todo.append(replace(row, state=PLANNED))
                else:
                    self._active[row.id] = row
                    self._spent += self._cost(row.point)
        self.session.reenter()

    # --- submitting

    def _room(self) -> int:
        """How many more jobs may be under way to the service now."""
        room = self.limits.max_in_flight - len(self._submitting)
        if self.limits.max_failures is None or len(self._ended) > self._failures:
            return room
        # Nothing has succeeded yet: no more than max_failures are risked on a sweep that may only fail.
        unknown = len(self._active) + len(self._submitting)
        return min(room, self.limits.max_failures - len(self._ended) - unknown)

    def _may_send(self) -> bool:
        """Whether the first job in line may be sent now. What may never be sent is given up."""
        if not self._todo or self._held:
            return False
        left = len(self._todo)
        if self.limits.max_failures is not None and self._failures >= self.limits.max_failures:
            self._give_up(
                RunError(
                    f"{self._failures} jobs failed, so {left} points were not sent",
                    advice="look at their errors, then resume",
                )
            )
            return False
        if self._room() <= 0:
            return False
        if not self._affordable(self._todo[0]):
            self._give_up(
                BudgetError(
                    f"the budget of {self.limits.budget:g} is spent: {left} points were not sent",
                    advice="raise the budget and resume",
                )
            )
            return False
        return True

    def _choose(self) -> list[JobRow]:
        """The jobs to send next, written down as such."""
        batch: list[JobRow] = []
        room = self._room()
        while (
            self.session.is_open and self._todo and not self._held
            and len(batch) < room and self._affordable(self._todo[0])
        ):  # fmt: skip
            row = self._todo.popleft()
            self._spent += self._cost(row.point)
            batch.append(replace(row, session_id=self.session.id, state=SENDING))
        if batch:
            assert self.session.id is not None
            self.journal.sending(batch, self.session.id)
        return batch

    def _send(self, batch: list[JobRow]) -> None:
        for row in batch:
            task = self._task(row.point)
            assert row.session_id is not None
            request = JobRequest(row.id, task.name, self.target, row.session_id, task.qir, self._shots, task.metadata)
            self._submitting[self._start(self.service.submit, request)] = row
        if batch:
            self.session.used()

    def _open_session(self) -> None:
        try:
            self.session.ensure_open()
        except SessionEndedError as error:
            self._give_up(error)

    def _session_refused(self, refused: BaseException) -> bool:
        """Whether the error only says that the session has ended, and the run goes on."""
        if not isinstance(refused, SessionEndedError):
            return False
        if self.session.is_open:
            state = self.session.ended()
            if self.session.on_failure == "Abort" and state == "Failed":
                self._give_up(
                    SessionEndedError(
                        "a job failed and the session's policy is Abort, so the rest was not sent",
                        advice='resume to go on in another session; failure_policy="continue" goes on after failures',
                    )
                )
            elif not self.session.link:
                self._give_up(refused)
        if self._refusal is not None:
            self._todo.clear()
        return True

    # --- polling and fetching

    def _poll(self) -> None:
        if self._polling is not None:
            return
        waiting = len(self._active) - len(self._fetching)
        if waiting <= 0 or not self._poll_clock.due(waiting):
            return
        about = [job_id for job_id in self._active if job_id not in self._fetched_ids]
        sessions = {row.session_id for row in self._active.values() if row.session_id}
        self._polling = (self._start(self._list_active, sorted(sessions)), about)

    def _list_active(self, sessions: list[str]) -> set[str]:
        return {job_id for session_id in sessions for job_id in self.service.active_jobs(session_id)}

    def _fetch_ended(self, about: list[str], still_active: set[str]) -> None:
        for job_id in about:
            row = self._active.get(job_id)
            if row is not None and job_id not in still_active:
                self._fetched_ids.add(job_id)
                self._fetching[self._start(self._fetch, job_id)] = row

    def _fetch(self, job_id: str) -> tuple[str, str, str | None, str, bytes | None] | None:
        """How a job ended and what it sent, as the journal takes it; None when it has not ended after all."""
        job = self.service.job(job_id)
        if job is None:
            raise RunError(f"the service no longer has job {job_id}", advice="it may have been deleted there")
        return self._end_of(job) if job.ended else None

    def _end_of(self, job: JobAnswer) -> tuple[str, str, str | None, str, bytes | None]:
        state = "Succeeded" if job.state == "Completed" else job.state
        raw = self.service.output(job) if state == "Succeeded" else None
        return job.id, state, job.error, job.output_format, raw

    # --- ending early

    def _drain(self) -> None:
        """After trouble: note what the requests under way came to, so that little is left in doubt."""
        self._todo.clear()
        self.service.patience.stop()
        for future in [*self._submitting, *self._fetching]:
            future.cancel()
        wait([*self._submitting, *self._fetching], timeout=30)
        try:
            with self.journal.together():
                self._note([f for f in [*self._submitting, *self._fetching] if f.done() and not f.cancelled()])
        except BridgeError:
            return  # the journal itself may be the trouble; what is in doubt stays so
        self._tell_news()

    def _cancel_active(self) -> None:
        """Ask for all that was sent to be cancelled, and note what has ended by then."""
        with ThreadPoolExecutor(self.limits.max_in_flight) as pool:
            list(pool.map(self.service.cancel, self._active))
            ended = [end for end in pool.map(self._fetch, self._active) if end is not None]
        self.journal.ended(ended)

    def _give_up(self, why: BridgeError) -> None:
        """Send nothing more; what was sent is waited for."""
        self._refusal = self._refusal or why
        self._todo.clear()

    # --- small things

    def _affordable(self, row: JobRow) -> bool:
        return self.limits.budget is None or self._spent + self._cost(row.point) <= self.limits.budget

    def _tell_news(self) -> None:
        news, self._news = self._news, []
        for point in news:
            self._on_ended(point)

    def _tell(self) -> None:
        sent = len(self._active) + len(self._ended)
        total = sent + len(self._todo) + len(self._submitting)
        self._listener(Progress(total, sent, len(self._ended) - self._failures, self._failures))
