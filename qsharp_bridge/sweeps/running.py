"""The loop that carries a plan through a service: submit, poll, fetch; every step on record before it is taken.

One thread decides and writes the journal; a pool of threads sends requests. So the order of things is plain to read,
and the journal needs no locks. What was in doubt when an earlier process died is settled first, by asking.
"""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

from ..errors import BridgeError, BudgetError, RunError, SessionEndedError
from ..workspace import ENDED_SESSION_STATES, JobAnswer, JobRequest, Service, TargetSpec
from .journal import PLANNED, SENDING, SENT, JobRow, Journal
from .progress import Progress, ProgressListener


@dataclass(frozen=True)
class Policy:
    """How a run behaves.

    Attributes:
        session_name: the name of the session on the service; linked sessions get a number behind it.
        on_failure: ``Continue`` or ``Abort``, what the *service* does when a job fails.
        max_in_flight: how many requests at a time.
        max_failures: stop sending when this many jobs have failed; None for no limit.
        link_sessions: whether to open another session when the first one has ended with points left.
        budget: never send a job with which the sum of what was sent would exceed this; None for no limit.
    """

    session_name: str
    on_failure: str = "Continue"
    max_in_flight: int = 16
    max_failures: int | None = None
    link_sessions: bool = True
    budget: float | None = None


