"""The workers that simulate: those of an executor, or processes of our own that are replaced when they die."""

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

_FEWEST_AHEAD = 64  # chunks under way, where the number of workers is unknown
_AHEAD = 3  # for each worker: one that works, and some that wait, so that it never does
_MOST_DEATHS = 3  # in a row, without a chunk done between them


class ProcessPool:
    """The workers of a run. A context manager; an executor that was given is left open.

    Args:
        executor: any ``concurrent.futures.Executor``, or a number of processes to start.

    Attributes:
        broken: whether the executor takes nothing more: its processes died.
    """

    def __init__(self, executor: Executor | int) -> None:
        self._count = executor if isinstance(executor, int) else 0
        self._executor: Executor | None = self._processes() if isinstance(executor, int) else executor
        self._deaths = 0
        self.broken = False

    @property
    def workers(self) -> int:
        """About how many chunks are simulated at a time."""
        if self._executor is None:
            return 1
        return self._count or workers_of(self._executor)

    @property
    def window(self) -> int:
        """How many chunks may be under way."""
        if self._executor is None:
            return 1
        ahead = _AHEAD * self.workers
        return ahead if self._count else max(_FEWEST_AHEAD, ahead)

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Submit ``work``. The future has every error, also that nothing can be submitted any more."""
        if self._executor is not None:
            return submit(self._executor, work, *arguments)
        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def lost(self, error: BaseException) -> bool:
        """Return whether the error means that the workers died, and not that the work was wrong."""
        if isinstance(error, BrokenExecutor):
            self.broken = True
        return isinstance(error, BrokenExecutor)

    def worked(self) -> None:
        """Note that a chunk was done, so that the next death is the first again."""
        self._deaths = 0

    def replace(self) -> None:
        """Replace workers that died: by new processes, or by this process in the place of an executor that was given.

        Raises:
            RunError: that does not help.
        """
        self._deaths += 1
        if self._deaths == _MOST_DEATHS:
            raise RunError(
                f"worker processes died {_MOST_DEATHS} times, and nothing was done between",
                advice="they may lack memory: use fewer, or none; a script that starts processes needs "
                'its work under `if __name__ == "__main__":`',
            )
        if self._count:
            if self._executor is not None:
                self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = self._processes()
        else:
            warn(
                "a worker of the executor died, and with it the executor: the rest is simulated in this process; "
                "LocalSimulator(executor=NUMBER) starts processes that are replaced",
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
        # Not forked: this process has threads, and a library's locks held by one would stay locked for ever.
        threads = max(1, (os.cpu_count() or 1) // self._count)
        return ProcessPoolExecutor(
            self._count, mp_context=get_context("spawn"), initializer=_begin, initargs=(threads,)
        )


def _begin(threads: int) -> None:
    """Set up a new process.

    Ctrl-C goes to all processes of a terminal: it is for the one that runs the sweep, which ends these in order.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # qulacs, not loaded yet, else takes all cores
    threading.Thread(target=_end_with_parent, name="qsharp-bridge-parent", daemon=True).start()


def _end_with_parent() -> None:
    """End with the parent: a pool's processes outlive one that is killed, waiting for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
