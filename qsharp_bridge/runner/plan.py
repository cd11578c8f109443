"""The plan of a run: everything compiled and checked before a session is opened, and what it will cost."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack, cast

from qsharp_bridge._markup import facts
from qsharp_bridge._plural import counted
from qsharp_bridge.errors import BridgeError, BudgetError, CompileError, SweepError, TargetError
from qsharp_bridge.journal.journal import JobRow, JobSpan, by_points
from qsharp_bridge.qir.counts import GateCounts, count_gates
from qsharp_bridge.simulators.select import QSHARP
from qsharp_bridge.sweeps.shots import Shots, check_shots_option, one_or_each, shots_of_points, shots_text
from qsharp_bridge.sweeps.sweep import Point, Sweep
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend, backend_of
from qsharp_bridge.targets.limits import check_qubits, check_shots, most_qubits, most_shots, profile_for
from qsharp_bridge.targets.prices import Cost

from .job_options import check_job_names
from .options import PlanOptions, accepts, complete, within
from .packing import (
    MOST_PARTS,
    SinglePoints,
    cannot_bind,
    check_fits,
    check_resets,
    check_side_by_side,
    single_points,
    spans,
)
from .termination import Deadline

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from qsharp_bridge.programs import Operation
    from qsharp_bridge.programs.binding import BoundPoints

    from .local.qsharp import QsharpPoints


_MOST_GROUPS = 6  # of jobs, in a printed plan


@dataclass(frozen=True)
class SweepPlan:
    """The plan of a run; printing it shows all.

    Attributes:
        operation: the operation's name.
        signature: the operation's signature.
        target: the target's name.
        profile: what the programs are compiled for.
        points: the number of points.
        jobs: the number of jobs; with ``points_per_job`` several points share one, and the shots of a point are split
            over several where a job does not take so many.
        shots: for each point: one number where all have the same, else a tuple with one for each.
        distinct_programs: how many of the jobs have different programs.
        methods: how many programs were bound from a template, how many compiled directly.
        qubits: of the largest program.
        gates: the most gates of a program.
        cost: of the whole sweep, in the unit that the provider charges in, such as HQC; or unknown.
        job_costs: of each job, in the same unit; None when unknown.
        unpacked_jobs: the number of jobs of the same sweep with one point a job.
        unpacked_cost: of the same sweep with one point a job.
        job_spans: what each job runs: its first point, the number of its points, and the shots for each.
        input_params: options of the provider that go with each job.
        engine: ``"qsharp"`` where qdk's own ``run`` runs the Q# operation: ``qubits`` and ``gates`` are 0 then, and
            ``profile`` is the one that was asked for, and not used. None elsewhere: each program has its own.
        why: one sentence on why that engine; None where there is none.

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
    jobs: int
    shots: Shots
    distinct_programs: int
    methods: dict[str, int]
    qubits: int
    gates: int
    cost: Cost
    job_costs: tuple[float | None, ...]
    unpacked_jobs: int
    unpacked_cost: Cost
    job_spans: Sequence[JobSpan]
    input_params: dict[str, Any]
    engine: str | None = None
    why: str | None = None

    @property
    def total_shots(self) -> int:
        """Shots of all points together."""
        return sum(shots_of_points(self.shots, self.points))

    def _facts(self) -> list[tuple[str, str]]:
        made = ", ".join(f"{number} {method}" for method, number in sorted(self.methods.items()))
        packed = self.jobs != self.unpacked_jobs
        largest = f"{_many(self.qubits, 'qubit')}, {_many(self.gates, 'gate')}"
        grouped = self.jobs != self.points or not isinstance(self.shots, int)
        return [
            ("operation", self.signature),
            ("target", f"{self.target}, " + (f"engine {self.engine}" if self.engine else f"profile {self.profile}")),
            *([("why", self.why)] if self.why else []),
            ("points", f"{self.points}, {shots_text(self.shots)}, {self.total_shots} in all"),
            *([("jobs", f"{self.jobs}{self._grouped()}")] if grouped else []),
            *([("input params", json.dumps(self.input_params))] if self.input_params else []),
            ("distinct programs", f"{self.distinct_programs} ({made})"),
            *([] if self.engine else [("largest program", largest)]),
            ("cost", str(self.cost)),
            *([("one point a job", f"{counted(self.unpacked_jobs, 'job')}, {self.unpacked_cost}")] if packed else []),
        ]

    def text(self, **names: str) -> str:
        """Return the plan as lines of text.

        Args:
            names: other names of facts, such as ``points="measurements"``.

        >>> import qsharp_bridge as qb
        >>> source = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"
        >>> op = qb.Program.from_source(source).operation("Flip")
        >>> plan = qb.plan_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10)
        >>> print(plan.text(points="measurements").splitlines()[2])
        measurements       1, 10 shots each, 10 in all
        """
        return "\n".join(f"{names.get(name, name):<19}{value}" for name, value in self._facts())

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        """Return the plan as a table, for a notebook."""
        return facts(self._facts())

    def _grouped(self) -> str:
        """Return which jobs have which shots, where these differ or are split; "" where all jobs have the same."""
        most = most_shots(self.target)
        split = most is not None and max(shots_of_points(self.shots, self.points)) > most
        if isinstance(self.shots, int) and not split:
            return ""
        jobs = Counter((span.shots, span.size) for span in self.job_spans)
        groups = [
            f"{_many(number, 'job')} of {_many(size, 'point')} with {_many(shots, 'shot')}"
            for (shots, size), number in list(jobs.items())[:_MOST_GROUPS]
        ]
        return (
            f": {', '.join(groups)}{', ...' if len(jobs) > _MOST_GROUPS else ''}"
            f"{f'; a job takes {most} shots' if split else ''}"
        )


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(frozen=True)
class Prepared:
    """A run that could start now: the plan, and what it was made from.

    Attributes:
        jobs: the points of each job of the journal.
        programs: of the jobs, one for those that share the shots of the same points; where ``batched``, of the points.
        places: the number of the program of each job; where ``batched``, empty.
        batched: whether a job of several points has a program for each of them; see ``journal.manifest.Manifest``.
    """

    plan: SweepPlan
    operation: Operation
    sweep: Sweep
    backend: ServiceBackend | LocalBackend
    programs: BoundPoints | QsharpPoints
    jobs: Sequence[JobSpan]
    places: Sequence[int] = ()
    batched: bool = False
    untrusted: Sweep | None = None

    @property
    def points(self) -> Sweep:
        """The points as the results show them: of a resumed run, without trust in code that its journal holds."""
        return self.sweep if self.untrusted is None else self.untrusted


