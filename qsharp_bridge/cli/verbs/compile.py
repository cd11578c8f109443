"""``qsharp-bridge compile``: the QIR of one call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.options import call_options
from qsharp_bridge.cli.values import read_arguments
from qsharp_bridge.cli.verb import Verb
from qsharp_bridge.errors import SweepError, UnknownOperationError
from qsharp_bridge.runner.options import OPTIONS
from qsharp_bridge.sweepfile.loading import load_program

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation, Program


@click.command("compile", cls=Verb)
@call_options
@click.option(
    "--profile",
    default="Base",
    show_default=True,
    help="The QIR target profile.",
    shell_complete=lambda ctx, param, start: [word for word in OPTIONS["profile"].words if word.startswith(start)],
)
@click.option("--output", type=click.Path(path_type=Path), help="Write the QIR to this file.")
def compile_(
    file: Path,
    arguments: tuple[str, ...],
    operation: str | None,
    profile: str,
    qdk_config: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> int:
    """Print the QIR of an operation called with arguments.

    PROGRAM is a .qs file, or the folder of a Q# project. Arguments are JSON, Python literals or Q# literals, by
    position or as NAME=VALUE:

    \b
      qsharp-bridge compile Bits.qs --operation GenerateRandomBits -- 2 angle='[0.0, 1.0]'
    """
    from qsharp_bridge.literals import QsharpCode

    positional, named = read_arguments(arguments)
    called = called_operation(file, operation, qdk_config)
    literals = called.literals(*positional, **named)
    # compile() has an argument "profile", and the operation may have a parameter of that name: pass all by position.
    qir = str(called.compile(*map(QsharpCode, literals), profile=profile))
    if output is not None:
        output.write_text(qir, encoding="utf-8")
    if as_json:
        expression = called.expression(*map(QsharpCode, literals))
        print(json.dumps({"operation": called.name, "expression": expression, "profile": profile, "qir": qir}))
    elif output is None:
        print(qir, end="" if qir.endswith("\n") else "\n")
    return OK


def called_operation(file: Path, name: str | None, qdk_config: tuple[str, ...]) -> Operation:
    """Return the operation that a command names, or the only one of the program.

    Args:
        file: the program.
        name: the operation's name, or None.
        qdk_config: NAME=VALUE texts of ``--qdk-config``.
    """
    from qsharp_bridge.literals.kinds import describe

    unnamed, config = read_arguments(qdk_config)
    if unnamed:
        raise SweepError(f"{describe(unnamed[0])} has no name", path="--qdk-config", advice="write NAME=VALUE")
    program = load_program(file, "program", qdk_config=config)
    return program.operation(name or only_operation(program))


def only_operation(program: Program) -> str:
    """Return the name of the only operation of a program.

    Raises:
        UnknownOperationError: it has several operations, or none.
    """
    if len(program.operations) == 1:
        return program.operations[0]
    raise UnknownOperationError(
        f"{program.sources.name} has {len(program.operations)} operations",
        advice=f"name one with --operation: {', '.join(program.operations)}",
    )
