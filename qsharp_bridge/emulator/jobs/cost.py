"""Cost estimates, in the shape of the service: what a job is billed by, and what that comes to.

The figures are those of `workspace.prices`, with their date and source. IonQ's tokens are written as dollars, as the
recorded estimates are; the credits of Quantinuum have no price; Rigetti's QPUs bill machine time, which nothing
here can know: no estimate, like any target that has no published price. This is a simulation of a bill: compare
sweeps with it, do not budget by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qsharp_bridge.targets import prices

from .inputs.qir import Needs

__all__ = ["cost_estimate"]


@dataclass(frozen=True, slots=True)
class _Dimension:
    id: str
    name: str
    unit: str
    price: float


def cost_estimate(target: str, needs: Needs, shots: int) -> dict[str, Any] | None:
    """The ``costEstimate`` of a job that succeeded; None where the service has none.

    Args:
        needs: the gates and measurements of its program.
        shots: how often it ran.
    """
    if target.startswith("ionq."):
        free = prices.is_free(target)
        single, double = (0.0, 0.0) if free else (prices.IONQ_ONE_QUBIT, prices.IONQ_TWO_QUBIT)
        events = [
            _event(_Dimension("gs1q", "1Q Gate Shot", "1q gate shot", single), needs.single * shots),
            _event(_Dimension("gs2q", "2Q Gate Shot", "2q gate shot", double), needs.double * shots),
        ]
        billed = sum(event["amountBilled"] * event["unitPrice"] for event in events)
        return _estimate(events, 0.0 if free else prices.IONQ_MINIMUM + billed)
    if prices.bills_credits(target):
        kind = "hqc" if ".qpu." in target else "ehqc"
        credits = prices.quantinuum_credits(needs.single, needs.double, needs.measured, shots)
        return _estimate(
            [_event(_Dimension(kind, kind.upper(), kind, 0.0), 0.0 if prices.is_free(target) else credits)], 0.0
        )
    if target == "rigetti.sim.qvm":
        return _estimate([_event(_Dimension("qpu_time_centiseconds", "QPU Execution Time", "10ms", 0.0), 0.0)], 0.0)
    return None


def _event(dimension: _Dimension, amount: float) -> dict[str, Any]:
    return {
        "dimensionId": dimension.id,
        "dimensionName": dimension.name,
        "measureUnit": dimension.unit,
        "amountBilled": float(amount),
        "amountConsumed": float(amount),
        "unitPrice": dimension.price,
    }


def _estimate(events: list[dict[str, Any]], total: float) -> dict[str, Any]:
    return {"currencyCode": "USD", "events": events, "estimatedTotal": round(total, 6)}
