"""Cost estimates, in the shape of the service: what a job is billed by, and what that comes to.

The table is of November 2026, from the public price pages of Azure Quantum
(https://learn.microsoft.com/azure/quantum/pricing). Simulators of the providers cost nothing. What is not in the
table has no estimate. This is a simulation of a bill: compare sweeps with it, do not budget by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from .inputs.qir import Needs

__all__ = ["DATE", "cost_estimate"]

DATE: Final = "2026-11"


@dataclass(frozen=True, slots=True)
class _Dimension:
    id: str
    name: str
    unit: str
    price: float


_IONQ: Final[dict[str, tuple[float, float, float]]] = {
    # US dollars for a one-qubit gate and a two-qubit gate in one shot, and the least a job costs.
    "ionq.simulator": (0.0, 0.0, 0.0),
    "ionq.qpu.aria-1": (0.000220, 0.000975, 12.4166),
    "ionq.qpu.forte-1": (0.0001645, 0.001121, 25.79),
    "ionq.qpu.forte-enterprise-1": (0.0001645, 0.001121, 25.79),
}


def cost_estimate(target: str, needs: Needs, shots: int) -> dict[str, Any] | None:
    """The ``costEstimate`` of a job that succeeded; None where the service has none.

    Args:
        needs: the gates and measurements of its program.
        shots: how often it ran.
    """
    if target in _IONQ:
        single, double, least = _IONQ[target]
        events = [
            _event(_Dimension("gs1q", "1Q Gate Shot", "1q gate shot", single), needs.single * shots),
            _event(_Dimension("gs2q", "2Q Gate Shot", "2q gate shot", double), needs.double * shots),
        ]
        total = max(sum(event["amountBilled"] * event["unitPrice"] for event in events), least)
        return _estimate(events, total)
    if target.startswith("quantinuum."):
        # H-System Quantum Credits: https://docs.quantinuum.com/systems/user_guide/hardware_user_guide/access.html
        credits = 5 + shots * (needs.single + 10 * needs.double + 5 * needs.measured) / 5000
        checker = target.endswith("sc")
        kind = "hqc" if ".qpu." in target else "ehqc"
        dimension = _Dimension(kind, kind.upper(), kind, 0.0)
        return _estimate([_event(dimension, 0.0 if checker else credits)], 0.0)
    if target.startswith("rigetti."):
        price = 0.0 if target == "rigetti.sim.qvm" else 0.02
        # A shot is billed as ten microseconds of machine time.
        centiseconds = 0.0 if price == 0 else shots * 1e-5 * 100
        event = _event(_Dimension("qpu_time_centiseconds", "QPU Execution Time", "10ms", price), centiseconds)
        return _estimate([event], centiseconds * price)
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
