"""``qsharp-bridge init``: a commented sweep file for an operation."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from qsharp_bridge.cli.exit_codes import OK
from qsharp_bridge.cli.verb import Verb
from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweepfile.loading import load_program

from .compile import only_operation


@click.command(cls=Verb)
@click.argument("program", metavar="PROGRAM", type=click.Path(path_type=Path))
@click.option("--operation", metavar="NAME", help="The operation; by default the only one of the program.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write; by default the operation's name with .toml, in the current folder.",
)
def init(program: Path, operation: str | None, output: Path | None, as_json: bool) -> int:
    """Write a commented sweep file for an operation.

    PROGRAM is a .qs file, or the folder of a Q# project. The file runs as it is; every key that it may have is in it
    as a comment. A file that exists is never overwritten.
    """
    from qsharp_bridge.sweepfile.starter import starter

    loaded = load_program(program, "program")
    called = loaded.operation(operation or only_operation(loaded))
    name = called.name.rpartition(".")[2]
    path = output or Path(f"{name}.toml")
    text = starter(called, Path(os.path.relpath(program, path.parent)).as_posix())
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text.replace("THIS_FILE", str(path)))
    except FileExistsError:
        raise SweepError(f"{path} exists", advice="name another file with --output") from None
    print(json.dumps({"file": str(path), "operation": called.name}) if as_json else f"wrote {path}")
    return OK
