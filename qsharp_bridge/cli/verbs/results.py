"""``qsharp-bridge results``: the results of a run as a table, CSV, JSON or a plot."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from qsharp_bridge.cli import journals
from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.options import run_options
from qsharp_bridge.cli.results_output import PICTURES, check_outputs, print_means, print_results, write_outputs
from qsharp_bridge.cli.values import read_assignment
from qsharp_bridge.cli.verb import Verb
from qsharp_bridge.errors import SweepError


@click.command(cls=Verb)
@click.argument("file", metavar="JOURNAL|RESULTS", type=click.Path(path_type=Path))
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: a line for each point and outcome.")
@run_options("output")
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="NAME=VALUE",
    help="Only the points with this value of a parameter; may be repeated.",
)
@click.option("--observable", help='Print and plot its mean: "parity", or letters Z and I, one for each measured bit.')
@click.option("--outcome", "outcomes", multiple=True, help="Plot only this outcome; may be repeated.")
@click.option(
    "--over",
    metavar="NAME",
    help='Plot lines over this parameter, one for each value of the others, or over "point", the number of the point; '
    "by default chosen by the points, and the number for a hybrid session.",
)
def results(
    file: Path,
    as_csv: bool,
    changes: dict[str, tuple[Path, ...]],
    conditions: tuple[str, ...],
    observable: str | None,
    outcomes: tuple[str, ...],
    over: str | None,
    as_json: bool,
) -> int:
    """Show the results of a run: a journal, or a .json, .csv or .parquet file of results.

    A journal may be read while its run goes on; the points that have not ended are named on stderr. With --observable
    the mean and standard error at each point are printed instead of the counts.
    """
    from qsharp_bridge.results.results import SweepResults

    outputs = tuple(changes.get("output", ()))
    check_outputs(outputs)
    if as_csv and as_json:
        raise SweepError("--csv and --json exclude each other")
    if observable is not None and outcomes:
        raise SweepError("--observable and --outcome exclude each other")
    if (outcomes or over) and not any(path.suffix.lower() in PICTURES for path in outputs):
        option = "--outcome" if outcomes else "--over"
        raise SweepError(f"{option} is for a picture", advice="name one with --output, such as plot.png")
    found = SweepResults.read(file)
    over = over or ("point" if journals.is_hybrid(file) else None)
    if conditions:
        found = found.where(**dict(map(read_assignment, conditions)))
        if not found:
            print(f"no point has {' and '.join(conditions)}", file=sys.stderr)
    if pending := journals.pending_line(found):
        print(pending, file=sys.stderr)
    write_outputs(found, outputs, observable=observable, outcomes=outcomes or None, over=over)
    if as_csv or as_json or not outputs:
        if observable is not None:
            print_means(found, observable, as_json=as_json, as_csv=as_csv)
        elif as_csv:
            sys.stdout.write(found.to_csv())
        else:
            print_results(found, as_json=as_json)
    return OK
