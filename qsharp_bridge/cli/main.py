"""The console script: the parser of all verbs, and errors to one line and an exit code."""

from __future__ import annotations

import argparse
import io
import os
import sys
import warnings
from collections.abc import Sequence

from qsharp_bridge._version import __version__
from qsharp_bridge.errors import BridgeError

from . import exit_codes as exits
from .parser import Parser
from .verbs import compile as compile_
from .verbs import completion, doctor, emulator, jobs, plan, results, resume, run, sessions
from .verbs import format as format_

_VERBS = (run, plan, resume, results, format_, compile_, sessions, jobs, emulator, doctor, completion)


def build_parser() -> Parser:
    """The whole command line. Building it imports nothing but argparse."""
    parser = Parser(
        prog="qsharp-bridge",
        description="Q# parameter sweeps as jobs in one Azure Quantum session, here or on Azure.",
        epilog="exit codes:\n" + "\n".join(f"  {code:<4} {told}" for code, told in exits.MEANINGS.items()),
    )
    parser.add_argument("--version", action="version", version=f"qsharp-bridge {__version__}")
    verbs = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for verb in _VERBS:
        verb.add(verbs)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments after the program's name; those of the process by default.

    Returns:
        The exit code, see :mod:`qsharp_bridge.cli.exit_codes`.

    Raises:
        SystemExit: as argparse does, after ``--help`` and for a command line that it cannot read.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal has no letters for must not cost the results
            stream.reconfigure(errors="backslashreplace")
    args = build_parser().parse_args(argv)
    if args.traceback:
        return int(args.run(args))
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: _tell(args, f"warning: {message}")
            code = int(args.run(args))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt as interrupt:
        return _end(args, "; ".join(["interrupted", *map(str, interrupt.args)]), exits.INTERRUPTED)
    except BridgeError as error:
        return _end(args, str(error), exits.code_of(error))
    except BrokenPipeError:
        # Nobody reads on. Python would complain once more when it flushes stdout at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.BROKEN_PIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _end(args, f"{where}{error.strerror or error}", exits.TROUBLE)
    except Exception as error:
        told = f"internal error: {type(error).__name__}: {error}; run it again with --traceback and report that"
        return _end(args, told, exits.TROUBLE)


def _end(args: argparse.Namespace, told: str, code: int) -> int:
    _tell(args, told)
    return code


def _tell(args: argparse.Namespace, told: str) -> None:
    """One line on stderr."""
    print(f"{args.prog}: {' '.join(told.splitlines())}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
