"""The plan of a run: everything compiled and checked before a session is opened, and what it will cost."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, BudgetError, SweepError
from qsharp_bridge.qir.counts import count_gates
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.targets.backend import TargetLike, describe_target
from qsharp_bridge.targets.limits import check_qubits, check_shots, most_qubits, profile_for
from qsharp_bridge.targets.prices import Cost, job_cost

from .options import check_amount, whole_number, within

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation


@dataclass(frozen=True)
class SweepPlan:
    """What a run will do. Printing it tells all.

    Attributes:
        operation: the operation's name.
        signature: the operation's signature.
        target: the target's name.
        profile: what the programs are compiled for.
        points: how many jobs.
        shots: for each point.
        distinct_programs: how many of the points give different programs.
        methods: how many points were bound from a template, how many compiled directly.
        qubits: the most that a point needs.
        gates: the most gates of a point.
        cost: of the whole sweep, in the unit that the provider charges in, such as HQC; or unknown.
        job_costs: of each point, in the same unit; None when unknown.

    >>> import qsharp_bridge as qb
    >>> op = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
    >>> print(qb.plan_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=100))  # doctest: +ELLIPSIS
    operation          Flip() : Result
    target             local.simulator, profile ...
    points             1, 100 shots each, 100 in all
    ...
    """

    operation: str
    signature: str
    target: str
    profile: str
    points: int
    shots: int
    distinct_programs: int
    methods: dict[str, int]
    qubits: int
    gates: int
    cost: Cost
    job_costs: tuple[float | None, ...]

    @property
    def total_shots(self) -> int:
        """Shots of all points together."""
        return self.points * self.shots

    def __str__(self) -> str:
        made = ", ".join(f"{number} {method}" for method, number in sorted(self.methods.items()))
        return "\n".join(
            [
                f"operation          {self.signature}",
                f"target             {self.target}, profile {self.profile}",
                f"points             {self.points}, {self.shots} shots each, {self.total_shots} in all",
                f"distinct programs  {self.distinct_programs} ({made})",
                f"largest program    {self.qubits} qubits, {self.gates} gates",
                f"cost               {self.cost}",
            ]
        )


@dataclass(frozen=True)
class Prepared:
    """A run that could start now: the plan, and what it was made from."""

    plan: SweepPlan
    operation: Operation
    sweep: Sweep
    target: TargetLike
    programs: Sequence[Any]


def prepare(
    operation: Operation | Any,
    sweep: Sweep,
    target: Any,
    shots: int,
    *,
    profile: str | None = None,
    budget: float | None = None,
) -> Prepared:
    """Compile and check every point, without asking the service for anything.

    Raises:
        QsharpTypeError: what is to run is no operation, and no circuit that becomes one; or it returns nothing.
        SweepError: no points, or a number of shots that makes no sense.
        QsharpValueError, QsharpTypeError, ArgumentError: a value that does not fit, with its point and path.
        CompileError: a point that does not compile for the profile.
        TargetError: more shots or another profile than the target takes; a point that needs more qubits than it has.
        BudgetError: the cost is over the budget, or unknown.
    """
    if not isinstance(sweep, Sweep):
        raise SweepError(
            f"expected a Sweep, found {type(sweep).__name__}", advice="write Sweep.grid(...) or Sweep.points([...])"
        )
    from qsharp_bridge.programs.coerce import as_operation

    operation = as_operation(operation)
    shots = whole_number("shots", shots)
    check_amount("budget", budget)
    if len(sweep) == 0:
        raise SweepError("the sweep has no points")
    where = describe_target(target)
    try:
        profile = profile_for(where, profile)
        check_shots(where, shots)
    except BridgeError as error:
        raise error.at(operation=operation.name) from None
    programs = operation.bind(sweep, profile=profile, executor=where.executor)
    limit = most_qubits(where.name)
    seen: set[bytes] = set()
    costs: list[Cost] = []
    too_wide: list[tuple[int, int]] = []
    qubits = gates = 0
    for index, program in enumerate(programs):
        text = str(program)
        seen.add(hashlib.sha256(text.encode()).digest())
        counts = count_gates(text)
        if limit is not None and counts.qubits > limit:
            too_wide.append((index, counts.qubits))
        qubits, gates = max(qubits, counts.qubits), max(gates, counts.one_qubit + counts.two_qubit)
        costs.append(job_cost(where.name, counts, shots) if not where.local else _LOCAL)
    if too_wide:
        (first, needed), *others = too_wide
        try:
            check_qubits(where.name, needed, [index for index, _ in others])
        except BridgeError as error:
            raise error.at(operation=operation.name, point=first) from None
    plan = SweepPlan(
        operation=operation.name,
        signature=str(operation.signature),
        target=where.name,
        profile=profile,
        points=len(sweep),
        shots=shots,
        distinct_programs=len(seen),
        methods=dict(Counter(programs.methods)),
        qubits=qubits,
        gates=gates,
        cost=_total(costs),
        job_costs=tuple(cost.amount for cost in costs),
    )
    _check_budget(plan, budget)
    return Prepared(plan, operation, sweep, where, programs)


def plan_sweep(
    operation: Operation,
    sweep: Sweep,
    target: Any,
    shots: int = 100,
    *,
    profile: str | None = None,
    budget: float | None = None,
) -> SweepPlan:
    """What :func:`run_sweep` with the same arguments would do and cost. Nothing is sent.

    Args:
        operation: what to run, as for :func:`run_sweep`.
        sweep: the points.
        target: of a workspace, or ``LocalSimulator()``.
        shots: for each point.
        profile: the QIR target profile; the target's own by default.
        budget: a hard cap on the cost, in the unit of the target's price; None for no cap.

    Raises:
        BridgeError: whatever :func:`run_sweep` would raise before it opens a session.

    >>> import qsharp_bridge as qb
    >>> source = "operation Turn(a : Double) : Result { use q = Qubit(); Rx(a, q); MResetZ(q) }"
    >>> op = qb.Program.from_source(source).operation("Turn")
    >>> plan = qb.plan_sweep(op, qb.Sweep.linspace("a", 0, 1, 5), qb.LocalSimulator(), shots=100)
    >>> plan.points, plan.total_shots, plan.qubits
    (5, 500, 1)
    """
    return prepare(operation, sweep, target, shots, profile=profile, budget=budget).plan


_LOCAL = Cost(0.0, "", "simulated on this machine")


def _total(costs: list[Cost]) -> Cost:
    if any(cost.amount is None for cost in costs):
        return next(cost for cost in costs if cost.amount is None)
    return Cost(sum(cost.amount or 0.0 for cost in costs), costs[0].unit, costs[0].why)


def _check_budget(plan: SweepPlan, budget: float | None) -> None:
    if budget is None:
        return
    problem: BridgeError | None = None
    if plan.cost.amount is None:
        problem = BudgetError(
            f"a budget cannot be kept: the cost is {plan.cost}", advice="leave budget out to run all the same"
        )
    elif not within(plan.cost.amount, budget):
        jobs = "1 job" if plan.points == 1 else f"{plan.points} jobs"
        problem = BudgetError(
            f"{jobs} would cost {plan.cost}, over the budget of {budget:g} {plan.cost.unit}".rstrip(),
            advice="take fewer points or shots, or raise the budget",
        )
    if problem is not None:
        raise problem.at(operation=plan.operation)