class SweepSource:
    """The jobs of a sweep; see :class:`~.jobs.JobSource`."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self.operation = prepared.plan.operation
        self.total: tuple[int, int] | None = (prepared.plan.points, len(prepared.jobs))
        self.batched = prepared.batched

    def program(self, row: JobRow) -> Any:
        """Return the program of a job."""
        return self._prepared.programs[row.first if self.batched else self._prepared.places[row.number]]

    def parts(self, start: int, stop: int) -> Iterable[Any]:
        """Yield the programs of some jobs (of points, where batched), as templates and numbers where they are."""
        return self._prepared.programs.parts(start, stop)

    def chunks(self, start: int, stop: int) -> Iterable[Any]:
        """Yield some jobs (points, where batched) in chunks of one template, as numbers where they are."""
        return self._prepared.programs.chunks(start, stop)

    def point(self, index: int) -> Point:
        """Return the values of a point."""
        return self._prepared.sweep[index]

    def point_shots(self, index: int) -> int:
        """Return the shots of a point, in all of its jobs."""
        shots = self._prepared.plan.shots
        return shots if isinstance(shots, int) else shots[index]

    def cost(self, row: JobRow) -> float:
        """Return the price of a job; 0 where none is known."""
        return self._prepared.plan.job_costs[row.number] or 0.0


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
    from qsharp_bridge.programs.coerce import as_operation

    deadline = deadline or Deadline()
    operation = as_operation(operation)
    sweep = Sweep(sweep)
    shots = check_shots_option("shots", shots)
    if len(sweep) == 0:
        raise SweepError("the sweep has no points")
    each = shots_of_points(shots, len(sweep))
    backend = backend_of(target)
    try:
        profile = profile_for(backend, profile)
        check_shots(backend, each, MOST_PARTS)
        check_local(backend, input_params, session)
    except BridgeError as error:
        raise error.at(operation=operation.name) from None
    refused: CompileError | None = None
    single = None
    if not (isinstance(backend, LocalBackend) and backend.simulator.engine == QSHARP):
        try:
            single = operation.bind(sweep, profile=profile, executor=backend.executor)
            alone = _count(single, deadline)
        except CompileError as problem:
            refused, single = problem, None
    if single is None:
        from .local.qsharp import qsharp_points

        calls = qsharp_points(operation, sweep, backend, profile, points_per_job, refused)
        if calls is None:
            assert refused is not None
            raise refused
        return _prepare_calls(operation, sweep, backend, calls, profile, each, job_name, budget, deadline)
    _check_width(alone, backend.name, operation.name)
    apart = single_points(each, backend.name)
    places: list[int] = []
    if isinstance(apart, SinglePoints):
        unpacked = _costs(backend, alone.counts, each, input_params)
    else:
        unpacked = _costs_of(backend, alone.counts, [span.first for span in apart], apart, input_params)
    programs, counted, costs = single, alone, unpacked
    if jobs is None and points_per_job == 1 and isinstance(backend, LocalBackend):
        from .local.batch import spans_of

        batched, jobs = True, spans_of(single, backend.simulator, each)
    elif jobs is None:
        try:
            jobs = spans(points_per_job, alone.counts, backend, profile, each)
        except BridgeError as error:
            raise error.at(operation=operation.name) from None
    if not batched:
        groups = by_points(jobs)
        places = [place for place, group in enumerate(groups) for _ in group]
    if not batched and any(span.size > 1 for span in jobs):
        packs = [group[0] for group in groups]
        if profile != "Base":
            resetting = _with_plain_qubits(operation, sweep, single, profile, backend.executor)
            check_resets(resetting.parts(0, len(sweep)), packs, profile, operation.name)
        programs = _bind_jobs(operation, sweep, packs, profile, backend.executor)
        if profile == "Base":
            alone_parts, together = single.parts(0, len(sweep)), programs.parts(0, len(packs))
            check_side_by_side(alone_parts, together, packs, operation.name)
        counted = _count(programs, deadline)
        for span, counts in zip(packs, counted.counts, strict=True):
            check_fits(span, counts, backend.name, operation.name)
    if not batched:
        costs = _costs_of(backend, counted.counts, places, jobs, input_params)
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
        cost=_total(costs),
        job_costs=tuple(cost.amount for cost in costs),
        unpacked_jobs=len(apart),
        unpacked_cost=_total(unpacked),
        input_params=dict(input_params or {}),
        job_spans=SinglePoints(each) if batched else tuple(jobs),
    )
    _check_budget(plan, budget)
    deadline.check()
    return Prepared(plan, operation, sweep, backend, programs, jobs, places, batched)


def _prepare_calls(
    operation: Operation, sweep: Sweep, backend: ServiceBackend | LocalBackend, calls: QsharpPoints, profile: str,
    each: Sequence[int], job_name: str | None, budget: float | None, deadline: Deadline,
) -> Prepared:  # fmt: skip
    """Return the run of a sweep that has no QIR: each point a call of Q# and a job."""
    seen = set()
    for call in calls:
        deadline.check()
        seen.add(hashlib.sha256(call.expression.encode()).digest())
    jobs = [JobSpan(index, 1, shots) for index, shots in enumerate(each)]
    check_job_names(
        job_name, operation.name, ((sweep[span.first], range(span.first, span.first + 1), span.shots) for span in jobs)
    )
    costs = [backend.cost(GateCounts(0, 0, 0, 0, 0, 0), shots) for shots in each]
    plan = SweepPlan(
        operation=operation.name,
        signature=str(operation.signature),
        target=backend.name,
        profile=profile,
        points=len(sweep),
        jobs=len(sweep),
        shots=one_or_each(each),
        distinct_programs=len(seen),
        methods=dict(Counter(calls.methods)),
        qubits=0,
        gates=0,
        cost=_total(costs),
        job_costs=tuple(cost.amount for cost in costs),
        unpacked_jobs=len(sweep),
        unpacked_cost=_total(costs),
        input_params={},
        job_spans=tuple(jobs),
        engine=QSHARP,
        why=calls.why,
    )
    _check_budget(plan, budget)
    return Prepared(plan, operation, sweep, backend, calls, jobs, batched=True)


