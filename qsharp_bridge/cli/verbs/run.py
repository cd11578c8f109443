"""``qsharp-bridge run``: run a sweep file as jobs in one session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qsharp_bridge.cli.exit_codes import OK, SOME_FAILED
from qsharp_bridge.cli.options import quiet_option, run_options, set_option, with_changes
from qsharp_bridge.cli.results_output import check_outputs, print_results, write_outputs
from qsharp_bridge.cli.verb import Verb
from qsharp_bridge.errors import BudgetError, JournalError, RunError
from qsharp_bridge.sweepfile.file import load_sweep_file
from qsharp_bridge.sweepfile.model import RUN_OPTIONS

if TYPE_CHECKING:
    from qsharp_bridge.results.results import SweepResults


@click.command(cls=Verb)
@click.argument("file", metavar="SWEEP.toml", type=click.Path(path_type=Path))
@run_options("target", "workspace", "data", "seed", "workers", "exact", *RUN_OPTIONS, "output")
@set_option
@quiet_option
def run(file: Path, changes: dict[str, Any], assignments: tuple[str, ...], quiet: bool, as_json: bool) -> int:
    """Run a sweep file as jobs in one session.

    Everything is compiled, checked and priced before a session is opened. An option overrides the key of the sweep
    file that has its name. With a journal the run can be interrupted at any time: `resume`, or the same command
    again, continues it, and no point is paid for twice.
    """
    from qsharp_bridge.runner.api import run_sweep

    sweep_file = with_changes(load_sweep_file(file), changes, assignments)
    check_outputs(sweep_file.output)
    operation, sweep, journal = sweep_file.operation, sweep_file.sweep, sweep_file.journal
    if journal is not None:
        journal.parent.mkdir(parents=True, exist_ok=True)
    with resume_hint(journal, f"resume {journal}"), sweep_file.open_target() as target:
        results = run_sweep(operation, sweep, target, progress=not quiet, **sweep_file.options)
    return report(results, sweep_file.output, as_json=as_json)


def report(results: SweepResults, outputs: tuple[Path, ...], *, as_json: bool) -> int:
    """Write the results of a run to files and to stdout, and return the exit code."""
    try:
        write_outputs(results, outputs)  # before printing: the reader of stdout may close it
    finally:
        print_results(results, as_json=as_json)  # the jobs may have cost something, and may be nowhere else
    return SOME_FAILED if results.failures else OK


@contextmanager
def resume_hint(journal: Path | None, command: str) -> Iterator[None]:
    """Add the command that continues a run to the error, interrupt or signal that ends it.

    Args:
        journal: the journal of the run, or None; without the file nothing is added.
        command: the command, without ``qsharp-bridge``.
    """
    from qsharp_bridge.runner.termination import says_how_to_resume

    def resumable() -> bool:
        return journal is not None and journal.exists()

    before = says_how_to_resume.set(True)
    hint = f"`qsharp-bridge {command}` continues it"
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(*([hint] if resumable() else [])) from None
    except SystemExit:  # by SIGTERM
        if resumable():
            click.echo(hint, err=True)
        raise
    except RunError as error:
        if not resumable() or isinstance(error, (BudgetError, JournalError)):
            raise
        raise error.with_advice(error.advice, hint) from error.__cause__
    finally:
        says_how_to_resume.reset(before)
