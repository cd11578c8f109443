"""Where the programs of jobs are simulated: in this process, or by the workers of an executor.

The seed of a job comes with it, so whoever simulates it, and however often it is begun again, gives the same
outcomes: a worker or a scheduler that dies costs time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Any, Final

from ..cluster import dask_executor
from ..errors import BridgeError, SchedulerError
from ..simulators import Outcomes, simulate
from ..simulators.versions import Versions, difference, versions

__all__ = ["Simulation", "StoppedError"]

_log = logging.getLogger(__name__)

PATIENCE: Final = 60.0
"""Seconds for a scheduler that was lost to come back."""

_PAUSE: Final = 0.5


class StoppedError(Exception):
    """The service ends; the job stays as it is."""


class Simulation:
    """Simulates programs, from as many threads as there are jobs at once.

    Args:
        executor: whose workers do it: any ``concurrent.futures.Executor``, which is left open, or the address of the
            scheduler of a Dask cluster; None for this process.
        noise: the noise models that will be asked for.

    Raises:
        SchedulerError: no scheduler answers at the address.
        BridgeError: noise that cannot be sent to a worker.
    """

    def __init__(self, executor: Executor | str | None = None, noise: Mapping[str, Any] | None = None) -> None:
        self._check(executor, noise or {})
        self._owned = isinstance(executor, str)
        self._executor = dask_executor(executor) if isinstance(executor, str) else executor
        self._pending: set[Future[Outcomes]] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    @staticmethod
    def _check(executor: Executor | str | None, noise: Mapping[str, Any]) -> None:
        if executor is None:
            return
        if not isinstance(executor, str) and not hasattr(executor, "submit"):
            raise BridgeError(
                f"the executor is a {type(executor).__name__}", advice="give a concurrent.futures.Executor"
            )
        for target, model in noise.items():
            if not isinstance(model, Mapping):
                raise BridgeError(
                    f"the noise of {target} is a {type(model).__name__}, which cannot be sent to another process",
                    advice='with an executor, give a mapping such as {"depolarizing": 0.01}',
                )

    @property
    def at_once(self) -> int:
        """How many jobs keep it busy: one here; enough to wait in line where others work."""
        return 1 if self._executor is None else max(16, 2 * int(getattr(self._executor, "workers", 0)))

    def run(self, program: str | bytes, shots: int, seed: int, noise: Any) -> Outcomes:
        """The outcomes of a program.

        Raises:
            BridgeError: it cannot be simulated, or nobody is there to do it.
            StoppedError: the service ends.
        """
        lost = 0.0
        while (executor := self._executor) is not None:
            began = 0.0
            try:
                future = executor.submit(simulate_there, versions(), program, shots, seed, noise)
                began = time.monotonic()
                return self._result(future)
            except SchedulerError as error:
                now = time.monotonic()
                if not lost or (began and now - began > PATIENCE):  # it was there until now
                    lost = now
                if now - lost > PATIENCE:
                    raise
                _log.warning("%s; trying again", error)
            except BrokenExecutor as error:
                self._give_up(executor, error)
            if self._stopped.wait(_PAUSE):
                raise StoppedError
        return simulate(program, shots, seed=seed, noise=noise)

    def _result(self, future: Future[Outcomes]) -> Outcomes:
        with self._lock:
            self._pending.add(future)
            if self._stopped.is_set():
                future.cancel()
        try:
            return future.result()
        except CancelledError:
            if self._stopped.is_set():
                raise StoppedError from None
            raise BridgeError("the executor of the service cancelled the simulation") from None
        except (BridgeError, BrokenExecutor):
            raise
        except Exception as error:
            raise BridgeError(
                f"no worker could simulate it: {type(error).__name__}: {' '.join(str(error).split())[:300]}",
                advice="workers that die may lack memory",
            ) from error
        finally:
            with self._lock:
                self._pending.discard(future)

    def _give_up(self, executor: Executor, error: BrokenExecutor) -> None:
        """A pool of processes is broken for good when one of them dies."""
        with self._lock:
            if self._executor is executor:
                _log.warning("the executor broke (%s): jobs are simulated in this process from now on", error)
                self._executor = None

    def stop(self) -> None:
        """Let go of everything under way; those who wait for it get ``StoppedError``."""
        self._stopped.set()
        with self._lock:
            pending = list(self._pending)
        for future in pending:
            future.cancel()

    def close(self) -> None:
        """Disconnect from a cluster that was given by its address."""
        self.stop()
        if self._owned and self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)


def simulate_there(made_by: Versions, program: str | bytes, shots: int, seed: int, noise: Any) -> Outcomes:
    """What a worker does."""
    other = difference(made_by)
    if other:
        raise BridgeError(f"a worker has {other}", advice="install the same versions there")
    return simulate(program, shots, seed=seed, noise=noise)
