"""The wait for a run, and its orderly end on Ctrl-C, SIGTERM, a deadline or an error of a callback."""

from __future__ import annotations

import sys
from collections.abc import Callable

from qsharp_bridge._warnings import held_back
from qsharp_bridge.results.results import SweepResults

from .options import ResumeOptions, RunOptions
from .progress import is_terminal
from .run import SweepRun, begin, points_until, results_until
from .termination import Deadline, name_resume, termination_as_exit


def run_to_end(prepared: Callable[[Deadline], SweepRun], options: RunOptions | ResumeOptions) -> SweepResults:
    """Run a sweep to its end; on Ctrl-C, SIGTERM, the deadline or an error of a callback, stop it in order.

    Args:
        prepared: returns the run, not started yet, before the deadline that it is given.
        options: complete; ``on_point``, ``timeout`` and ``on_interrupt`` are used here.

    Raises:
        RunError: the run ended early, or the time is over.
        KeyboardInterrupt, SystemExit: after the stop; a resume continues the run.
    """
    deadline, on_point = Deadline(options["timeout"]), options["on_point"]
    run = prepared(deadline)
    with termination_as_exit():
        try:
            begin(run)  # inside the block, so that a Ctrl-C right after the start is handled
            if on_point is not None:
                for point in points_until(run, deadline):
                    on_point(point)
            return results_until(run, deadline)
        except (KeyboardInterrupt, SystemExit) as reason:
            cancel = False
            try:
                run.hold()  # also stops the progress bar, which would overwrite the question
                with held_back():
                    cancel = _wants_cancel(options["on_interrupt"], may_ask=isinstance(reason, KeyboardInterrupt))
            finally:  # also when SIGTERM comes during the question
                _say("stopping: nothing more is sent, and the session is closed")
                run.stop(cancel=cancel)
            name_resume(reason, run.journal)
            raise
        except BaseException:
            run.stop()
            raise


def _wants_cancel(on_interrupt: str, *, may_ask: bool) -> bool:
    """Return whether to cancel the jobs that have not ended; the user is asked after Ctrl-C in a terminal only."""
    if on_interrupt != "ask" or not (may_ask and is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        return on_interrupt == "cancel"
    try:
        sys.stderr.write("Nothing more is sent. Cancel the jobs that have not ended? [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return False


def _say(text: str) -> None:
    if is_terminal(sys.stderr):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
