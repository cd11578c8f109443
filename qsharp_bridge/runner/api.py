"""``run_sweep`` and its kin: a sweep as jobs in one session, exactly one paid job a point."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import JournalError
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.results.from_journal import results_of
from qsharp_bridge.results.results import PointResult, SweepResults
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.targets.backend import TargetLike, describe_target

from .manifest import about_run, check_place, journal_for, operation_of, policy_word
from .options import Limits, check_amount, check_callback, check_switch, check_text
from .plan import prepare
from .progress import ProgressListener, listener_for
from .run import SweepRun, alongside, late
from .service.endings import JOB_GONE
from .wait import check_on_interrupt, see_through

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation

__all__ = ["results_of", "resume_sweep", "run_sweep", "run_sweep_async", "start_sweep"]


def run_sweep(
    operation: Operation | Any,
    sweep: Sweep,
    target: Any,
    shots: int = 100,
    *,
    session_name: str | None = None,
    journal: str | os.PathLike[str] | None = None,
    budget: float | None = None,
    failure_policy: str = "continue",
    profile: str | None = None,
    max_in_flight: int = 16,
    max_failures: int | None = None,
    link_sessions: bool = True,
    progress: bool | ProgressListener | None = None,
    on_point: Callable[[PointResult], None] | None = None,
    timeout: float | None = None,
    on_interrupt: str = "ask",
) -> SweepResults:
    """Run an operation at every point of a sweep, as jobs in one session, and bring back one labelled result.

    Everything is compiled and checked first; a session is opened only when every point is known to be good.

    Args:
        operation: ``program.operation("Name")``; or a Qiskit circuit with free parameters, or OpenQASM 3 text with
            ``input`` variables: then those are the parameters.
        sweep: the points; its parameters are those of the operation.
        target: ``workspace.get_targets("ionq.simulator")``, or ``LocalSimulator()`` to run here without a service.
        shots: for each point.
        session_name: the session's name on the service; the operation's name with the number of points by default.
        journal: a file that makes the run safe against any crash: :func:`resume_sweep` goes on with it. Running the
            same sweep with the same journal again also goes on. None: nothing outlives this process.
        budget: a hard cap on the cost, in the unit of the target's price (see :func:`plan_sweep`), checked before
            anything is sent and again before every job.
        failure_policy: ``"continue"`` (a failed job does not touch the others) or ``"abort"`` (the service ends the
            session at the first failure and cancels the rest).
        profile: the QIR target profile; the target's own by default.
        max_in_flight: how many requests at a time.
        max_failures: stop sending when this many jobs have failed, and send no more than this many before one has
            succeeded, so that little is paid for a sweep that only fails.
        link_sessions: go on in another session when the first one has ended (timed out) with points left.
        progress: True for a progress line, False for none, or a function of a :class:`Progress`. By default a line
            when stderr is a terminal.
        on_point: called, in this thread, with each point as it ends.
        timeout: give up waiting after so many seconds: the session is closed, what was sent is on record, and
            a resume goes on. None to wait for ever.
        on_interrupt: what becomes of jobs that have not ended when Ctrl-C or SIGTERM ends the run: ``"leave"`` lets
            them run on (a resume fetches their results), ``"cancel"`` cancels them, ``"ask"`` asks where there is
            a terminal and leaves them elsewhere. Nothing more is sent in any case, and the session is closed.

    Returns:
        One :class:`PointResult` for each point, in the order of the sweep. A job that failed on the service is a
        result with the state ``Failed`` and its error, not an exception; so is one whose result the service no longer
        has, with the state ``Lost``.

    Raises:
        QsharpValueError, QsharpTypeError, ArgumentError, CompileError, TargetError, SweepError, BudgetError: before a
            session is opened, with the operation, the parameter, the path to the element and the point.
        RunError: the service refused something, could not be reached, or the time is over; the session is closed.
        JournalError: the journal is of another sweep, damaged or in use.
        KeyboardInterrupt, SystemExit: on Ctrl-C and SIGTERM, when all is in order.

    >>> import qsharp_bridge as qb
    >>> program = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
    >>> results = qb.run_sweep(program.operation("Flip"), qb.Sweep.grid(n=[1, 2]), qb.LocalSimulator(), shots=10)
    >>> results.counts
    [{'1': 10}, {'1': 10}]
    """
    check_on_interrupt(on_interrupt)
    check_amount("timeout", timeout)
    check_callback("on_point", on_point)
    run = start_sweep(
        operation, sweep, target, shots, session_name=session_name, journal=journal, budget=budget,
        failure_policy=failure_policy, profile=profile, max_in_flight=max_in_flight, max_failures=max_failures,
        link_sessions=link_sessions, progress=progress,
    )  # fmt: skip
    return see_through(run, on_point=on_point, timeout=timeout, on_interrupt=on_interrupt)


def start_sweep(
    operation: Operation | Any,
    sweep: Sweep,
    target: Any,
    shots: int = 100,
    *,
    session_name: str | None = None,
    journal: str | os.PathLike[str] | None = None,
    budget: float | None = None,
    failure_policy: str = "continue",
    profile: str | None = None,
    max_in_flight: int = 16,
    max_failures: int | None = None,
    link_sessions: bool = True,
    progress: bool | ProgressListener | None = None,
) -> SweepRun:
    """Like :func:`run_sweep`, but return as soon as everything is checked; the sweep runs meanwhile.

    Args:
        operation: what to run, as for :func:`run_sweep`.
        sweep: the points.
        target: of a workspace, or ``LocalSimulator()``.
        shots: for each point.
        session_name, journal, budget, failure_policy, profile, max_in_flight, max_failures, link_sessions, progress: as
            for :func:`run_sweep`.

    Returns:
        A :class:`SweepRun`: take points from ``as_completed()`` as they end, or all from ``results()``.

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
    policy = policy_word(failure_policy)
    check_text("session_name", session_name)
    check_switch("link_sessions", link_sessions)
    limits = Limits(max_in_flight, max_failures, budget)
    prepared = prepare(operation, sweep, target, shots, profile=profile, budget=budget)
    operation = prepared.operation
    name = session_name or f"{operation.name}, {len(sweep)} points"
    about = about_run(
        operation,
        prepared.target,
        prepared.plan.profile,
        prepared.plan.shots,
        sweep=sweep,
        session_name=name,
        policy=policy,
    )
    listener = listener_for(progress, f"{operation.name} on {prepared.target.name}")
    record = journal_for(journal, about, len(sweep))
    return SweepRun(prepared, record, listener, limits=limits, link_sessions=link_sessions)


