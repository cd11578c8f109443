"""An existing Dask cluster as an executor: simulation and direct compiling run on its workers.

The workers need the same versions of qsharp_bridge, qdk, qulacs and numpy as the caller; a worker with other versions
is an error, since its outcomes could differ.
"""

from __future__ import annotations

import threading
import time
from asyncio import CancelledError as AsyncCancelledError
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Any

from qsharp_bridge.errors import SchedulerError, without_credentials
from qsharp_bridge.extras import needs

from .executors import finish

_REFRESH = 5.0  # seconds between two requests for the number of workers


def dask_executor(address: str, **options: Any) -> DaskExecutor:
    """Return an executor that uses the workers of a running Dask cluster.

    Closing it leaves the cluster running. The scheduler gives the tasks of a worker that died to another one. If the
    scheduler ends, the running tasks end with a ``SchedulerError``, and the next ``submit`` connects again.
    Dask sends Python objects: connect only to a scheduler that you trust.

    Args:
        address: the address of the scheduler, such as "tcp://10.0.0.5:8786".
        options: options of ``distributed.Client``, such as ``security=`` or ``timeout=`` in seconds.

    Raises:
        MissingExtraError: Dask is not installed.
        SchedulerError: no scheduler answers at the address, or it is no address.

    >>> with qb.dask_executor("tcp://10.0.0.5:8786") as executor:  # doctest: +SKIP
    ...     results = qb.run_sweep(op, sweep, qb.LocalSimulator(seed=1, executor=executor))
    """
    Client = needs("distributed", "dask").Client  # noqa: N806 - a class

    if not isinstance(address, str):  # for None Dask would start a cluster
        raise SchedulerError(
            f"the address of the Dask scheduler is {address!r}", advice='give a text such as "tcp://10.0.0.5:8786"'
        )
    # One loop for all clients: each would start a thread, which a client that cannot connect leaves running.
    loop: Any = needs("distributed.utils", "dask").LoopRunner(asynchronous=False)
    loop.start()

    def connect() -> Any:
        client: Any = Client.__new__(Client)
        try:
            client.__init__(address, set_as_default=False, **({"timeout": 10, "loop": loop.loop} | options))
        except (OSError, ValueError, TypeError) as error:  # a timeout is an OSError too
            # An incomplete client would close itself when it is garbage collected, and wait for a loop that has ended.
            client.status = "closed"
            raise SchedulerError(
                without_credentials(f"no Dask scheduler at {address}: {' '.join(str(error).split())}"),
                advice="start one with `dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`",
            ) from None
        return client

    try:
        return DaskExecutor(address, connect, loop.stop)
    except SchedulerError:
        loop.stop()
        raise


class DaskExecutor(Executor):
    """A ``concurrent.futures.Executor`` over a ``distributed.Client``, which ``shutdown`` closes."""

    def __init__(self, address: str, connect: Callable[[], Any], close: Callable[[], None]) -> None:
        self._address, self._connect, self._close = address, connect, close
        self._lock = threading.Lock()
        self._closed = False
        self._client: Any = None
        self._pending: set[Future[Any]] = set()
        self._workers = 0
        self._asked = -_REFRESH
        self._connected()

    @property
    def workers(self) -> int:
        """The number of tasks that the cluster runs at a time. It may change."""
        if time.monotonic() - self._asked >= _REFRESH:
            self._workers = sum(self._connected().ncores().values())
            self._asked = time.monotonic()
        return self._workers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run ``fn(*args, **kwargs)`` on a worker. Arguments and results are pickled.

        Raises:
            SchedulerError: the connection was lost, and no scheduler answers now.
        """
        client = self._connected()
        # Not pure: without a seed, the same call has different outcomes each time.
        task = client.submit(_call, fn, args, kwargs, pure=False)
        future: Future[Any] = Future()
        with self._lock:
            self._pending.add(future)
        future.add_done_callback(lambda done: self._ended(done, task))
        client.loop.add_callback(self._copy_outcome, task, future)
        return future

    def _ended(self, future: Future[Any], task: Any) -> None:
        with self._lock:
            self._pending.discard(future)
        if future.cancelled() and task.client.status == "running":
            task.cancel()

    async def _copy_outcome(self, task: Any, future: Future[Any]) -> None:
        """Copy the result or the error of a task to a future.

        Dask's own ``ClientExecutor`` does it too, but reports a result as an error if the connection breaks meanwhile.
        """
        from distributed.comm.core import CommClosedError

        found = None
        error: BaseException | None = None
        try:
            found = await task._result()
        except (CancelledError, AsyncCancelledError, CommClosedError):
            what = "was closed" if self._closed else "was lost"
            error = SchedulerError(
                f"the connection to the Dask scheduler at {self._address} {what}, and with it the running tasks",
                advice="check that the scheduler runs, and start this again",
            )
        except BaseException as raised:
            error = raised
        finish(future, found, error)

    def _connected(self) -> Any:
        """Return a client with a connection."""
        with self._lock:
            if self._closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if self._client is None or self._client.status in ("closing", "closed"):
                self._client = self._connect()
            return self._client

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Disconnect from the cluster, which continues to run.

        Args:
            wait: wait for the submitted tasks; else they are cancelled.
            cancel_futures: cancel the submitted tasks in any case.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            pending = list(self._pending)
        if wait and not cancel_futures:
            wait_for(pending)
        for future in pending:
            future.cancel()
        self._client.close()
        self._close()

    def __repr__(self) -> str:
        return f"<DaskExecutor of {self._address}>"


def _call(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    # In a separate thread: Dask's profiler keeps the frames of its task threads, so that their objects may be freed in
    # the profiler's thread. Those of pyqir then print an error and leak.
    with ThreadPoolExecutor(1) as own:
        return own.submit(fn, *args, **kwargs).result()
