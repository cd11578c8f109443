"""Simulation of the programs of jobs by the workers of an executor, such as a Dask cluster.

A job carries its seed, so a simulation that is begun again gives the same outcomes: a worker or a scheduler that dies
costs time, but changes no result.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Any, Final

from qsharp_bridge.errors import BridgeError, SchedulerError
from qsharp_bridge.parallel.dask import dask_executor
from qsharp_bridge.parallel.executors import error_line, submit, workers_of
from qsharp_bridge.parallel.versions import Versions, difference, versions
from qsharp_bridge.simulators import Outcomes

from .errors import JobCancelledError, StoppedError
from .execution import JobInput, simulate_program
from .job_run import JobRun

_log = logging.getLogger(__name__)

SCHEDULER_TIMEOUT: Final = 60.0
"""Seconds that a lost scheduler has to come back."""

_PAUSE: Final = 0.5


class Simulation:
    """Simulation on an executor. ``run`` may be called from several threads.

    Args:
        executor: any ``concurrent.futures.Executor``, which is left open, or the address of the scheduler of a Dask
            cluster; None: there is no executor.
        noise: the noise models of the targets.

    Raises:
        SchedulerError: no scheduler answers at the address.
        BridgeError: a noise model cannot be sent to a worker.
    """

    def __init__(self, executor: Executor | str | None = None, noise: Mapping[str, Any] | None = None) -> None:
        self._check(executor, noise or {})
        self._owned = isinstance(executor, str)
        self._executor = dask_executor(executor) if isinstance(executor, str) else executor
        self._waiting: set[JobRun] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    @staticmethod
    def _check(executor: Executor | str | None, noise: Mapping[str, Any]) -> None:
        if executor is None:
            return
        if not isinstance(executor, str) and not hasattr(executor, "submit"):
            raise BridgeError(
                f"the executor is of type {type(executor).__name__}", advice="give a concurrent.futures.Executor"
            )
        for target, model in noise.items():
            if not isinstance(model, Mapping):
                raise BridgeError(
                    f"the noise of {target} is of type {type(model).__name__}, which cannot be sent to another process",
                    advice='with an executor, give a mapping such as {"depolarizing": 0.01}',
                )

    @property
    def available(self) -> bool:
        """True if there is an executor. An executor that failed is not used again."""
        return self._executor is not None

    @property
    def jobs_at_once(self) -> int:
        """The number of jobs that keep it busy: one in this process; with an executor, enough to fill its queue."""
        return 1 if self._executor is None else max(16, 2 * workers_of(self._executor))

    def run(self, job: JobInput, program: str, index: int, noise: Any, run: JobRun) -> Outcomes | None:
        """Simulate one of the QIR programs of a job; return None when there is no executor any more.

        Raises:
            BridgeError: the program cannot be simulated, or no worker is left.
            JobCancelledError: the job was cancelled. A simulation that waits for a worker is cancelled, too; one that a
                worker has begun goes on to its end.
            StoppedError: the service stops.
        """
        lost = 0.0
        while (executor := self._executor) is not None:
            self._check_wanted(run)
            future = submit(executor, simulate_on_worker, versions(), job, program, index, noise)
            began = 0.0 if future.done() else time.monotonic()
            try:
                return self._result(future, run)
            except SchedulerError as error:
                now = time.monotonic()
                if not lost or (began and now - began > SCHEDULER_TIMEOUT):  # the scheduler was there until now
                    lost = now
                if now - lost > SCHEDULER_TIMEOUT:
                    raise
                _log.warning("%s; trying again", error)
            except BrokenExecutor as error:
                self._discard(executor, error)
            if self._stopped.wait(_PAUSE):
                raise StoppedError
        return None

    def _result(self, future: Future[Outcomes], run: JobRun) -> Outcomes:
        """Wait for the outcomes of a worker and return them; raise an error when they are no longer needed."""
        with self._lock:
            self._waiting.add(run)
        future.add_done_callback(lambda _: run.wake.set())
        try:
            while not future.done():
                self._check_wanted(run)
                run.wake.wait()
                run.wake.clear()
            return future.result()
        except CancelledError:
            raise BridgeError("the executor of the service cancelled the simulation") from None
        except (BridgeError, BrokenExecutor, StoppedError, JobCancelledError):
            raise
        except Exception as error:
            raise BridgeError(
                f"no worker could simulate it: {type(error).__name__}: {error_line(error)}",
                advice="workers that die may lack memory",
            ) from error
        finally:
            future.cancel()  # has no effect on a future that is done
            with self._lock:
                self._waiting.discard(run)

    def _check_wanted(self, run: JobRun) -> None:
        if run.cancelled:
            raise JobCancelledError
        if self._stopped.is_set():
            raise StoppedError

    def _discard(self, executor: Executor, error: BrokenExecutor) -> None:
        """Use the executor no more: a pool of processes stays broken when one of them dies."""
        with self._lock:
            if self._executor is executor:
                _log.warning("the executor broke (%s): jobs are simulated on this machine from now on", error)
                self._executor = None

    def stop(self) -> None:
        """End all simulations under way: their ``run`` raises ``StoppedError``."""
        self._stopped.set()
        with self._lock:
            for run in self._waiting:
                run.wake.set()

    def close(self) -> None:
        """Disconnect from a cluster that was given by its address."""
        self.stop()
        if self._owned and self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)


def simulate_on_worker(service: Versions, job: JobInput, program: str, index: int, noise: Any) -> Outcomes:
    """Simulate a program on a worker, which must have the versions of the service."""
    other = difference(service)
    if other:
        raise BridgeError(f"a worker has {other}", advice="install the same versions there")
    return simulate_program(job, program, index, noise)
