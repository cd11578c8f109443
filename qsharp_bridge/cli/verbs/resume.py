"""``qsharp-bridge resume``: go on with a run, after whatever ended it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from qsharp_bridge.cli import journals
from qsharp_bridge.cli import workspaces as places
from qsharp_bridge.cli.options import add_flags, add_quiet, checked_flags, data_folder, overridden
from qsharp_bridge.cli.parser import add_verb
from qsharp_bridge.cli.results_output import check_outputs
from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweepfile.file import SweepFile

from .run import report, telling_how_to_resume

if TYPE_CHECKING:
    from qsharp_bridge.cli.parser import Verbs


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "resume",
        run,
        told="go on with a run from its journal",
        more="What was in doubt when the run ended is settled by asking the service for its job ids, so no point is\n"
        "paid for twice. A run that has ended just gives its results again. With a sweep file the journal, the\n"
        "workspace and the outputs are taken from it; the program and the points are always those of the journal.",
    )
    parser.add_argument("file", metavar="JOURNAL|SWEEP.toml", help="the journal, or the sweep file that names it")
    add_flags(
        parser, "workspace", "data", "seed", "workers", "budget", "max_failures", "max_in_flight", "link_sessions",
        "timeout", "on_interrupt", "output",
    )  # fmt: skip
    parser.add_argument(
        "--retry-failed", action="store_true",
        help="also send the points whose job failed or was cancelled, or whose result is lost, again, as new jobs, "
        "which cost again",
    )  # fmt: skip
    add_quiet(parser)


def run(args: argparse.Namespace) -> int:
    from qsharp_bridge.runner.api import resume_sweep

    told = _told(args)
    check_outputs(told.output)
    assert told.journal is not None
    journals.check(told.journal)
    about, ended = journals.about(told.journal)
    if ended and not args.retry_failed:
        return report(journals.results_in(told.journal), args, told.output)
    name = places.LOCAL_SIMULATOR if about.provider is None else about.target
    where = told.workspace
    if where is None and told.data is None and places.local_data(told.journal).is_dir():
        where = places.LOCAL  # its jobs are there; on Azure they would be sent, and paid for, once more
    data = data_folder(where, told.data, told.journal)
    with (
        telling_how_to_resume(args.file, durable=True),
        places.target(name, where, data=data, noise=told.noise, seed=told.seed, workers=told.workers) as target,
    ):
        results = resume_sweep(
            told.journal,
            target,
            budget=told.budget,
            max_in_flight=told.max_in_flight,
            max_failures=told.max_failures,
            link_sessions=told.link_sessions,
            retry_failed=args.retry_failed,
            progress=not args.quiet,
            timeout=told.timeout,
            on_interrupt=told.on_interrupt,
        )
    return report(results, args, told.output)


def _told(args: argparse.Namespace) -> SweepFile:
    """What the command line says, and the sweep file if there is one."""
    path = Path(args.file)
    if path.suffix.lower() != ".toml":
        return SweepFile(path, {}, "", journal=path, **checked_flags(args))
    file = overridden(SweepFile.read(path), args)
    if file.journal is None:
        raise SweepError(f"{path} names no journal", advice="give the journal itself")
    return file