@dataclass(frozen=True)
class _Counted:
    """What the programs of a sweep consist of, and how many of them are different."""

    counts: list[GateCounts]
    distinct: int


def _count(programs: BoundPoints, deadline: Deadline) -> _Counted:
    found: list[GateCounts | None] = [None] * len(programs)
    known: dict[int, GateCounts] = {}  # by template: its numbers do not change what is called
    seen: set[int | bytes] = set()
    for chunk in programs.chunks(0, len(programs)):
        deadline.check()
        if chunk.template is None:
            for index in chunk.indices:
                deadline.check()
                text = str(programs[index])
                found[index] = count_gates(text)
                seen.add(hashlib.sha256(text.encode()).digest())
            continue
        counts = known.get(id(chunk.template))
        if counts is None:
            counts = known[id(chunk.template)] = count_gates(chunk.text(0))
        for index in chunk.indices:
            found[index] = counts
        if programs.one_template:  # its numbers tell the programs apart: 64 bits of a keyed hash of them
            seen.update(map(hash, map(bytes, chunk.values)))
        else:
            seen.update(hashlib.sha256(text.encode()).digest() for text in chunk.texts())
    return _Counted(cast("list[GateCounts]", found), len(seen))


def _check_width(counted: _Counted, target: str, operation: str) -> None:
    limit = most_qubits(target)
    if limit is None:
        return
    wide = [index for index, counts in enumerate(counted.counts) if counts.qubits > limit]
    if wide:
        try:
            check_qubits(target, counted.counts[wide[0]].qubits, wide[1:])
        except BridgeError as error:
            raise error.at(operation=operation, point=wide[0]) from None


