"""Threads that send requests, and the queue of their results: so that one thread alone decides.

Not a ``ThreadPoolExecutor``: executors take nothing more once the main thread has ended, and a script that starts a
sweep and comes to its last line would silently leave the rest unsent. And the interpreter waits for their threads at
its end, also for one whose request is never answered; these are daemons, and their user keeps the process alive.
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
    """A pool of threads that send requests. Used by one thread, which takes what has come back by :meth:`finished`.

    Args:
        threads: how many requests at a time.

    >>> pool = RequestPool(2)
    >>> future = pool.start(len, "request")
    >>> pool.finished(None) == [future], future.result()
    (True, 7)
    >>> pool.close()
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._workers: list[threading.Thread] = []
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()  # None: one worker ends
        self._events: queue.SimpleQueue[Future[Any] | None] = queue.SimpleQueue()  # None: only look up

    def start(self, action: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Start an action in a thread; its future comes out of :meth:`finished` when it is done."""
        future: Future[Any] = Future()
        future.add_done_callback(self._events.put)
        self._hand_over(_Task(future, action, arguments))
        return future

    def map(self, action: Callable[..., Any], arguments: Iterable[Any]) -> list[Any]:
        """Return the results of ``action`` for each argument, done side by side; none comes out of :meth:`finished`."""
        tasks = [_Task(Future(), action, (argument,)) for argument in arguments]
        for task in tasks:
            self._hand_over(task)
        return [task.future.result() for task in tasks]

    def finished(self, pause: float | None) -> list[Future[Any]]:
        """Return what has come back; wait for something ``pause`` seconds at most, or until something comes."""
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
        """Cancel what has not begun, wait ``timeout`` seconds for the rest, and return what came to an end."""
        for future in futures:
            future.cancel()
        wait(futures, timeout=timeout)
        return [future for future in futures if future.done() and not future.cancelled()]

    def close(self, timeout: float = 1.0) -> None:
        """Cancel what has not begun, and end the threads; wait ``timeout`` seconds for the requests under way.

        A thread that is still busy then ends after its request, and its result is dropped.
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

    def _hand_over(self, task: _Task) -> None:
        self._tasks.put(task)
        if len(self._workers) < self.threads:
            name = f"qsharp-bridge-run-{len(self._workers)}"
            worker = threading.Thread(target=from_here(self._work), name=name, daemon=True)
            self._workers.append(worker)
            worker.start()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task.do()
            del task  # or its answer lives until the next one


class _Task:
    def __init__(self, future: Future[Any], action: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.future, self._action, self._arguments = future, action, arguments

    def do(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self._action(*self._arguments))
        except BaseException as error:  # raised by the future's result()
            self.future.set_exception(error)
