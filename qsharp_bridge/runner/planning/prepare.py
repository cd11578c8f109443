"""Compile and check every point of a sweep before a session is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

from qsharp_bridge.errors import BridgeError, CompileError, SweepError
from qsharp_bridge.journal.job_rows import JobSpan, by_points
from qsharp_bridge.programs.binding import BoundPoints
from qsharp_bridge.programs.coerce import as_operation
from qsharp_bridge.runner.job_options import check_job_names
from qsharp_bridge.runner.local.exact import check_exact, no_exact_values
from qsharp_bridge.runner.options import PlanOptions, accepts, complete
from qsharp_bridge.runner.termination import Deadline
from qsharp_bridge.simulators.select import QSHARP
from qsharp_bridge.sweeps.shots import check_shots_option, one_or_each, shots_of_points
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend, backend_of
from qsharp_bridge.targets.limits import check_shots, profile_for

from .costs import check_budget, costs_of, total_cost
from .packing import MOST_PARTS, SinglePoints, check_fits, check_resets, check_side_by_side, single_points, spans
from .prepared import Prepared
from .programs import bind_jobs, check_width, count_calls, count_programs, with_plain_qubits
from .sweep_plan import SweepPlan

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation
    from qsharp_bridge.qir.counts import GateCounts
    from qsharp_bridge.runner.local.qsharp import QsharpPoints
    from qsharp_bridge.targets.prices import Cost

    from .programs import Counted


@dataclass(frozen=True)
class _Request:
    """The checked arguments of a plan."""

    operation: Operation
    sweep: Sweep
    backend: ServiceBackend | LocalBackend
    profile: str
    shots: tuple[int, ...]  # of each point; 0 for exact values
    options: PlanOptions
    deadline: Deadline

    @property
    def exact(self) -> bool:
        """Whether nothing is sampled."""
        return not any(self.shots)

    def costs(self, counts: Iterable[GateCounts], shots: Iterable[int]) -> list[Cost]:
        """Return the cost of each job from the counts of its program and its shots."""
        return costs_of(self.backend, counts, shots, self.options["input_params"])


def prepare(
    operation: Operation | Any,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    target: Any,
    shots: Any,
    options: PlanOptions,
    *,
    jobs: Sequence[JobSpan] | None = None,
    batched: bool = False,
    deadline: Deadline | None = None,
) -> Prepared:
    """Compile and check every point, without asking the service for anything.

    Args:
        operation, sweep, target, shots: as for :func:`run_sweep`.
        options: complete; ``tags`` and ``priority`` are not used here.
        jobs: the points of each job, where a journal has them already.
        batched: whether these jobs have a program for each point.
        deadline: for all of it, checked before every program that is compiled; None for no end.

    Raises:
        BridgeError: as :func:`run_sweep` before it opens a session; RunError when the time is over.
    """
    request = _request(operation, sweep, target, shots, options, deadline or Deadline())
    single, alone = _single_programs(request)
    check_width(alone, request.backend.name, request.operation.name)
    why = None if isinstance(single, BoundPoints) else single.why
    if request.exact and why is not None:
        raise no_exact_values(why).at(operation=request.operation.name)
    apart = single_points(request.shots, request.backend.name)
    if isinstance(apart, SinglePoints):  # a million perhaps, without an object for each
        unpacked = request.costs(alone.counts, request.shots)
    else:
        unpacked = request.costs((alone.counts[span.first] for span in apart), (span.shots for span in apart))
    if not isinstance(single, BoundPoints):
        batched, jobs = True, SinglePoints(request.shots)
    elif jobs is None:
        batched, jobs = _jobs(request, single, alone)
    programs, counted, costs, places = single, alone, unpacked, []
    if not batched:
        groups = by_points(jobs)
        places = [place for place, group in enumerate(groups) for _ in group]
        if isinstance(single, BoundPoints) and any(span.size > 1 for span in jobs):
            programs, counted = _pack(request, single, [group[0] for group in groups])
        costs = request.costs((counted.counts[place] for place in places), (span.shots for span in jobs))
    operation, sweep = request.operation, request.sweep
    check_job_names(
        options["job_name"],
        operation.name,
        ((sweep[span.first], range(span.first, span.first + span.size), span.shots) for span in jobs),
    )
    different = {id(counts): counts for counts in counted.counts}.values()
    plan = SweepPlan(
        operation=operation.name,
        signature=str(operation.signature),
        target=request.backend.name,
        profile=request.profile,
        points=len(sweep),
        jobs=len(sweep) if batched else len(jobs),
        shots=one_or_each(request.shots),
        distinct_programs=counted.distinct,
        methods=dict(Counter(programs.methods)),
        qubits=max(counts.qubits for counts in different),
        gates=max(counts.one_qubit + counts.two_qubit for counts in different),
        cost=total_cost(costs),
        job_costs=tuple(cost.amount for cost in costs),
        unpacked_jobs=len(apart),
        unpacked_cost=total_cost(unpacked),
        input_params=dict(options["input_params"] or {}),
        job_spans=SinglePoints(request.shots) if batched else tuple(jobs),
        engine=None if why is None else QSHARP,
        why=why,
    )
    check_budget(plan, options["budget"])
    request.deadline.check()
    return Prepared(plan, operation, sweep, request.backend, programs, jobs, places, batched)


def _request(operation: Any, sweep: Any, target: Any, shots: Any, options: PlanOptions, deadline: Deadline) -> _Request:
    """Check everything that can be checked before a program is compiled."""
    operation, sweep, backend = as_operation(operation), Sweep(sweep), backend_of(target)
    number = 0 if shots is None else check_shots_option("shots", shots)
    if len(sweep) == 0:
        raise SweepError("the sweep has no points")
    each = shots_of_points(number, len(sweep))
    try:
        profile = profile_for(backend, options["profile"])
        check_shots(backend, each, MOST_PARTS)
        backend.check_options(options["input_params"], options["session"])
        if shots is None:
            check_exact(backend, options["points_per_job"])
    except BridgeError as error:
        raise error.at(operation=operation.name) from None
    return _Request(operation, sweep, backend, profile, each, options, deadline)


def _single_programs(request: _Request) -> tuple[BoundPoints | QsharpPoints, Counted]:
    """Return the program of each point alone: QIR, or calls of Q# for the engine that runs what no profile can."""
    backend, refused = request.backend, None
    if backend.engine != QSHARP:
        try:
            bound = request.operation.bind(request.sweep, profile=request.profile, executor=backend.executor)
            return bound, count_programs(bound, request.deadline)
        except CompileError as problem:
            refused = problem
    from qsharp_bridge.runner.local.qsharp import qsharp_points

    calls = qsharp_points(
        request.operation, request.sweep, backend, request.profile, request.options["points_per_job"], refused
    )
    if calls is None:
        assert refused is not None
        raise refused
    return calls, count_calls(calls, request.deadline)


