"""The loop that carries a plan through a service: submit, poll, fetch; every step on record before it is taken.

One thread decides and writes the journal; a pool of threads sends requests. So the order of things is plain to read,
and the journal needs no locks. What was in doubt when an earlier process died is settled first, by asking.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any, Self

from ..errors import BridgeError, BudgetError, RunError, SessionEndedError
from ..workspace import JobAnswer, JobRequest, Service, TargetSpec
from .journal import PLANNED, SENDING, SENT, JobRow, Journal
from .progress import Progress, ProgressListener
from .session_keeper import SessionKeeper


@dataclass(frozen=True)
class Limits:
    """What a run keeps to.

    Attributes:
        max_in_flight: how many requests at a time.
        max_failures: stop sending when this many jobs have failed, and send no more than this many before one has
            succeeded; None for no limit.
        budget: never send a job with which the sum of what was sent would exceed this; None for no limit.
    """

    max_in_flight: int = 16
    max_failures: int | None = None
    budget: float | None = None


@dataclass(frozen=True)
class Task:
    """What a point is on the wire.

    Attributes:
        qir: the program.
        name: of the job; ``metadata`` travels with it.
    """

    qir: bytes
    name: str
    metadata: dict[str, str]


class Running:
    """One run of one journal against one service.

    Args:
        service: where to; ``target``: what to; ``journal``: which jobs, written as things happen.
        session: the session of the run.
        task: what to send for a point, by its index.
        cost: of a point, by its index, in the unit of the target's price.
        shots: for each job.
        listener: told how far the run is.
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
    ) -> None:
        self.service, self.target, self.journal, self.session = service, target, journal, session
        self.limits = limits
        self._task, self._cost, self._shots = task, cost, shots
        self._listener = listener
        self._pool = ThreadPoolExecutor(limits.max_in_flight, thread_name_prefix="qsharp-bridge-run")
        self._refusal: BridgeError | None = None
        self._todo: deque[JobRow] = deque()
        self._active: dict[str, JobRow] = {}  # accepted by the service, not ended
        self._submitting: dict[Future[Any], JobRow] = {}
        self._fetching: dict[Future[Any], JobRow] = {}
        self._ended: dict[int, str] = {}
        self._spent = 0.0
        self._poll_clock = _PollClock()

    def run(self) -> None:
        """Carry every point to its end, or raise; the session is closed in every case.

        Raises:
            RunError: the service refused something, or points are left that could not be sent.
            KeyboardInterrupt: as it came; what was sent is on record, and a resume goes on.
        """
        with self:
            self.settle()
            self.carry(close_when_sent=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None:
                self._drain()
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self.session.close()

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
        self._poll_clock = _PollClock()
        self._tell()
        while self._todo or self._submitting or self._active or self._fetching:
            self._submit_more()
            self._poll()
            self._collect()
            self._tell()
            if close_when_sent and not self._todo and not self._submitting:
                self.session.close()
        if self._refusal is not None:
            refusal, self._refusal = self._refusal, None
            raise refusal

    # --- what an earlier process left in doubt

    def settle(self) -> None:
        """Take up what the journal knows: ended, planned, and in doubt, which the service is asked about."""
        rows = self.journal.jobs()
        sessions = self.journal.sessions()
        for row in rows:
            if row.ended:
                self._ended[row.point] = row.state
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
                    self._todo.append(row)
                else:
                    self._active[row.id] = row
                    self._spent += self._cost(row.point)
        self.session.reenter()

    # --- submitting

    def _submit_more(self) -> None:
        if self._todo and self._too_many_failures():
            self._give_up(
                RunError(
                    f"{self._failures} jobs failed, so {len(self._todo)} points were not sent",
                    advice="look at their errors, then resume",
                )
            )
        room = min(self.limits.max_in_flight - len(self._submitting), self._trust())
        batch: list[JobRow] = []
        while self._todo and len(batch) < room:
            row = self._todo[0]
            cost = self._cost(row.point)
            if self.limits.budget is not None and self._spent + cost > self.limits.budget:
                self._give_up(
                    BudgetError(
                        f"the budget of {self.limits.budget:g} is spent: {len(self._todo)} points were not sent",
                        advice="raise the budget and resume",
                    )
                )
                break
            self._spent += cost
            batch.append(self._todo.popleft())
        if not batch:
            return
        session_id = self.session.ensure_open()
        self.journal.sending(batch, session_id)  # durable before the first byte goes out
        for row in (replace(row, session_id=session_id, state=SENDING) for row in batch):
            task = self._task(row.point)
            request = JobRequest(row.id, task.name, self.target, session_id, task.qir, self._shots, task.metadata)
            self._submitting[self._pool.submit(self.service.submit, request)] = row

    # --- polling and fetching

    def _poll(self) -> None:
        waiting = {job_id: row for job_id, row in self._active.items() if row not in self._fetching.values()}
        if not waiting or not self._poll_clock.due(len(waiting)):
            return
        sessions = {row.session_id for row in waiting.values()}
        still_active = {
            job.id for session_id in sessions if session_id
            for job in self.service.session_jobs(session_id, active_only=True)
        }  # fmt: skip
        for job_id, row in waiting.items():
            if job_id not in still_active:
                self._fetching[self._pool.submit(self._fetch, job_id)] = row

    def _fetch(self, job_id: str) -> tuple[JobAnswer, bytes | None] | None:
        """How a job ended and what it sent; None when it has not ended after all."""
        job = self.service.job(job_id)
        if job is None:
            raise RunError(f"the service no longer has job {job_id}", advice="it may have been deleted there")
        if not job.ended:
            return None
        return job, self.service.output(job) if job.state in ("Succeeded", "Completed") else None

    def _collect(self) -> None:
        """Wait for something to happen, and write it down."""
        futures = [*self._submitting, *self._fetching]
        if futures:
            wait(futures, timeout=self._poll_clock.until_due() if self._active else None, return_when=FIRST_COMPLETED)
        elif self._active:
            time.sleep(self._poll_clock.until_due())
        self._collect_submitted()
        self._collect_fetched()

    def _collect_submitted(self) -> None:
        states: list[tuple[str, str]] = []
        problem: BaseException | None = None
        for future in [future for future in self._submitting if future.done()]:
            row = self._submitting.pop(future)
            try:
                future.result()
            except SessionEndedError as refused:
                states.append((row.id, PLANNED))
                self._spent -= self._cost(row.point)
                self._todo.appendleft(row)
                self._session_refused(refused)
            except BaseException as error:
                # It stays "sending" in the journal: a resume asks the service.
                problem = problem or error
            else:
                states.append((row.id, SENT))
                self._active[row.id] = replace(row, state=SENT)
        self.journal.set_states(states)
        if problem is not None:
            raise problem

    def _session_refused(self, refused: SessionEndedError) -> None:
        if not self.session.is_open:
            return  # known since another job of the same batch
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

    def _collect_fetched(self) -> None:
        ended = []
        problem: BaseException | None = None
        for future in [future for future in self._fetching if future.done()]:
            row = self._fetching.pop(future)
            try:
                fetched = future.result()
            except BaseException as error:
                problem = problem or error
                continue
            if fetched is None:
                continue
            job, raw = fetched
            state = "Succeeded" if job.state == "Completed" else job.state
            ended.append((row.id, state, job.error, job.output_format, raw))
            self._active.pop(row.id, None)
            self._ended[row.point] = state
        self.journal.ended(ended)
        if problem is not None:
            raise problem

    # --- small things

    def _drain(self) -> None:
        """After trouble: note what the requests under way came to, so that little is left in doubt."""
        self._todo.clear()
        self.service.patience.stop()
        wait(list(self._submitting), timeout=30)
        for future, row in list(self._submitting.items()):
            if future.done() and not future.cancelled() and future.exception() is None:
                self.journal.set_states([(row.id, SENT)])

    def _give_up(self, why: BridgeError) -> None:
        """Send nothing more; what was sent is waited for."""
        self._refusal = self._refusal or why
        self._todo.clear()

    def _too_many_failures(self) -> bool:
        return self.limits.max_failures is not None and self._failures >= self.limits.max_failures

    def _trust(self) -> int:
        """How many more jobs may be sent before it is known that any of them succeeds.

        With ``max_failures`` no more than that many are risked on a sweep that only fails.
        """
        if self.limits.max_failures is None or "Succeeded" in self._ended.values():
            return self.limits.max_in_flight
        return self.limits.max_failures - len(self._ended) - len(self._active) - len(self._submitting)

    @property
    def _failures(self) -> int:
        return sum(state != "Succeeded" for state in self._ended.values())

    def _tell(self) -> None:
        failures = self._failures
        sent = len(self._active) + len(self._ended)
        total = sent + len(self._todo) + len(self._submitting)
        self._listener(Progress(total, sent, len(self._ended) - failures, failures))


class _PollClock:
    """When to look next: after a quarter of the time waited so far, so that a day of waiting costs few requests."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._next = self._began + 0.1

    def due(self, active: int) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        pages = 1 + active // 100
        self._next = now + min(max(0.25 * (now - self._began), 0.1 * pages), 30.0)
        return True

    def until_due(self) -> float:
        """Seconds."""
        return max(0.01, self._next - time.monotonic())