def _with_plain_qubits(
    operation: Operation, sweep: Sweep, single: BoundPoints, profile: str, executor: Executor | None
) -> BoundPoints:
    """Return the points for a profile whose programs name every qubit: Adaptive takes them from arrays in loops."""
    if profile != "Adaptive":
        return single
    try:
        return operation.bind(sweep, profile="Adaptive_RIF", executor=executor)
    except CompileError:
        return single


def _bind_jobs(
    operation: Operation, sweep: Sweep, jobs: Sequence[JobSpan], profile: str, executor: Executor | None
) -> BoundPoints:
    """Bind jobs of several points. Each point alone was bound before, so it is the pack that an error is about."""
    from qsharp_bridge.programs.pack import bind_packs

    ranges = [range(span.first, span.first + span.size) for span in jobs]
    try:
        return bind_packs(operation, sweep, ranges, profile=profile, executor=executor)
    except BridgeError as error:
        raise cannot_bind(error, ranges[error.point or 0], operation.name) from None


@accepts(PlanOptions)
def plan_sweep(
    operation: Operation,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    target: Any,
    shots: int | Sequence[int] = 100,
    **options: Unpack[PlanOptions],
) -> SweepPlan:
    """Return what :func:`run_sweep` with the same arguments would do and cost. Nothing is sent.

    Args:
        operation: what to run, as for :func:`run_sweep`.
        sweep: the points, as for :func:`run_sweep`.
        target: of a workspace, or ``LocalSimulator()``.
        shots: for each point: one number for all, or a sequence with one for each.
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


def check_local(
    backend: ServiceBackend | LocalBackend, input_params: Mapping[str, Any] | None, session: str | None
) -> None:
    """Check that the simulator on this machine gets no options that only a service takes.

    Raises:
        TargetError: it does.
    """
    if isinstance(backend, LocalBackend):
        if input_params:
            raise TargetError(
                f"{backend.name} takes no input_params", advice="give LocalSimulator(noise=...) for noise"
            )
        if session is not None:
            raise TargetError(f"{backend.name} has no sessions", advice="leave session= out")


def _costs(
    backend: ServiceBackend | LocalBackend,
    counts: list[GateCounts],
    shots: Iterable[int],
    input_params: Mapping[str, Any] | None,
) -> list[Cost]:
    """Return the cost of each program with its shots. The points of a template share one object."""
    known: dict[tuple[int, int], Cost] = {}
    costs = []
    for one, number in zip(counts, shots, strict=True):
        key = id(one), number
        if key not in known:
            known[key] = backend.cost(one, number, input_params)
        costs.append(known[key])
    return costs


def _costs_of(
    backend: ServiceBackend | LocalBackend,
    counts: list[GateCounts],
    places: Sequence[int],
    jobs: Sequence[JobSpan],
    input_params: Mapping[str, Any] | None,
) -> list[Cost]:
    """Return the cost of each job; ``places`` has the place of its program among the counts."""
    return _costs(backend, [counts[place] for place in places], (span.shots for span in jobs), input_params)


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
        jobs = counted(plan.jobs, "job")
        problem = BudgetError(
            f"{jobs} would cost {plan.cost}, over the budget of {budget:g} {plan.cost.unit}".rstrip(),
            advice="take fewer points or shots, or raise the budget",
        )
    if problem is not None:
        raise problem.at(operation=plan.operation)
