"""What the service does: takes jobs, runs them, moves them and their sessions from state to state.

Everything that is seen is decided here, on request: ``settle`` brings jobs and sessions up to the present instant
of the clock, and every request calls it first. So a clock that is turned by hand is as good as a real one.
"""

from __future__ import annotations

import heapq
import logging
import sqlite3
from typing import Any

from .blobs import write_output
from .clock import SECOND, Clock
from .faults import Faults
from .models import Job, Session
from .pace import Pace
from .problems import BadRequest, Conflict, Forbidden, NotFound
from .running import JobError, Runner, seed_of
from .sessions_machine import Event, Policy, accepts_jobs, step
from .store import Store
from .targets import provider_name
from .workers import Workers

__all__ = ["Engine"]

_log = logging.getLogger(__name__)

_ENDING = {
    "Succeeded": Event.JOB_SUCCEEDED,
    "Failed": Event.JOB_FAILED,
    "Cancelled": Event.JOB_CANCELLED,
}


class Engine:
    """The jobs and sessions of all workspaces.

    Args:
        store: where they are kept.
        clock: the time.
        pace: how fast jobs go.
        session_timeout: seconds without activity after which a session may time out.
        sweep: seconds between two looks for idle sessions; a session ends at the first look that is late enough.
        cancel_lag: seconds from the end of an aborted session to the cancellation of its other jobs.
        seed: the bytes that the seeds of the jobs are derived from.
        workers: how many jobs run at once.
        runner: what runs a job.
        faults: what is to go wrong when a job runs.
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
        seed: bytes,
        workers: int,
        runner: Runner,
        faults: Faults,
    ) -> None:
        self.store = store
        self.clock = clock
        self.pace = pace
        self._timeout = round(session_timeout * SECOND)
        self._sweep = max(round(sweep * SECOND), 1)
        self._cancel_lag = round(cancel_lag * SECOND)
        self._seed = seed
        self.runner = runner
        self._faults = faults
        self._started = clock.now()
        self._next_sweep = self._started + self._sweep
        self._due: list[tuple[int, str, str]] = []
        self.queue_seconds: dict[str, float] = {}
        self.running: set[tuple[str, str]] = set()
        self.workers = Workers(self._run, workers)
        self._resume()

    def stop(self) -> None:
        """Stop the workers. Jobs that have not finished stay in the store as they are."""
        self.workers.stop()
        self.runner.close()

    # -- sessions ------------------------------------------------------------------------------------------

    def open_session(self, workspace: str, id_: str, body: dict[str, Any]) -> Session:
        """Open a session."""
        with self.store.transaction(durable=True):
            self.settle()
            provider = self._provider(body["providerId"])
            now = self.clock.now()
            session = Session(
                workspace=workspace,
                id=id_,
                name=body.get("name") or "",
                provider=provider,
                target=body["target"],
                created=now,
                active=now,
                body=body,
                policy=Policy(body.get("jobFailurePolicy") or "Abort").value,
            )
            try:
                self.store.add(session)
            except sqlite3.IntegrityError:
                raise Conflict("SessionAlreadyExists", f"A session with id '{id_}' already exists.") from None
            return session

    def session(self, workspace: str, id_: str) -> Session:
        """The session of that id.

        Raises:
            NotFound: there is none.
        """
        self.settle()
        session = self.store.get(Session, workspace, id_)
        if session is None:
            raise NotFound("SessionNotFound", f"The session '{id_}' does not exist in the workspace.")
        return session

    def close_session(self, workspace: str, id_: str) -> Session:
        """Close a session. One that has ended stays as it is."""
        with self.store.transaction(durable=True):
            session = self.session(workspace, id_)
            self._apply(session, Event.CLOSE, self.clock.now())
            return session

    # -- jobs ----------------------------------------------------------------------------------------------

    def submit(self, workspace: str, id_: str, body: dict[str, Any]) -> Job:
        """Accept a job; when this returns it is stored durably, and will run."""
        with self.store.transaction(durable=True):
            self.settle()
            now = self.clock.now()
            provider = self._provider(body["providerId"])
            waiting = round(self.queue_seconds.get(body["target"].lower(), 0) * SECOND)
            running_for = round(self.pace.seconds * SECOND)
            job = Job(
                workspace=workspace,
                id=id_,
                name=body["name"],
                provider=provider,
                target=body["target"],
                session=body.get("sessionId"),
                created=now,
                modified=now,
                body=body,
                job_type=body.get("jobType") or "QuantumComputing",
                begin_due=now + waiting + running_for // 2,
                end_due=now + waiting + running_for,
            )
            if self.store.get(Job, workspace, id_) is not None:
                raise Conflict("JobAlreadyExists", f"A job with id '{id_}' already exists.")
            if job.session is not None:
                self._join(job, now)
            self.store.add(job)
        self._schedule(job)
        self.running.add((workspace, id_))
        self.workers.put((workspace, id_))
        return job

    def job(self, workspace: str, id_: str, *, show: bool = False) -> Job:
        """The job of that id; ``show``: this answer counts as a read for the pace.

        Raises:
            NotFound: there is none.
        """
        self.settle()
        job = self.store.get(Job, workspace, id_)
        if job is None:
            raise NotFound("JobNotFound", f"The job '{id_}' does not exist in the workspace.")
        return self.shown(job) if show else job

    def shown(self, job: Job) -> Job:
        """The job as it is answered now; counts the read when the pace counts reads."""
        if self.pace.reads and not job.final:
            with self.store.transaction():
                self._progress(job, self.clock.now())
                job.reads += 1
                self.store.save(job)
        return job

    def cancel(self, workspace: str, id_: str) -> Job:
        """Cancel a job.

        Raises:
            Conflict: it has ended already.
        """
        with self.store.transaction(durable=True):
            job = self.job(workspace, id_)
            if job.status == "Cancelled":
                return job
            if job.final:
                raise Conflict("JobInTerminalState", f"The job '{id_}' has ended: it is {job.status}.")
            now = self.clock.now()
            job.cancelled = now
            self._end(job, "Cancelled", now)
            return job

    def update(self, workspace: str, id_: str, changes: dict[str, Any]) -> Job:
        """Change the name, priority or tags of a job."""
        with self.store.transaction(durable=True):
            job = self.job(workspace, id_)
            if changes.get("name") is not None:
                job.name = changes["name"]
            job.body = {**job.body, **{k: v for k, v in changes.items() if k in ("priority", "tags") and v is not None}}
            job.modified = self.clock.now()
            self.store.save(job)
            return job

    def delete(self, workspace: str, id_: str) -> None:
        """Delete a job that has ended.

        Raises:
            Conflict: it has not.
        """
        with self.store.transaction(durable=True):
            job = self.job(workspace, id_)
            if not job.final:
                raise Conflict("JobNotInTerminalState", f"The job '{id_}' is {job.status}; cancel it first.")
            self.store.delete_job(job)

    # -- time ----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Bring every job and session up to the present instant."""
        with self.store.lock:
            now = self.clock.now()
            while self._due and self._due[0][0] <= now:
                due, workspace, id_ = heapq.heappop(self._due)
                job = self.store.get(Job, workspace, id_)
                if job is not None and not job.final:
                    with self.store.transaction():
                        self._progress(job, due)
                        self.store.save(job)
            if now >= self._next_sweep:
                self._end_idle_sessions(now)

    def _end_idle_sessions(self, now: int) -> None:
        self._next_sweep = now - (now - self._started) % self._sweep + self._sweep
        idle = self.store.find(Session, "ended IS NULL AND in_flight = 0 AND active <= ?", (now - self._timeout,))
        for session in idle:
            late_enough = session.active + self._timeout - self._started
            look = self._started + -(-late_enough // self._sweep) * self._sweep
            if look <= now:
                self._apply(session, Event.IDLE, look)

    # -- inside --------------------------------------------------------------------------------------------

    def _provider(self, name: str) -> str:
        provider = provider_name(name)
        if provider is None:
            raise Forbidden(
                "InvalidJobDefinition",
                "The provider specified does not exist or is not enabled for the workspace.",
            )
        return provider

    def _join(self, job: Job, now: int) -> None:
        session = self.store.get(Session, job.workspace, job.session or "")
        if session is None:
            raise BadRequest("InvalidJobDefinition", f"The session '{job.session}' does not exist.")
        if not accepts_jobs(session.state):
            raise BadRequest(
                "InvalidJobDefinition",
                "Session is already in a terminal state. This may have been due to failures in prior jobs"
                " in the session.",
            )
        self._apply(session, Event.JOB_ACCEPTED, now)

    def _apply(self, session: Session, event: Event, now: int) -> None:
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
        """The session failed: what is in flight will be cancelled, a moment later."""
        for job in self.store.find(
            Job,
            "workspace = ? AND session = ? AND status NOT IN ('Succeeded', 'Failed', 'Cancelled')",
            (session.workspace, session.id),
        ):
            job.doomed = True
            job.end_due = now + self._cancel_lag
            self.store.save(job)
            heapq.heappush(self._due, (job.end_due, job.workspace, job.id))

    def _schedule(self, job: Job) -> None:
        """Look at the job again when it is due to begin and to end."""
        with self.store.lock:
            for due in {job.begin_due, job.end_due}:
                if due > job.created:
                    heapq.heappush(self._due, (due, job.workspace, job.id))

    def _progress(self, job: Job, now: int) -> None:
        """Move a job on as far as the pace lets it at this instant. The caller saves it."""
        if job.doomed:
            if now >= job.end_due:
                job.cancelled = now if job.began is not None else None
                self._end(job, "Cancelled", now)
            return
        if job.status == "Waiting" and now >= job.begin_due and job.reads >= self.pace.reads:
            self._begin(job, now)
        if job.outcome is not None and now >= job.end_due and job.reads >= 2 * self.pace.reads:
            self._finish(job, now)

    def _begin(self, job: Job, now: int) -> None:
        job.status = "Executing"
        job.began = job.modified = now
        session = self._session_of(job)
        if session is not None:
            self._apply(session, Event.JOB_BEGAN, now)

    def _finish(self, job: Job, now: int) -> None:
        outcome = job.outcome or {}
        if job.began is None:
            job.began = now
        job.ended = now
        if outcome.get("pending"):
            self.store.execute(
                "UPDATE blobs SET account = ?, modified = ? WHERE account = 'pending' AND container = ?",
                (job.body["account"], now, job.container),
            )
        self._end(job, outcome["status"], now)

    def _end(self, job: Job, status: str, now: int) -> None:
        job.status = status
        job.modified = now
        self.store.save(job)
        session = self._session_of(job)
        if session is not None:
            self._apply(session, _ENDING[status], now)

    def _session_of(self, job: Job) -> Session | None:
        return self.store.get(Session, job.workspace, job.session) if job.session else None

    def _resume(self) -> None:
        """After a start: what was accepted and has not ended goes on."""
        for job in self.store.find(Job, "status NOT IN ('Succeeded', 'Failed', 'Cancelled')", then="ORDER BY seq"):
            heapq.heappush(self._due, (max(job.end_due, 1), job.workspace, job.id))
            heapq.heappush(self._due, (job.begin_due, job.workspace, job.id))
            if job.outcome is None and not job.doomed:
                self.workers.put((job.workspace, job.id))

    def _run(self, key: tuple[str, str]) -> None:
        """What a worker does with a job."""
        try:
            self._simulate(key)
        finally:
            self.running.discard(key)

    def _simulate(self, key: tuple[str, str]) -> None:
        """Run a job outside the lock, then store what it gave."""
        with self.store.transaction():
            self.settle()
            job = self.store.get(Job, *key)
            if job is None or job.final or job.doomed:
                return
            if job.status == "Waiting" and not self.pace.reads and self.clock.now() >= job.begin_due:
                self._begin(job, self.clock.now())
                self.store.save(job)
        try:
            data = self._input_of(job)
            failed_shots = self._strike(job)
            output = self.runner.run(
                job.provider, job.target, job.body, data, seed_of(self._seed, job.id), failed_shots
            )
            outcome: dict[str, Any] = {"status": "Succeeded", "output": output.blob, "cost": output.cost}
        except JobError as error:
            output = None
            outcome = {"status": "Failed", "error": {"code": error.code, "message": error.message}}
        except Exception:
            _log.exception("job %s could not be run", job.id)
            output = None
            problem = "The service could not run this job; see its log."
            outcome = {"status": "Failed", "error": {"code": "InternalError", "message": problem}}
        if self.workers.stopped:
            return
        with self.store.transaction():
            now = self.clock.now()
            job = self.store.get(Job, *key)
            if job is None or job.final or job.doomed:
                return
            job.outcome = outcome
            due = now >= job.end_due and not self.pace.reads
            if output is not None:
                outcome["pending"] = not due
                account = job.body["account"] if due else "pending"
                write_output(self.store, account, job.container, output.blob, output.data, now)
            self._progress(job, now)
            self.store.save(job)

    def _strike(self, job: Job) -> int:
        """How many shots a fault makes fail.

        Raises:
            JobError: a fault makes the job fail.
        """
        fault = self._faults.take("jobs.run", "before", job.name)
        if fault is None:
            return 0
        if fault.kind == "fail_job":
            raise JobError(fault.code, fault.message)
        params = job.body.get("inputParams") or {}
        shots = int(params.get("shots") or params.get("count") or 1)
        return round(shots * fault.share) if fault.kind == "fail_shots" else 0

    def _input_of(self, job: Job) -> bytes:
        blob = self.store.blob(job.body["account"], job.container, job.body.get("inputBlob", "inputData"))
        if blob is None:
            raise JobError("InvalidInputData", "The input data blob does not exist.")
        return self.store.blob_bytes(blob)
