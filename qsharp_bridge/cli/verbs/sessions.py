"""``qsharp-bridge sessions``: the sessions of a workspace."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qsharp_bridge.cli import workspaces as places
from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.output import in_words_of_the_command_line, job_row, print_row, print_rows, session_row
from qsharp_bridge.cli.parser import add_group, add_verb

if TYPE_CHECKING:
    from qsharp_bridge.cli.parser import Parser, Verbs

_SESSION_COLUMNS = ("id", "state", "target", "created", "name")
_JOB_COLUMNS = ("id", "state", "created", "name", "error")


def add(verbs: Verbs) -> None:
    group = add_group(verbs, "sessions", told="list, show and close the sessions of a workspace")
    places.add_flags(add_verb(group, "list", list_sessions, told="list the sessions, oldest first"))
    _with_id(add_verb(group, "show", show, told="show one session"))
    _with_id(add_verb(group, "jobs", jobs, told="list the jobs of a session"))
    _with_id(add_verb(group, "close", close, told="close a session; its jobs run on"))


def list_sessions(args: argparse.Namespace) -> int:
    from qsharp_bridge.azure import sessions

    with places.existing(args) as workspace:
        rows = [session_row(session) for session in sessions.list_sessions(workspace)]
    print_rows(rows, _SESSION_COLUMNS, as_json=args.json)
    return OK


def show(args: argparse.Namespace) -> int:
    from qsharp_bridge.azure import sessions

    with places.existing(args) as workspace, in_words_of_the_command_line():
        print_row(session_row(sessions.show(workspace, args.id)), as_json=args.json)
    return OK


def jobs(args: argparse.Namespace) -> int:
    from qsharp_bridge.azure import sessions

    with places.existing(args) as workspace, in_words_of_the_command_line():
        rows = [job_row(job) for job in sessions.jobs(workspace, args.id)]
    print_rows(rows, _JOB_COLUMNS, as_json=args.json)
    return OK


def close(args: argparse.Namespace) -> int:
    from qsharp_bridge.azure import sessions

    with places.existing(args) as workspace, in_words_of_the_command_line():
        closed = sessions.close(sessions.show(workspace, args.id))
        print_row(session_row(closed), as_json=args.json)
    return OK


def _with_id(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the id of the session")
    places.add_flags(parser)
