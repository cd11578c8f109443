"""Simulation of the programs of jobs by the workers of an executor, such as a Dask cluster.

The seed of a job comes with it, so each simulation of it, also one that is begun again, gives the same
outcomes: a worker or a scheduler that dies costs time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Any, Final

from qsharp_bridge.errors import BridgeError, SchedulerError
from qsharp_bridge.parallel.dask import dask_executor
from qsharp_bridge.parallel.executors import error_line, submit, workers_of
from qsharp_bridge.parallel.versions import Versions, difference, versions
from qsharp_bridge.simulators import Outcomes

from .errors import DroppedError, StoppedError
from .program import Request, simulate_request

_log = logging.getLogger(__name__)

SCHEDULER_TIMEOUT: Final = 60.0
"""Seconds for a scheduler that was lost to come back."""

_PAUSE: Final = 0.5


class Ticket:
    """Handle to cancel a job. ``drop`` neither waits nor raises; the thread that waits for the simulation cancels it.

    Attributes:
        dropped: whether the job was cancelled.
        wake: set when it is cancelled, when its simulation ends and when the service stops.
        deaths: how many processes died of the job.

    Args:
        on_death: called with ``deaths`` when it has grown.
    """

    def __init__(self, on_death: Callable[[int], None] = lambda deaths: None) -> None:
        self.deaths = 0
        self._on_death = on_death
        self.dropped = False
        self.wake = threading.Event()
        self._then: Callable[[], None] | None = None

    def on_drop(self, then: Callable[[], None]) -> None:
        """Have ``then``, which must be quick, called when the job is cancelled, or now if it has been."""
        self._then = then
        if self.dropped:
            then()

    def count_death(self) -> None:
        """Count a process that died of the job."""
        self.deaths += 1
        self._on_death(self.deaths)

    def drop(self) -> None:
        """Cancel the job."""
        self.dropped = True
        self.wake.set()
        if self._then is not None:
            self._then()


class Simulation:
    """Simulates programs, from as many threads as there are jobs at once.

    Args:
        executor: whose workers do it: any ``concurrent.futures.Executor``, which is left open, or the address of the
            scheduler of a Dask cluster; None: no executor simulates.
        noise: the noise models that will be asked for.

    Raises:
        SchedulerError: no scheduler answers at the address.
        BridgeError: noise that cannot be sent to a worker.
    """

    def __init__(self, executor: Executor | str | None = None, noise: Mapping[str, Any] | None = None) -> None:
        self._check(executor, noise or {})
        self._owned = isinstance(executor, str)
        self._executor = dask_executor(executor) if isinstance(executor, str) else executor
        self._waiting: set[Ticket] = set()
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
    def remote(self) -> bool:
        """True if there is an executor. One that failed is not used again."""
        return self._executor is not None

    @property
    def at_once(self) -> int:
        """The number of jobs that keep it busy: one in this process; with an executor, enough to fill its queue."""
        return 1 if self._executor is None else max(16, 2 * workers_of(self._executor))

    def run(
        self, request: Request, program: str, index: int, noise: Any, ticket: Ticket | None = None
    ) -> Outcomes | None:
        """Simulate one of the QIR programs of a job; return None when there is no executor any more.

        Raises:
            BridgeError: it cannot be simulated, or no worker is left.
            DroppedError: it was cancelled. What waited for a worker is taken back; what a worker does, is not.
            StoppedError: the service ends.
        """
        ticket = ticket or Ticket()
        lost = 0.0
        while (executor := self._executor) is not None:
            self._go_on(ticket)
            future = submit(executor, simulate_there, versions(), request, program, index, noise)
            began = 0.0 if future.done() else time.monotonic()
            try:
                return self._result(future, ticket)
            except SchedulerError as error:
                now = time.monotonic()
                if not lost or (began and now - began > SCHEDULER_TIMEOUT):  # it was there until now
                    lost = now
                if now - lost > SCHEDULER_TIMEOUT:
                    raise
                _log.warning("%s; trying again", error)
            except BrokenExecutor as error:
                self._give_up(executor, error)
            if self._stopped.wait(_PAUSE):
                raise StoppedError
        return None

    def _result(self, future: Future[Outcomes], ticket: Ticket) -> Outcomes:
        """Return the worker's outcomes. Waits for them, or until they are no longer needed."""
        with self._lock:
            self._waiting.add(ticket)
        future.add_done_callback(lambda _: ticket.wake.set())
        try:
            while not future.done():
                self._go_on(ticket)
                ticket.wake.wait()
                ticket.wake.clear()
            return future.result()
        except CancelledError:
            raise BridgeError("the executor of the service cancelled the simulation") from None
        except (BridgeError, BrokenExecutor, StoppedError, DroppedError):
            raise
        except Exception as error:
            raise BridgeError(
                f"no worker could simulate it: {type(error).__name__}: {error_line(error)}",
                advice="workers that die may lack memory",
            ) from error
        finally:
            future.cancel()  # nothing where it is done
            with self._lock:
                self._waiting.discard(ticket)

    def _go_on(self, ticket: Ticket) -> None:
        if ticket.dropped:
            raise DroppedError
        if self._stopped.is_set():
            raise StoppedError

    def _give_up(self, executor: Executor, error: BrokenExecutor) -> None:
        """Do without the executor: a pool of processes is broken for good when one of them dies."""
        with self._lock:
            if self._executor is executor:
                _log.warning("the executor broke (%s): jobs are simulated on this machine from now on", error)
                self._executor = None

    def stop(self) -> None:
        """Give up everything under way; those who wait for it get ``StoppedError``."""
        self._stopped.set()
        with self._lock:
            for ticket in self._waiting:
                ticket.wake.set()

    def close(self) -> None:
        """Disconnect from a cluster that was given by its address."""
        self.stop()
        if self._owned and self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)


def simulate_there(made_by: Versions, request: Request, program: str, index: int, noise: Any) -> Outcomes:
    """Simulate a program on a worker, which must have the versions of the service."""
    other = difference(made_by)
    if other:
        raise BridgeError(f"a worker has {other}", advice="install the same versions there")
    return simulate_request(request, program, index, noise)
