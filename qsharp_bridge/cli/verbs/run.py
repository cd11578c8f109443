"""``qsharp-bridge run``: a sweep file as jobs in one session."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qsharp_bridge.cli import workspaces as places
from qsharp_bridge.cli.exit_codes import OK, SOME_FAILED
from qsharp_bridge.cli.options import add_flags, add_quiet, add_set, data_folder, overridden
from qsharp_bridge.cli.parser import add_verb
from qsharp_bridge.cli.results_output import check_outputs, print_results, write_outputs
from qsharp_bridge.errors import BudgetError, JournalError, RunError
from qsharp_bridge.sweepfile.file import SweepFile

if TYPE_CHECKING:
    from qsharp_bridge.cli.parser import Verbs
    from qsharp_bridge.results.results import SweepResults


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "run",
        run,
        told="run a sweep file as jobs in one session",
        more="Everything is compiled, checked and priced before a session is opened. A flag overrides the key of the\n"
        "sweep file that has its name. With a journal the run can be interrupted at any time: `resume`, or the\n"
        "same command again, goes on with it, and no point is paid for twice.",
    )
    parser.add_argument("file", metavar="SWEEP.toml", help="the sweep file")
    add_flags(
        parser, "target", "workspace", "data", "seed", "workers", "shots", "profile", "failure_policy", "max_failures",
        "budget", "journal", "session_name", "max_in_flight", "link_sessions", "timeout", "on_interrupt", "output",
    )  # fmt: skip
    add_set(parser)
    add_quiet(parser)


def run(args: argparse.Namespace) -> int:
    from qsharp_bridge.runner.api import run_sweep

    file = overridden(SweepFile.read(args.file), args)
    check_outputs(file.output)
    operation, sweep = file.load_operation(), file.sweep()
    if file.journal is not None:
        file.journal.parent.mkdir(parents=True, exist_ok=True)
    data = data_folder(file.workspace, file.data, file.journal)
    with (
        telling_how_to_resume(args.file if file.journal is None else file.journal, durable=file.journal is not None),
        places.target(
            file.target, file.workspace, data=data, noise=file.noise, seed=file.seed, workers=file.workers
        ) as target,
    ):
        results = run_sweep(
            operation,
            sweep,
            target,
            file.shots,
            session_name=file.session_name,
            journal=file.journal,
            budget=file.budget,
            failure_policy=file.failure_policy,
            profile=file.profile,
            max_in_flight=file.max_in_flight,
            max_failures=file.max_failures,
            link_sessions=file.link_sessions,
            progress=not args.quiet,
            timeout=file.timeout,
            on_interrupt=file.on_interrupt,
        )
    return report(results, args, file.output)


def report(results: SweepResults, args: argparse.Namespace, outputs: tuple[Path, ...]) -> int:
    """Write the results of a run to the files wanted, print them, and give the exit code."""
    try:
        write_outputs(results, outputs)  # first: whoever reads stdout may leave early
    except Exception:
        print_results(results, json=args.json)  # they may have cost something, and may be nowhere else
        raise
    print_results(results, json=args.json)
    return SOME_FAILED if results.failures else OK


@contextmanager
def telling_how_to_resume(journal: str | Path, *, durable: bool) -> Iterator[None]:
    """Say, where a run ends early, how to go on with it; advice that names the function names the command here."""
    resume = f"`qsharp-bridge resume {journal}`"
    hint = f"{resume} goes on with it"
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(*([hint] if durable and Path(journal).exists() else [])) from None
    except RunError as error:
        if error.advice:
            error.advice = error.advice.replace("resume_sweep", resume)
        if durable and Path(journal).exists() and not isinstance(error, (BudgetError, JournalError)):
            error.advice = f"{error.advice}; {hint}" if error.advice else hint
        raise
