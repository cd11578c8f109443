"""The thread of a sweep: it alone makes decisions and writes the journal.

Python delivers Ctrl-C to the main thread, so it never interrupts a decision: the main thread asks this one to stop, and
the run ends in order.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import weakref
from dataclasses import replace

from qsharp_bridge._garbage import collect_contexts
from qsharp_bridge._warnings import from_here
from qsharp_bridge.journal.job_rows import JobRow, by_points
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.results.from_journal import results_of
from qsharp_bridge.results.results import SweepResults
from qsharp_bridge.runner.planning.prepared import Prepared, SweepSource
from qsharp_bridge.states import JobState
from qsharp_bridge.sweeps.shots import shots_of_points

from .jobs import JobRunner, RunSettings, StoppedError
from .progress import close_listener
from .runners import runner_for


class SweepThread:
    """The thread of one prepared sweep.

    Args:
        prepared, record, settings: of the run.
        retry_failed: whether to send failed jobs again.

    Attributes:
        changed: held while the other attributes change, and notified then.
        ended: the indices of the points that have ended, in the order of their ends.
        results: of all points, when the run is over; ``error``: the exception that ended it early.
    """

    def __init__(self, prepared: Prepared, record: Journal, settings: RunSettings, retry_failed: bool) -> None:
        self.prepared, self.record = prepared, record
        self.changed = threading.Condition()
        self.ended: list[int] = []
        self.results: SweepResults | None = None
        self.error: BaseException | None = None
        self._settings = replace(settings, on_ended=self._note_end)
        self._retry_failed = retry_failed
        self._missing: dict[int, set[int]] = {}  # by first point: the jobs that split its shots and have not ended
        if not prepared.batched and len(set(prepared.places)) < len(prepared.places):
            number = 0
            for group in by_points(prepared.jobs):
                self._missing[group[0].first] = set(range(number, number + len(group)))
                number += len(group)
        self._stop = self._held = self._cancel = False
        self._runner: JobRunner | None = None
        self._thread = threading.Thread(target=from_here(self._run), name="qsharp-bridge-sweep")

    @property
    def over(self) -> bool:
        """Whether the run has results, or an error that ended it early."""
        return self.results is not None or self.error is not None

    @property
    def alive(self) -> bool:
        """Whether the run is under way, or has not begun."""
        return self._thread.ident is None or self._thread.is_alive()

    def begin(self) -> None:
        """Start the thread."""
        collect_contexts()
        self._thread.start()

    def hold(self) -> None:
        """Send nothing more, and stop the progress bar."""
        self._held = True
        close_listener(self._settings.listener)
        if self._runner is not None:
            self._runner.hold()

    def stop(self, *, cancel: bool = False) -> None:
        """End the run as soon as possible, without waiting for it; a run that has not begun is never started."""
        self._cancel = self._cancel or cancel
        self._stop = True
        if self._runner is not None:
            self._runner.stop(cancel=self._cancel)

    def join(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds for the end; return whether the run has ended."""
        if self._thread.ident is None:
            self.record.close()
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def stop_when_interrupted(self) -> None:
        """Stop when the main thread has ended by a Ctrl-C that was not handled: Python waits for this thread then."""
        _stop_after_main_thread(self)

    # --- in the thread

    def _run(self) -> None:
        error: BaseException | None = None
        results: SweepResults | None = None
        try:
            with contextlib.suppress(StoppedError):
                self._run_jobs()
            results = results_of(self.record, self.prepared.points, SweepResults)
        except BaseException as problem:  # raised again in the thread that waits
            error = problem
        finally:
            close_listener(self._settings.listener)
            with self.changed:
                self.results, self.error = results, error
                if error is not None:
                    # The points that had ended before are still available.
                    with contextlib.suppress(Exception):
                        self.results = results_of(self.record, self.prepared.points, SweepResults)
                self.record.close()
                self.changed.notify_all()
        if error is not None and not threading.main_thread().is_alive():
            # The script has ended without asking for the results: nothing else will report the error.
            print(f"the sweep of {self.prepared.plan.operation} ended early: {error}", file=sys.stderr)

    def _run_jobs(self) -> None:
        if not self.record.new:
            rows = self.record.jobs()
            if not self._unsettled(rows):
                self._note_ended(rows)
                return
        with runner_for(self.prepared.backend, self.record, SweepSource(self.prepared), self._settings) as runner:
            self._runner = runner
            if self._held:  # hold() was called before the runner existed
                runner.hold()
            if self._stop:
                runner.stop(cancel=self._cancel)
            runner.settle(retry_failed=self._retry_failed)
            if not self.record.new:
                self._note_ended(self.record.jobs())
            runner.run_jobs(close_when_sent=True)

    def _unsettled(self, rows: list[JobRow]) -> bool:
        """Return whether there are jobs to run, or to ask the service about."""
        if any(not row.ended or row.state == JobState.GONE for row in rows):
            return True
        if self._retry_failed and any(row.state != JobState.SUCCEEDED for row in rows):
            return True
        shots = shots_of_points(self.prepared.plan.shots, self.prepared.plan.points)
        return any(
            row.state == JobState.UNREADABLE or (self._retry_failed and row.shots != shots[row.index])
            for row in results_of(self.record, self.prepared.points, SweepResults)
        )

    def _note_ended(self, rows: list[JobRow]) -> None:
        with self.changed:
            for row in rows:
                if row.ended:
                    self._add_end(row)
            self.changed.notify_all()

    def _note_end(self, row: JobRow) -> None:
        with self.changed:
            self._add_end(row)
            self.changed.notify_all()

    def _add_end(self, row: JobRow) -> None:
        """Add the points of a job that has ended, unless other jobs still run some of their shots."""
        missing = self._missing.get(row.first, set())
        missing.discard(row.number)
        if not missing:
            self.ended.extend(row.points)


_watched: weakref.WeakSet[SweepThread] = weakref.WeakSet()
_watching = threading.Lock()
_watcher: threading.Thread | None = None


def _stop_after_main_thread(run: SweepThread) -> None:
    """Stop this run when a Ctrl-C has ended the main thread; one thread watches for all runs."""
    global _watcher
    with _watching:
        _watched.add(run)
        if _watcher is None or not _watcher.is_alive():  # the second in a forked child
            _watcher = threading.Thread(target=_watch_main_thread, name="qsharp-bridge-main", daemon=True)
            _watcher.start()


def _watch_main_thread() -> None:
    threading.main_thread().join()
    if issubclass(getattr(sys, "last_type", None) or type(None), KeyboardInterrupt):
        with _watching:
            runs = list(_watched)
        for run in runs:
            run.stop()
