"""The engine of the service: it opens and closes sessions, and accepts, shows, cancels and deletes jobs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from qsharp_bridge.states import JobState

from .errors import BadRequest, Conflict, Forbidden, NotFound
from .jobs.queue import JobQueue
from .state.clock import SECOND
from .state.lifecycle import Lifecycle
from .state.models import Job, Session
from .state.pace import Pace
from .state.session_machine import Event, Policy, accepts_jobs
from .state.targets import find_target, provider_name, runs_jobs


class Engine:
    """The jobs and sessions of all workspaces.

    Every change is one durable transaction, after all changes of state that are due by now.
    """

    def __init__(self, lifecycle: Lifecycle, queue: JobQueue) -> None:
        self.store = lifecycle.store
        self.clock = lifecycle.clock
        self.queue_seconds: dict[str, float] = {}
        self._lifecycle = lifecycle
        self._queue = queue
        for job in lifecycle.resume():
            if job.outcome is None and not job.aborted:
                queue.put(job)

    @property
    def pace(self) -> Pace:
        """The pace of the jobs."""
        return self._lifecycle.pace

    @pace.setter
    def pace(self, pace: Pace) -> None:
        self._lifecycle.pace = pace

    def settle(self) -> None:
        """Bring every job and session up to the present instant."""
        self._lifecycle.settle()

    def is_running(self, workspace: str, id_: str) -> bool:
        """Check whether a job is being simulated, or waits for a worker."""
        return (workspace, id_) in self._queue.unfinished

    def wait_idle(self, timeout: float) -> bool:
        """Wait until no job is being simulated or waits for a worker; return False after ``timeout`` seconds."""
        return self._queue.wait_idle(timeout)

    def stop(self) -> None:
        """Stop running jobs. Those that have not finished stay in the store as they are."""
        self._queue.stop()

    @contextmanager
    def _change(self) -> Iterator[int]:
        """Make a durable change, at the present instant.

        Changes that are due by now are made first, in a transaction of their own: a refused request must not undo them.
        """
        with self.store.lock:
            self.settle()
            with self.store.transaction(durable=True):
                yield self.clock.now()

    # -- sessions ------------------------------------------------------------------------------------------

    def open_session(self, workspace: str, id_: str, body: dict[str, Any]) -> Session:
        """Open a session; one that exists is returned as it is.

        The ``open_session`` of the Qiskit backends opens the session, and Microsoft's page calls ``session.open()``
        after that.
        """
        with self._change() as now:
            provider = self._available(body["providerId"], body["target"])
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
                return self._session(workspace, id_)
            return session

    def session(self, workspace: str, id_: str) -> Session:
        """Return the session of that id.

        Raises:
            NotFound: there is no such session.
        """
        self.settle()
        return self._session(workspace, id_)

    def _session(self, workspace: str, id_: str) -> Session:
        session = self.store.get(Session, workspace, id_)
        if session is None:
            raise NotFound("SessionNotFound", f"The session '{id_}' does not exist in the workspace.")
        return session

    def close_session(self, workspace: str, id_: str) -> Session:
        """Close a session. A session that has ended stays as it is."""
        with self._change() as now:
            session = self._session(workspace, id_)
            self._lifecycle.apply(session, Event.CLOSE, now)
            return session

    # -- jobs ----------------------------------------------------------------------------------------------

    def admit(self, workspace: str, fields: dict[str, Any]) -> None:
        """Check that the target and the session of a job accept jobs, before other problems of the job are reported.

        Raises:
            Problem: there is no such target or session, or it accepts no jobs.
        """
        self._available(fields["providerId"], fields["target"])
        if fields.get("sessionId") is not None:
            with self.store.lock:
                self.settle()
                self._open_session(workspace, fields["sessionId"])

    def submit(self, workspace: str, id_: str, body: dict[str, Any]) -> Job:
        """Accept a job: store it durably, and queue it."""
        with self._change() as now:
            provider = self._available(body["providerId"], body["target"])
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
                ordinal=self.store.next_ordinal(workspace, body["name"], body["target"]),
                job_type=body.get("jobType") or "QuantumComputing",
                begin_due=now + waiting + running_for // 2,
                end_due=now + waiting + running_for,
            )
            session = None if job.session is None else self._open_session(workspace, job.session)
            if self.store.get(Job, workspace, id_) is not None:
                raise Conflict("JobAlreadyExists", f"A job with id '{id_}' already exists.")
            if session is not None:
                self._lifecycle.apply(session, Event.JOB_ACCEPTED, now)
            if job.container != job.own_container:
                # ``Store.make_room`` deletes blobs by their container.
                self.store.make_container(body["account"], job.container, now)
            self.store.add(job)
        self._lifecycle.schedule(job)
        self._queue.put(job)
        return job

    def job(self, workspace: str, id_: str, *, show: bool = False) -> Job:
        """Return the job of that id. With ``show`` the answer counts as a read for the pace.

        Raises:
            NotFound: there is no such job.
        """
        self.settle()
        job = self._job(workspace, id_)
        return self.count_read(job) if show else job

    def _job(self, workspace: str, id_: str) -> Job:
        job = self.store.get(Job, workspace, id_)
        if job is None:
            raise NotFound("JobNotFound", f"The job '{id_}' does not exist in the workspace.")
        return job

    def count_read(self, job: Job) -> Job:
        """Count a read of the job if the pace counts reads, and return the job as it is then."""
        if self.pace.reads and not job.final:
            with self.store.transaction():
                # Read again: a worker may have stored the outcome since the caller read the job.
                job = self.store.get(Job, job.workspace, job.id) or job
                if not job.final:
                    self._lifecycle.progress(job, self.clock.now())
                    job.reads += 1
                    self.store.save(job)
        return job

    def cancel(self, workspace: str, id_: str) -> Job:
        """Cancel a job.

        Raises:
            Conflict: the job has ended already.
        """
        with self._change() as now:
            job = self._job(workspace, id_)
            if job.status == JobState.CANCELLED:
                return job
            if job.final:
                raise Conflict("JobInTerminalState", f"The job '{id_}' has ended: it is {job.status}.")
            job.cancelled = now
            self._lifecycle.end(job, JobState.CANCELLED, now)
            return job

    def update(self, workspace: str, id_: str, changes: dict[str, Any]) -> Job:
        """Change the name, priority or tags of a job."""
        with self._change() as now:
            job = self._job(workspace, id_)
            if changes.get("name") is not None:
                job.name = changes["name"]
            job.body = {**job.body, **{k: v for k, v in changes.items() if k in ("priority", "tags") and v is not None}}
            job.modified = now
            self.store.save(job)
            return job

    def delete(self, workspace: str, id_: str) -> None:
        """Delete a job that has ended.

        Raises:
            Conflict: the job has not ended.
        """
        with self._change():
            job = self._job(workspace, id_)
            if not job.final:
                raise Conflict("JobNotInTerminalState", f"The job '{id_}' is {job.status}; cancel it first.")
            self.store.delete_job(job)

    # -- helpers -----------------------------------------------------------------------------------------------

    def _available(self, name: str, target_name: str) -> str:
        """Return the provider of a target that runs jobs, or raise the recorded error."""
        provider, target = provider_name(name), find_target(name, target_name)
        if provider is None or target is None:
            what = "provider" if provider is None else "target"
            raise Forbidden(
                "InvalidJobDefinition",
                f"The {what} specified does not exist or is not enabled for the workspace.",
            )
        if not runs_jobs(target):
            raise Conflict(
                "TargetUnavailable", "The target specified is currently unavailable. Please try again later."
            )
        return provider

    def _open_session(self, workspace: str, id_: str) -> Session:
        """Return a session that accepts jobs, or raise the recorded error."""
        session = self.store.get(Session, workspace, id_)
        if session is None:
            raise BadRequest("InvalidJobDefinition", f"The session '{id_}' does not exist.")
        if not accepts_jobs(session.state):
            raise BadRequest(
                "InvalidJobDefinition",
                "Session is already in a terminal state. This may have been due to failures in prior jobs"
                " in the session.",
            )
        return session