class Running:
    """One run of one journal against one service.

    Args:
        service: where to.
        target: what to.
        journal: which jobs; written as things happen.
        program: the QIR of a point, by index.
        label: the name of the job of a point, and what travels with it, by index.
        shots: for each job.
        job_costs: of each point, None where unknown.
    """

    def __init__(
        self,
        service: Service,
        target: TargetSpec,
        journal: Journal,
        *,
        program: Callable[[int], bytes],
        label: Callable[[int], tuple[str, dict[str, str]]],
        shots: int,
        job_costs: Sequence[float | None],
        policy: Policy,
        listener: ProgressListener = lambda _: None,
    ) -> None:
        self.service, self.target, self.journal, self.policy = service, target, journal, policy
        self._program, self._label, self._shots, self._job_costs = program, label, shots, job_costs
        self._listener = listener
        self._session_id: str | None = None
        self._session_open = False
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
        pool = ThreadPoolExecutor(self.policy.max_in_flight, thread_name_prefix="qsharp-bridge-run")
        try:
            self._settle(pool)
            self._tell()
            while self._todo or self._submitting or self._active or self._fetching:
                self._submit_more(pool)
                self._poll(pool)
                self._collect()
                self._tell()
                if self._session_open and not self._todo and not self._submitting:
                    self._close_session()  # the jobs run on, and no idle time-out can hit them
            if self._refusal is not None:
                raise self._refusal
        except BaseException:
            self.service.patience.stop()
            self._todo.clear()
            self._drain()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            if self._session_open:
                self._close_session()

    # --- what an earlier process left in doubt

    def _settle(self, pool: ThreadPoolExecutor) -> None:
        rows = self.journal.jobs()
        sessions = self.journal.sessions()
        for row in rows:
            if row.ended:
                self._ended[row.point] = row.state
                self._spent += self._cost(row)
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
            missing = {
                row.id for row, job in zip(unseen, pool.map(lambda r: self.service.job(r.id), unseen), strict=True)
                if job is None
            }  # fmt: skip
            self.journal.set_states([(job_id, PLANNED if job_id in missing else SENT) for job_id in doubtful])
            for row in doubtful.values():
                if row.id in missing:
                    self._todo.append(row)
                else:
                    self._active[row.id] = row
                    self._spent += self._cost(row)
        if sessions:
            session_id, name, state = sessions[-1]
            self._session_id = session_id
            if state == "opening":
                self._open(session_id, name)
            elif state not in ENDED_SESSION_STATES:
                self._session_open = self._refresh_session() not in ENDED_SESSION_STATES

    # --- submitting

    def _submit_more(self, pool: ThreadPoolExecutor) -> None:
        if self._todo and self._too_many_failures():
            self._give_up(
                RunError(
                    f"{self._failures} jobs failed, so {len(self._todo)} points were not sent",
                    advice="look at their errors, then resume",
                )
            )
        room = self.policy.max_in_flight - len(self._submitting)
        batch: list[JobRow] = []
        while self._todo and len(batch) < room:
            row = self._todo[0]
            cost = self._cost(row)
            if self.policy.budget is not None and self._spent + cost > self.policy.budget:
                self._give_up(
                    BudgetError(
                        f"the budget of {self.policy.budget:g} is spent: {len(self._todo)} points were not sent",
                        advice="raise the budget and resume",
                    )
                )
                break
            self._spent += cost
            batch.append(self._todo.popleft())
        if not batch:
            return
        if not self._session_open:
            self._open_another()
        assert self._session_id is not None
        self.journal.sending(batch, self._session_id)  # durable before the first byte goes out
        for row in (replace(row, session_id=self._session_id, state=SENDING) for row in batch):
            name, metadata = self._label(row.point)
            request = JobRequest(
                row.id, name, self.target, str(row.session_id), self._program(row.point), self._shots, metadata
            )
            self._submitting[pool.submit(self.service.submit, request)] = row

    def _open_another(self) -> None:
        sessions = self.journal.sessions()
        if sessions and not self.policy.link_sessions:
            raise SessionEndedError(
                f"session {sessions[-1][0]} has ended with points left",
                advice="resume with link_sessions=True to go on in another session",
            )
        number = f" ({len(sessions) + 1})" if sessions else ""
        name = self.policy.session_name + number
        session_id = str(uuid.uuid4())
        self.journal.add_session(session_id, name)
        self._open(session_id, name)

    def _open(self, session_id: str, name: str) -> None:
        session = self.service.open_session(session_id, name, self.target, self.policy.on_failure)
        self.journal.set_session(session_id, session.state)
        self._session_id, self._session_open = session_id, not session.ended

    def _close_session(self) -> None:
        assert self._session_id is not None
        self._session_open = False
        self.journal.set_session(self._session_id, self.service.close_session(self._session_id).state)

    def _refresh_session(self) -> str:
        assert self._session_id is not None
        state = self.service.session(self._session_id).state
        self.journal.set_session(self._session_id, state)
        return state

    # --- polling and fetching

    def _poll(self, pool: ThreadPoolExecutor) -> None:
        waiting = {job_id: row for job_id, row in self._active.items() if row not in self._fetching.values()}
        if not waiting or not self._poll_clock.due(len(waiting)):
            return
        sessions = {row.session_id or self._session_id for row in waiting.values()}
        still_active = {
            job.id for session_id in sessions if session_id
            for job in self.service.session_jobs(session_id, active_only=True)
        }  # fmt: skip
        for job_id, row in waiting.items():
            if job_id not in still_active:
                self._fetching[pool.submit(self._fetch, job_id)] = row

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
                self._spent -= self._cost(row)
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
        if not self._session_open:
            return
        self._session_open = False
        state = self._refresh_session()
        if self.policy.on_failure == "Abort" and state == "Failed":
            self._give_up(
                SessionEndedError(
                    "a job failed and the session's policy is Abort, so the rest was not sent",
                    advice='see results.failures; failure_policy="continue" goes on after failures',
                )
            )
        elif not self.policy.link_sessions:
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
        wait(list(self._submitting), timeout=30)
        for future, row in list(self._submitting.items()):
            if future.done() and not future.cancelled() and future.exception() is None:
                self.journal.set_states([(row.id, SENT)])

    def _give_up(self, why: BridgeError) -> None:
        """Send nothing more; what was sent is waited for."""
        self._refusal = self._refusal or why
        self._todo.clear()

    def _too_many_failures(self) -> bool:
        return self.policy.max_failures is not None and self._failures >= self.policy.max_failures

    @property
    def _failures(self) -> int:
        return sum(state != "Succeeded" for state in self._ended.values())

    def _cost(self, row: JobRow) -> float:
        return self._job_costs[row.point] or 0.0

    def _tell(self) -> None:
        failures = self._failures
        sent = len(self._active) + len(self._ended)
        self._listener(Progress(len(self._job_costs), sent, len(self._ended) - failures, failures))


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
