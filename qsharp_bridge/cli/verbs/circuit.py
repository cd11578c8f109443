"""``qsharp-bridge circuit``: the circuit diagram of one call."""

from __future__ import annotations

from pathlib import Path

import click

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.options import call_options
from qsharp_bridge.cli.values import read_arguments
from qsharp_bridge.cli.verb import Verb

from .compile import called_operation


@click.command("circuit", cls=Verb)
@call_options
@click.option("--symbols", is_flag=True, help="Show the names of Doubles instead of their values.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the diagram to this file, as SVG.")
def circuit(
    file: Path,
    arguments: tuple[str, ...],
    operation: str | None,
    symbols: bool,
    qdk_config: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> int:
    """Print the circuit diagram of an operation called with arguments.

    Parameters of the type Double that are left out are symbols in the diagram. Arguments are written as for `compile`:

    \b
      qsharp-bridge circuit Bits.qs --operation GenerateRandomBits -- 2 angle='[0.0, 1.0]'
    """
    from qsharp_bridge.literals import QsharpCode

    positional, named = read_arguments(arguments)
    called = called_operation(file, operation, qdk_config)
    if "symbols" in named:  # circuit() has an argument of that name, so the parameter is passed by position
        positional, named = [*map(QsharpCode, called.literals(*positional, **named))], {}
    drawn = called.circuit(*positional, symbols=symbols, **named)
    if output is not None:
        output.write_text(drawn.svg(), encoding="utf-8")
    if as_json:
        print(drawn.json())
    elif output is None:
        print(drawn)
    return OK
