"""The results of a sweep from its session alone: the values of every point travel with its job."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from qsharp_bridge.errors import ResultFormatError, RunError, ServiceError
from qsharp_bridge.results.formats import read_output
from qsharp_bridge.results.results import PointResult, SweepResults
from qsharp_bridge.sweeps.values import from_json

from .options import whole_number
from .service.endings import Ending, ending_of

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

    from qsharp_bridge.azure.answers import JobAnswer
    from qsharp_bridge.azure.client import Service

_SESSIONS = "qb.sessions.list_sessions(workspace) tells all"


def recover_sweep(workspace: Workspace, session_id: str, *, max_in_flight: int = 16) -> SweepResults:
    """The results of a sweep whose journal is lost, or that somebody else ran, from the id of its session.

    Args:
        workspace: where the session is.
        session_id: of a session that :func:`run_sweep` or a :class:`HybridSession` opened. Jobs of other makers in it
            are left out. A sweep that went on in linked sessions is recovered session by session: add the results.
        max_in_flight: how many requests at a time.

    Returns:
        The points that the session has jobs of, in the order of the sweep. A result that the service no longer has is a
        point with the state ``Lost``.

    Raises:
        SweepError: ``max_in_flight`` is no whole number from 1 up.
        RunError: the session has no job of a sweep, or the service could not be reached.

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
        listed = [job for job in service.session_jobs(session_id) if "qsharp_bridge.point" in job.metadata]
        if not listed and service.session(session_id) is None:
            raise ServiceError(f"there is no session {session_id}", advice=_SESSIONS)
        if not listed:
            raise RunError(
                f"session {session_id} has no job of a sweep", advice="only jobs of run_sweep tell their point"
            )
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(lambda job: _fetch(service, job), listed))
    finally:
        service.close()
    newest: dict[int, tuple[JobAnswer, Ending]] = {}
    for job, ending in found:
        index = int(job.metadata["qsharp_bridge.point"])
        if index not in newest or ending.raw is not None:
            newest[index] = (job, ending)
    rows = [_row(index, *newest[index]) for index in sorted(newest)]
    first = found[0][0]
    shots = next((row.shots for row in rows if row.shots), 0)
    return SweepResults(
        rows,
        operation=first.metadata.get("qsharp_bridge.operation", ""),
        target=first.target,
        shots=int(first.metadata.get("qsharp_bridge.shots", shots)),
        session_ids=[session_id],
    )


def _fetch(service: Service, listed: JobAnswer) -> tuple[JobAnswer, Ending]:
    job = service.job(listed.id) or listed  # deleted meanwhile: what the list told of it
    return job, ending_of(service, job)


def _row(index: int, job: JobAnswer, ending: Ending) -> PointResult:
    values = json.loads(job.metadata["qsharp_bridge.values"])
    point = {name: from_json(value) for name, value in values.items()}
    state, error, output = ending.state, ending.error, None
    if ending.raw is not None:
        try:
            output = read_output(ending.raw, job.output_format, int(job.metadata.get("qsharp_bridge.shots", 0)))
        except ResultFormatError as problem:
            state, error = "Unreadable", str(problem)
    return PointResult(index, point, state, job.id, output, error, ending.raw, job.output_format)
