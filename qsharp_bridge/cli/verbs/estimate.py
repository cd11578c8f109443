"""``qsharp-bridge estimate``: expectation values of the observable of a sweep file."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qsharp_bridge.cli.exit_codes import OK, SOME_FAILED
from qsharp_bridge.cli.options import quiet_option, run_options, set_option, with_changes
from qsharp_bridge.cli.results_output import FORMATS_OF_ESTIMATES, check_outputs, write_outputs
from qsharp_bridge.cli.verb import Verb
from qsharp_bridge.sweepfile.file import load_sweep_file
from qsharp_bridge.sweepfile.model import RUN_OPTIONS
from qsharp_bridge.sweepfile.observables import OF_ESTIMATES

from .run import resume_hint

if TYPE_CHECKING:
    from qsharp_bridge.estimator import Estimates


@click.command(cls=Verb)
@click.argument("file", metavar="SWEEP.toml", type=click.Path(path_type=Path))
@run_options(
    "target", "workspace", "observable", "data", "seed", "workers", "exact", *OF_ESTIMATES, *RUN_OPTIONS, "output"
)
@set_option
@quiet_option
def estimate(file: Path, changes: dict[str, Any], assignments: tuple[str, ...], quiet: bool, as_json: bool) -> int:
    """Estimate the observable of a sweep file at every point, with standard errors.

    All bases of all points are jobs of one session. An option overrides the key of the sweep file that has its name;
    one of `--shots`, `--precision` and `--exact` replaces the others. With a journal the same command again continues
    an estimate that was interrupted. `--output` takes .json, .csv and pictures.
    """
    from qsharp_bridge.runner.estimation.points import estimate as estimate_points

    sweep_file = with_changes(load_sweep_file(file), changes, assignments, estimates=True)
    check_outputs(sweep_file.output, FORMATS_OF_ESTIMATES)
    operation, sweep, journal = sweep_file.operation, sweep_file.sweep, sweep_file.journal
    if journal is not None:
        journal.parent.mkdir(parents=True, exist_ok=True)
    with resume_hint(journal, f"estimate {file} --journal {journal}"), sweep_file.open_target() as target:
        options = {"progress": not quiet, **sweep_file.options}
        found = estimate_points(operation, sweep, sweep_file.observable, target, **options)
    try:
        write_outputs(found, sweep_file.output)  # before printing: the reader of stdout may close it
    finally:
        _print(found, as_json=as_json)  # the jobs may have cost something, and the values may be nowhere else
    return SOME_FAILED if any(math.isnan(mean.value) for row in found for mean in row.means.values()) else OK


def _print(estimates: Estimates, *, as_json: bool) -> None:
    if not as_json:
        print(estimates.table())
        return
    print(estimates.to_json())
    for note in estimates.notes:
        print(f"note: {note}", file=sys.stderr)
