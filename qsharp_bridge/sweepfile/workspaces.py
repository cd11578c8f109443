"""Workspaces and targets by their names in sweep files and on the command line."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge._environment import WORKSPACE_VARIABLES
from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import SweepError, TargetError

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

LOCAL = "local"
LOCAL_SIMULATOR = "local.simulator"
_VARIABLES = " or ".join(WORKSPACE_VARIABLES)


def local_data(journal: str | os.PathLike[str]) -> Path:
    """Return the folder where the local service of a run with a journal keeps its jobs, so that a resume finds them."""
    return Path(f"{os.fspath(journal)}.local")


def named(where: str | None) -> bool:
    """Return whether a text, or without one the environment, names a workspace."""
    return bool(where) or (where is None and any(os.environ.get(name) for name in WORKSPACE_VARIABLES))


@contextmanager
def open_workspace(where: str | None, *, data: Path | None = None) -> Iterator[Workspace]:
    """Open a workspace for the length of a ``with`` block.

    Args:
        where: ``local`` for a local service in this process; the address (``http://127.0.0.1:8400``) of one that runs
            already; a resource id, a connection string or a workspace's name for Azure; None for the workspace that
            the environment names.
        data: the folder of the local service in this process; None to keep its data in memory.

    Raises:
        SweepError: no workspace is named, or ``data`` is given for one that is not ``local``.
        ServiceError: it cannot be reached, or needs a key.
    """
    if not named(where):
        raise SweepError(
            "no workspace is named", advice=f"give --workspace local, or a resource id, or set {_VARIABLES}"
        )
    if data is not None and where != LOCAL:
        raise SweepError(
            "only a local service in this process has a folder, and the workspace is "
            f"{where or 'named by the environment'}",
            path="data",
            advice="leave it out, or give --workspace local",
        )
    from qsharp_bridge.connecting import connect

    # The Azure client logs pages about each way to sign in that failed; its error has the essential part.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    options = {"data": data} if data is not None else {}
    with connect(where, **options) as workspace:
        yield workspace


@contextmanager
def open_target(
    name: str,
    where: str | None,
    *,
    data: Path | None = None,
    noise: Mapping[str, Any] | None = None,
    seed: int | None = None,
    workers: int | None = None,
) -> Iterator[Any]:
    """Open a target of a workspace, or the simulator on this machine, for the length of a ``with`` block.

    Args:
        name: the target's name, such as ``ionq.simulator``, or ``local.simulator``, which needs no workspace.
        where: the workspace, as for :func:`open_workspace`.
        data: the folder of the local service.
        noise: the noise of ``local.simulator``.
        seed: the seed of ``local.simulator``.
        workers: how many processes simulate for ``local.simulator``; None for this process alone.

    Raises:
        TargetError: the workspace has no such target.
        SweepError: the target needs a workspace, and none is named.
        ServiceError: the workspace could not be reached.
    """
    if name == LOCAL_SIMULATOR:
        from qsharp_bridge.simulators import LocalSimulator

        yield LocalSimulator(noise=noise, seed=seed, executor=workers)
        return
    if not named(where):
        raise SweepError(
            f"no workspace is named for the target {name!r}",
            advice=f"give --workspace local, or a resource id, or set {_VARIABLES}; the target "
            f"{LOCAL_SIMULATOR} needs none",
        )
    with open_workspace(where, data=data) as workspace:
        yield _find(workspace, name)


def _find(workspace: Workspace, name: str) -> Any:
    from azure.core.exceptions import AzureError

    from qsharp_bridge.azure.sessions import service_error

    try:
        found = workspace.get_targets(name)
        if found and not isinstance(found, list):
            return found
        known = sorted({LOCAL_SIMULATOR, *(each.name for each in workspace.get_targets())})
    except AzureError as error:
        raise service_error("list the targets of the workspace", error) from error
    guess = did_you_mean(name, known)
    raise TargetError(
        f"the workspace has no target {name!r}{guess}", advice=None if guess else f"it has {', '.join(known)}"
    )
