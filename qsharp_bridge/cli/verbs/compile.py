"""``qsharp-bridge compile``: the QIR of one call."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.parser import add_verb, suggest
from qsharp_bridge.cli.values import read_arguments
from qsharp_bridge.errors import UnknownOperationError
from qsharp_bridge.sweepfile.file import WORDS, load_program

if TYPE_CHECKING:
    from qsharp_bridge.cli.parser import Verbs
    from qsharp_bridge.programs import Program


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "compile",
        run,
        told="print the QIR of an operation called with arguments",
        more="Arguments are JSON, Python literals or Q# literals, by position or as NAME=VALUE:\n"
        "  qsharp-bridge compile Bits.qs --operation GenerateRandomBits -- 2 angle='[0.0, 1.0]'",
    )
    parser.add_argument("file", metavar="PROGRAM", help="a .qs file, or the folder of a Q# project")
    parser.add_argument("--operation", metavar="NAME", help="the operation (default: the only one of the program)")
    profile = parser.add_argument("--profile", default="Base", help="the QIR target profile (default: Base)")
    suggest(profile, WORDS["profile"])
    parser.add_argument("--output", metavar="FILE", help="write the QIR to this file")
    parser.take_rest("arguments", told="the arguments of the operation")


def run(args: argparse.Namespace) -> int:
    from qsharp_bridge.literals import QsharpCode

    positional, named = read_arguments(args.arguments)
    program = load_program(Path(args.file))
    operation = program.operation(args.operation or _only(program))
    literals = operation.literals(*positional, **named)
    # By position: a parameter of the operation may be called "profile".
    qir = str(operation.compile(*map(QsharpCode, literals), profile=args.profile))
    if args.output:
        Path(args.output).write_text(qir, encoding="utf-8")
    if args.json:
        expression = operation.expression(*map(QsharpCode, literals))
        told = {"operation": operation.name, "expression": expression, "profile": args.profile, "qir": qir}
        print(json.dumps(told))
    elif not args.output:
        print(qir, end="" if qir.endswith("\n") else "\n")
    return OK


def _only(program: Program) -> str:
    if len(program.operations) == 1:
        return program.operations[0]
    raise UnknownOperationError(
        f"{program.sources.name} has {len(program.operations)} operations",
        advice=f"name one with --operation: {', '.join(program.operations)}",
    )
