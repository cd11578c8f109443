"""Threads that send requests, and the queue of what came of them: so that one thread alone decides."""

from __future__ import annotations

import queue
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any


class RequestPool:
    """Sends requests side by side; what has come back is taken by :meth:`finished`.

    Args:
        threads: how many requests at a time.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="qsharp-bridge-run")
        self._events: queue.SimpleQueue[Future[Any] | None] = queue.SimpleQueue()  # None: only look up

    def start(self, action: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Do it in a thread; its future comes out of :meth:`finished` when it is done."""
        future = self._pool.submit(action, *arguments)
        future.add_done_callback(self._events.put)
        return future

    def map(self, action: Callable[..., Any], arguments: Collection[Any]) -> list[Any]:
        """What ``action`` gives for each, done side by side; waits for all. Nothing comes out of :meth:`finished`."""
        return list(self._pool.map(action, arguments))

    def finished(self, pause: float | None) -> list[Future[Any]]:
        """What has come back; waits ``pause`` seconds at most for something, None: until something comes."""
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
        """Let whoever waits in :meth:`finished` look up."""
        self._events.put(None)

    def settle(self, futures: Collection[Future[Any]], timeout: float) -> list[Future[Any]]:
        """Call off what has not begun, wait for the rest; those that came to an end."""
        for future in futures:
            future.cancel()
        wait(futures, timeout=timeout)
        return [future for future in futures if future.done() and not future.cancelled()]

    def close(self) -> None:
        """Wait for the requests under way, and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
