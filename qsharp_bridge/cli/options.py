"""The options that verbs share. Options of a run come from the model of sweep files and are named like its keys."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from qsharp_bridge._environment import WORKSPACE_VARIABLES
from qsharp_bridge.errors import SweepError
from qsharp_bridge.runner.options import OPTIONS
from qsharp_bridge.sweepfile.file import SweepFile
from qsharp_bridge.sweepfile.keys import check_key
from qsharp_bridge.sweepfile.model import KEYS, PATHS
from qsharp_bridge.sweepfile.workspaces import LOCAL, named, open_workspace

from .values import read_assignment
from .verb import Json, NumberOrWord, Word

F = TypeVar("F", bound=Callable[..., int])


def run_options(*keys: str) -> Callable[[F], F]:
    """Add options that override keys of a sweep file; the function gets their checked values as ``changes``.

    Args:
        keys: keys of a sweep file. ``failure_policy`` becomes ``--failure-policy``.
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
    """Add the arguments and options that name a program, an operation and its arguments."""
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
    """Add ``--set NAME=VALUE``, which fixes the value of a parameter."""
    help_ = "Give a parameter this one value at every point; may be repeated."
    return click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help=help_)(function)


def quiet_option(function: F) -> F:
    """Add ``--quiet``; without it progress is printed on stderr."""
    return click.option("--quiet", is_flag=True, help="No progress on stderr.")(function)


def workspace_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add ``--workspace`` and ``--data``; the function gets the open workspace as its first argument."""

    @click.option(
        "--workspace",
        metavar="WHERE",
        help="The address of an emulator, a resource id or a workspace's name, or local with --data; by default the "
        "workspace that the AZURE_QUANTUM_... variables name.",
    )
    @click.option("--data", type=click.Path(path_type=Path), help="The folder of a local service that is not running.")
    @functools.wraps(function)
    def call(*args: Any, workspace: str | None, data: Path | None, **options: Any) -> int:
        with _existing_workspace(workspace, data) as opened:
            return function(opened, *args, **options)

    return call


def _existing_workspace(where: str | None, data: Path | None) -> Any:
    if where is None and data is not None:
        where = LOCAL
    if where == LOCAL and data is None:
        raise SweepError(
            "a local service keeps sessions only in a folder",
            advice="name it with --data, or give the address of a service that runs",
        )
    if not named(where):
        raise SweepError(
            "no workspace is named",
            advice="give --workspace with the address of a service or a resource id, or --data with a local service's "
            f"folder, or set {' or '.join(WORKSPACE_VARIABLES)}",
        )
    if data is not None and not data.is_dir():
        raise SweepError(f"there is no folder {data}", path="--data")
    if where == LOCAL and data is not None and not (data / "service.sqlite").is_file():
        raise SweepError(f"no local service has kept anything in {data}", path="--data")
    return open_workspace(where, data=data)


def with_changes(
    file: SweepFile, changes: dict[str, Any], assignments: tuple[str, ...] = (), *, estimates: bool | None = False
) -> SweepFile:
    """Return a sweep file with options in place of its keys.

    Args:
        file: the sweep file.
        changes: checked values of options, by key.
        assignments: values of ``--set``.
        estimates: True if the verb needs an observable, False if it takes none, None if both are right.

    Raises:
        SweepError: the target does not take an option, an assignment is malformed, or the file is for another verb.
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
    option = OPTIONS.get(key)
    metavar = None  # of a choice, the type's own has the words
    if option and option.metavar and not isinstance(kind, Word):
        metavar = "|".join((option.metavar, *option.words))
    if key in ("output", "tags"):
        return click.option(name, key, multiple=True, type=kind, metavar=metavar, help=f"{help_} May be repeated.")
    return click.option(name, key, type=kind, metavar=metavar, help=help_)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """Check each option like its key in a sweep file; paths are relative to the current folder."""
    changes = {}
    for key, value in given.items():
        where = f"--{key.replace('_', '-')}"
        if value is None or value == ():
            continue
        if key == "workspace":  # it may be a connection string here, from a variable of the shell; in a file never
            if not value.strip():
                raise SweepError("expected the name of a workspace, found nothing", path=where)
            changes[key] = value
        else:
            changes[key] = check_key(key, list(value) if isinstance(value, tuple) else value, where, Path())
    return changes
