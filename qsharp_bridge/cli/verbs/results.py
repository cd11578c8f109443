"""``qsharp-bridge results``: what a run gave, as a table, CSV, JSON or a plot."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from qsharp_bridge.cli import journals
from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.options import add_flags
from qsharp_bridge.cli.parser import add_verb, suggest
from qsharp_bridge.cli.results_output import PICTURES, check_outputs, print_means, print_results, write_outputs
from qsharp_bridge.cli.values import read_assignment
from qsharp_bridge.errors import SweepError

if TYPE_CHECKING:
    from qsharp_bridge.cli.parser import Verbs


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "results",
        run,
        told="show the results of a run",
        more="A journal may be read while its run is on; the points that have not ended are named on stderr. With\n"
        "--observable its mean and standard error at each point are printed instead of the counts.",
    )
    parser.add_argument(
        "file", metavar="JOURNAL|RESULTS", help="a journal, or a .json, .csv or .parquet file of results"
    )
    parser.add_argument("--csv", action="store_true", help="print CSV: a line for each point and outcome")
    add_flags(parser, "output")
    parser.add_argument(
        "--where", action="append", default=[], metavar="NAME=VALUE",
        help="only the points with this value of a parameter; may be repeated",
    )  # fmt: skip
    observable = parser.add_argument(
        "--observable", metavar="TEXT",
        help='print and plot its mean: "parity", or letters Z and I, one for each measured bit',
    )  # fmt: skip
    suggest(observable, ["parity"])
    parser.add_argument("--outcome", action="append", metavar="TEXT", help="plot only this outcome; may be repeated")
    parser.add_argument(
        "--over", metavar="NAME",
        help='plot lines over this parameter, one for each value of the others, or over "point", its number '
        "(default: what fits; the number for a hybrid session)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    outputs = tuple(Path(path) for path in args.output or ())
    check_outputs(outputs)
    _check_together(args, outputs)
    results = journals.results_in(Path(args.file))
    over = args.over or ("point" if journals.is_hybrid(Path(args.file)) else None)
    if args.where:
        results = results.where(**dict(read_assignment(word) for word in args.where))
        if not results:
            print(f"no point has {' and '.join(args.where)}", file=sys.stderr)
    if told := journals.told_pending(results):
        print(told, file=sys.stderr)
    write_outputs(results, outputs, observable=args.observable, outcomes=args.outcome, over=over)
    if args.csv or args.json or not outputs:
        if args.observable is not None:
            print_means(results, args.observable, json=args.json, csv=args.csv)
        elif args.csv:
            sys.stdout.write(results.to_csv())
        else:
            print_results(results, json=args.json)
    return OK


def _check_together(args: argparse.Namespace, outputs: tuple[Path, ...]) -> None:
    """Whether what was asked for goes together; nothing is silently left out.

    Raises:
        SweepError: two formats for stdout, or how to draw a picture without a picture.
    """
    if args.csv and args.json:
        raise SweepError("--csv and --json exclude each other")
    if args.observable is not None and args.outcome:
        raise SweepError("--observable and --outcome exclude each other")
    if not any(path.suffix.lower() in PICTURES for path in outputs):
        for option, value in (("--outcome", args.outcome), ("--over", args.over)):
            if value:
                raise SweepError(f"{option} is for a picture", advice="name one with --output, such as plot.png")
