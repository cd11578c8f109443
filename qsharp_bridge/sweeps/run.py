"""``run_sweep`` and ``resume_sweep``: a sweep as jobs in one session, exactly one paid job a point."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BridgeError, JournalError, ResultFormatError, SweepError
from .journal import Journal
from .local import run_locally
from .outputs import Output, read_output
from .plan import Prepared, prepare
from .progress import ProgressListener, listener_for
from .results import PointResult, SweepResults
from .sweep import Point, Sweep
from .target import TargetLike
from .values import to_json

if TYPE_CHECKING:
    from ..programs import Operation
    from .running import Task


def run_sweep(
    operation: Operation,
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
) -> SweepResults:
    """Run an operation at every point of a sweep, as jobs in one session, and bring back one labelled result.

    Everything is compiled and checked first; a session is opened only when every point is known to be good.

    Args:
        operation: ``program.operation("Name")``.
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

    Returns:
        One :class:`PointResult` for each point, in the order of the sweep. A job that failed on the service is a
        result with the state ``Failed`` and its error, not an exception.

    Raises:
        QsharpValueError, QsharpTypeError, ArgumentError, CompileError, TargetError, SweepError, BudgetError: before a
            session is opened, with the operation, the parameter, the path to the element and the point.
        RunError: the service refused something, or could not be reached; the session is closed.
        JournalError: the journal is of another sweep, damaged or in use.

    >>> import qsharp_bridge as qb
    >>> program = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }")
    >>> results = qb.run_sweep(program.operation("Flip"), qb.Sweep.grid(n=[1, 2]), qb.LocalSimulator(), shots=10)
    >>> results.counts
    [{'1': 10}, {'1': 10}]
    """
    policy = policy_word(failure_policy)
    prepared = prepare(operation, sweep, target, shots, profile=profile, budget=budget)
    name = session_name or f"{operation.name}, {len(sweep)} points"
    about = about_run(
        operation, prepared.target, prepared.plan.profile, shots, sweep=sweep, session_name=name, policy=policy
    )
    with journal_for(journal, about, len(sweep)) as record:
        listener = listener_for(progress, f"{operation.name} on {prepared.target.name}")
        options = {"max_in_flight": max_in_flight, "max_failures": max_failures, "link_sessions": link_sessions}
        return _execute(prepared, record, listener, budget=budget, **options)


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
) -> SweepResults:
    """Go on with a run from its journal, after whatever ended it. A finished run just gives its results again.

    No point is paid for twice: what was in doubt is settled by asking the service for its job ids.

    Args:
        journal: the file given to :func:`run_sweep`.
        target: the same target; ``results`` of a run that has ended need no service, but do need this argument.
        retry_failed: also send points whose job failed or was cancelled again, as new jobs, which cost again.
        budget, max_in_flight, max_failures, link_sessions, progress: as for :func:`run_sweep`.

    Raises:
        JournalError: no journal, a damaged one, one in use, or one of another target.
        RunError: as for :func:`run_sweep`.
    """
    with Journal.open(journal) as record:
        about = record.about
        if about["sweep"] is None:
            raise JournalError(
                f"{record.path} is the journal of a hybrid loop",
                advice="run the loop again with HybridSession(journal=...)",
            )
        operation = _operation(about)
        sweep = Sweep.from_json(json.dumps(about["sweep"]))
        prepared = prepare(operation, sweep, target, about["shots"], profile=about["profile"], budget=budget)
        if prepared.target.name != about["target"]:
            raise JournalError(
                f"{record.path} is the journal of a run on {about['target']}, not on {prepared.target.name}",
                advice="resume with the target that it began with",
            )
        if retry_failed:
            for row in record.jobs():
                if row.ended and row.state != "Succeeded":
                    record.try_again(row)
        listener = listener_for(progress, f"{operation.name} on {prepared.target.name}")
        return _execute(
            prepared, record, listener, budget=budget, max_in_flight=max_in_flight, max_failures=max_failures,
            link_sessions=link_sessions,
        )  # fmt: skip


def _execute(
    prepared: Prepared, record: Journal, listener: ProgressListener, *, budget: float | None, **options: Any
) -> SweepResults:
    about = record.about
    if all(row.ended for row in record.jobs()):
        pass  # nothing left to run
    elif prepared.target.spec is None:
        run_locally(prepared, record, listener)
    else:
        _run_on_service(prepared, record, listener, about, budget=budget, **options)
    return results_of(record, prepared.sweep)


def _run_on_service(
    prepared: Prepared,
    record: Journal,
    listener: ProgressListener,
    about: dict[str, Any],
    *,
    link_sessions: bool,
    **limits: Any,
) -> None:
    from ..workspace import Service
    from .running import Limits, Running
    from .session_keeper import SessionKeeper

    spec, plan = prepared.target.spec, prepared.plan
    assert spec is not None
    service = Service(prepared.target.target.workspace)
    try:
        Running(
            service,
            spec,
            record,
            SessionKeeper(service, spec, record, about["session_name"], about["failure_policy"], link_sessions),
            task=lambda index: job_of_point(
                plan.operation, index, prepared.sweep[index], prepared.programs[index], about
            ),
            cost=lambda index: plan.job_costs[index] or 0.0,
            shots=plan.shots,
            limits=Limits(**limits),
            listener=listener,
        ).run()
    finally:
        service.close()


def job_of_point(operation: str, index: int, point: Point, program: Any, about: dict[str, Any]) -> Task:
    """What is sent for a point. Its values travel with it, so that a session alone tells what its jobs were."""
    from .running import Task

    values = {name: to_json(value) for name, value in point.items()}
    metadata = {
        "qsharp_bridge.sweep": about["sweep_digest"],
        "qsharp_bridge.operation": operation,
        "qsharp_bridge.point": str(index),
        "qsharp_bridge.shots": str(about["shots"]),
        "qsharp_bridge.values": json.dumps(values, separators=(",", ":")),
    }
    return Task(str(program).encode(), f"{operation} {index}", metadata)


def results_of(record: Journal, sweep: Sweep) -> SweepResults:
    """The results in a journal: read from the raw bytes in it, so that later is the same as now."""
    about = record.about
    outputs = {job_id: (output_format, raw) for job_id, output_format, raw in record.outputs()}
    rows: list[PointResult] = []
    for row, point in zip(record.jobs(), sweep, strict=True):
        raw_format, raw = outputs.get(row.id, (None, None))
        output: Output | None = None
        state, error = row.state, row.error
        if raw is not None and raw_format is not None and row.state == "Succeeded":
            try:
                output = read_output(raw, raw_format, about["shots"])
            except ResultFormatError as problem:
                state, error = "Unreadable", str(problem)
        job_id = None if about["provider"] is None or row.state == "planned" else row.id
        rows.append(PointResult(row.point, point, state, job_id, output, error, raw, raw_format))
    return SweepResults(
        rows,
        operation=about["operation"],
        target=about["target"],
        shots=about["shots"],
        session_ids=[session_id for session_id, _, _ in record.sessions()],
        sweep=sweep,
    )


def about_run(
    operation: Operation,
    target: TargetLike,
    profile: str,
    shots: int,
    *,
    sweep: Sweep | None = None,
    session_name: str,
    policy: str,
) -> dict[str, Any]:
    """What identifies a run in its journal, and what a resume needs. No secret is part of it.

    ``sweep`` is None for a hybrid loop, whose points are not known beforehand.
    """
    sources = operation.program.sources
    return {
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {name: importlib.metadata.version(name) for name in ("qsharp-bridge", "qdk", "azure-quantum")},
        "operation": operation.name,
        "sources": {"name": sources.name, "files": sources.files, "project": sources.project},
        "source_digest": sources.digest,
        "profile": profile,
        "target": target.name,
        "provider": target.spec.provider_id if target.spec is not None else None,
        "shots": shots,
        "sweep": json.loads(sweep.to_json()) if sweep is not None else None,
        "sweep_digest": sweep.digest if sweep is not None else "hybrid",
        "session_name": session_name,
        "failure_policy": policy,
    }


def policy_word(failure_policy: str) -> str:
    """The service's word for a failure policy.

    Raises:
        SweepError: it is neither "continue" nor "abort".
    """
    words = {"continue": "Continue", "abort": "Abort"}
    if failure_policy not in words:
        raise SweepError(f"failure_policy is {failure_policy!r}", advice='use "continue" or "abort"')
    return words[failure_policy]


#: What must be the same for a run to go on with a journal, and how to call it.
_IDENTITY = {
    "source_digest": "the program's source",
    "operation": "the operation",
    "sweep_digest": "the points",
    "shots": "the number of shots",
    "target": "the target",
    "profile": "the profile",
}


def journal_for(path: str | os.PathLike[str] | None, about: dict[str, Any], points: int) -> Journal:
    """A new journal, or the one in ``path`` when it is of this very run."""
    if path is None or not Path(path).exists() or Path(path).stat().st_size == 0:
        return Journal.create(path, about, points)
    try:
        record = Journal.open(path)
    except JournalError:
        # A run that died while creating its journal left a file that holds nothing; create judges that.
        return Journal.create(path, about, points)
    known = record.about
    changed = [told for key, told in _IDENTITY.items() if known.get(key) != about[key]]
    if changed:
        record.close()
        raise JournalError(
            f"{os.fspath(path)} is the journal of another run: {_list(changed)} changed",
            advice="give another path for a new run, or resume_sweep to finish the old one",
        )
    return record


def _operation(about: dict[str, Any]) -> Operation:
    from ..programs import Program
    from ..programs.sources import Sources

    told = about["sources"]
    sources = Sources(told["name"], tuple((path, text) for path, text in told["files"]), told["project"])
    if sources.digest != about["source_digest"]:
        raise JournalError("the program in the journal is not the one it was made for", advice="the file was changed")
    try:
        return Program(sources).operation(about["operation"])
    except BridgeError as error:
        raise JournalError(f"the program in the journal does not compile any more: {error}") from error


def _list(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
