"""Compile and check every point of a sweep before a session is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from qsharp_bridge.errors import BridgeError, CompileError, SweepError
from qsharp_bridge.journal.job_rows import JobSpan, by_points
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
    from qsharp_bridge.programs.binding import BoundPoints
    from qsharp_bridge.runner.local.qsharp import QsharpPoints
    from qsharp_bridge.targets.prices import Cost

    from .programs import Counted


def prepare(
    operation: Operation | Any,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    target: Any,
    shots: Any,
    *,
    profile: str | None = None,
    budget: float | None = None,
    points_per_job: int | str = 1,
    input_params: Mapping[str, Any] | None = None,
    job_name: str | None = None,
    session: str | None = None,
    jobs: Sequence[JobSpan] | None = None,
    batched: bool = False,
    deadline: Deadline | None = None,
) -> Prepared:
    """Compile and check every point, without asking the service for anything.

    Args:
        operation, sweep, target, shots: as for :func:`run_sweep`.
        profile, budget, points_per_job, input_params, job_name, session: checked options.
        jobs: what each job runs, where a journal knows that already.
        batched: whether these jobs have a program for each point.
        deadline: for all of it, checked before every program that is compiled; None for no end.

    Raises:
        RunError: the time is over.
        QsharpTypeError: what is to run is no operation, and no circuit that becomes one; or it returns nothing.
        SweepError: no points, or shots that make no sense, or of another number of points.
        QsharpValueError, QsharpTypeError, ArgumentError: a value that does not fit, with its point and path.
        CompileError: a point that does not compile for the profile.
        TargetError: another profile than the target takes, or more shots than 100 jobs take; a point that needs more
            qubits than it has.
        BudgetError: the cost is over the budget, or unknown.
    """
    from qsharp_bridge.programs.binding import BoundPoints
    from qsharp_bridge.programs.coerce import as_operation

    deadline = deadline or Deadline()
    operation = as_operation(operation)
    sweep = Sweep(sweep)
    exact = shots is None
    shots = 0 if exact else check_shots_option("shots", shots)
    if len(sweep) == 0:
        raise SweepError("the sweep has no points")
    each = shots_of_points(shots, len(sweep))
    backend = backend_of(target)
    try:
        profile = profile_for(backend, profile)
        check_shots(backend, each, MOST_PARTS)
        backend.check_options(input_params, session)
        if exact:
            check_exact(backend, points_per_job)
    except BridgeError as error:
        raise error.at(operation=operation.name) from None
    single, alone = _single_programs(operation, sweep, backend, profile, points_per_job, deadline)
    calls = None if isinstance(single, BoundPoints) else single
    if exact and calls is not None:
        raise no_exact_values(calls.why).at(operation=operation.name)
    check_width(alone, backend.name, operation.name)
    apart = single_points(each, backend.name)
    if isinstance(apart, SinglePoints):
        unpacked = costs_of(backend, alone.counts, each, input_params)
    else:
        unpacked = _costs(backend, alone, [span.first for span in apart], apart, input_params)
    if exact or not isinstance(single, BoundPoints):
        batched, jobs = True, list(SinglePoints(each))
    elif jobs is None and points_per_job == 1 and isinstance(backend, LocalBackend):
        from qsharp_bridge.runner.local.batch import spans_of

        batched, jobs = True, spans_of(single, backend.simulator, each)
    elif jobs is None:
        try:
            jobs = spans(points_per_job, alone.counts, backend, profile, each)
        except BridgeError as error:
            raise error.at(operation=operation.name) from None
    programs, counted, costs, places = single, alone, unpacked, []
    if not batched:
        groups = by_points(jobs)
        places = [place for place, group in enumerate(groups) for _ in group]
        if isinstance(single, BoundPoints) and any(span.size > 1 for span in jobs):
            packs = [group[0] for group in groups]
            programs, counted = _pack(operation, sweep, single, packs, backend, profile, deadline)
        costs = _costs(backend, counted, places, jobs, input_params)
    check_job_names(
        job_name,
        operation.name,
        ((sweep[span.first], range(span.first, span.first + span.size), span.shots) for span in jobs),
    )
    different = {id(counts): counts for counts in counted.counts}.values()
    plan = SweepPlan(
        operation=operation.name,
        signature=str(operation.signature),
        target=backend.name,
        profile=profile,
        points=len(sweep),
        jobs=len(sweep) if batched else len(jobs),
        shots=one_or_each(each),
        distinct_programs=counted.distinct,
        methods=dict(Counter(programs.methods)),
        qubits=max(counts.qubits for counts in different),
        gates=max(counts.one_qubit + counts.two_qubit for counts in different),
        cost=total_cost(costs),
        job_costs=tuple(cost.amount for cost in costs),
        unpacked_jobs=len(apart),
        unpacked_cost=total_cost(unpacked),
        input_params=dict(input_params or {}),
        job_spans=SinglePoints(each) if batched else tuple(jobs),
        engine=QSHARP if calls else None,
        why=calls.why if calls else None,
    )
    check_budget(plan, budget)
    deadline.check()
    return Prepared(plan, operation, sweep, backend, programs, jobs, places, batched)


def _single_programs(
    operation: Operation, sweep: Sweep, backend: ServiceBackend | LocalBackend, profile: str,
    points_per_job: int | str, deadline: Deadline,
) -> tuple[BoundPoints | QsharpPoints, Counted]:  # fmt: skip
    """Return the program of each point alone: QIR, or calls of Q# for the engine that runs what no profile can."""
    refused = None
    if not (isinstance(backend, LocalBackend) and backend.simulator.engine == QSHARP):
        try:
            bound = operation.bind(sweep, profile=profile, executor=backend.executor)
            return bound, count_programs(bound, deadline)
        except CompileError as problem:
            refused = problem
    from qsharp_bridge.runner.local.qsharp import qsharp_points

    calls = qsharp_points(operation, sweep, backend, profile, points_per_job, refused)
    if calls is None:
        assert refused is not None
        raise refused
    return calls, count_calls(calls, deadline)


