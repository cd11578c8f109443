"""Workspaces and targets by the names that people give them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import SweepError, TargetError

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

    from .parser import Parser

LOCAL = "local"
LOCAL_SIMULATOR = "local.simulator"
KEY_VARIABLE = "QSHARP_BRIDGE_API_KEY"
WORKSPACE_VARIABLES = ("AZURE_QUANTUM_RESOURCE_ID", "AZURE_QUANTUM_CONNECTION_STRING")


def local_data(journal: str | os.PathLike[str]) -> Path:
    """Where the local service of a run with a journal keeps its jobs, so that a resume finds them."""
    return Path(f"{os.fspath(journal)}.local")


@contextmanager
def workspace(where: str | None, *, data: str | os.PathLike[str] | None = None) -> Iterator[Workspace]:
    """A workspace for the length of a ``with`` block.

    Args:
        where: ``local`` for a local service in this process; the address (``http://127.0.0.1:8400``) of one that runs
            already; a resource id, a connection string or a workspace's name for Azure; None for what the
            environment names.
        data: the folder of the local service in this process; None: in memory.

    Raises:
        SweepError: nothing names a workspace.
        ServiceError: it cannot be reached, or wants a key.
    """
    if not named(where):
        raise SweepError(
            "no workspace is named",
            advice=f"give --workspace local, or a resource id, or set {' or '.join(WORKSPACE_VARIABLES)}",
        )
    if data is not None and where != LOCAL:
        raise SweepError(
            f"only a local service of its own has a folder, and the workspace is {where or 'named by the environment'}",
            path="data",
            advice="leave it out, or give --workspace local",
        )
    from qsharp_bridge.connecting import connect

    _quiet()
    options = {"data": data} if where == LOCAL and data is not None else {}
    with connect(where, **options) as connected:
        yield connected


def named(where: str | None) -> bool:
    """Whether anything says which workspace."""
    return bool(where) or (where is None and any(os.environ.get(name) for name in WORKSPACE_VARIABLES))


def _quiet() -> None:
    """The Azure client logs pages about each way to sign in that failed; what matters of it is in its error."""
    import logging

    logging.getLogger("azure").addHandler(logging.NullHandler())


def add_flags(parser: Parser) -> None:
    """Add what says which workspace, for verbs that look into one."""
    parser.add_argument(
        "--workspace", metavar="WHERE",
        help="the address of an emulator, a resource id or a workspace's name, or local with --data "
        "(default: what the AZURE_QUANTUM_... variables name)",
    )  # fmt: skip
    parser.add_argument("--data", metavar="DIR", help="the folder of a local service that does not run now")


@contextmanager
def existing(args: argparse.Namespace) -> Iterator[Workspace]:
    """The workspace that the flags of :func:`add_flags` name.

    Raises:
        SweepError: it is a local service in memory, which has no past, or its folder is not there.
        ServiceError: it cannot be reached.
    """
    where = LOCAL if args.workspace is None and args.data is not None else args.workspace
    if where == LOCAL and args.data is None:
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
    if args.data is not None and not Path(args.data).is_dir():
        raise SweepError(f"there is no folder {args.data}", path="--data")
    if where == LOCAL and not (Path(args.data) / "service.sqlite").is_file():
        raise SweepError(f"no local service has kept anything in {args.data}", path="--data")
    with workspace(where, data=args.data) as opened:
        yield opened


@contextmanager
def target(
    name: str,
    where: str | None,
    *,
    data: str | os.PathLike[str] | None = None,
    noise: Mapping[str, Any] | None = None,
    seed: int | None = None,
    workers: int | None = None,
) -> Iterator[Any]:
    """A target for the length of a ``with`` block: of a workspace, or the simulator on this machine.

    Args:
        name: such as ``ionq.simulator``, or ``local.simulator``, which needs no workspace.
        where, data: as for :func:`workspace`.
        noise, seed, workers: of the simulator on this machine; its workers are processes.

    Raises:
        TargetError: the workspace has no such target.
        SweepError: nothing names a workspace, and the target needs one.
        ServiceError: the workspace could not be reached.
    """
    if name == LOCAL_SIMULATOR:
        from qsharp_bridge.simulators import LocalSimulator

        yield LocalSimulator(noise=noise, seed=seed, executor=workers)
        return
    if not named(where):
        raise SweepError(
            f"no workspace is named that has the target {name!r}",
            advice=f"give --workspace local, or a resource id, or set {' or '.join(WORKSPACE_VARIABLES)}; the target "
            f"{LOCAL_SIMULATOR} needs none",
        )
    with workspace(where, data=data) as opened:
        yield _find(opened, name)


def _find(opened: Workspace, name: str) -> Any:
    from azure.core.exceptions import AzureError

    from qsharp_bridge.azure.sessions import trouble

    try:
        found = opened.get_targets(name)
        if found and not isinstance(found, list):
            return found
        known = sorted({LOCAL_SIMULATOR, *(each.name for each in opened.get_targets())})
    except AzureError as error:
        raise trouble("list the targets of the workspace", error) from error
    guess = did_you_mean(name, known)
    raise TargetError(
        f"the workspace has no target {name!r}{guess}", advice=None if guess else f"it has {', '.join(known)}"
    )
