"""A pool of threads that send requests, with a queue of the results for the one thread that decides.

It is not a ``ThreadPoolExecutor``, which takes no more work once the main thread has ended: a script that starts a
sweep and reaches its last line would silently leave the rest unsent. And the interpreter waits at its end for the
threads of an executor, even if a request is never answered; these threads are daemons, and the sweep keeps the process
alive.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, wait
from typing import Any

from qsharp_bridge._warnings import from_here


class RequestPool:
    """A pool of threads that send requests, used by one thread, which takes the results from :meth:`finished`.

    Args:
        threads: the number of requests at a time.

    >>> pool = RequestPool(2)
    >>> future = pool.start(len, "request")
    >>> pool.finished(None) == [future], future.result()
    (True, 7)
    >>> pool.close()
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._workers: list[threading.Thread] = []
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()  # None ends one worker
        self._events: queue.SimpleQueue[Future[Any] | None] = queue.SimpleQueue()  # None only wakes the reader

    def start(self, action: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Start an action in a thread; :meth:`finished` returns its future when it is done."""
        future: Future[Any] = Future()
        future.add_done_callback(self._events.put)
        self._enqueue(_Task(future, action, arguments))
        return future

    def map(self, action: Callable[..., Any], arguments: Iterable[Any]) -> list[Any]:
        """Return the results of ``action`` for all arguments, run concurrently; :meth:`finished` has none of them."""
        tasks = [_Task(Future(), action, (argument,)) for argument in arguments]
        for task in tasks:
            self._enqueue(task)
        return [task.future.result() for task in tasks]

    def finished(self, pause: float | None) -> list[Future[Any]]:
        """Return the futures that are done, after waiting up to ``pause`` seconds for one (None: without a limit)."""
        events: list[Future[Any]] = []
        try:
            event = self._events.get(timeout=pause)
            while True:
                if event is not None:
                    events.append(event)
                event = self._events.get_nowait()
        except queue.Empty:
            return events

    def wake(self) -> None:
        """Wake the thread that waits in :meth:`finished`. May be called from any thread."""
        self._events.put(None)

    def settle(self, futures: Collection[Future[Any]], timeout: float) -> list[Future[Any]]:
        """Cancel what has not begun, wait ``timeout`` seconds for the rest, and return the futures that are done."""
        for future in futures:
            future.cancel()
        wait(futures, timeout=timeout)
        return [future for future in futures if future.done() and not future.cancelled()]

    def close(self, timeout: float = 1.0) -> None:
        """Cancel what has not begun, and end the threads after waiting up to ``timeout`` seconds for their requests.

        A thread that is still busy ends after its request, whose result is dropped.
        """
        try:
            while (task := self._tasks.get_nowait()) is not None:
                task.future.cancel()
        except queue.Empty:
            pass
        for _ in self._workers:
            self._tasks.put(None)
        until = time.monotonic() + timeout
        for worker in self._workers:
            worker.join(max(0.0, until - time.monotonic()))
        self._workers.clear()

    def _enqueue(self, task: _Task) -> None:
        self._tasks.put(task)
        if len(self._workers) < self.threads:
            name = f"qsharp-bridge-run-{len(self._workers)}"
            worker = threading.Thread(target=from_here(self._work), name=name, daemon=True)
            self._workers.append(worker)
            worker.start()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task.run()
            del task  # or its result stays in memory until the next task


class _Task:
    def __init__(self, future: Future[Any], action: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.future, self._action, self._arguments = future, action, arguments

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self._action(*self._arguments))
        except BaseException as error:  # future.result() raises it
            self.future.set_exception(error)
