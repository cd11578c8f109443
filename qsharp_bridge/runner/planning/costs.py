"""The cost of the jobs of a plan, and its budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import BudgetError
from qsharp_bridge.runner.run_limits import within
from qsharp_bridge.targets.prices import Cost

from .sweep_plan import SweepPlan

if TYPE_CHECKING:
    from qsharp_bridge.qir.counts import GateCounts
    from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend


def costs_of(
    backend: ServiceBackend | LocalBackend,
    counts: Iterable[GateCounts],
    shots: Iterable[int],
    input_params: Mapping[str, Any] | None,
) -> list[Cost]:
    """Return the cost of each job from the gate counts of its program and its shots; equal objects are priced once."""
    jobs = list(zip(counts, shots, strict=True))
    keys = [(id(one), number) for one, number in jobs]
    known = {key: backend.cost(*job, input_params) for key, job in dict(zip(keys, jobs, strict=True)).items()}
    return [known[key] for key in keys]


def total_cost(costs: Sequence[Cost]) -> Cost:
    """Return the cost of all jobs; it is unknown where that of one job is."""
    if any(cost.amount is None for cost in costs):
        return next(cost for cost in costs if cost.amount is None)
    return Cost(sum(cost.amount or 0.0 for cost in costs), costs[0].unit, costs[0].why)


def check_budget(plan: SweepPlan, budget: float | None) -> None:
    """Check that a plan costs no more than its budget.

    Raises:
        BudgetError: it does, or its cost is unknown.
    """
    if budget is None:
        return
    if plan.cost.amount is None:
        raise BudgetError(
            f"a budget cannot be kept: the cost is {plan.cost}",
            operation=plan.operation,
            advice="leave budget out to run all the same",
        )
    if not within(plan.cost.amount, budget):
        jobs = counted(plan.jobs, "job")
        raise BudgetError(
            f"{jobs} would cost {plan.cost}, over the budget of {budget:g} {plan.cost.unit}".rstrip(),
            operation=plan.operation,
            advice="take fewer points or shots, or raise the budget",
        )
