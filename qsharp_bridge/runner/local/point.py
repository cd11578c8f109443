"""One job simulated on this machine, as the journal takes it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from qsharp_bridge.errors import BridgeError
from qsharp_bridge.journal.job_rows import JobEnd, JobRow
from qsharp_bridge.qir.program import Outcome
from qsharp_bridge.qir.reader import read
from qsharp_bridge.results.formats.outcome_values import outcome_json
from qsharp_bridge.results.formats.readers import HISTOGRAM_FORMAT, PROBABILITIES_FORMAT
from qsharp_bridge.simulators.exact import probabilities
from qsharp_bridge.states import JobState

if TYPE_CHECKING:
    from qsharp_bridge.simulators import LocalSimulator


def simulate_point(simulator: LocalSimulator, qir: str, row: JobRow, operation: str) -> JobEnd:
    """Simulate the point of a job; one without shots exactly, from the state vector.

    Raises:
        SimulationError: the program cannot be simulated; with the operation and the point.
    """
    try:
        if not row.shots:
            return probabilities_end(row, probabilities(read(qir)))
        outcomes = simulator.run(qir, row.shots, row.first)
    except BridgeError as error:
        raise error.at(operation=operation, point=row.first) from None
    return histogram_end(row, outcomes.histogram(), outcomes.engine, outcomes.why)


def probabilities_end(row: JobRow, found: Iterable[tuple[Outcome, str, float]]) -> JobEnd:
    """Return how a job without shots ended, with the (outcome, display, probability) of its possible outcomes."""
    raw = json.dumps({"probabilities": [[outcome_json(outcome), text, chance] for outcome, text, chance in found]})
    return JobEnd(row.id, JobState.SUCCEEDED, None, PROBABILITIES_FORMAT, raw.encode())


def histogram_end(row: JobRow, histogram: Iterable[tuple[Outcome, str, int]], engine: str, why: str) -> JobEnd:
    """Return how a job ended, with the (outcome, display, count) of its distinct outcomes."""
    found = [[outcome_json(outcome), text, count] for outcome, text, count in histogram]
    raw = json.dumps({"histogram": found, "engine": engine, "why": why}).encode()
    return JobEnd(row.id, JobState.SUCCEEDED, None, HISTOGRAM_FORMAT, raw)