def _jobs(request: _Request, single: BoundPoints, alone: Counted) -> tuple[bool, Sequence[JobSpan]]:
    """Return the points of each job, and whether each of these points keeps a program of its own."""
    backend, points_per_job = request.backend, request.options["points_per_job"]
    if points_per_job == 1 and isinstance(backend, LocalBackend):
        from qsharp_bridge.runner.local.batch import spans_of

        return True, spans_of(single, backend.simulator, request.shots)
    try:
        return False, spans(points_per_job, alone.counts, backend, request.profile, request.shots)
    except BridgeError as error:
        raise error.at(operation=request.operation.name) from None


def _pack(request: _Request, single: BoundPoints, packs: Sequence[JobSpan]) -> tuple[BoundPoints, Counted]:
    """Return the programs of jobs of several points, checked."""
    operation, sweep, profile, backend = request.operation, request.sweep, request.profile, request.backend
    try:
        if profile != "Base":
            resetting = with_plain_qubits(operation, sweep, single, profile, backend.executor)
            check_resets(resetting.parts(0, len(sweep)), packs, profile)
        programs = bind_jobs(operation, sweep, packs, profile, backend.executor)
        if profile == "Base":
            check_side_by_side(single.parts(0, len(sweep)), programs.parts(0, len(packs)), packs)
        counted = count_programs(programs, request.deadline)
        for span, counts in zip(packs, counted.counts, strict=True):
            check_fits(span, counts, backend.name)
    except BridgeError as error:
        raise error.at(operation=operation.name) from None
    return programs, counted


@accepts(PlanOptions)
def plan_sweep(
    operation: Operation,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    target: Any,
    shots: int | Sequence[int] | None = 100,
    **options: Unpack[PlanOptions],
) -> SweepPlan:
    """Return what :func:`run_sweep` with the same arguments would do and cost. Nothing is sent.

    Args:
        operation: what to run, as for :func:`run_sweep`.
        sweep: the points, as for :func:`run_sweep`.
        target: of a workspace, or ``LocalSimulator()``.
        shots: for each point: one number for all, a sequence with one for each, or None for exact probabilities.
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
    return prepare(operation, sweep, target, shots, complete(PlanOptions, options, "plan_sweep")).plan
