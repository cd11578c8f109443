"""Running a plan on this machine: no service and no jobs, the same journal and the same results."""

from __future__ import annotations

import json

from .journal import Journal
from .outputs import HISTOGRAM_FORMAT, outcome_json
from .plan import Prepared
from .progress import Progress, ProgressListener


def run_locally(prepared: Prepared, record: Journal, listener: ProgressListener) -> None:
    """Simulate every point that has no result yet.

    A point's seed follows from the simulator's seed and the index of the point, so a run that was interrupted gives
    what it would have given.

    Raises:
        SimulationError: a program that cannot be simulated here, with its point.
    """
    simulator, plan = prepared.target.target, prepared.plan
    rows = record.jobs()
    done = sum(row.ended for row in rows)
    listener(Progress(len(rows), done, done, 0))
    for row in rows:
        if row.ended:
            continue
        try:
            outcomes = simulator.run(str(prepared.programs[row.point]), plan.shots, row.point)
        except Exception as error:
            if hasattr(error, "at"):
                error.at(operation=plan.operation, point=row.point)
            raise
        histogram = [[outcome_json(outcome), text, count] for outcome, text, count in outcomes.histogram()]
        raw = json.dumps({"histogram": histogram, "engine": outcomes.engine, "why": outcomes.why}).encode()
        record.ended([(row.id, "Succeeded", None, HISTOGRAM_FORMAT, raw)])
        done += 1
        listener(Progress(len(rows), done, done, 0))
