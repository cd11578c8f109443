"""``qsharp-bridge jobs``: single jobs of a workspace."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from qsharp_bridge.cli import workspaces as places
from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.output import Row, in_words_of_the_command_line, job_row, print_row
from qsharp_bridge.cli.parser import add_group, add_verb
from qsharp_bridge.errors import ServiceError

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

    from qsharp_bridge.cli.parser import Parser, Verbs

_PATIENCE = 30.0  # seconds; a person waits for the answer


def add(verbs: Verbs) -> None:
    group = add_group(verbs, "jobs", told="show or cancel a job")
    _with_id(add_verb(group, "show", show, told="show one job, with the counts that it gave"))
    _with_id(add_verb(group, "cancel", cancel, told="ask for a job to be cancelled; one that has ended stays"))


def show(args: argparse.Namespace) -> int:
    from qsharp_bridge.azure import sessions

    with places.existing(args) as workspace, in_words_of_the_command_line():
        print_row(_told(workspace, sessions.job(workspace, args.id)), as_json=args.json)
    return OK


def cancel(args: argparse.Namespace) -> int:
    from qsharp_bridge.azure import sessions

    with places.existing(args) as workspace, in_words_of_the_command_line():
        print_row(_told(workspace, sessions.cancel(workspace, args.id)), as_json=args.json)
    return OK


def _told(workspace: Workspace, job: Any) -> Row:
    row = job_row(job)
    counts = _counts(workspace, job)
    return {**row, "counts": counts} if counts is not None else row


def _counts(workspace: Workspace, job: Any) -> dict[str, int] | None:
    """The counts of a job that succeeded, read by the library and not by ``Job.get_results``."""
    from qsharp_bridge.azure.client import Service
    from qsharp_bridge.azure.retry import RetryPolicy
    from qsharp_bridge.results.formats import read_output

    service = Service(workspace, RetryPolicy(seconds=_PATIENCE))
    try:
        answer = service.job(job.id)
        if answer is None or answer.state not in ("Succeeded", "Completed"):
            return None
        parameters = job.details.input_params or {}
        shots = parameters.get("shots") or parameters.get("count") or 1
        raw = service.output(answer)
        if raw is None:
            raise ServiceError(f"job {job.id} {answer.state}, but the service no longer has its result")
        return dict(read_output(raw, answer.output_format, int(shots)).counts)
    finally:
        service.close()


def _with_id(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the id of the job")
    places.add_flags(parser)
