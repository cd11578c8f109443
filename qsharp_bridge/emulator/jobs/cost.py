"""Cost estimates of jobs as the service answers them: the dimensions that are billed, and the sum.

The figures are those of ``targets.prices``, with their date and source, so that a plan names the same amounts. IonQ's
tokens are written as dollars, as in the recorded estimates. The credits of Quantinuum have no price. Rigetti's QPUs
bill machine time, which is not known here: there is no estimate, as for any target without a published price. The
estimate simulates a bill: compare sweeps with it, do not budget by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from qsharp_bridge.qir.counts import GateCounts
from qsharp_bridge.targets.prices import job_cost, usage

_NAMES: Final = {
    "gs1q": ("1Q Gate Shot", "1q gate shot"),
    "gs2q": ("2Q Gate Shot", "2q gate shot"),
    "hqc": ("HQC", "hqc"),
    "ehqc": ("EHQC", "hqc"),
    "qpu_time_centiseconds": ("QPU Execution Time", "10ms (rounded up)"),
}
"""The name and the unit of each dimension, as recorded."""


def cost_estimate(
    target: str, gates: GateCounts, shots: int, input_params: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return the ``costEstimate`` of a job that succeeded; None if the target has no known price."""
    events = [
        {
            "dimensionId": one.dimension,
            "dimensionName": _NAMES[one.dimension][0],
            "measureUnit": _NAMES[one.dimension][1],
            "amountBilled": one.amount,
            "amountConsumed": one.amount,
            "unitPrice": one.unit_price,
        }
        for one in usage(target, gates, shots)
    ]
    if not events:
        return None
    cost = job_cost(target, gates, shots, input_params)
    return {"currencyCode": "USD", "events": events, "estimatedTotal": cost.amount if cost.unit == "AQT" else 0.0}