async def run_sweep_async(
    operation: Operation | Any,
    sweep: Sweep,
    target: Any,
    shots: int = 100,
    *,
    on_point: Callable[[PointResult], Any] | None = None,
    timeout: float | None = None,
    **options: Any,
) -> SweepResults:
    """:func:`run_sweep` for an event loop, which it does not block.

    When the task is cancelled, or the time is over, the run is stopped in order: the session is closed, and a resume
    goes on.

    Args:
        operation, sweep, target, shots: as for :func:`run_sweep`.
        on_point: called in the event loop with each point as it ends; what it gives is awaited if it can be.
        timeout: seconds; None to wait for ever.
        options: the other arguments of :func:`start_sweep`, by name.

    Raises:
        RunError: as for :func:`run_sweep`; also when the time is over.

    >>> import qsharp_bridge as qb
    >>> program = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
    >>> sweep = qb.Sweep.grid(n=[1, 2])
    >>> asyncio.run(qb.run_sweep_async(program.operation("Flip"), sweep, qb.LocalSimulator(), 10)).counts
    [{'1': 10}, {'1': 10}]
    """
    check_amount("timeout", timeout)
    check_callback("on_point", on_point)
    starting: Future[SweepRun] = Future()

    def start() -> None:
        try:
            starting.set_result(start_sweep(operation, sweep, target, shots, **options))
        except BaseException as problem:  # for whoever asks the future
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
        async with asyncio.timeout(timeout) as clock:
            if on_point is not None:
                async for point in run:
                    told = on_point(point)
                    if inspect.isawaitable(told):
                        await told
            results: SweepResults = await run
            return results
    except BaseException:
        await alongside(run.stop)
        if timeout is not None and clock.expired():
            raise late(run, timeout) from None
        raise


def resume_sweep(
    journal: str | os.PathLike[str],
    target: Any,
    *,
    budget: float | None = None,
    max_in_flight: int = 16,
    max_failures: int | None = None,
    link_sessions: bool = True,
    retry_failed: bool = False,
    progress: bool | ProgressListener | None = None,
    on_point: Callable[[PointResult], None] | None = None,
    timeout: float | None = None,
    on_interrupt: str = "ask",
) -> SweepResults:
    """Go on with a run from its journal, after whatever ended it. A finished run just gives its results again.

    No point is paid for twice: what was in doubt is settled by asking the service for its job ids.

    Args:
        journal: the file given to :func:`run_sweep`.
        target: the same target; ``results`` of a run that has ended need no service, but do need this argument.
        retry_failed: also send points whose job failed or was cancelled, or whose result is lost, again: as new jobs,
            which cost again.
        budget: as for :func:`run_sweep`, in the unit of the target's price; jobs of earlier attempts count.
        max_in_flight, max_failures, link_sessions, progress, on_point, timeout, on_interrupt: as for
            :func:`run_sweep`.

    Raises:
        JournalError: no journal, a damaged one, one in use, or one of another target.
        RunError: as for :func:`run_sweep`.

    >>> import tempfile, pathlib, qsharp_bridge as qb
    >>> op = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
    >>> journal = pathlib.Path(tempfile.mkdtemp(), "run.db")
    >>> results = qb.run_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10, journal=journal)
    >>> qb.resume_sweep(journal, qb.LocalSimulator()) == results
    True
    """
    check_on_interrupt(on_interrupt)
    check_amount("timeout", timeout)
    check_callback("on_point", on_point)
    check_switch("link_sessions", link_sessions)
    check_switch("retry_failed", retry_failed)
    limits = Limits(max_in_flight, max_failures, budget)
    record = Journal.open(journal)
    try:
        about = record.about
        if about["sweep"] is None:
            raise JournalError(
                f"{record.path} is the journal of a hybrid loop",
                advice="run the loop again with HybridSession(journal=...)",
            )
        check_place(record, describe_target(target))
        operation = operation_of(about)
        sweep = Sweep.from_json(json.dumps(about["sweep"]))
        prepared = prepare(operation, sweep, target, about["shots"], profile=about["profile"], budget=budget)
        _look_again(record, prepared.target, limits)
        if retry_failed:
            with record.together():
                for row in record.jobs():
                    if row.ended and row.state != "Succeeded":
                        record.try_again(row)
    except BaseException:
        record.close()
        raise
    listener = listener_for(progress, f"{operation.name} on {prepared.target.name}")
    run = SweepRun(prepared, record, listener, limits=limits, link_sessions=link_sessions)
    return see_through(run, on_point=on_point, timeout=timeout, on_interrupt=on_interrupt)


def _look_again(record: Journal, target: TargetLike, limits: Limits) -> None:
    if target.spec is None or all(row.error != JOB_GONE for row in record.jobs()):
        return
    from qsharp_bridge.azure.client import Service

    from .service.poller import look_again

    service = Service(target.target.workspace)
    try:
        look_again(record, service, limits.max_in_flight)
    finally:
        service.close()
