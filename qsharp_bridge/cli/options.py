"""The options that ``run``, ``plan`` and ``resume`` share, and how they override a sweep file."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.sweepfile.file import KEYS, OF_LOCAL_SIMULATOR, WORDS, SweepFile

from .parser import suggest
from .values import read_assignment
from .workspaces import LOCAL, LOCAL_SIMULATOR, local_data

if TYPE_CHECKING:
    from .parser import Parser

_FLAGS: dict[str, dict[str, Any]] = {
    "target": {"metavar": "NAME", "help": f"a target of the workspace, or {LOCAL_SIMULATOR}"},
    "workspace": {
        "metavar": "WHERE",
        "help": "local, the address of an emulator, a resource id or a workspace's name "
        "(default: what the AZURE_QUANTUM_... variables name)",
    },
    "data": {
        "metavar": "DIR",
        "help": "the folder of the local service (default: JOURNAL.local; in memory without a journal)",
    },
    "seed": {"type": int, "metavar": "N", "help": f"the seed of {LOCAL_SIMULATOR}"},
    "workers": {
        "type": int,
        "metavar": "N",
        "help": f"processes that simulate for {LOCAL_SIMULATOR} (default: this one alone)",
    },
    "shots": {"type": int, "metavar": "N", "help": "shots for each point"},
    "profile": {"help": "the QIR target profile: Base, Adaptive_RI, Adaptive_RIF or Adaptive"},
    "failure_policy": {"metavar": "POLICY", "help": "continue or abort when a job fails"},
    "max_failures": {"type": int, "metavar": "N", "help": "send nothing more when so many jobs have failed"},
    "budget": {
        "type": float,
        "metavar": "AMOUNT",
        "help": "the most that the run may cost, in the unit of the target's price",
    },
    "journal": {"metavar": "FILE", "help": "the file that makes the run safe against any crash"},
    "session_name": {"metavar": "NAME", "help": "the name of the session on the service"},
    "max_in_flight": {"type": int, "metavar": "N", "help": "how many requests at a time"},
    "link_sessions": {
        "action": argparse.BooleanOptionalAction,
        "help": "whether to go on in another session when the first has timed out with points left (default: yes)",
    },
    "timeout": {
        "type": float,
        "metavar": "SECONDS",
        "help": "wait no longer than this; what was sent is on record",
    },
    "on_interrupt": {
        "metavar": "WHAT",
        "help": "what becomes of unfinished jobs on Ctrl-C: ask, leave or cancel",
    },
    "output": {
        "action": "append",
        "metavar": "FILE",
        "help": "write the results to a .json, .csv, .parquet, .png, .svg or .pdf file; may be repeated",
    },
}


def add_flags(parser: Parser, *names: str) -> None:
    """Add some of the flags; each is named like the key of a sweep file that it overrides."""
    for name in names:
        action = parser.add_argument(f"--{name.replace('_', '-')}", **_FLAGS[name])
        if name in WORDS:
            suggest(action, WORDS[name])


def add_quiet(parser: Parser) -> None:
    """Add ``--quiet``: progress is told on stderr without it."""
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def add_set(parser: Parser) -> None:
    """Add ``--set NAME=VALUE``, which gives a parameter one value."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="give a parameter this one value at every point; may be repeated",
    )  # fmt: skip


def overridden(file: SweepFile, args: argparse.Namespace) -> SweepFile:
    """The sweep file with the flags given in place of its keys. Paths in flags are relative to the current folder.

    Raises:
        SweepError: a flag has a value that its key could not have.
    """
    changes = checked_flags(args)
    if changes.get("target", file.target) != LOCAL_SIMULATOR:
        for name in OF_LOCAL_SIMULATOR:
            if changes.get(name) is not None:
                raise SweepError(f"only {LOCAL_SIMULATOR} takes {name}", path=f"--{name}")
        changes |= dict.fromkeys(OF_LOCAL_SIMULATOR)
    if changes.get("workspace", LOCAL) != LOCAL and "data" not in changes:
        changes["data"] = None  # of the local service that the file names
    if assignments := dict(read_assignment(word) for word in getattr(args, "set", ())):
        fixed = {name: {"value": value} for name, value in assignments.items()}
        changes["parameters"] = {**file.parameters, **fixed}
    return replace(file, **changes)


def checked_flags(args: argparse.Namespace) -> dict[str, Any]:
    """The flags given, by the names of their keys, each checked as its key is.

    Raises:
        SweepError: a value that the key could not have.
    """
    found: dict[str, Any] = {}
    for name in _FLAGS:
        value = getattr(args, name, None)
        if value is None:
            continue
        try:
            if name == "workspace" and not value.strip():
                raise SweepError("expected the name of a workspace, found nothing")
            # A connection string may stand on a command line; it comes from a variable there.
            found[name] = value if name == "workspace" else KEYS[name](value, name, Path())
        except BridgeError as error:
            error.path = f"--{name.replace('_', '-')}"
            raise
    return found


def data_folder(workspace: str | None, data: Path | None, journal: Path | None) -> Path | None:
    """The folder of the local service: beside the journal, so that a resume finds the jobs that were sent."""
    if data is not None or workspace != LOCAL or journal is None:
        return data
    return local_data(journal)
