"""Waiting for a run, and ending it in order whatever ends the waiting: Ctrl-C, SIGTERM, a deadline, a callback."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from qsharp_bridge.errors import SweepError
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.results.results import SweepResults

from .progress import is_terminal
from .run import SweepRun, deadline
from .termination import termination_as_exit


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
            cancel = False
            try:
                run.hold()
                cancel = _wants_cancel(on_interrupt)
            finally:  # SIGTERM, too, may come while the question stands
                run.stop(cancel=cancel)
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


def _wants_cancel(on_interrupt: str) -> bool:
    if on_interrupt != "ask" or not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        return on_interrupt == "cancel"
    try:
        sys.stderr.write("\nNothing more is sent. Cancel the jobs that have not ended? [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    except KeyboardInterrupt:
        return False
