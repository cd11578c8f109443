"""A sweep under way: ``start_sweep`` returns one, ``run_sweep`` waits for one."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from qsharp_bridge._warnings import from_here
from qsharp_bridge.errors import RunError
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.results.from_journal import job_results
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.results.results import SweepResults
from qsharp_bridge.runner.planning.prepared import Prepared
from qsharp_bridge.runner.planning.sweep_plan import SweepPlan

from .jobs import RunSettings
from .termination import Deadline, name_resume, termination_as_exit
from .thread import SweepThread

_LOOK = 1.0  # seconds; waits are cut into these, since some systems deliver Ctrl-C only between two waits


class SweepRun:
    """A sweep that is running. Made by :func:`start_sweep`.

    Keep a reference to it while the sweep shall run: without one the run is stopped in order, with all that was sent on
    record.

    :meth:`as_completed` yields points as they end, and :meth:`results` returns all of them. The end of its ``with``
    block waits for the end of the run; an exception in the block, also Ctrl-C and SIGTERM, stops the run and closes the
    session.

    Attributes:
        plan: the plan of the run.
        journal: the path of its journal, or ``":memory:"``.

    >>> import qsharp_bridge as qb
    >>> program = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
    >>> with qb.start_sweep(program.operation("Flip"), qb.Sweep.grid(n=[1, 2]), qb.LocalSimulator(), 10) as run:
    ...     results = run.results()
    >>> run.done, run.ended, results.states
    (True, 2, ['Succeeded', 'Succeeded'])
    """

    def __init__(
        self, prepared: Prepared, record: Journal, settings: RunSettings, *, retry_failed: bool = False
    ) -> None:
        self.plan: SweepPlan = prepared.plan
        self.journal = record.path
        self._thread = SweepThread(prepared, record, settings, retry_failed)
        self._signals = contextlib.ExitStack()
        self._near: Sequence[PointResult] = ()  # the points of the job that was read last
        weakref.finalize(self, self._thread.stop).atexit = False  # the thread does not refer to this

    # --- results

    @property
    def done(self) -> bool:
        """Whether the run has ended, well or not."""
        return not self._thread.alive

    @property
    def ended(self) -> int:
        """The number of points that have ended so far, well or not."""
        return len(self._thread.ended)

    def as_completed(self, timeout: float | None = None) -> Iterator[PointResult]:
        """Yield the points as they end; first those that a resumed journal had already.

        Args:
            timeout: seconds from now for all of them; None to wait for ever.

        Raises:
            RunError: the run ended early; or the time is over, and the run continues.
        """
        yield from points_until(self, Deadline(timeout))

    def results(self, timeout: float | None = None) -> SweepResults:
        """Return all results, when the run has ended. After :meth:`stop` points without a result have another state.

        Args:
            timeout: seconds; None to wait for ever.

        Raises:
            RunError: the run ended early; or the time is over, and the run continues.
        """
        return results_until(self, Deadline(timeout))

    def __await__(self) -> Any:
        """Wait for :meth:`results` (``await run``), without blocking the event loop."""
        return self._wait_async().__await__()

    async def __aiter__(self) -> AsyncIterator[PointResult]:
        """Iterate over :meth:`as_completed` (``async for point in run``), without blocking the event loop."""
        points = self.as_completed()
        while (point := await asyncio.to_thread(next, points, None)) is not None:
            yield point

    async def _wait_async(self) -> SweepResults:
        try:
            await alongside(self._join)
        except asyncio.CancelledError:
            await alongside(self.stop)
            raise
        return self.results()

    # --- an early end

    def hold(self) -> None:
        """Send nothing more; jobs that were sent are still awaited. Call :meth:`stop` next. A local run ends at once.

        >>> source = "operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }"
        >>> op = qb.Program.from_source(source).operation("Flip")
        >>> with qb.start_sweep(op, qb.Sweep.grid(n=[1, 2]), qb.LocalSimulator(), 10) as run:
        ...     run.hold()
        ...     run.stop()
        >>> set(run.results().states) <= {"Succeeded", "planned"}
        True
        """
        self._thread.hold()

    def stop(self, *, cancel: bool = False) -> None:
        """End the run now: send nothing more, close the session, and return when everything is in the journal.

        Args:
            cancel: whether to cancel the jobs that have not ended; else they run on, and a resume fetches their
                results.
        """
        self._thread.stop(cancel=cancel)
        self._join()

    def cancel(self) -> None:
        """Stop, and cancel the jobs that have not ended."""
        self.stop(cancel=True)

    def __enter__(self) -> Self:
        self._signals.enter_context(termination_as_exit())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._signals:
            if kind is not None:
                self.stop()
                if isinstance(error, KeyboardInterrupt | SystemExit):
                    name_resume(error, self.journal)
            self._join()

    def __repr__(self) -> str:
        state = "ended" if self.done else "running"
        far = f"{self.ended} of {self.plan.points}"
        return f"<SweepRun of {self.plan.operation} on {self.plan.target}: {far}, {state}>"

    # --- internal

    def _ended_point(self, index: int) -> PointResult:
        """Return the result of a point during the run. The points of one job are read together."""
        place = index - self._near[0].index if self._near else -1
        if not 0 <= place < len(self._near):
            self._near = job_results(self._thread.record, self._thread.prepared.points, index)
            place = index - self._near[0].index
        return self._near[place]

    def _pause(self, deadline: Deadline) -> bool:
        """Wait a little for a change; return whether there is time left."""
        left = min(_LOOK, _LOOK if deadline.left is None else deadline.left)
        if left <= 0:
            return False
        self._thread.changed.wait(left)
        return True

    def _raise_if_failed(self, deadline: Deadline) -> None:
        if not self._thread.over:
            raise late(self, deadline)
        if self._thread.error is not None:
            raise self._thread.error

    def _join(self) -> None:
        while not self._thread.join(_LOOK):
            pass


def begin(run: SweepRun) -> SweepRun:
    """Start a run that was only prepared, and return it."""
    try:
        run._thread.begin()
        run._thread.stop_when_interrupted()
    except BaseException:  # a Ctrl-C after the start of the thread, before the caller has the run
        run.stop()
        raise
    return run


async def alongside(action: Callable[[], object]) -> None:
    """Run ``action`` in a thread of its own, and wait for it.

    It runs to its end also when the wait is cancelled, and when all threads of the event loop are busy.
    """
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def act() -> None:
        try:
            action()
        finally:
            with contextlib.suppress(RuntimeError):  # the event loop may be closed by now
                loop.call_soon_threadsafe(over.set)

    context = contextvars.copy_context()
    threading.Thread(target=from_here(context.run), args=[act], name="qsharp-bridge-await").start()
    await over.wait()


def points_until(run: SweepRun, deadline: Deadline) -> Iterator[PointResult]:
    """Yield the points of a run as they end, as :meth:`SweepRun.as_completed` does."""
    thread, place = run._thread, 0
    while True:
        with thread.changed:
            while place == len(thread.ended) and not thread.over and run._pause(deadline):
                pass
            if place == len(thread.ended):
                break
            index = thread.ended[place]
            found = thread.results[index] if thread.results is not None else run._ended_point(index)
        place += 1
        yield found
    run._raise_if_failed(deadline)


def results_until(run: SweepRun, deadline: Deadline) -> SweepResults:
    """Return the results of a run, as :meth:`SweepRun.results` does."""
    with run._thread.changed:
        while not run._thread.over and run._pause(deadline):
            pass
    run._raise_if_failed(deadline)
    assert run._thread.results is not None
    return run._thread.results


def late(run: SweepRun, deadline: Deadline) -> RunError:
    """Return the error of a wait for a run that reached its time limit."""
    return RunError(
        f"{run.ended} of {run.plan.points} points have ended after {deadline.timeout:g} s",
        advice="wait longer, or stop the run and resume it later",
    )
