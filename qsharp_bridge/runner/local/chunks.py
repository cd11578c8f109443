"""Points simulated by the workers of an executor, chunk by chunk.

A point's seed follows from its index, so the results depend neither on the worker nor on the chunks. Only some chunks
are under way at a time: memory does not grow with the sweep. What a worker was doing when it died is done again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, RunError, TargetError
from qsharp_bridge.journal.job_rows import JobEnd, JobRow
from qsharp_bridge.parallel.executors import error_line
from qsharp_bridge.parallel.processes import ProcessPool
from qsharp_bridge.parallel.versions import Versions, difference, versions
from qsharp_bridge.runner.jobs import JobSource, place_of

if TYPE_CHECKING:
    from qsharp_bridge.programs.binding.batch import Part, ProgramBatch
    from qsharp_bridge.simulators import LocalSimulator

_SECONDS = 0.5  # that a chunk should take: much more than sending it, little to lose
_POINTS = 1_000  # of a chunk at most
_NUMBERS = 20_000  # number texts of a chunk at most, about 400 kB
_SHARE = 4  # chunks for each worker at least, or the last to end keeps all waiting
_LOOK = 0.25  # seconds after which to see whether to stop


@dataclass(frozen=True)
class Chunk:
    """Points that one worker simulates: their jobs, their programs, and about how long it takes."""

    rows: tuple[JobRow, ...]
    batch: ProgramBatch
    effort: float

    @property
    def first(self) -> int:
        """The index of its first point."""
        return self.rows[0].first

    @property
    def points(self) -> str:
        """Its points, for messages."""
        first, last = self.rows[0].first, self.rows[-1].points[-1]
        return f"point {first}" if first == last else f"points {first} to {last}"


def simulate_in_chunks(
    simulator: LocalSimulator,
    source: JobSource,
    rows: Sequence[JobRow],
    record: Callable[[list[JobRow], list[JobEnd]], None],
    stopped: Callable[[], bool],
) -> None:
    """Simulate the points of ``rows`` on the simulator's executor.

    Args:
        simulator: with an executor.
        source: what the jobs consist of.
        rows: jobs, in the order of their points.
        record: takes jobs that have ended, and how.
        stopped: whether to take no further chunk.

    Raises:
        SimulationError: a program that cannot be simulated, with its point.
        TargetError: a worker has other versions of the packages.
        RunError: workers die again and again at the same points.
    """
    assert simulator.executor is not None
    with ProcessPool(simulator.executor) as pool:
        chunks = _Chunks(simulator, source, rows)
        pending: dict[Future[Any], Chunk] = {}
        again: deque[Chunk] = deque()
        try:
            while not stopped():
                while len(pending) < pool.window and not stopped():
                    chunk = again.popleft() if again else chunks.next(pool.workers)
                    if chunk is None:
                        break
                    future = pool.submit(simulate_chunk, *_job(simulator, chunk, source.operation))
                    pending[future] = chunk
                    if future.done():
                        break  # by an executor that works while it is asked: on record before it is asked again
                if not pending:
                    return
                refused: BridgeError | None = None
                for future in sorted(wait(pending, _LOOK, FIRST_COMPLETED).done, key=lambda one: pending[one].first):
                    chunk = pending.pop(future)
                    found = _result(future, chunk, pool)
                    if found is None:
                        again.append(chunk)
                        continue
                    ends, seconds, error = found
                    chunks.learn(chunk, seconds)
                    record(list(chunk.rows[: len(ends)]), ends)
                    refused = refused or error
                if refused is not None:
                    raise refused
                if pool.broken:
                    # All that was under way is lost with it; futures that do not know it yet will never end well.
                    again.extend(pending.values())
                    pending.clear()
                    pool.replace()
        finally:
            for future in pending:
                future.cancel()


def simulate_chunk(
    simulator: LocalSimulator, batch: ProgramBatch, rows: Sequence[JobRow], operation: str, made_by: Versions
) -> tuple[list[JobEnd], float, BridgeError | None]:
    """Simulate a chunk, in a worker.

    Returns:
        How the points ended, those before one that cannot be simulated included; the seconds it took; and the error
        that ended it early, or None.
    """
    from qsharp_bridge.simulators import statevector  # noqa: F401  (loads numpy and qulacs: that is no part of the time)

    from .point import simulate_point

    ends: list[JobEnd] = []
    start = time.perf_counter()
    other = difference(made_by)
    if other:
        advice = "install the same versions there"
        return ends, 0.0, TargetError(f"a worker has {other}", operation=operation, advice=advice)
    try:
        batches = _together(simulator, batch, rows, operation)
        if batches is not None:
            for _, done in batches:
                ends += done
        else:
            for row, program in zip(rows, batch, strict=True):
                ends.append(simulate_point(simulator, program, row, operation))
    except BridgeError as error:
        return ends, 0.0, error
    return ends, time.perf_counter() - start, None


def _together(
    simulator: LocalSimulator, batch: ProgramBatch, rows: Sequence[JobRow], operation: str
) -> Iterator[tuple[list[JobRow], list[JobEnd]]] | None:
    """Simulate programs of one template together; None where they are not simulated so."""
    import numpy as np

    from qsharp_bridge.programs.binding.bound_points import Chunk as BoundChunk

    from .batch import simulate_batch

    if len(batch.templates) != 1 or any(isinstance(part, str) for part in batch.parts):
        return None
    # The texts of Doubles are read back to the same bits.
    values = np.array([[float(text) for text in part[1]] for part in batch.parts], np.float64)
    values = values.reshape(len(batch), len(batch.templates[0].nodes))
    return simulate_batch(simulator, BoundChunk(list(range(len(batch))), batch.templates[0], values), rows, operation)


def _job(simulator: LocalSimulator, chunk: Chunk, operation: str) -> tuple[Any, ...]:
    alone = replace(simulator, executor=None)  # an executor does not travel
    return alone, chunk.batch, chunk.rows, operation, versions()


def _result(future: Future[Any], chunk: Chunk, pool: ProcessPool) -> Any:
    """Return what a chunk came to; None when it is to be done again."""
    try:
        found = future.result()
    except BaseException as error:
        if pool.lost(error):
            return None
        if isinstance(error, BridgeError) or not isinstance(error, Exception):
            raise
        if isinstance(error, CancelledError):
            raise RunError(
                f"no results for {chunk.points}: the executor took back what it was given",
                advice="keep it open while the sweep runs",
            ) from None
        raise RunError(
            f"no results for {chunk.points}: {type(error).__name__}: {error_line(error)}",
            advice="noise for an executor is a mapping, which can be pickled; workers that die may lack memory",
        ) from None
    pool.worked()
    return found


class _Chunks:
    """Cuts points into chunks of about the same effort, and learns how long an effort takes."""

    def __init__(self, simulator: LocalSimulator, source: JobSource, rows: Sequence[JobRow]) -> None:
        assert source.programs is not None  # only the points of a sweep are cut into chunks
        self._noise, self._source, self._rows, self._programs = simulator.noise, source, rows, source.programs
        self._left = len(rows)
        self._pace = 1.0  # seconds for an effort of 1
        self._parts = self._weighed()
        self._over: tuple[JobRow, Part, float] | None = None
        self._efforts: dict[tuple[int, int], tuple[Part, float]] = {}

    def next(self, workers: int) -> Chunk | None:
        """Return the next chunk, for so many workers; None at the end."""
        most = min(_POINTS, max(1, -(-self._left // (_SHARE * workers))))
        rows: list[JobRow] = []
        parts: list[Part] = []
        effort, numbers = 0.0, 0
        while len(rows) < most and numbers < _NUMBERS:
            item, self._over = self._over or next(self._parts, None), None
            if item is None:
                break
            row, part, weight = item
            if rows and (effort + weight) * self._pace > _SECONDS:
                self._over = item
                break
            rows.append(row)
            parts.append(part)
            effort += weight
            numbers += 100 if isinstance(part, str) else 1 + len(part[1])
        self._left -= len(rows)
        if not rows:
            return None
        from qsharp_bridge.programs.binding.batch import ProgramBatch

        return Chunk(tuple(rows), ProgramBatch.of(parts), effort)

    def learn(self, chunk: Chunk, seconds: float) -> None:
        """Take into account how long a chunk took."""
        if chunk.effort > 0 and seconds > 0:
            self._pace = (self._pace + min(100.0, max(0.01, seconds / chunk.effort))) / 2

    def _weighed(self) -> Iterator[tuple[JobRow, Part, float]]:
        """Yield each job with its program and effort. Jobs that follow one another are bound together."""
        place = 0
        while place < len(self._rows):
            end = place + 1
            while end < len(self._rows) and self._rows[end].number == self._rows[end - 1].number + 1:
                end += 1
            first, last = (place_of(self._source, self._rows[at]) for at in (place, end - 1))
            for row, part in zip(self._rows[place:end], self._programs.parts(first, last + 1), strict=True):
                yield row, part, self._effort(row, part)
            place = end

    def _effort(self, row: JobRow, part: Part) -> float:
        from qsharp_bridge.simulators.effort import effort

        if isinstance(part, str):
            return effort(part, row.shots, self._noise)
        known = self._efforts.get((id(part[0]), row.shots))
        if known is None:  # the same for all points of a template; the entry keeps it, and so its id, alive
            found = effort(part[0].render(part[1]), row.shots, self._noise)
            known = self._efforts[id(part[0]), row.shots] = part, found
        return known[1]