def _costs(
    backend: ServiceBackend | LocalBackend, counted: Counted, places: Sequence[int], jobs: Sequence[JobSpan],
    input_params: Mapping[str, Any] | None,
) -> list[Cost]:  # fmt: skip
    """Return the cost of each job; ``places`` has the place of its program among the counts."""
    return costs_of(backend, (counted.counts[place] for place in places), (span.shots for span in jobs), input_params)


def _pack(
    operation: Operation, sweep: Sweep, single: BoundPoints, packs: Sequence[JobSpan],
    backend: ServiceBackend | LocalBackend, profile: str, deadline: Deadline,
) -> tuple[BoundPoints, Counted]:  # fmt: skip
    """Return the programs of jobs of several points, checked."""
    if profile != "Base":
        resetting = with_plain_qubits(operation, sweep, single, profile, backend.executor)
        check_resets(resetting.parts(0, len(sweep)), packs, profile, operation.name)
    programs = bind_jobs(operation, sweep, packs, profile, backend.executor)
    if profile == "Base":
        check_side_by_side(single.parts(0, len(sweep)), programs.parts(0, len(packs)), packs, operation.name)
    counted = count_programs(programs, deadline)
    for span, counts in zip(packs, counted.counts, strict=True):
        check_fits(span, counts, backend.name, operation.name)
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
    chosen = complete(PlanOptions, options, "plan_sweep")
    return prepare(
        operation,
        sweep,
        target,
        shots,
        profile=chosen["profile"],
        budget=chosen["budget"],
        points_per_job=chosen["points_per_job"],
        input_params=chosen["input_params"],
        job_name=chosen["job_name"],
        session=chosen["session"],
    ).plan
