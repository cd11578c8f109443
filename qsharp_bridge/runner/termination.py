"""The two early ends of a call: SIGTERM, as an exception so that sessions and files are closed, and a deadline."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

from qsharp_bridge.errors import RunError

from .option_checks import amount


@contextlib.contextmanager
def termination_as_exit() -> Iterator[None]:
    """Raise SystemExit on SIGTERM inside the block, so that sessions and files are closed. A user's handler is kept."""
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


says_how_to_resume: ContextVar[bool] = ContextVar("says_how_to_resume", default=False)
"""Whether the caller prints how to resume, as the command line does with a command of its own."""


def name_resume(reason: BaseException, journal: str) -> None:
    """Add a note on how to resume to an exception that ends a run.

    Python shows no notes of a SystemExit, so the note is printed then.
    """
    if journal == ":memory:":
        return
    how = f"resume_sweep({journal!r}, target) continues the run"
    reason.add_note(how)
    if isinstance(reason, SystemExit) and not says_how_to_resume.get() and sys.stderr is not None:
        print(how, file=sys.stderr, flush=True)


class Deadline:
    """The end of the time that a call may take.

    Args:
        timeout: seconds from now; None for no end.

    Attributes:
        timeout: as given; ``at``: the end by the monotonic clock, or None.

    Raises:
        SweepError: ``timeout`` is no number.
    """

    def __init__(self, timeout: float | None = None) -> None:
        self.timeout = amount("timeout", timeout)
        self.at = None if timeout is None else time.monotonic() + timeout

    @property
    def left(self) -> float | None:
        """Seconds until the end; None for no end."""
        return None if self.at is None else self.at - time.monotonic()

    def check(self) -> None:
        """Check that there is time left to prepare a run.

        Raises:
            RunError: the time is over.
        """
        if self.at is not None and time.monotonic() >= self.at:
            raise RunError(
                f"the points were not all compiled and checked after {self.timeout:g} s, so nothing was sent",
                advice="allow more time, or run fewer points",
            )
