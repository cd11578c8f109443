"""The console script and its verbs."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import click

from qsharp_bridge._version import __version__

from . import exit_codes as exits
from .verb import usage_line
from .verbs import (
    circuit,
    completion,
    doctor,
    emulator,
    estimate,
    init,
    jobs,
    plan,
    results,
    resume,
    run,
    schema,
    sessions,
)
from .verbs import compile as compile_
from .verbs import format as format_

_VERBS = (
    init.init,
    run.run,
    plan.plan,
    resume.resume,
    estimate.estimate,
    results.results,
    format_.format_,
    compile_.compile_,
    circuit.circuit,
    sessions.sessions,
    jobs.jobs,
    emulator.emulator,
    doctor.doctor,
    schema.schema,
    completion.completion,
)


class _OrderedGroup(click.Group):
    """A group whose help lists the verbs in the order in which they are used; click sorts by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_OrderedGroup,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="\b\nExit codes:\n" + "\n".join(f"  {code:<4} {meaning}" for code, meaning in exits.MEANINGS.items()),
)
@click.version_option(__version__, message="qsharp-bridge %(version)s")
def commands() -> None:
    """Run Q# parameter sweeps as jobs in one Azure Quantum session, here or on Azure."""


for _verb in _VERBS:
    commands.add_command(_verb)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments after the program's name; those of the process by default.

    Returns:
        The exit code, see :mod:`qsharp_bridge.cli.exit_codes`.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal cannot show must not end a command that has results to print.
            stream.reconfigure(errors="backslashreplace")
    try:
        args = None if argv is None else list(argv)
        return int(commands.main(args, prog_name="qsharp-bridge", standalone_mode=False) or 0)
    except click.UsageError as error:
        print(usage_line(error), file=sys.stderr)
        return exits.BAD_INPUT
    except click.Abort:
        return exits.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
