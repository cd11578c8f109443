"""The state of one run of a job that the service and the thread that waits for its outcome share."""

from __future__ import annotations

import threading
from collections.abc import Callable


class JobRun:
    """Run of a job: whether the job was cancelled, and how many processes died of it.

    ``cancel`` neither waits nor raises; the thread that waits for the simulation ends it.

    Attributes:
        cancelled: whether the job was cancelled.
        wake: set when the job is cancelled, when its simulation ends and when the service stops.
        deaths: the number of processes that died of the job.

    Args:
        on_death: called with ``deaths`` each time that it has grown.
    """

    def __init__(self, on_death: Callable[[int], None] = lambda deaths: None) -> None:
        self.cancelled = False
        self.wake = threading.Event()
        self.deaths = 0
        self._on_death = on_death
        self._on_cancel: Callable[[], None] | None = None

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Have ``callback``, which must be quick, called when the job is cancelled, or now if it already is."""
        self._on_cancel = callback
        if self.cancelled:
            callback()

    def count_death(self) -> None:
        """Count a process that died of the job."""
        self.deaths += 1
        self._on_death(self.deaths)

    def cancel(self) -> None:
        """Cancel the job."""
        self.cancelled = True
        self.wake.set()
        if self._on_cancel is not None:
            self._on_cancel()
