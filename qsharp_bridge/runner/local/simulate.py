"""Running a plan on this machine: no service and no jobs, the same journal and the same results."""

from __future__ import annotations

import time
from collections.abc import Callable

from qsharp_bridge.journal.journal import JobEnd, Journal
from qsharp_bridge.runner.plan import Prepared
from qsharp_bridge.runner.progress import Progress, ProgressListener

from .chunks import run_spread
from .point import simulate_point

_LITTLE = 0.1  # seconds of simulation that a crash may cost: a write to the disk costs more than a small point


def run_locally(
    prepared: Prepared,
    record: Journal,
    listener: ProgressListener,
    on_ended: Callable[[int], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Simulate every point that has no result yet, until ``stopped()``; ``on_ended`` is told each point's index.

    A point's seed follows from the simulator's seed and the index of the point, so a run that was interrupted gives
    what it would have given.

    Raises:
        SimulationError: a program that cannot be simulated here, with its point.
        RunError: with an executor: see ``run_spread``.
    """
    rows = record.jobs()
    done = sum(row.ended for row in rows)
    listener(Progress(len(rows), done, done, 0))
    if prepared.target.target.executor is not None:
        run_spread(prepared, record, [row for row in rows if not row.ended], listener, on_ended, stopped)
        return
    ends: list[JobEnd] = []
    points: list[int] = []
    written = time.monotonic()

    def write() -> None:
        nonlocal written
        record.ended(ends)
        for point in points:
            on_ended(point)
        ends.clear()
        points.clear()
        written = time.monotonic()
        listener(Progress(len(rows), done, done, 0))

    simulator, plan = prepared.target.target, prepared.plan
    try:
        for row in rows:
            if row.ended:
                continue
            if stopped():
                break
            ends.append(simulate_point(simulator, str(prepared.programs[row.point]), plan.shots, row, plan.operation))
            points.append(row.point)
            done += 1
            if time.monotonic() - written > _LITTLE:
                write()
    finally:
        write()
