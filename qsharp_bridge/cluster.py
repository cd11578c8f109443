"""An existing Dask cluster as an executor: simulation and direct compiling run on its workers.

The workers need the same versions of qsharp_bridge, qdk, qulacs and numpy installed as the caller; a worker with
others is an error, since its outcomes could be others too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from .errors import MissingExtraError, TargetError

__all__ = ["DaskExecutor", "dask_executor"]

_LOOK = 5.0  # seconds between two questions of how many workers there are


def dask_executor(address: str, **options: Any) -> DaskExecutor:
    """An executor whose work is done by the workers of a Dask cluster that runs already.

    Closing it leaves the cluster running. What a worker was doing when it died, the scheduler gives to another.
    Dask sends Python objects: connect only to a scheduler that you trust.

    Args:
        address: of the scheduler, such as "tcp://10.0.0.5:8786".
        options: for ``distributed.Client``, such as ``security=`` or ``timeout=`` in seconds.

    Raises:
        MissingExtraError: Dask is not installed.
        TargetError: no scheduler answers there.

    >>> with qb.dask_executor("tcp://10.0.0.5:8786") as executor:  # doctest: +SKIP
    ...     results = qb.run_sweep(op, sweep, qb.LocalSimulator(seed=1, executor=executor))
    """
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtraError("this needs distributed", advice='pip install "qsharp-bridge[dask]"') from None
    connect: Any = Client
    try:
        client = connect(address, set_as_default=False, **({"timeout": 10} | options))
    except (OSError, ValueError) as error:  # a timeout is an OSError too
        raise TargetError(
            f"no Dask scheduler at {address}: {' '.join(str(error).split())}",
            advice="start one with `dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`",
        ) from None
    return DaskExecutor(client)


class DaskExecutor(Executor):
    """A ``concurrent.futures.Executor`` over a ``distributed.Client``, which it closes at its end."""

    def __init__(self, client: Any) -> None:
        self._client = client
        # Not pure: without a seed, the same call gives other outcomes each time.
        self._inner = client.get_executor(pure=False)
        self._workers = 0
        self._asked = -_LOOK

    @property
    def workers(self) -> int:
        """How many tasks the cluster runs at a time now. It may grow and shrink."""
        if time.monotonic() - self._asked >= _LOOK:
            self._workers = sum(self._client.ncores().values())
            self._asked = time.monotonic()
        return self._workers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run ``fn(*args, **kwargs)`` on a worker. Both ways everything is pickled."""
        # ClientExecutor takes keywords such as "retries" for itself, so none of ours may reach it as such.
        future: Future[Any] = self._inner.submit(_call, fn, args, kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Disconnect. The cluster stays."""
        self._inner.shutdown(wait=wait and not cancel_futures)
        self._client.close()

    def __repr__(self) -> str:
        return f"<DaskExecutor of {self._client.scheduler.address}>" if self._client.scheduler else "<DaskExecutor>"


def _call(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    # In a thread of its own: Dask's profiler holds on to the frames of its task threads, and what is in them, pyqir's
    # objects too, may then be freed by the profiler's thread, which those complain about and leak.
    with ThreadPoolExecutor(1) as own:
        return own.submit(fn, *args, **kwargs).result()
