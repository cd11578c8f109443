"""The results of a sweep from its session alone: the metadata of each job has the values of its points."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING

from qsharp_bridge._plural import counted
from qsharp_bridge._warnings import remember, users_line, warn
from qsharp_bridge.errors import BridgeError, ResultFormatError, RunError, ServiceError
from qsharp_bridge.journal.job_rows import JobEnd
from qsharp_bridge.journal.manifest import first_job_id, next_attempt
from qsharp_bridge.results.formats import Output, read_outputs
from qsharp_bridge.results.from_journal import shots_together
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.results.results import SweepResults
from qsharp_bridge.states import JobState
from qsharp_bridge.sweeps.shots import one_or_each, whole_number
from qsharp_bridge.sweeps.value_json import from_json

from .service.job import job_end

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azure.quantum.workspace import Workspace

    from qsharp_bridge.azure.answers import JobAnswer
    from qsharp_bridge.azure.client import Service

    _Ended = tuple[JobAnswer, JobEnd]


def recover_sweep(workspace: Workspace, session_id: str, *, max_in_flight: int = 16) -> SweepResults:
    """Return the results of a sweep whose journal is lost, or that ran elsewhere, from the id of its session.

    The metadata of each job has the number of points of its sweep and the id of its run. Points that the session does
    not list, because the list is late or their jobs are in a linked session, are looked up by the ids of their jobs; a
    warning names those that are not found.

    Args:
        workspace: the workspace of the session.
        session_id: of a session that :func:`run_sweep` or a :class:`HybridSession` opened. Other jobs in it are left
            out.
        max_in_flight: the number of requests at a time.

    Returns:
        The points that have jobs, in the order of the sweep. A result that the service no longer has is a point with
        the state ``Lost``.

    Raises:
        SweepError: ``max_in_flight`` is no whole number from 1 up.
        RunError: the session has no job of a sweep, or one with other metadata than a sweep writes, or the service
            could not be reached.

    >>> import qsharp_bridge as qb
    >>> op = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
    >>> with qb.connect("local") as workspace:
    ...     target = workspace.get_targets("ionq.simulator")
    ...     results = qb.run_sweep(op, qb.Sweep.points([{}]), target, shots=10)
    ...     qb.recover_sweep(workspace, results.session_ids[0]).counts
    [{'1': 10}]
    """
    from qsharp_bridge.azure.client import Service
    from qsharp_bridge.azure.sessions import id_of

    threads = whole_number("max_in_flight", max_in_flight)
    session_id = id_of(session_id, "session")
    service = Service(workspace)
    try:
        found = _all_jobs(service, session_id, threads)
    finally:
        service.close()
    newest: dict[tuple[int, int], _Ended] = {}  # by first point, and number of the job
    for job, end in found:
        index = int(job.metadata["qsharp_bridge.point"])
        key = index, int(job.metadata.get("qsharp_bridge.job", index))
        if key not in newest or end.packed is not None:
            newest[key] = (job, end)
    rows: list[PointResult] = []
    shots: list[int] = []
    for _, keys in groupby(sorted(newest), lambda key: key[0]):
        some, asked = _points([newest[key] for key in keys])
        rows += some
        shots += [asked] * len(some)
    first = found[0][0]
    _warn_of_missing(int(first.metadata.get("qsharp_bridge.points", len(rows))), [row.index for row in rows])
    sessions = dict.fromkeys([session_id, *(job.session_id for job, _ in newest.values() if job.session_id)])
    return SweepResults(
        rows,
        operation=first.metadata.get("qsharp_bridge.operation", ""),
        target=first.target,
        shots=one_or_each(shots),
        session_ids=list(sessions),
    )


def _all_jobs(service: Service, session_id: str, threads: int) -> list[_Ended]:
    """Return the jobs of a sweep, those of other sessions included, with their ends."""
    listed = [job for job in service.session_jobs(session_id) if "qsharp_bridge.point" in job.metadata]
    for one in listed:
        _check_metadata(one)
    if not listed and service.session(session_id) is None:
        raise ServiceError(f"there is no session {session_id}", advice="qb.sessions.list_sessions(workspace) lists all")
    if not listed:
        raise RunError(
            f"session {session_id} has no job of a sweep", advice="only jobs of run_sweep carry their points"
        )
    with ThreadPoolExecutor(threads, initializer=remember, initargs=(users_line(),)) as pool:
        found = list(pool.map(lambda job: _fetch(service, job), listed))
        for job in pool.map(service.accepted_job, _missing_jobs(listed)):
            if job is not None and job.metadata.get("qsharp_bridge.run") == listed[0].metadata["qsharp_bridge.run"]:
                found.append(_fetch(service, job))
        return found + [later for again in pool.map(lambda one: _attempts(service, *one), found) for later in again]


def _attempts(service: Service, job: JobAnswer, end: JobEnd) -> list[_Ended]:
    """Return the jobs that were sent, in any session, because this one failed."""
    found: list[_Ended] = []
    while end.packed is None and "qsharp_bridge.run" in job.metadata:
        later = service.job(next_attempt(job.id))
        if later is None:
            break
        job, end = _fetch(service, later)
        found.append((job, end))
    return found


_POINTS = 10**7  # of a sweep: a job with a larger number would cause as many requests
_NUMBERS = dict.fromkeys(("point", "points", "job", "jobs", "size"), _POINTS) | {"shots": 2**53, "point_shots": 2**53}


def _check_metadata(job: JobAnswer) -> None:
    """Check the metadata of a job: every user of the workspace can send jobs into the session.

    Raises:
        RunError: ``run_sweep`` does not write such metadata.
    """
    for name, most in _NUMBERS.items():
        text = job.metadata.get(f"qsharp_bridge.{name}", "0")
        if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= most):
            raise _foreign(job, f"qsharp_bridge.{name} is {text[:40]!r}")
    run = job.metadata.get("qsharp_bridge.run")
    if run is not None:
        try:
            uuid.UUID(run)
        except ValueError:
            raise _foreign(job, f"qsharp_bridge.run is {run[:40]!r}") from None


def _foreign(job: JobAnswer, problem: str) -> RunError:
    return RunError(f"the metadata of job {job.id} is not that of a sweep: {problem}")


def _missing_jobs(listed: list[JobAnswer]) -> list[str]:
    """Return the ids of the jobs of a sweep that are not listed; none for a hybrid loop."""
    known = listed[0].metadata
    if "qsharp_bridge.jobs" not in known or "qsharp_bridge.run" not in known:
        return []
    numbers = {job.metadata.get("qsharp_bridge.job") for job in listed}
    return [
        first_job_id(known["qsharp_bridge.run"], str(number))
        for number in range(int(known["qsharp_bridge.jobs"]))
        if str(number) not in numbers
    ]


def _warn_of_missing(total: int, found: Iterable[int]) -> None:
    missing = sorted(set(range(total)) - set(found))
    if missing:
        shown = ", ".join(map(str, missing[:10])) + (", ..." if len(missing) > 10 else "")
        warn(
            f"{len(missing)} of {total} points have no job on the service: {shown}; they were never sent, or the "
            "service does not show them yet"
        )


def _fetch(service: Service, listed: JobAnswer) -> _Ended:
    job = service.job(listed.id) or listed  # the second if it was deleted since
    _check_metadata(job)
    return job, job_end(service, job, _shots(job))


def _shots(job: JobAnswer) -> int:
    return int(job.metadata.get("qsharp_bridge.shots", 0))


def _points(jobs: list[_Ended]) -> tuple[list[PointResult], int]:
    """Return the results of the points whose shots are split over these jobs, and the shots of each point.

    Where one of their jobs is not on the service, the points have not ended.
    """
    asked = int(jobs[0][0].metadata.get("qsharp_bridge.point_shots", _shots(jobs[0][0])))
    here = sum(_shots(job) for job, _ in jobs)
    rows = [shots_together(some) for some in zip(*(_rows(job, end) for job, end in jobs), strict=True)]
    if here != asked:
        problem = f"only {here} of {counted(asked, 'shot')} have a job on the service"
        rows = [PointResult(row.index, row.point, JobState.PLANNED, error=problem) for row in rows]
        warn(f"point {rows[0].index}: {problem}; the rest was never sent, or the service does not show it yet")
    return rows, asked


def _rows(job: JobAnswer, end: JobEnd) -> list[PointResult]:
    """Return the results of the points of a job."""
    first = int(job.metadata["qsharp_bridge.point"])
    size = int(job.metadata.get("qsharp_bridge.size", 1))
    try:
        found = json.loads(job.metadata["qsharp_bridge.values"])
        points = [{name: from_json(value) for name, value in one.items()} for one in (found if size > 1 else [found])]
    except (BridgeError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as wrong:
        raise _foreign(job, f"qsharp_bridge.values: {type(wrong).__name__} {wrong}"[:300]) from None
    if len(points) != size:
        raise _foreign(job, f"it has the values of {counted(len(points), 'point')}, not of {size}")
    state, error, raw = end.state, end.error, end.output
    outputs: list[Output] | list[None] = [None] * size
    if raw is not None:
        try:
            outputs = read_outputs(raw, job.output_format, _shots(job), size)
        except ResultFormatError as problem:
            state, error = JobState.UNREADABLE, str(problem)
    return [
        PointResult(index, point, str(state), job.id, output, error, raw, job.output_format)
        for index, (point, output) in enumerate(zip(points, outputs, strict=True), first)
    ]
