"""A job of a run on the service: the request for it, and its result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import ResultFormatError
from qsharp_bridge.journal.job_rows import JobEnd, JobRow
from qsharp_bridge.results.formats import Output, read_output
from qsharp_bridge.runner.job_options import job_name_of
from qsharp_bridge.states import JobState
from qsharp_bridge.sweeps.value_json import to_json
from qsharp_bridge.targets.known import known_target

if TYPE_CHECKING:
    from qsharp_bridge.azure.answers import JobAnswer, JobRequest
    from qsharp_bridge.azure.client import Service
    from qsharp_bridge.journal.manifest import Manifest
    from qsharp_bridge.runner.jobs import JobSource
    from qsharp_bridge.targets.spec import TargetSpec

RESULT_GONE = "the job succeeded and was paid for, but the service no longer has its result"
JOB_GONE = "the job was accepted and may have been paid for, but the service no longer has it"


def job_request(source: JobSource, row: JobRow, manifest: Manifest, spec: TargetSpec) -> JobRequest:
    """Return the request for a job.

    Its metadata has the values of its points, the number of points of the sweep, and the shots of a point where they
    are split over several jobs, so that a sweep can be recovered from its session alone.
    """
    from qsharp_bridge.azure.answers import JobRequest

    points = [{name: to_json(value) for name, value in source.point(index).items()} for index in row.points]
    values = points[0] if row.size == 1 else points
    metadata = {
        "qsharp_bridge.run": manifest.run_id,
        "qsharp_bridge.sweep": manifest.sweep_digest,
        "qsharp_bridge.operation": source.operation,
        "qsharp_bridge.point": str(row.first),
        "qsharp_bridge.shots": str(row.shots),
        "qsharp_bridge.values": json.dumps(values, separators=(",", ":")),
    }
    if (asked := source.point_shots(row.first)) != row.shots:
        metadata |= {"qsharp_bridge.point_shots": str(asked), "qsharp_bridge.job": str(row.number)}
    if row.size > 1:
        metadata["qsharp_bridge.size"] = str(row.size)
    if source.total is not None:
        total, jobs = source.total
        metadata |= {
            "qsharp_bridge.points": str(total), "qsharp_bridge.job": str(row.number), "qsharp_bridge.jobs": str(jobs),
        }  # fmt: skip
    assert row.session_id is not None
    return JobRequest(
        row.id,
        job_name_of(manifest.job_name, source.operation, source.point(row.first), row.points, row.shots),
        spec,
        row.session_id,
        str(source.program(row)).encode(),
        row.shots,
        metadata,
        manifest.input_params,
        manifest.tags,
        manifest.priority,
    )


def job_end(service: Service, job: JobAnswer, shots: int) -> JobEnd:
    """Return the end of a job with its result; of a job that has not ended, its state.

    A result that cannot be read, or has another number of shots than were asked for, is fetched again: a proxy may have
    answered instead of the storage. The last answer is kept as it is.

    Args:
        service: where it ran.
        job: as the service reported it.
        shots: for each point, 0 when unknown.

    Raises:
        ServiceError: the service refused, or could not be reached.
    """
    if job.state not in (JobState.SUCCEEDED, JobState.COMPLETED):
        return JobEnd(job.id, job.state, job.error, job.output_format)
    raw = service.output(job, lambda data: not result_problem(data, job.output_format, shots, job.target))
    if raw is None:
        return JobEnd(job.id, JobState.LOST, RESULT_GONE, job.output_format)
    return JobEnd(job.id, JobState.SUCCEEDED, job.error, job.output_format, raw)


def result_problem(raw: bytes, output_format: str, shots: int, target: str, *, rounded: bool = True) -> str | None:
    """Return what is wrong with a result: unreadable, or another number of shots; None where it is right.

    Args:
        raw, output_format: the result.
        shots: for each point, 0 when unknown.
        target: where it ran.
        rounded: whether to accept that shots are missing because the proportion of each state is rounded down.
    """
    try:
        output = read_output(raw, output_format, shots)
    except ResultFormatError as problem:
        return str(problem)
    if not shots or output.shots == shots:
        return None
    known = known_target(target)
    proportions = known is not None and known.answers_with_proportions
    if rounded and proportions and output.shots < shots and output.missing <= _states(output):
        return None
    return f"{output.shots} of {counted(shots, 'shot')}"


def _states(output: Output) -> int:
    """Return the number of states of the qubits of a result: rounding down loses at most one shot of each."""
    outcome = next(iter(output.outcomes.values()), None)
    return 0 if outcome is None else 2 ** len(_bits(outcome))


def _bits(outcome: Any) -> list[Any]:
    return [bit for part in outcome for bit in _bits(part)] if isinstance(outcome, list | tuple) else [outcome]
