"""A pool of workers that simulate: those of an executor, or processes that are replaced when they die."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import Any, Self

from qsharp_bridge._warnings import warn
from qsharp_bridge.errors import RunError

from .executors import submit, workers_of

_FEWEST_AHEAD = 64  # submitted chunks, if the number of workers is unknown
_AHEAD = 3  # submitted chunks for each worker: one that runs, and two that wait so that it is never idle
_MOST_DEATHS = 3  # in a row, without a finished chunk in between


class ProcessPool:
    """Workers of a run, as a context manager. A given executor is left open.

    Args:
        executor: any ``concurrent.futures.Executor``, or a number of processes to start.

    Attributes:
        broken: whether the processes of the executor died, so that it takes no more work.
    """

    def __init__(self, executor: Executor | int) -> None:
        self._count = executor if isinstance(executor, int) else 0
        self._executor: Executor | None = self._processes() if isinstance(executor, int) else executor
        self._deaths = 0
        self.broken = False

    @property
    def workers(self) -> int:
        """About the number of chunks that are simulated at a time."""
        if self._executor is None:
            return 1
        return self._count or workers_of(self._executor)

    @property
    def window(self) -> int:
        """The number of chunks that may be submitted at a time."""
        if self._executor is None:
            return 1
        ahead = _AHEAD * self.workers
        return ahead if self._count else max(_FEWEST_AHEAD, ahead)

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Submit ``work``. The future has every error, also one of submitting."""
        if self._executor is not None:
            return submit(self._executor, work, *arguments)
        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def lost(self, error: BaseException) -> bool:
        """Return whether an error means that the workers died; other errors come from the work."""
        if isinstance(error, BrokenExecutor):
            self.broken = True
        return isinstance(error, BrokenExecutor)

    def worked(self) -> None:
        """Record that a chunk was finished, and count deaths from zero again."""
        self._deaths = 0

    def replace(self) -> None:
        """Replace workers that died: by new processes, or a given executor by this process.

        Raises:
            RunError: they died several times without finishing a chunk.
        """
        self._deaths += 1
        if self._deaths == _MOST_DEATHS:
            raise RunError(
                f"worker processes died {_MOST_DEATHS} times without finishing anything",
                advice="they may lack memory: use fewer, or none; a script that starts processes needs "
                'its work under `if __name__ == "__main__":`',
            )
        if self._count:
            if self._executor is not None:
                self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = self._processes()
        else:
            warn(
                "a worker of the executor died, and the executor takes no more work: the rest is simulated in this "
                "process; LocalSimulator(executor=NUMBER) starts processes that are replaced",
                RuntimeWarning,
            )
            self._executor = None
        self.broken = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._count and self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def _processes(self) -> Executor:
        # Not forked: this process has threads, and a lock that one of them holds would stay locked in the child.
        threads = max(1, (os.cpu_count() or 1) // self._count)
        return ProcessPoolExecutor(
            self._count, mp_context=get_context("spawn"), initializer=_begin, initargs=(threads,)
        )


def _begin(threads: int) -> None:
    """Set up a worker process.

    Ctrl-C goes to all processes of a terminal. Workers ignore it: the process of the sweep ends them.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # or qulacs, which is loaded later, uses all cores
    threading.Thread(target=_end_with_parent, name="qsharp-bridge-parent", daemon=True).start()


def _end_with_parent() -> None:
    """End this process with its parent; without this, workers of a killed parent wait for work without end."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
