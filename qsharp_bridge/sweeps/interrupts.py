"""Waiting for a run, and ending it in order whatever ends the waiting: Ctrl-C, SIGTERM, a deadline, a callback."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

from ..errors import SweepError
from .point_result import PointResult
from .results import SweepResults
from .sweep_run import SweepRun, deadline


def see_through(
    run: SweepRun,
    *,
    on_point: Callable[[PointResult], None] | None = None,
    timeout: float | None = None,
    on_interrupt: str = "ask",
) -> SweepResults:
    """Wait for a run, and stop it in order whatever ends the waiting: Ctrl-C, SIGTERM, the deadline, a callback.

    Raises:
        RunError: what ended the run early, or the deadline.
        KeyboardInterrupt, SystemExit: as they came; a resume goes on.
    """
    with termination_as_exit():
        try:
            if on_point is not None:
                until = deadline(timeout)
                for point in run.as_completed(timeout):
                    on_point(point)
                timeout = None if until is None else until - time.monotonic()
            return run.results(timeout)
        except (KeyboardInterrupt, SystemExit):
            run.hold()
            run.stop(cancel=_wants_cancel(run, on_interrupt))
            raise
        except BaseException:
            run.stop()
            raise


def check_on_interrupt(word: str) -> str:
    """The word, if it is one of those known.

    Raises:
        SweepError: it is not.
    """
    if word not in ("ask", "leave", "cancel"):
        raise SweepError(f"on_interrupt is {word!r}", advice='use "ask", "leave" or "cancel"')
    return word


@contextlib.contextmanager
def termination_as_exit() -> Iterator[None]:
    """Inside the block SIGTERM raises SystemExit, so that what is open gets closed. A handler of the user's stays."""
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


def _wants_cancel(run: SweepRun, on_interrupt: str) -> bool:
    if on_interrupt != "ask" or not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return on_interrupt == "cancel"
    try:
        sys.stderr.write("\nNothing more is sent. Cancel the jobs that have not ended? [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    except KeyboardInterrupt:
        return False
