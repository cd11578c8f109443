"""``qsharp-bridge jobs``: single jobs of a workspace."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ...errors import ServiceError
from .. import places
from ..exits import OK
from ..listings import Row, job_row, print_row
from ..parser import add_group, add_verb

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

    from ...workspace import Service
    from ..parser import Parser, Verbs

_PATIENCE = 30.0  # seconds; a person waits for the answer


def add(verbs: Verbs) -> None:
    group = add_group(verbs, "jobs", told="show or cancel a job")
    _with_id(add_verb(group, "show", show, told="show one job, with the counts that it gave"))
    _with_id(add_verb(group, "cancel", cancel, told="ask for a job to be cancelled; one that has ended stays"))


def show(args: argparse.Namespace) -> int:
    with places.existing(args) as workspace:
        print_row(_told(workspace, args.id), as_json=args.json)
    return OK


def cancel(args: argparse.Namespace) -> int:
    with places.existing(args) as workspace:
        service = _service(workspace)
        try:
            if service.job(args.id) is None:
                raise _unknown(args.id)
            service.cancel(args.id)
        finally:
            service.close()
        print_row(_told(workspace, args.id), as_json=args.json)
    return OK


def _told(workspace: Workspace, job_id: str) -> Row:
    from azure.core.exceptions import AzureError, ResourceNotFoundError

    from ...workspace.retries import brief

    try:
        job = workspace.get_job(job_id)
    except ResourceNotFoundError:
        raise _unknown(job_id) from None
    except AzureError as error:
        raise ServiceError(f"cannot get job {job_id}: {brief(error)}") from error
    row = job_row(job)
    counts = _counts(workspace, job)
    return {**row, "counts": counts} if counts is not None else row


def _counts(workspace: Workspace, job: Any) -> dict[str, int] | None:
    """The counts of a job that succeeded, read by the library and not by ``Job.get_results``."""
    from ...sweeps.outputs import read_output

    service = _service(workspace)
    try:
        answer = service.job(job.id)
        if answer is None or answer.state not in ("Succeeded", "Completed"):
            return None
        parameters = job.details.input_params or {}
        shots = parameters.get("shots") or parameters.get("count") or 1
        return dict(read_output(service.output(answer), answer.output_format, int(shots)).counts)
    finally:
        service.close()


def _service(workspace: Workspace) -> Service:
    from ...workspace import Patience, Service

    return Service(workspace, Patience(seconds=_PATIENCE))


def _unknown(job_id: str) -> ServiceError:
    return ServiceError(f"there is no job {job_id}", advice="`qsharp-bridge sessions jobs ID` lists those of a session")


def _with_id(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the id of the job")
    places.add_flags(parser)
