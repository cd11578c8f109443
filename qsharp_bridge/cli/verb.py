"""The class of all verbs, which prints an error as one line and ends with its exit code; and types of options."""

from __future__ import annotations

import json
import os
import sys
import warnings
from typing import Any

import click

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SweepFileError

from . import exit_codes as exits


class Verb(click.Command):
    """A command whose errors are one line on stderr. Its function returns the exit code.

    Args:
        args: arguments of ``click.Command``.
        json: add ``--json``; the function gets it as ``as_json``.
        options: arguments of ``click.Command``.
    """

    def __init__(self, *args: Any, json: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        if json:
            help_ = "Print JSON instead of text."
            self.params.append(click.Option(["--json", "as_json"], is_flag=True, help=help_))
        self.params.append(
            click.Option(["--traceback"], is_flag=True, hidden=True, expose_value=False, callback=_keep_traceback)
        )

    def invoke(self, ctx: click.Context) -> int:
        """Run the command; print an error as one line and return its exit code."""
        if ctx.meta.get("traceback"):
            return int(super().invoke(ctx))
        try:
            with warnings.catch_warnings():
                warnings.showwarning = lambda message, *_, **__: _print_problem(ctx, f"warning: {message}")
                code = int(super().invoke(ctx))
            sys.stdout.flush()
            return code
        except click.ClickException:
            raise
        except KeyboardInterrupt as interrupt:
            return _end(ctx, exits.INTERRUPTED, "; ".join(["interrupted", *map(str, interrupt.args)]))
        except SweepFileError as error:
            return _end(ctx, exits.BAD_INPUT, *(f"{error.path}: {fault}" for fault in error.faults))
        except BridgeError as error:
            return _end(ctx, exits.code_of(error), str(error))
        except BrokenPipeError:
            # Python flushes stdout when it ends, and would report the closed pipe once more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return exits.BROKEN_PIPE
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            return _end(ctx, exits.TROUBLE, f"{where}{error.strerror or error}")
        except Exception as error:
            problem = f"internal error: {type(error).__name__}: {error}"
            return _end(ctx, exits.TROUBLE, f"{problem}; run it again with --traceback and report that")


class Word(click.Choice[str]):
    """A choice of a few words. The error about another word suggests the nearest one."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return the message about an unknown word."""
        words = list(map(str, self.choices))
        guess = did_you_mean(str(value), words) or f"; it is one of {', '.join(words)}"
        return f"unknown choice {value!r}{guess}"


class NumberOrWord(click.ParamType[Any]):
    """A whole number, or a word."""

    name = "number or word"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or else the text; the key of the sweep file checks both."""
        try:
            return int(value)
        except ValueError:
            return value


class Json(click.ParamType[Any]):
    """A table of options, written as JSON."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the data of a JSON text."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            self.fail(f"not JSON: {error}", param, ctx)


def usage_line(error: click.UsageError) -> str:
    """Return the one-line message about a wrong command line, with the nearest known word."""
    ctx = error.ctx
    command = ctx.command if ctx is not None else None
    match error, command:
        case click.exceptions.NoSuchOption(option_name=name), click.Command(params=params):
            known = [option for param in params if not getattr(param, "hidden", False) for option in param.opts]
            problem = f"no such option {name}{did_you_mean(name, known)}"
        case click.exceptions.NoSuchCommand(command_name=name), click.Group(commands=commands):
            guess = did_you_mean(name, commands) or f"; it is one of {', '.join(commands)}"
            problem = f"no such command {name}{guess}"
        case _:
            text = " ".join(error.format_message().split()).rstrip(".")
            problem = text[:1].lower() + text[1:]
    path = ctx.command_path if ctx is not None else "qsharp-bridge"
    return f"{path}: {problem}; see {path} --help"


def _keep_traceback(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.meta["traceback"] = value


def _end(ctx: click.Context, code: int, *problems: str) -> int:
    for problem in problems:
        _print_problem(ctx, problem)
    return code


def _print_problem(ctx: click.Context, problem: str) -> None:
    print(f"{ctx.command_path}: {' '.join(problem.splitlines())}", file=sys.stderr)
