"""One point simulated on this machine, as the journal takes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from qsharp_bridge.errors import BridgeError
from qsharp_bridge.journal.journal import JobEnd, JobRow
from qsharp_bridge.results.formats import HISTOGRAM_FORMAT, outcome_json

if TYPE_CHECKING:
    from qsharp_bridge.simulators import LocalSimulator


def simulate_point(simulator: LocalSimulator, qir: str, shots: int, row: JobRow, operation: str) -> JobEnd:
    """One point, as :meth:`Journal.ended` takes it."""
    try:
        outcomes = simulator.run(qir, shots, row.point)
    except BridgeError as error:
        raise error.at(operation=operation, point=row.point) from None
    histogram = [[outcome_json(outcome), text, count] for outcome, text, count in outcomes.histogram()]
    raw = json.dumps({"histogram": histogram, "engine": outcomes.engine, "why": outcomes.why}).encode()
    return JobEnd(row.id, "Succeeded", None, HISTOGRAM_FORMAT, raw)
