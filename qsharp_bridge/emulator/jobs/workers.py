"""The worker threads that run jobs, and their queue."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Workers:
    """Pool of daemon threads that call ``work`` with each item of a queue.

    ``ThreadPoolExecutor`` would keep a program alive at its end until the running jobs are done.
    """

    def __init__(self, work: Callable[[tuple[str, str]], None], count: int) -> None:
        self._work = work
        self._queue: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()
        self._pending = 0
        self.stopped = False
        self._idle = threading.Condition()
        self._threads = [
            threading.Thread(target=self._loop, name=f"emulator-worker-{i}", daemon=True) for i in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, item: tuple[str, str]) -> None:
        """Queue an item; it is run when a worker is free."""
        with self._idle:
            self._pending += 1
        self._queue.put(item)

    def wait_idle(self, timeout: float) -> bool:
        """Wait until nothing is queued or running; return False when that took longer than ``timeout`` seconds."""
        with self._idle:
            return self._idle.wait_for(lambda: self._pending == 0, timeout)

    def stop(self, timeout: float = 2.0) -> None:
        """End the threads: drop what is queued, and wait at most ``timeout`` seconds for what runs."""
        self.stopped = True
        while True:
            try:
                self._queue.get_nowait()
            except queue.Empty:
                break
        for _ in self._threads:
            self._queue.put(None)
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _loop(self) -> None:
        while (item := self._queue.get()) is not None:
            try:
                self._work(item)
            except Exception:
                _log.exception("a worker failed on job %s", item[1])
            finally:
                with self._idle:
                    self._pending -= 1
                    if not self._pending:
                        self._idle.notify_all()
