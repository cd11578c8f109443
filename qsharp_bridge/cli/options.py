"""The options that verbs share. Those of a run come from the model of sweep files, each named like its key."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweepfile.file import SweepFile
from qsharp_bridge.sweepfile.keys import check_key
from qsharp_bridge.sweepfile.model import KEYS, PATHS

from .values import read_assignment
from .verb import Json, NumberOrWord, Word

F = TypeVar("F", bound=Callable[..., int])


def run_options(*keys: str) -> Callable[[F], F]:
    """Add options that override keys of a sweep file; the function gets their checked values as ``changes``.

    Args:
        keys: of a sweep file. ``failure_policy`` becomes ``--failure-policy``.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def call(*args: Any, **given: Any) -> int:
            changes = {key: given.pop(key) for key in keys}
            return function(*args, changes=_checked(changes), **given)

        for key in reversed(keys):
            call = _option(key)(call)
        return call  # type: ignore[return-value]

    return decorate


def call_options(function: F) -> F:
    """Add what names an operation of a program and the arguments of a call of it."""
    for add in (
        click.option(
            "--qdk-config",
            multiple=True,
            metavar="NAME=VALUE",
            help="A value for Std.Core.ConfigValue. May be repeated.",
        ),
        click.option("--operation", metavar="NAME", help="The operation; by default the only one of the program."),
        click.argument("arguments", nargs=-1),
        click.argument("file", metavar="PROGRAM", type=click.Path(path_type=Path)),
    ):
        function = add(function)
    return function


def set_option(function: F) -> F:
    """Add ``--set NAME=VALUE``, which gives a parameter one value."""
    help_ = "Give a parameter this one value at every point; may be repeated."
    return click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help=help_)(function)


def quiet_option(function: F) -> F:
    """Add ``--quiet``; progress is printed on stderr without it."""
    return click.option("--quiet", is_flag=True, help="No progress on stderr.")(function)


def with_changes(
    file: SweepFile, changes: dict[str, Any], assignments: tuple[str, ...] = (), *, estimates: bool | None = False
) -> SweepFile:
    """Return a sweep file with options in place of its keys.

    Args:
        file: as read.
        changes: checked options.
        assignments: values of ``--set``.
        estimates: the verb estimates an observable; or does not; or, None, takes a file of either kind.

    Raises:
        SweepError: an option that the target does not take, an assignment that is none, or a file for another verb.
    """
    if assignments:
        fixed = {name: {"value": value} for name, value in map(read_assignment, assignments)}
        changes = {**changes, "parameters": {**file.parameters, **fixed}}
    changed = file.with_keys(changes)
    if estimates and changed.observable is None:
        raise SweepError(f"{file.path} has no observable", advice="add [observable] to it, or give --observable")
    if changed.observable is not None and estimates is False:
        raise SweepError(
            f"{file.path} has an observable", advice=f"`qsharp-bridge estimate {file.path}` estimates it, or continues"
        )
    return changed


def _option(key: str) -> Callable[[F], F]:
    info = msgspec.inspect.type_info(KEYS[key])
    assert isinstance(info, msgspec.inspect.Metadata)
    name, help_ = f"--{key.replace('_', '-')}", (info.extra_json_schema or {})["description"]
    match info.type:
        case msgspec.inspect.BoolType():
            return click.option(f"{name}/--no-{name[2:]}", key, default=None, help=help_)
        case msgspec.inspect.LiteralType(values=words):
            kind: click.ParamType[Any] = Word(list(map(str, words)))
        case msgspec.inspect.IntType():
            kind = click.INT
        case msgspec.inspect.FloatType():
            kind = click.FLOAT
        case msgspec.inspect.DictType():
            kind = Json()
        case msgspec.inspect.UnionType(types=types) if any(isinstance(one, msgspec.inspect.IntType) for one in types):
            kind = NumberOrWord()
        case _:
            kind = click.Path() if key in PATHS else click.STRING
    if key in ("output", "tags"):
        return click.option(name, key, multiple=True, type=kind, help=f"{help_} May be repeated.")
    return click.option(name, key, type=kind, help=help_)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """Check each option as its key is; paths are relative to the current folder."""
    changes = {}
    for key, value in given.items():
        where = f"--{key.replace('_', '-')}"
        if value is None or value == ():
            continue
        if key == "workspace":  # a connection string may be on a command line, where a variable holds it
            if not value.strip():
                raise SweepError("expected the name of a workspace, found nothing", path=where)
            changes[key] = value
        else:
            changes[key] = check_key(key, list(value) if isinstance(value, tuple) else value, where, Path())
    return changes
