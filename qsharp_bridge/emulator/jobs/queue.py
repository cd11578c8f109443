"""How accepted jobs are run: by worker threads, outside the lock; what they give is stored with the new state."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from qsharp_bridge.emulator.faults import Faults
from qsharp_bridge.emulator.state.blobs import write_listing, write_output
from qsharp_bridge.emulator.state.lifecycle import Lifecycle
from qsharp_bridge.emulator.state.models import Job

from .errors import DroppedError, JobError, StoppedError
from .program import RAW, Output
from .runner import Runner, seed_of
from .simulation import Ticket
from .workers import Workers

Result = TypeVar("Result")

_log = logging.getLogger(__name__)

_PAUSE = 0.5
"""Seconds between two attempts to use the database."""


class Execution:
    """Runs the jobs that are put in, ``workers`` at once. Their seeds are derived from ``seed``."""

    def __init__(self, lifecycle: Lifecycle, runner: Runner, faults: Faults, *, seed: bytes, workers: int) -> None:
        self._lifecycle = lifecycle
        self._store = lifecycle.store
        self._runner = runner
        self._faults = faults
        self._seed = seed
        self.unfinished: set[tuple[str, str]] = set()
        self._stopping = threading.Event()
        self._tickets: dict[tuple[str, str], Ticket] = {}
        lifecycle.on_given_up = self._give_up
        self.workers = Workers(self._run, workers)

    def put(self, job: Job) -> None:
        """Run this job when a worker is free."""
        key = job.workspace, job.id
        self.unfinished.add(key)
        self.workers.put(key)

    def stop(self) -> None:
        """Stop the workers. Jobs that have not finished stay in the store as they are."""
        self._stopping.set()
        self.workers.stopped = True  # first: what is let go of is not stored as failed
        self._runner.stop()
        self.workers.stop()
        self._runner.close()

    def _give_up(self, key: tuple[str, str]) -> None:
        """Nobody will see what this job gives. Called where the store is locked: does nothing that takes time."""
        ticket = self._tickets.get(key)
        if ticket is not None:
            ticket.drop()

    def _run(self, key: tuple[str, str]) -> None:
        try:
            while not self._done(key):
                pass
        except StoppedError:
            _log.info("job %s was let go of; it runs when the service starts again", key[1])
        finally:
            self._tickets.pop(key, None)
            self.unfinished.discard(key)

    def _done(self, key: tuple[str, str]) -> bool:
        """Run a job, if there is anything to do; False to look again, since it may have been given up."""
        # Before the job is read: what happens after that drops it.
        ticket = self._tickets[key] = Ticket(lambda deaths: self._persist(lambda: self._count_death(key, deaths)))
        job = self._persist(lambda: self._take(key))
        if job is None:
            return True
        ticket.deaths = job.deaths
        try:
            output, outcome = self._simulate(job, ticket)
        except DroppedError:
            return False  # what gave it up may itself have been undone
        if not self.workers.stopped:
            self._persist(lambda: self._keep(key, output, outcome))
        return True

    def _persist(self, work: Callable[[], Result]) -> Result:
        """Do something with the database; again while that fails, for want of room on the disk for example.

        Raises:
            StoppedError: the service ends.
        """
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                _log.error("the database cannot be used now, and is tried again: %s", error)
            if self._stopping.wait(_PAUSE):
                raise StoppedError

    def _take(self, key: tuple[str, str]) -> Job | None:
        """Return the job, now Executing if the pace allows it; None if there is nothing left to do."""
        life = self._lifecycle
        life.settle()
        with self._store.transaction():
            job = self._store.get(Job, *key)
            if job is None or job.final or job.doomed:
                return None
            now = life.clock.now()
            if job.status == "Waiting" and not life.pace.reads and now >= job.begin_due:
                life.begin(job, now)
                self._store.save(job)
            return job

    def _count_death(self, key: tuple[str, str], deaths: int) -> None:
        """Store that a process died of the job, so that the job does not begin anew when the service starts again."""
        with self._store.transaction(durable=True):
            job = self._store.get(Job, *key)
            if job is not None:
                job.deaths = deaths
                self._store.save(job)

    def _simulate(self, job: Job, ticket: Ticket) -> tuple[Output | None, dict[str, Any]]:
        """Return the output of a job, and its outcome: status, error, cost."""
        try:
            data = self._persist(lambda: self._input_of(job))
            seed = seed_of(self._seed, job)
            failed_shots = self._strike(job)
            output = self._runner.run(job.provider, job.target, job.body, data, seed, failed_shots, ticket)
            warned = {"warnings": output.warnings} if output.warnings else {}
            return output, {"status": "Succeeded", "output": output.blob, "cost": output.cost, **warned}
        except JobError as error:
            failed = {"status": "Failed", "error": {"code": error.code, "message": error.message}}
            if error.code == "InvalidInputData" and job.body.get("inputDataFormat") == "rigetti.quil.v1":
                failed["output"] = RAW  # recorded of a Quil program that the machine refused; nothing is in the blob
            return None, failed if error.begun else {**failed, "begun": False}
        except (DroppedError, StoppedError):
            raise
        except Exception:
            _log.exception("job %s could not be run", job.id)
            problem = "The service could not run this job; see its log."
            return None, {"status": "Failed", "error": {"code": "InternalError", "message": problem}}

    def _keep(self, key: tuple[str, str], output: Output | None, outcome: dict[str, Any]) -> None:
        """Store what a job gave. It shows when the job is due; until then its output waits out of sight."""
        life = self._lifecycle
        with self._store.transaction():
            now = life.clock.now()
            job = self._store.get(Job, *key)
            if job is None or job.final or job.doomed:
                return
            if output is not None and not self._store.make_room(len(output.data)):
                output = None
                error = {"code": "InternalError", "message": "The memory of the service is full."}
                outcome = {"status": "Failed", "error": error}
            job.outcome = outcome
            if output is not None:
                outcome["pending"] = now < job.end_due or bool(life.pace.reads)
                account, container = job.body["account"], job.container
                if outcome["pending"]:
                    account, container = "pending", job.own_container
                # Recorded: what Quantinuum's machines wrote is octets, what the others wrote is JSON.
                raw = output.blob == RAW and job.provider != "quantinuum"
                kind = "application/json" if raw else "application/octet-stream"
                write_output(self._store, (account, container, output.blob), output.data, now, kind)
                if output.listing is not None:
                    write_listing(self._store, job, output.listing, now)
            life.progress(job, now)
            self._store.save(job)

    def _strike(self, job: Job) -> int:
        """Return the number of shots that a fault makes fail.

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
        blob = self._store.blob(job.body["account"], *job.input_place)
        if blob is None:
            message = "The input data for the job could not be found. Please ensure the data at inputDataUri exists."
            raise JobError("InputDataNotFound", message, begun=False)  # recorded
        return self._store.blob_bytes(blob)
