"""Running a plan on this machine: no service and no jobs, the same journal and the same results."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import BridgeError
from .journal import JobEnd, JobRow, Journal
from .outputs import HISTOGRAM_FORMAT, outcome_json
from .plan import Prepared
from .progress import Progress, ProgressListener

if TYPE_CHECKING:
    from ..simulators import LocalSimulator


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
        from .spread import run_spread

        run_spread(prepared, record, [row for row in rows if not row.ended], listener, on_ended, stopped)
        return
    for row in rows:
        if row.ended:
            continue
        if stopped():
            return
        program = str(prepared.programs[row.point])
        simulator, plan = prepared.target.target, prepared.plan
        record.ended([simulate_point(simulator, program, plan.shots, row, plan.operation)])
        done += 1
        on_ended(row.point)
        listener(Progress(len(rows), done, done, 0))


def simulate_point(simulator: LocalSimulator, qir: str, shots: int, row: JobRow, operation: str) -> JobEnd:
    """One point, as :meth:`Journal.ended` takes it."""
    try:
        outcomes = simulator.run(qir, shots, row.point)
    except BridgeError as error:
        raise error.at(operation=operation, point=row.point) from None
    histogram = [[outcome_json(outcome), text, count] for outcome, text, count in outcomes.histogram()]
    raw = json.dumps({"histogram": histogram, "engine": outcomes.engine, "why": outcomes.why}).encode()
    return JobEnd(row.id, "Succeeded", None, HISTOGRAM_FORMAT, raw)
