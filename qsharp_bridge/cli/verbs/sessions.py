"""``qsharp-bridge sessions``: the sessions of a workspace."""

from __future__ import annotations

from typing import Any

import click

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.options import workspace_options
from qsharp_bridge.cli.rows import job_row, print_row, print_rows, session_row
from qsharp_bridge.cli.verb import Verb

_SESSION_COLUMNS = ("id", "state", "target", "created", "name")
_JOB_COLUMNS = ("id", "state", "created", "name", "error")


@click.group(no_args_is_help=False)
def sessions() -> None:
    """List, show and close the sessions of a workspace."""


@sessions.command("list", cls=Verb)
@workspace_options
def list_sessions(workspace: Any, as_json: bool) -> int:
    """List the sessions, oldest first."""
    from qsharp_bridge.azure import sessions

    print_rows([session_row(each) for each in sessions.list_sessions(workspace)], _SESSION_COLUMNS, as_json=as_json)
    return OK


@sessions.command(cls=Verb)
@click.argument("session_id", metavar="ID")
@workspace_options
def show(workspace: Any, session_id: str, as_json: bool) -> int:
    """Show one session."""
    from qsharp_bridge.azure import sessions

    print_row(session_row(sessions.show(workspace, session_id)), as_json=as_json)
    return OK


@sessions.command(cls=Verb)
@click.argument("session_id", metavar="ID")
@workspace_options
def jobs(workspace: Any, session_id: str, as_json: bool) -> int:
    """List the jobs of a session."""
    from qsharp_bridge.azure import sessions

    print_rows([job_row(job) for job in sessions.jobs(workspace, session_id)], _JOB_COLUMNS, as_json=as_json)
    return OK


@sessions.command(cls=Verb)
@click.argument("session_id", metavar="ID")
@workspace_options
def close(workspace: Any, session_id: str, as_json: bool) -> int:
    """Close a session; its jobs continue."""
    from qsharp_bridge.azure import sessions

    print_row(session_row(sessions.close(sessions.show(workspace, session_id))), as_json=as_json)
    return OK
