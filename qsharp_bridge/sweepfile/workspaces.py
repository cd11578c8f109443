"""Workspaces and targets by the names that people write in sweep files and on the command line."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import SweepError, TargetError

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

LOCAL = "local"
LOCAL_SIMULATOR = "local.simulator"
WORKSPACE_VARIABLES = ("AZURE_QUANTUM_RESOURCE_ID", "AZURE_QUANTUM_CONNECTION_STRING")
_VARIABLES = " or ".join(WORKSPACE_VARIABLES)


def local_data(journal: str | os.PathLike[str]) -> Path:
    """Return the folder where the local service of a run with a journal keeps its jobs, so that a resume finds them."""
    return Path(f"{os.fspath(journal)}.local")


def named(where: str | None) -> bool:
    """Return whether a workspace is named, by a text or by the environment."""
    return bool(where) or (where is None and any(os.environ.get(name) for name in WORKSPACE_VARIABLES))


@contextmanager
def open_workspace(where: str | None, *, data: Path | None = None) -> Iterator[Workspace]:
    """Open a workspace for the length of a ``with`` block.

    Args:
        where: ``local`` for a local service in this process; the address (``http://127.0.0.1:8400``) of one that runs
            already; a resource id, a connection string or a workspace's name for Azure; None for what the
            environment names.
        data: the folder of the local service in this process; None: in memory.

    Raises:
        SweepError: nothing names a workspace, or ``data`` is given for one that is not ``local``.
        ServiceError: it cannot be reached, or wants a key.
    """
    if not named(where):
        raise SweepError(
            "no workspace is named", advice=f"give --workspace local, or a resource id, or set {_VARIABLES}"
        )
    if data is not None and where != LOCAL:
        raise SweepError(
            f"only a local service of its own has a folder, and the workspace is {where or 'named by the environment'}",
            path="data",
            advice="leave it out, or give --workspace local",
        )
    from qsharp_bridge.connecting import connect

    # The Azure client logs pages about each way to sign in that failed; what matters of them is in its error.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    options = {"data": data} if data is not None else {}
    with connect(where, **options) as connected:
        yield connected


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
    """Open a target for the length of a ``with`` block: one of a workspace, or the simulator on this machine.

    Args:
        name: such as ``ionq.simulator``, or ``local.simulator``, which needs no workspace.
        where: the workspace, as for :func:`open_workspace`.
        data: the folder of the local service.
        noise: of the simulator on this machine.
        seed: of the simulator on this machine.
        workers: how many processes simulate on this machine; None: this one.

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
            advice=f"give --workspace local, or a resource id, or set {_VARIABLES}; the target "
            f"{LOCAL_SIMULATOR} needs none",
        )
    with open_workspace(where, data=data) as workspace:
        yield _find(workspace, name)


def _find(workspace: Workspace, name: str) -> Any:
    from azure.core.exceptions import AzureError

    from qsharp_bridge.azure.sessions import trouble

    try:
        found = workspace.get_targets(name)
        if found and not isinstance(found, list):
            return found
        known = sorted({LOCAL_SIMULATOR, *(each.name for each in workspace.get_targets())})
    except AzureError as error:
        raise trouble("list the targets of the workspace", error) from error
    guess = did_you_mean(name, known)
    raise TargetError(
        f"the workspace has no target {name!r}{guess}", advice=None if guess else f"it has {', '.join(known)}"
    )
