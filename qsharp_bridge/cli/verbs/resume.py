"""``qsharp-bridge resume``: continue a run from its journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from qsharp_bridge.cli import journals
from qsharp_bridge.cli.options import quiet_option, run_options, with_changes
from qsharp_bridge.cli.results_output import check_outputs
from qsharp_bridge.cli.verb import Verb
from qsharp_bridge.errors import SweepError
from qsharp_bridge.runner.options import OPTIONS
from qsharp_bridge.sweepfile.file import SweepFile, load_sweep_file
from qsharp_bridge.sweepfile.model import RUN_OPTIONS
from qsharp_bridge.sweepfile.workspaces import LOCAL, LOCAL_SIMULATOR, local_data

from .run import report, resume_hint

_OPTIONS = tuple(name for name, option in RUN_OPTIONS.items() if "resume" in option.taken_by)
"""The options that a resumed run takes; the journal has the others."""


@click.command(cls=Verb)
@click.argument("file", metavar="JOURNAL|SWEEP.toml", type=click.Path(path_type=Path))
@run_options("workspace", "data", "seed", "workers", *_OPTIONS, "output")
@click.option(
    "--retry-failed",
    is_flag=True,
    help=f"{OPTIONS['retry_failed'].help.capitalize()}.",
)
@quiet_option
def resume(file: Path, changes: dict[str, Any], retry_failed: bool, quiet: bool, as_json: bool) -> int:
    """Continue a run from its journal.

    A job that may or may not have been accepted when the run ended is looked up by its id, so no point is paid for
    twice. For a run that has ended the results are printed again. With a sweep file the journal, the workspace and
    the outputs are taken from it; the program and the points are always those of the journal.
    """
    from qsharp_bridge.results.results import SweepResults
    from qsharp_bridge.runner.api import resume_sweep

    sweep_file, journal = _read(file, changes)
    check_outputs(sweep_file.output)
    journals.check(journal)
    about, ended = journals.about(journal)
    if ended and not retry_failed:
        return report(SweepResults.from_journal(journal), sweep_file.output, as_json=as_json)
    target_name = LOCAL_SIMULATOR if about.provider is None else about.target
    if "workspace" not in sweep_file.keys and sweep_file.data is None and local_data(journal).is_dir():
        # The run's jobs are in that folder; on Azure they would be sent, and paid for, once more.
        sweep_file = sweep_file.with_keys({"workspace": LOCAL})
    sweep_file = sweep_file.with_keys({"target": target_name})
    options = {key: value for key, value in sweep_file.options.items() if key in _OPTIONS}
    with resume_hint(journal, f"resume {file}"), sweep_file.open_target() as target:
        results = resume_sweep(journal, target, retry_failed=retry_failed, progress=not quiet, **options)
    return report(results, sweep_file.output, as_json=as_json)


def _read(file: Path, changes: dict[str, Any]) -> tuple[SweepFile, Path]:
    """Return the sweep file, or one with the options alone if a journal is given, and the journal."""
    if file.suffix.lower() != ".toml":
        return SweepFile(file, {"journal": file, **changes}), file
    sweep_file = with_changes(load_sweep_file(file), changes)
    if sweep_file.journal is None:
        raise SweepError(f"{file} names no journal", advice="give the journal itself")
    return sweep_file, sweep_file.journal
