"""Jobs carried out on this machine: no service and no session, the same journal and the same results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from qsharp_bridge.journal.job_rows import JobEnd, JobRow
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.runner.jobs import JobSource, RunSettings, StoppedError, place_of
from qsharp_bridge.runner.progress import Progress
from qsharp_bridge.simulators.interruption import interruptible
from qsharp_bridge.targets.backend import LocalBackend

from .batch import joined, simulate_batch, simulate_programs, simulate_span
from .chunks import simulate_in_chunks
from .point import simulate_point
from .qsharp import QsharpCall, simulate_call

_LITTLE = 0.1  # seconds of simulation that a crash may cost: a write to the disk costs more than a small point


class LocalRunner:
    """Simulates the points of one journal that have no result yet.

    A point's seed follows from the simulator's seed and the index of the point, so a run that was interrupted gives
    what it would have given.

    Args:
        backend, journal, source, settings: as for :func:`~qsharp_bridge.runner.jobs.runner_for`.
    """

    def __init__(self, backend: LocalBackend, journal: Journal, source: JobSource, settings: RunSettings) -> None:
        self.simulator, self.journal, self.source = backend.simulator, journal, source
        self._settings = settings
        self._waiting: list[JobRow] = []
        self._done = self._total = 0
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: every step is on record."""

    def settle(self, *, planned: bool = True, retry_failed: bool = False) -> None:
        """Take up the points without a result.

        Args:
            planned: whether they wait to be simulated now; else :meth:`run_jobs` names them.
            retry_failed: without meaning here, where nothing fails and stays on record.
        """
        rows = self.journal.jobs()
        self._done = sum(row.size for row in rows if row.ended)
        if planned:
            self._waiting = [row for row in rows if not row.ended]

    def run_jobs(self, rows: Iterable[JobRow] = (), *, close_when_sent: bool = False) -> None:
        """Simulate these points, and those that wait.

        Args:
            rows: of the journal.
            close_when_sent: without meaning here.

        Raises:
            SimulationError: a program that cannot be simulated here, with its point.
            RunError: with an executor: workers die again and again.
            StoppedError: :meth:`stop` was called.
        """
        waiting = [*self._waiting, *(row for row in rows if not row.ended)]
        self._waiting = []
        self._total = self._done + sum(row.size for row in waiting)
        self._show()
        here = waiting
        if self.simulator.executor is not None and waiting and self.source.programs is not None:
            # A run that began without the executor has jobs of many points, which are quick.
            here, there = _partition(waiting, lambda row: self.source.batched and row.size > 1)
            simulate_in_chunks(self.simulator, self.source, there, self._record, lambda: self._stopped)
        with interruptible(self._check_stopped):
            self._simulate_here(here)
            self._check_stopped()

    def _simulate_here(self, waiting: list[JobRow]) -> None:
        rows: list[JobRow] = []
        ends: list[JobEnd] = []
        written = time.monotonic()
        try:
            for done, how in self._made(waiting) if not self._stopped else ():
                rows += done
                ends += how
                if self._stopped:
                    break
                if time.monotonic() - written > _LITTLE:
                    found, rows, ends = (rows, ends), [], []  # not again in the end, should the listener raise
                    self._record(*found)
                    written = time.monotonic()
        finally:
            if rows:
                self._record(rows, ends)

    def _made(self, waiting: list[JobRow]) -> Iterator[tuple[list[JobRow], list[JobEnd]]]:
        """Yield jobs with their ends as they are simulated: those of a template together, the others one by one."""
        every = self.source.programs
        if every is None:  # a loop asks for one point at a time, or for a few
            programs = [(row, self.source.program(row)) for row in waiting]
            yield from simulate_programs(self.simulator, programs, self.source.operation)
            return
        batched, on_disk = self.source.batched, self.journal.path != ":memory:"
        for run in _runs(waiting, alone=lambda row: batched and row.size > 1):
            first = place_of(self.source, run[0])
            if batched and run[0].size > 1:
                chunk = joined(every.chunks(first, first + run[0].size))
                yield from simulate_span(self.simulator, chunk, run[0], self.source.operation, on_disk=on_disk)
                continue
            for chunk in every.chunks(first, first + len(run)):
                rows = [run[index - first] for index in chunk.indices]
                batches = simulate_batch(self.simulator, chunk, rows, self.source.operation)
                if batches is not None:
                    yield from batches
                    continue
                for place, row in enumerate(rows):
                    yield self._point(row, chunk.text(place) if chunk.template else self.source.program(row))

    def _point(self, row: JobRow, program: Any) -> tuple[list[JobRow], list[JobEnd]]:
        if isinstance(program, QsharpCall):
            return [row], [simulate_call(self.simulator, program, row, self.source.operation)]
        return [row], [simulate_point(self.simulator, str(program), row, self.source.operation)]

    def _record(self, rows: list[JobRow], ends: list[JobEnd]) -> None:
        self.journal.ended(ends)
        self._done += sum(row.size for row in rows)
        for row in rows:
            self._settings.on_ended(row)
        self._show()

    def _show(self) -> None:
        self._settings.listener(Progress(self._total, self._done, self._done, 0))

    def hold(self) -> None:
        """End :meth:`run_jobs`: nothing was sent that would be worth waiting for.

        A question to the user after Ctrl-C comes at once then, and is not kept waiting by the simulation's C calls,
        which hold the interpreter's lock.
        """
        self._stopped = True

    def stop(self, *, cancel: bool = False) -> None:
        """End :meth:`run_jobs` within milliseconds; with noise after the point that is being simulated.

        Args:
            cancel: without meaning here, where no job runs on.
        """
        self._stopped = True

    def _check_stopped(self) -> None:
        if self._stopped:
            raise StoppedError


def _runs(rows: list[JobRow], alone: Callable[[JobRow], bool]) -> Iterator[list[JobRow]]:
    """Yield jobs in runs that follow one another; some are a run by themselves."""
    start = 0
    for end in range(1, len(rows) + 1):
        last = rows[end - 1]
        if end == len(rows) or rows[end].number != last.number + 1 or alone(last) or alone(rows[end]):
            yield rows[start:end]
            start = end


def _partition(rows: list[JobRow], chosen: Callable[[JobRow], bool]) -> tuple[list[JobRow], list[JobRow]]:
    return [row for row in rows if chosen(row)], [row for row in rows if not chosen(row)]
