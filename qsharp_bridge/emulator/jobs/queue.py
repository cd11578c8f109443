"""The queue of accepted jobs: worker threads run them without the lock, and store each outcome with the new state."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from qsharp_bridge.emulator.faults import Faults
from qsharp_bridge.emulator.state.blobs import write_listing, write_output
from qsharp_bridge.emulator.state.lifecycle import Lifecycle
from qsharp_bridge.emulator.state.models import Job
from qsharp_bridge.states import JobState

from .errors import JobCancelledError, JobError, StoppedError
from .execution import RAW, Output
from .job_run import JobRun
from .runner import Runner, seed_of

Result = TypeVar("Result")

_log = logging.getLogger(__name__)

_PAUSE = 0.5
"""Seconds between two attempts to use the database."""

_STOP_SECONDS = 2.0
"""Seconds that the worker threads have to end when the service stops."""


class JobQueue:
    """Queue of accepted jobs, and the worker threads that run them.

    The threads are daemons: those of ``ThreadPoolExecutor`` would keep a program alive until the running jobs are done.

    Args:
        lifecycle: the states of the jobs.
        runner: runs one job.
        faults: the faults of the service, for those at jobs.run.
        seed: the secret that the seeds of the jobs are derived from.
        workers: the number of jobs that run at once.

    Attributes:
        unfinished: the workspace and id of each job that waits for a worker or is being run, with the number of its
            places in the queue: an id may be submitted again after its job was cancelled and deleted.
    """

    def __init__(self, lifecycle: Lifecycle, runner: Runner, faults: Faults, *, seed: bytes, workers: int) -> None:
        self._lifecycle = lifecycle
        self._store = lifecycle.store
        self._runner = runner
        self._faults = faults
        self._seed = seed
        self.unfinished: Counter[tuple[str, str]] = Counter()
        self._keys: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()
        self._idle = threading.Condition()
        self._stopping = threading.Event()
        self._runs: dict[tuple[str, str], JobRun] = {}
        lifecycle.on_cancel = self._cancel
        self._threads = [
            threading.Thread(target=self._work, name=f"emulator-worker-{i}", daemon=True) for i in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, job: Job) -> None:
        """Queue a job."""
        key = job.workspace, job.id
        with self._idle:
            self.unfinished[key] += 1
        self._keys.put(key)

    def wait_idle(self, timeout: float) -> bool:
        """Wait until no job waits for a worker or is being run; return False after ``timeout`` seconds."""
        with self._idle:
            return self._idle.wait_for(lambda: not self.unfinished, timeout)

    def stop(self) -> None:
        """Stop the workers. Jobs that have not finished stay in the store as they are."""
        self._stopping.set()  # first: a job that is interrupted must not be stored as failed
        self._runner.stop()
        for _ in self._threads:
            self._keys.put(None)
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._runner.close()

    def _work(self) -> None:
        while (key := self._keys.get()) is not None and not self._stopping.is_set():
            try:
                self._run(key)
            except Exception:
                _log.exception("a worker failed on job %s", key[1])
            finally:
                self._runs.pop(key, None)
                with self._idle:
                    self.unfinished[key] -= 1
                    if not self.unfinished[key]:
                        del self.unfinished[key]
                    self._idle.notify_all()

    def _cancel(self, key: tuple[str, str]) -> None:
        """Cancel the run of a job. Called while the store is locked, so it must not take time."""
        run = self._runs.get(key)
        if run is not None:
            run.cancel()

    def _run(self, key: tuple[str, str]) -> None:
        try:
            while not self._try(key):
                pass
        except StoppedError:
            _log.info("job %s was interrupted; it runs when the service starts again", key[1])

    def _try(self, key: tuple[str, str]) -> bool:
        """Run a job unless it has ended; return False if the run was cancelled, and the job must be read again."""
        # Before the job is read: a cancellation after that must reach the run.
        run = self._runs[key] = JobRun(lambda deaths: self._persist(lambda: self._count_death(key, deaths)))
        job = self._persist(lambda: self._take(key))
        if job is None:
            return True
        run.deaths = job.deaths
        try:
            output, outcome = self._simulate(job, run)
        except JobCancelledError:
            return False  # the transaction that cancelled it may have been rolled back
        if not self._stopping.is_set():
            self._persist(lambda: self._keep(key, output, outcome))
        return True

    def _persist(self, work: Callable[[], Result]) -> Result:
        """Call ``work``, which uses the database; again while the database fails, for example on a full disk.

        Raises:
            StoppedError: the service stops.
        """
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                _log.error("the database cannot be used now, and is tried again: %s", error)
            if self._stopping.wait(_PAUSE):
                raise StoppedError

    def _take(self, key: tuple[str, str]) -> Job | None:
        """Return the job, now Executing if the pace allows it; None if it has ended or will be cancelled."""
        lifecycle = self._lifecycle
        lifecycle.settle()
        with self._store.transaction():
            job = self._store.get(Job, *key)
            if job is None or job.final or job.aborted:
                return None
            now = lifecycle.clock.now()
            if job.status == JobState.WAITING and not lifecycle.pace.reads and now >= job.begin_due:
                lifecycle.begin(job, now)
                self._store.save(job)
            return job

    def _count_death(self, key: tuple[str, str], deaths: int) -> None:
        """Store how many processes died of the job, so that a restart of the service does not begin to count anew."""
        with self._store.transaction(durable=True):
            job = self._store.get(Job, *key)
            if job is not None:
                job.deaths = deaths
                self._store.save(job)

    def _simulate(self, job: Job, run: JobRun) -> tuple[Output | None, dict[str, Any]]:
        """Return the output of a job, and its outcome: status, error, cost."""
        try:
            data = self._persist(lambda: self._input_of(job))
            seed = seed_of(self._seed, job)
            failed_shots = self._failed_shots(job)
            output = self._runner.run(job.provider, job.target, job.body, data, seed, failed_shots, run)
            warned = {"warnings": output.warnings} if output.warnings else {}
            return output, {"status": JobState.SUCCEEDED, "output": output.blob, "cost": output.cost, **warned}
        except JobError as error:
            failed = {"status": JobState.FAILED, "error": {"code": error.code, "message": error.message}}
            if error.code == "InvalidInputData" and job.body.get("inputDataFormat") == "rigetti.quil.v1":
                failed["output"] = RAW  # recorded of a Quil program that the machine refused; the blob is empty
            return None, failed if error.begun else {**failed, "begun": False}
        except (JobCancelledError, StoppedError):
            raise
        except Exception:
            _log.exception("job %s could not be run", job.id)
            problem = "The service could not run this job; see its log."
            return None, {"status": JobState.FAILED, "error": {"code": "InternalError", "message": problem}}

    def _keep(self, key: tuple[str, str], output: Output | None, outcome: dict[str, Any]) -> None:
        """Store the outcome of a job. Until the job is due to end, its output is kept where clients cannot read it."""
        lifecycle = self._lifecycle
        with self._store.transaction():
            now = lifecycle.clock.now()
            job = self._store.get(Job, *key)
            if job is None or job.final or job.aborted:
                return
            if output is not None and not self._store.make_room(len(output.data)):
                output = None
                error = {"code": "InternalError", "message": "The memory of the service is full."}
                outcome = {"status": JobState.FAILED, "error": error}
            job.outcome = outcome
            if output is not None:
                outcome["pending"] = now < job.end_due or bool(lifecycle.pace.reads)
                account, container = job.body["account"], job.container
                if outcome["pending"]:
                    account, container = "pending", job.own_container
                # Recorded: outputs of Quantinuum's machines are octets, those of the others JSON.
                raw = output.blob == RAW and job.provider != "quantinuum"
                kind = "application/json" if raw else "application/octet-stream"
                write_output(self._store, (account, container, output.blob), output.data, now, kind)
                if output.listing is not None:
                    write_listing(self._store, job, output.listing, now)
            lifecycle.progress(job, now)
            self._store.save(job)

    def _failed_shots(self, job: Job) -> int:
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
