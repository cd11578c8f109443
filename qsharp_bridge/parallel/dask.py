"""An existing Dask cluster as an executor: simulation and direct compiling run on its workers.

The workers need the same versions of qsharp_bridge, qdk, qulacs and numpy installed as the caller; a worker with
others is an error, since its outcomes could be others too.
"""

from __future__ import annotations

import threading
import time
from asyncio import CancelledError as AsyncCancelledError
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Any

from qsharp_bridge.errors import MissingExtraError, SchedulerError, without_credentials

from .executors import end

_LOOK = 5.0  # seconds between two questions of how many workers there are


def dask_executor(address: str, **options: Any) -> DaskExecutor:
    """Return an executor whose work is done by the workers of a Dask cluster that runs already.

    Closing it leaves the cluster running. What a worker was doing when it died, the scheduler gives to another. When
    the scheduler goes, what was under way ends with a ``SchedulerError``; the next ``submit`` connects anew.
    Dask sends Python objects: connect only to a scheduler that you trust.

    Args:
        address: of the scheduler, such as "tcp://10.0.0.5:8786".
        options: for ``distributed.Client``, such as ``security=`` or ``timeout=`` in seconds.

    Raises:
        MissingExtraError: Dask is not installed.
        SchedulerError: no scheduler answers there, or it is no address.

    >>> with qb.dask_executor("tcp://10.0.0.5:8786") as executor:  # doctest: +SKIP
    ...     results = qb.run_sweep(op, sweep, qb.LocalSimulator(seed=1, executor=executor))
    """
    try:
        from distributed import Client
        from distributed.utils import LoopRunner
    except ImportError:
        raise MissingExtraError("this needs distributed", advice='pip install "qsharp-bridge[dask]"') from None

    if not isinstance(address, str):  # Dask would start a cluster of its own for None
        raise SchedulerError(
            f"the address of the Dask scheduler is {address!r}", advice='give a text such as "tcp://10.0.0.5:8786"'
        )
    # One for all clients: each would start a thread of its own, and one that cannot connect leaves it behind.
    loop: Any = LoopRunner(asynchronous=False)
    loop.start()

    def connect() -> Any:
        client: Any = Client.__new__(Client)
        try:
            client.__init__(address, set_as_default=False, **({"timeout": 10, "loop": loop.loop} | options))
        except (OSError, ValueError, TypeError) as error:  # a timeout is an OSError too
            # One that is half made would close itself when it is collected, and wait for a loop that is gone.
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
    """A ``concurrent.futures.Executor`` over a ``distributed.Client``, which it closes at its end."""

    def __init__(self, address: str, connect: Callable[[], Any], close: Callable[[], None]) -> None:
        self._address, self._connect, self._close = address, connect, close
        self._lock = threading.Lock()
        self._closed = False
        self._client: Any = None
        self._pending: set[Future[Any]] = set()
        self._workers = 0
        self._asked = -_LOOK
        self._connected()

    @property
    def workers(self) -> int:
        """The number of tasks that the cluster runs at a time now. It may grow and shrink."""
        if time.monotonic() - self._asked >= _LOOK:
            self._workers = sum(self._connected().ncores().values())
            self._asked = time.monotonic()
        return self._workers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run ``fn(*args, **kwargs)`` on a worker. Both ways everything is pickled.

        Raises:
            SchedulerError: the scheduler was lost before, and none answers now.
        """
        client = self._connected()
        # Not pure: without a seed, the same call gives other outcomes each time.
        task = client.submit(_call, fn, args, kwargs, pure=False)
        future: Future[Any] = Future()
        with self._lock:
            self._pending.add(future)
        future.add_done_callback(lambda done: self._ended(done, task))
        client.loop.add_callback(self._pass_on, task, future)
        return future

    def _ended(self, future: Future[Any], task: Any) -> None:
        with self._lock:
            self._pending.discard(future)
        if future.cancelled() and task.client.status == "running":
            task.cancel()

    async def _pass_on(self, task: Any, future: Future[Any]) -> None:
        """Pass on the result of a task.

        As the ``ClientExecutor`` of Dask does, which takes a result for an error when the connection breaks just then.
        """
        from distributed.comm.core import CommClosedError

        found = None
        error: BaseException | None = None
        try:
            found = await task._result()
        except (CancelledError, AsyncCancelledError, CommClosedError):
            what = "was closed" if self._closed else "was lost"
            error = SchedulerError(
                f"the connection to the Dask scheduler at {self._address} {what}, and what was under way with it",
                advice="see that the scheduler runs, and start this again",
            )
        except BaseException as raised:
            error = raised
        end(future, found, error)

    def _connected(self) -> Any:
        """Return a client with a connection."""
        with self._lock:
            if self._closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if self._client is None or self._client.status in ("closing", "closed"):
                self._client = self._connect()
            return self._client

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Disconnect. The cluster stays.

        Args:
            wait: for all that is under way; else it is cancelled.
            cancel_futures: cancel it in any case.
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
    # In a thread of its own: Dask's profiler holds on to the frames of its task threads, and what is in them, pyqir's
    # objects too, may then be freed by the profiler's thread, which those complain about and leak.
    with ThreadPoolExecutor(1) as own:
        return own.submit(fn, *args, **kwargs).result()
