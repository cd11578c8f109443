"""``qsharp-bridge jobs``: single jobs of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.options import workspace_options
from qsharp_bridge.cli.rows import Row, job_row, print_row
from qsharp_bridge.cli.verb import Verb
from qsharp_bridge.errors import ServiceError
from qsharp_bridge.states import JobState

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

_RETRY_SECONDS = 30.0  # a person waits for the answer


@click.group(no_args_is_help=False)
def jobs() -> None:
    """Show or cancel a job."""


@jobs.command(cls=Verb)
@click.argument("job_id", metavar="ID")
@workspace_options
def show(workspace: Any, job_id: str, as_json: bool) -> int:
    """Show one job, with its counts."""
    from qsharp_bridge.azure import sessions

    print_row(_row(workspace, sessions.job(workspace, job_id)), as_json=as_json)
    return OK


@jobs.command(cls=Verb)
@click.argument("job_id", metavar="ID")
@workspace_options
def cancel(workspace: Any, job_id: str, as_json: bool) -> int:
    """Request that a job is cancelled; one that has ended is left as it is."""
    from qsharp_bridge.azure import sessions

    print_row(_row(workspace, sessions.cancel(workspace, job_id)), as_json=as_json)
    return OK


def _row(workspace: Workspace, job: Any) -> Row:
    row = job_row(job)
    counts = _counts(workspace, job)
    return {**row, "counts": counts} if counts is not None else row


def _counts(workspace: Workspace, job: Any) -> dict[str, int] | None:
    """Return the counts of a job, or None if it has not succeeded.

    They are read and checked by the library, not by ``Job.get_results`` of the client.
    """
    from qsharp_bridge.azure.client import Service
    from qsharp_bridge.azure.retry import RetryPolicy
    from qsharp_bridge.results.formats import read_output

    service = Service(workspace, RetryPolicy(seconds=_RETRY_SECONDS))
    try:
        answer = service.job(job.id)
        if answer is None or answer.state not in (JobState.SUCCEEDED, JobState.COMPLETED):
            return None
        parameters = job.details.input_params or {}
        shots = parameters.get("shots") or parameters.get("count") or 1
        raw = service.output(answer)
        if raw is None:
            raise ServiceError(f"job {job.id} {answer.state}, but the service no longer has its result")
        return dict(read_output(raw, answer.output_format, int(shots)).counts)
    finally:
        service.close()
