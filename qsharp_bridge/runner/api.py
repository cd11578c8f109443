"""``run_sweep``, ``start_sweep``, ``run_sweep_async`` and ``resume_sweep``: a sweep as jobs in one session."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import JournalError
from qsharp_bridge.journal.job_rows import JobSpan
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.results.names import own_name
from qsharp_bridge.results.results import SweepResults
from qsharp_bridge.runner.planning.prepare import prepare
from qsharp_bridge.runner.planning.prepared import Prepared
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.targets.backend import backend_of

from .jobs import RunSettings, SharedSession
from .manifest import check_place, journal_for, manifest_of, operation_of
from .options import AsyncOptions, PlanOptions, ResumeOptions, RunOptions, StartOptions, accepts, complete
from .progress import listener_for
from .run import SweepRun, alongside, begin, late
from .run_limits import Limits
from .termination import Deadline
from .wait import run_to_end

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation


@accepts(RunOptions)
def run_sweep(
    operation: Operation | Any,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    target: Any,
    shots: int | Sequence[int] | None = 100,
    **options: Unpack[RunOptions],
) -> SweepResults:
    """Run an operation at every point of a sweep, as jobs in one session, and return one labelled result.

    Every point is compiled and checked before a session is opened.

    With a ``journal`` the run survives any crash: :func:`resume_sweep` continues it, and so does the same call with the
    same journal. When the run is stopped (Ctrl-C, SIGTERM, ``timeout``), nothing more is sent and the session is
    closed.

    Args:
        operation: ``program.operation("Name")``; or a Qiskit circuit with free parameters, or OpenQASM 3 text with
            ``input`` variables: then those are the parameters.
        sweep: the points, whose parameters are those of the operation: a :class:`Sweep`, or what it takes, such as a
            list of dicts or a Cirq sweep.
        target: ``workspace.get_targets("ionq.simulator")``, or ``LocalSimulator()`` to run here without a service.
        shots: for each point: one number for all, or a sequence with one for each. None, on ``LocalSimulator()``
            without noise: nothing is sampled; ``probabilities`` are exact, from the state vector, and there are no
            counts.
        options: see :class:`~qsharp_bridge.runner.options.RunOptions`.

    Returns:
        One :class:`PointResult` for each point, in the order of the sweep. A job that failed on the service is a
        result with the state ``Failed`` and its error, not an exception. The state is ``Lost`` where the service no
        longer has the result of a job, and ``Gone`` where it no longer has the job.

    Raises:
        QsharpValueError, QsharpTypeError, ArgumentError, CompileError, TargetError, SweepError, BudgetError: before a
            session is opened, with the operation, the parameter, the path to the element and the point.
        SimulationError: with ``shots=None``, later gates depend on a measurement: give shots.
        RunError: the service refused a request, could not be reached, or the time is over; the session is closed.
        JournalError: the journal is of another sweep, damaged or in use.
        KeyboardInterrupt, SystemExit: on Ctrl-C and SIGTERM, after the session is closed.

    >>> import qsharp_bridge as qb
    >>> program = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
    >>> results = qb.run_sweep(program.operation("Flip"), qb.Sweep.grid(n=[1, 2]), qb.LocalSimulator(), shots=10)
    >>> results.counts
    [{'1': 10}, {'1': 10}]
    >>> qb.run_sweep(program.operation("Flip"), qb.Sweep.grid(n=[1]), qb.LocalSimulator(), shots=None).probabilities
    [{'1': 1.0}]
    """
    return run_checked(operation, sweep, target, shots, complete(RunOptions, options, "run_sweep"))


def run_checked(
    operation: Any, sweep: Any, target: Any, shots: Any, chosen: RunOptions, shared: SharedSession | None = None
) -> SweepResults:
    """Run a sweep as :func:`run_sweep` does, with complete options, in a session that other runs share."""
    return run_to_end(
        lambda deadline: _prepared_run(operation, sweep, target, shots, chosen, deadline, shared),
        chosen,
    )


@accepts(StartOptions)
def start_sweep(
    operation: Operation | Any,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    target: Any,
    shots: int | Sequence[int] | None = 100,
    **options: Unpack[StartOptions],
) -> SweepRun:
    """Start a sweep as :func:`run_sweep` does, and return as soon as every point is checked; it runs in a thread.

    Args:
        operation: what to run, as for :func:`run_sweep`.
        sweep: the points, as for :func:`run_sweep`.
        target: of a workspace, or ``LocalSimulator()``.
        shots: for each point: one number for all, a sequence with one for each, or None for exact probabilities.
        options: see :class:`~qsharp_bridge.runner.options.StartOptions`.

    Returns:
        A :class:`SweepRun`: ``as_completed()`` yields points as they end, ``results()`` returns all. Keep it: a run
        without a reference to it is stopped.

    Raises:
        QsharpValueError, QsharpTypeError, ArgumentError, CompileError, TargetError, SweepError, BudgetError,
            JournalError: as for :func:`run_sweep`, before a session is opened.

    >>> import qsharp_bridge as qb
    >>> program = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
    >>> with start_sweep(program.operation("Flip"), qb.Sweep.grid(n=[1, 2]), qb.LocalSimulator(), 10) as run:
    ...     for point in run.as_completed():
    ...         print(point.index, point.counts)
    0 {'1': 10}
    1 {'1': 10}
    """
    return begin(_prepared_run(operation, sweep, target, shots, complete(StartOptions, options, "start_sweep")))


def _prepared_run(
    operation: Any,
    sweep: Any,
    target: Any,
    shots: Any,
    options: StartOptions,
    deadline: Deadline | None = None,
    shared: SharedSession | None = None,
) -> SweepRun:
    prepared = prepare(operation, sweep, target, shots, options, deadline=deadline)
    operation = prepared.operation
    manifest = manifest_of(
        operation,
        prepared.backend,
        prepared.plan.profile,
        prepared.plan.shots,
        sweep=prepared.sweep,
        batched=prepared.batched,
        session_name=options["session_name"] or f"{own_name(operation.name)}, {counted(prepared.plan.points, 'point')}",
        options=options,
    )
    path = options["journal"]
    record = journal_for(None if path is None else os.fspath(path), manifest, prepared.jobs)
    return SweepRun(prepared, record, replace(_settings(prepared, options), shared=shared))


def _settings(prepared: Prepared, options: StartOptions | ResumeOptions) -> RunSettings:
    limits = Limits(options["max_in_flight"], options["max_failures"], options["budget"])
    listener = listener_for(options["progress"], f"{own_name(prepared.plan.operation)} on {prepared.backend.name}")
    return RunSettings(limits, options["link_sessions"], listener=listener, session=options["session"])


@accepts(AsyncOptions)
async def run_sweep_async(
    operation: Operation | Any,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    target: Any,
    shots: int | Sequence[int] | None = 100,
    **options: Unpack[AsyncOptions],
) -> SweepResults:
    """Run a sweep as :func:`run_sweep` does, without blocking the event loop.

    When the task is cancelled, or the time is over, the session is closed, and a resume continues the run. ``on_point``
    is called in the event loop; an awaitable that it returns is awaited.

    Args:
        operation: what to run, as for :func:`run_sweep`.
        sweep: the points, as for :func:`run_sweep`.
        target: of a workspace, or ``LocalSimulator()``.
        shots: for each point: one number for all, a sequence with one for each, or None for exact probabilities.
        options: see :class:`~qsharp_bridge.runner.options.AsyncOptions`.

    Raises:
        RunError: as for :func:`run_sweep`; also when the time is over.

    >>> import qsharp_bridge as qb
    >>> program = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
    >>> sweep = qb.Sweep.grid(n=[1, 2])
    >>> asyncio.run(qb.run_sweep_async(program.operation("Flip"), sweep, qb.LocalSimulator(), 10)).counts
    [{'1': 10}, {'1': 10}]
    """
    chosen = complete(AsyncOptions, options, "run_sweep_async")
    on_point, deadline = chosen["on_point"], Deadline(chosen["timeout"])
    starting: Future[SweepRun] = Future()

    def start() -> None:
        try:
            starting.set_result(begin(_prepared_run(operation, sweep, target, shots, chosen, deadline)))
        except BaseException as problem:  # raised by the future's result()
            starting.set_exception(problem)

    def stop() -> None:
        if starting.exception() is None:  # when it has begun
            starting.result().stop()

    try:
        await alongside(start)
    except asyncio.CancelledError:
        await alongside(stop)
        raise
    run = starting.result()
    try:
        async with asyncio.timeout(deadline.left) as clock:
            if on_point is not None:
                async for point in run:
                    answer = on_point(point)
                    if inspect.isawaitable(answer):
                        await answer
            results: SweepResults = await run
            return results
    except BaseException:
        await alongside(run.stop)
        if clock.expired():
            raise late(run, deadline) from None
        raise


@accepts(ResumeOptions)
def resume_sweep(journal: str | os.PathLike[str], target: Any, **options: Unpack[ResumeOptions]) -> SweepResults:
    """Continue a run from its journal. A run that has ended returns its results again.

    No point is paid for twice: where a job may have been sent, the service is asked for its id, also when the journal
    is an older copy of the one that the run wrote. Jobs of earlier attempts count against the ``budget``.

    Args:
        journal: the file given to :func:`run_sweep`, or a copy of it.
        target: the same target. For a run that has ended no service is contacted.
        options: see :class:`~qsharp_bridge.runner.options.ResumeOptions`.

    Raises:
        JournalError: the file is no journal, damaged, in use, or of another target.
        RunError: as for :func:`run_sweep`.

    >>> import tempfile, pathlib, qsharp_bridge as qb
    >>> op = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
    >>> journal = pathlib.Path(tempfile.mkdtemp(), "run.db")
    >>> results = qb.run_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10, journal=journal)
    >>> qb.resume_sweep(journal, qb.LocalSimulator()) == results
    True
    """
    chosen = complete(ResumeOptions, options, "resume_sweep")
    return run_to_end(
        lambda deadline: _resumed_run(journal, target, chosen, deadline),
        chosen,
    )


def _resumed_run(journal: str | os.PathLike[str], target: Any, options: ResumeOptions, deadline: Deadline) -> SweepRun:
    record = Journal.open(journal)
    try:
        manifest = record.manifest
        if manifest.hybrid:
            raise JournalError(
                f"{record.path} is the journal of a hybrid loop",
                advice="run the loop again with HybridSession(journal=...)",
            )
        check_place(record, backend_of(target))
        operation = operation_of(manifest)
        # The journal has the program as well, so code among the values can do no more than the program can.
        text = json.dumps(manifest.sweep)
        sweep = Sweep.from_json(text, trusted=True)
        groups = record.jobs_by_points(len(sweep))
        jobs = [JobSpan(row.first, row.size, row.shots) for group in groups for row in group]
        known = {name: getattr(manifest, name) for name in ("profile", "input_params", "tags", "priority", "job_name")}
        planned = complete(PlanOptions, {**known, "budget": options["budget"], "session": options["session"]}, "resume")
        prepared = prepare(
            operation, sweep, target, manifest.shots or None, planned,
            jobs=jobs, batched=manifest.batched, deadline=deadline,
        )  # fmt: skip
        prepared = replace(prepared, untrusted=Sweep.from_json(text))
        return SweepRun(prepared, record, _settings(prepared, options), retry_failed=options["retry_failed"])
    except BaseException:
        record.close()
        raise
