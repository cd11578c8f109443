"""A sweep under way: ``start_sweep`` gives one, ``run_sweep`` waits for one.

The run has a thread of its own, which decides and writes the journal. So a Ctrl-C, which Python delivers to the main
thread, never falls into the middle of a decision: whoever waits tells the run to stop, and the run ends in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from qsharp_bridge._garbage import collect_contexts
from qsharp_bridge.errors import RunError
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.results.from_journal import point_result, results_of
from qsharp_bridge.results.results import PointResult, SweepResults

from .local.simulate import run_locally
from .options import Limits, Stopped, check_amount
from .plan import Prepared, SweepPlan
from .progress import ProgressListener
from .service.job import job_of_point
from .termination import termination_as_exit

if TYPE_CHECKING:
    from .service.loop import Running

_LOOK = 1.0  # seconds; waits are cut into these, since some systems deliver Ctrl-C only between two waits


class SweepRun:
    """A sweep that is running. Made by :func:`start_sweep`.

    Points come out of :meth:`as_completed` as they end, and all together out of :meth:`results`. Leaving its ``with``
    block waits for the end, or stops the run when the block is left by an exception, also by Ctrl-C and SIGTERM; the
    session is closed then.

    Attributes:
        plan: what is being run.
        journal: the path of its journal, or ``":memory:"``.

    >>> import qsharp_bridge as qb
    >>> program = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
    >>> with qb.start_sweep(program.operation("Flip"), qb.Sweep.grid(n=[1, 2]), qb.LocalSimulator(), 10) as run:
    ...     results = run.results()
    >>> run.done, run.ended, results.states
    (True, 2, ['Succeeded', 'Succeeded'])
    """

    def __init__(
        self,
        prepared: Prepared,
        record: Journal,
        listener: ProgressListener,
        *,
        limits: Limits | None = None,
        link_sessions: bool = True,
    ) -> None:
        self.plan: SweepPlan = prepared.plan
        self.journal = record.path
        self._prepared, self._record, self._listener = prepared, record, listener
        self._limits, self._link = limits or Limits(), link_sessions
        self._news = threading.Condition()
        self._ended: list[int] = [row.point for row in record.jobs() if row.ended]
        self._results: SweepResults | None = None
        self._error: BaseException | None = None
        self._stop = self._held = self._cancel = False
        self._running: Running | None = None
        self._signals = contextlib.ExitStack()
        collect_contexts()
        self._thread = threading.Thread(target=self._run, name="qsharp-bridge-sweep")
        self._thread.start()

    # --- what came of it

    @property
    def done(self) -> bool:
        """Whether the run has ended, well or not."""
        return not self._thread.is_alive()

    @property
    def ended(self) -> int:
        """How many points have ended so far, well or not."""
        return len(self._ended)

    def as_completed(self, timeout: float | None = None) -> Iterator[PointResult]:
        """The points as they end; first those that a resumed journal had already.

        Args:
            timeout: seconds from now for all of them; None to wait for ever.

        Raises:
            RunError: what ended the run early, after all that came before it; or the time is over, and the run goes on.
        """
        until = deadline(timeout)
        place = 0
        while True:
            with self._news:
                while place == len(self._ended) and not self._over and self._pause(until):
                    pass
                if place == len(self._ended):
                    break
                index = self._ended[place]
                found = self._results[index] if self._results is not None else None
                if found is None:
                    found = point_result(self._record, self._prepared.sweep, index)
            place += 1
            yield found
        self._raise_if_failed(timeout)

    def results(self, timeout: float | None = None) -> SweepResults:
        """All results, when the run has ended. After :meth:`stop`, the points that have none say so in their state.

        Args:
            timeout: seconds; None to wait for ever.

        Raises:
            RunError: what ended the run early; or the time is over, and the run goes on.
        """
        until = deadline(timeout)
        with self._news:
            while not self._over and self._pause(until):
                pass
        self._raise_if_failed(timeout)
        assert self._results is not None
        return self._results

    def __await__(self) -> Any:
        """``await run``: :meth:`results`, without blocking the event loop."""
        return self._wait_async().__await__()

    async def __aiter__(self) -> AsyncIterator[PointResult]:
        """``async for point in run``: :meth:`as_completed`, without blocking the event loop."""
        points = self.as_completed()
        while (point := await asyncio.to_thread(next, points, None)) is not None:
            yield point

    async def _wait_async(self) -> SweepResults:
        try:
            await alongside(self._thread.join)
        except asyncio.CancelledError:
            await alongside(self.stop)
            raise
        return self.results()

    # --- ending it early

    def hold(self) -> None:
        """Send nothing more; what was sent is still waited for. Follow it with :meth:`stop`.

        >>> source = "operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }"
        >>> op = qb.Program.from_source(source).operation("Flip")
        >>> with qb.start_sweep(op, qb.Sweep.grid(n=[1, 2]), qb.LocalSimulator(), 10) as run:
        ...     run.hold()
        ...     run.stop()
        >>> set(run.results().states) <= {"Succeeded", "planned"}
        True
        """
        self._held = True
        if self._running is not None:
            self._running.hold()

    def stop(self, *, cancel: bool = False) -> None:
        """End the run now: send nothing more, close the session, and return when the journal says all that is known.

        Args:
            cancel: also ask the service to cancel the jobs that have not ended; else they run on, and a resume fetches
                their results.
        """
        self._cancel = self._cancel or cancel
        self._stop = True
        if self._running is not None:
            self._running.stop(cancel=cancel)
        self._join()

    def cancel(self) -> None:
        """:meth:`stop`, and cancel the jobs that have not ended."""
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
            self._join()

    def __repr__(self) -> str:
        state = "ended" if self.done else "running"
        far = f"{self.ended} of {self.plan.points}"
        return f"<SweepRun of {self.plan.operation} on {self.plan.target}: {far}, {state}>"

    # --- below

    @property
    def _over(self) -> bool:
        return self._results is not None or self._error is not None

    def _pause(self, until: float | None) -> bool:
        """Wait a little for news; whether there is time left."""
        left = _LOOK if until is None else min(_LOOK, until - time.monotonic())
        if left <= 0:
            return False
        self._news.wait(left)
        return True

    def _raise_if_failed(self, timeout: float | None) -> None:
        if not self._over:
            assert timeout is not None
            raise late(self, timeout)
        if self._error is not None:
            raise self._error

    def _join(self) -> None:
        while self._thread.is_alive():
            self._thread.join(_LOOK)

    def _run(self) -> None:
        error: BaseException | None = None
        results: SweepResults | None = None
        try:
            with contextlib.suppress(Stopped):
                self._carry()
            results = results_of(self._record, self._prepared.sweep)
        except BaseException as problem:  # handed to whoever waits
            error = problem
        finally:
            with self._news:
                self._results, self._error = results, error
                if error is not None:
                    # What had ended before can still be asked for.
                    with contextlib.suppress(Exception):
                        self._results = results_of(self._record, self._prepared.sweep)
                self._record.close()
                self._news.notify_all()
        if error is not None and not threading.main_thread().is_alive():
            # The script has come to its end without asking: nobody else will tell.
            print(f"the sweep of {self.plan.operation} ended early: {error}", file=sys.stderr)

    def _carry(self) -> None:
        if len(self._ended) == self.plan.points:
            return
        if self._prepared.target.spec is None:
            run_locally(self._prepared, self._record, self._listener, self._note_end, lambda: self._stop)
            return
        from qsharp_bridge.azure.client import Service

        from .service.loop import Running
        from .service.session import SessionKeeper

        spec, about = self._prepared.target.spec, self._record.about
        plan, prepared = self.plan, self._prepared
        service = Service(prepared.target.target.workspace)
        keeper = SessionKeeper(service, spec, self._record, about["session_name"], about["failure_policy"], self._link)
        try:
            running = Running(
                service,
                spec,
                self._record,
                keeper,
                task=lambda i: job_of_point(plan.operation, i, prepared.sweep[i], prepared.programs[i], about),
                cost=lambda index: plan.job_costs[index] or 0.0,
                shots=plan.shots,
                limits=self._limits,
                listener=self._listener,
                on_ended=self._note_end,
            )
            self._running = running
            if self._held:  # asked for before there was anything to ask
                running.hold()
            if self._stop:
                running.stop(cancel=self._cancel)
            running.run()
        finally:
            service.close()

    def _note_end(self, index: int) -> None:
        with self._news:
            self._ended.append(index)
            self._news.notify_all()


async def alongside(action: Callable[[], object]) -> None:
    """Do it in a thread of its own, and wait for it.

    It is done also when the waiting is cancelled, once or twice, and when all of the event loop's threads are busy.
    """
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def act() -> None:
        try:
            action()
        finally:
            with contextlib.suppress(RuntimeError):  # the loop may have been closed meanwhile
                loop.call_soon_threadsafe(over.set)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=[act], name="qsharp-bridge-await").start()
    await over.wait()


def deadline(timeout: float | None) -> float | None:
    """When so many seconds are over, by the monotonic clock; None for never."""
    check_amount("timeout", timeout)
    return None if timeout is None else time.monotonic() + timeout


def late(run: SweepRun, timeout: float) -> RunError:
    """What to tell whoever waited for a run as long as they wanted to. ``timeout`` in seconds."""
    return RunError(
        f"{run.ended} of {run.plan.points} points have ended after {timeout:g} s",
        advice="wait longer, or stop the run and resume it later",
    )
