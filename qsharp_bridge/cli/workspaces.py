"""The workspace of verbs that look into one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from qsharp_bridge.errors import SweepError
from qsharp_bridge.sweepfile.workspaces import LOCAL, WORKSPACE_VARIABLES, named, open_workspace


def takes_workspace(function: Callable[..., int]) -> Callable[..., int]:
    """Add ``--workspace`` and ``--data``; the function gets the open workspace first."""

    @click.option(
        "--workspace",
        metavar="WHERE",
        help="The address of an emulator, a resource id or a workspace's name, or local with --data; by default what "
        "the AZURE_QUANTUM_... variables name.",
    )
    @click.option(
        "--data", type=click.Path(path_type=Path), help="The folder of a local service that does not run now."
    )
    @functools.wraps(function)
    def call(*args: Any, workspace: str | None, data: Path | None, **options: Any) -> int:
        with _existing(workspace, data) as opened:
            return function(opened, *args, **options)

    return call


def _existing(where: str | None, data: Path | None) -> Any:
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
