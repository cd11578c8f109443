"""Waiting for a run, and ending it in order whatever ends the waiting: Ctrl-C, SIGTERM, a deadline, a callback."""

from __future__ import annotations

import sys
from collections.abc import Callable

from qsharp_bridge._warnings import held_back
from qsharp_bridge.results.results import SweepResults

from .options import ResumeOptions, RunOptions
from .progress import is_terminal
from .run import SweepRun, begin
from .termination import Deadline, name_resume, termination_as_exit


def run_to_end(prepared: Callable[[Deadline], SweepRun], options: RunOptions | ResumeOptions) -> SweepResults:
    """Run to the end, and stop in order whatever ends the waiting: Ctrl-C, SIGTERM, the deadline, a callback.

    Args:
        prepared: makes the run, which has not begun, in the time that it is given.
        options: complete; ``on_point``, ``timeout`` and ``on_interrupt`` are used here.

    Raises:
        RunError: what ended the run early, or the deadline.
        KeyboardInterrupt, SystemExit: as they came; a resume goes on.
    """
    deadline, on_point = Deadline(options["timeout"]), options["on_point"]
    run = prepared(deadline)
    with termination_as_exit():
        try:
            begin(run)  # inside: nothing may come between the start and the handling of Ctrl-C
            if on_point is not None:
                for point in run._completed(deadline):
                    on_point(point)
            return run._results(deadline)
        except (KeyboardInterrupt, SystemExit) as reason:
            cancel = False
            try:
                run.hold()  # also the progress: the question must not be overwritten
                with held_back():
                    cancel = _wants_cancel(options["on_interrupt"], may_ask=isinstance(reason, KeyboardInterrupt))
            finally:  # SIGTERM may come while the question waits for its answer
                _say("stopping: nothing more is sent, and the session is closed")
                run.stop(cancel=cancel)
            name_resume(reason, run.journal)
            raise
        except BaseException:
            run.stop()
            raise


def _wants_cancel(on_interrupt: str, *, may_ask: bool) -> bool:
    """Return whether to cancel the jobs that have not ended; ask only after Ctrl-C, and only in a terminal."""
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
