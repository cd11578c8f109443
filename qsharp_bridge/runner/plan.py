"""The plan of a run: everything compiled and checked before a session is opened, and what it will cost."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

from qsharp_bridge.errors import BridgeError, BudgetError, SweepError
from qsharp_bridge.journal.journal import JobRow, JobSpan
from qsharp_bridge.qir.counts import GateCounts, count_gates
from qsharp_bridge.sweeps.sweep import Point, Sweep
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend, backend_of
from qsharp_bridge.targets.limits import check_qubits, check_shots, most_qubits, profile_for
from qsharp_bridge.targets.prices import Cost

from .options import PlanOptions, accepts, complete, whole_number, within

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation


@dataclass(frozen=True)
class SweepPlan:
    """The plan of a run; printing it shows all.

    Attributes:
        operation: the operation's name.
        signature: the operation's signature.
        target: the target's name.
        profile: what the programs are compiled for.
        points: the number of points; each is a job.
        shots: for each point.
        distinct_programs: how many of the points give different programs.
        methods: how many points were bound from a template, how many compiled directly.
        qubits: of the largest point.
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
                f"points             {self.points}, {_many(self.shots, 'shot')} each, {self.total_shots} in all",
                f"distinct programs  {self.distinct_programs} ({made})",
                f"largest program    {_many(self.qubits, 'qubit')}, {_many(self.gates, 'gate')}",
                f"cost               {self.cost}",
            ]
        )


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(frozen=True)
class Prepared:
    """A run that could start now: the plan, and what it was made from."""

    plan: SweepPlan
    operation: Operation
    sweep: Sweep
    backend: ServiceBackend | LocalBackend
    programs: Sequence[Any]
    untrusted: Sweep | None = None

    @property
    def points(self) -> Sweep:
        """The points as the results show them: of a resumed run, without trust in code that its journal holds."""
        return self.sweep if self.untrusted is None else self.untrusted

    @property
    def jobs(self) -> list[JobSpan]:
        """What each job runs."""
        return [JobSpan(index, 1, self.plan.shots) for index in range(self.plan.points)]


class SweepSource:
    """The jobs of a sweep: one for each point; see :class:`~.jobs.JobSource`."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self.operation = prepared.plan.operation
        self.total: tuple[int, int] | None = (prepared.plan.points, len(prepared.jobs))

    def program(self, row: JobRow) -> Any:
        """Return the program of a job."""
        return self._prepared.programs[row.first]

    def parts(self, start: int, stop: int) -> Iterable[Any]:
        """Yield the programs of some points, as templates and numbers where they are."""
        found: Iterable[Any] = self._prepared.programs.parts(start, stop)  # type: ignore[attr-defined]
        return found

    def chunks(self, start: int, stop: int) -> Iterable[Any]:
        """Yield some points in chunks of one template, as numbers where they are."""
        found: Iterable[Any] = self._prepared.programs.chunks(start, stop)  # type: ignore[attr-defined]
        return found

    def point(self, index: int) -> Point:
        """Return the values of a point."""
        return self._prepared.sweep[index]

    def cost(self, row: JobRow) -> float:
        """Return the price of a job; 0 where none is known."""
        return self._prepared.plan.job_costs[row.number] or 0.0


def prepare(
    operation: Operation | Any,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    target: Any,
    shots: int,
    *,
    profile: str | None = None,
    budget: float | None = None,
) -> Prepared:
    """Compile and check every point, without asking the service for anything.

    Args:
        operation, sweep, target, shots: as for :func:`run_sweep`.
        profile, budget: checked options.

    Raises:
        QsharpTypeError: what is to run is no operation, and no circuit that becomes one; or it returns nothing.
        SweepError: no points, or a number of shots that makes no sense.
        QsharpValueError, QsharpTypeError, ArgumentError: a value that does not fit, with its point and path.
        CompileError: a point that does not compile for the profile.
        TargetError: more shots or another profile than the target takes; a point that needs more qubits than it has.
        BudgetError: the cost is over the budget, or unknown.
    """
    from qsharp_bridge.programs.coerce import as_operation

    operation = as_operation(operation)
    sweep = Sweep(sweep)
    shots = whole_number("shots", shots)
    if len(sweep) == 0:
        raise SweepError("the sweep has no points")
    backend = backend_of(target)
    try:
        profile = profile_for(backend, profile)
        check_shots(backend, shots)
    except BridgeError as error:
        raise error.at(operation=operation.name) from None
    programs = operation.bind(sweep, profile=profile, executor=backend.executor)
    limit = most_qubits(backend.name)
    seen: set[bytes] = set()
    costs: list[Cost] = []
    too_wide: list[tuple[int, int]] = []
    qubits = gates = 0
    counted: dict[int, tuple[GateCounts, Cost]] = {}  # by template: its numbers do not change what is called
    for index, part in enumerate(programs.parts(0, len(sweep))):
        known = None if isinstance(part, str) else counted.get(id(part[0]))
        if known is None:
            counts = count_gates(part if isinstance(part, str) else part[0].render(part[1]))
            known = counts, backend.cost(counts, shots)
            if not isinstance(part, str):
                counted[id(part[0])] = known
        counts, cost = known
        if isinstance(part, str):
            text = part
        else:  # where all points have one template, their numbers tell the programs apart
            text = ",".join(part[1]) if programs.one_template else part[0].render(part[1])
        seen.add(hashlib.sha256(text.encode()).digest())
        if limit is not None and counts.qubits > limit:
            too_wide.append((index, counts.qubits))
        qubits, gates = max(qubits, counts.qubits), max(gates, counts.one_qubit + counts.two_qubit)
        costs.append(cost)
    if too_wide:
        (first, needed), *others = too_wide
        try:
            check_qubits(backend.name, needed, [index for index, _ in others])
        except BridgeError as error:
            raise error.at(operation=operation.name, point=first) from None
    plan = SweepPlan(
        operation=operation.name,
        signature=str(operation.signature),
        target=backend.name,
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
    return Prepared(plan, operation, sweep, backend, programs)


@accepts(PlanOptions)
def plan_sweep(
    operation: Operation,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    target: Any,
    shots: int = 100,
    **options: Unpack[PlanOptions],
) -> SweepPlan:
    """Return what :func:`run_sweep` with the same arguments would do and cost. Nothing is sent.

    Args:
        operation: what to run, as for :func:`run_sweep`.
        sweep: the points, as for :func:`run_sweep`.
        target: of a workspace, or ``LocalSimulator()``.
        shots: for each point.
        options: see :class:`~qsharp_bridge.runner.options.PlanOptions`.

    Raises:
        BridgeError: whatever :func:`run_sweep` would raise before it opens a session.

    >>> import qsharp_bridge as qb
    >>> source = "operation Turn(a : Double) : Result { use q = Qubit(); Rx(a, q); MResetZ(q) }"
    >>> op = qb.Program.from_source(source).operation("Turn")
    >>> plan = qb.plan_sweep(op, qb.Sweep.linspace("a", 0, 1, 5), qb.LocalSimulator(), shots=100)
    >>> plan.points, plan.total_shots, plan.qubits
    (5, 500, 1)
    """
    chosen = complete(PlanOptions, options, "plan_sweep")
    return prepare(operation, sweep, target, shots, **chosen).plan


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
