"""Workspaces and targets by the names that people give them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SweepError, TargetError
from .parser import did_you_mean

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

LOCAL = "local"
LOCAL_SIMULATOR = "local.simulator"
KEY_VARIABLE = "QSHARP_BRIDGE_API_KEY"
WORKSPACE_VARIABLES = ("AZURE_QUANTUM_RESOURCE_ID", "AZURE_QUANTUM_CONNECTION_STRING")
_LOCAL_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


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
        ServiceError: it cannot be reached.
    """
    from ..connecting import connect

    if where is None and not any(os.environ.get(name) for name in WORKSPACE_VARIABLES):
        raise SweepError(
            "no workspace is named",
            advice=f"give --workspace local, or a resource id, or set {' or '.join(WORKSPACE_VARIABLES)}",
        )
    if where is not None and where.lower().startswith(("http://", "https://")):
        opened = _emulator(where)
        try:
            yield opened
        finally:
            opened.close()
        return
    options = {"data": data} if where == LOCAL and data is not None else {}
    with connect(where, **options) as connected:
        yield connected


@contextmanager
def target(
    name: str,
    where: str | None,
    *,
    data: str | os.PathLike[str] | None = None,
    noise: Mapping[str, Any] | None = None,
    seed: int | None = None,
) -> Iterator[Any]:
    """A target for the length of a ``with`` block: of a workspace, or the simulator on this machine.

    Args:
        name: such as ``ionq.simulator``, or ``local.simulator``, which needs no workspace.
        where, data: as for :func:`workspace`.
        noise, seed: of the simulator on this machine.

    Raises:
        TargetError: the workspace has no such target.
    """
    if name == LOCAL_SIMULATOR:
        from ..simulators import LocalSimulator

        yield LocalSimulator(noise=noise, seed=seed)
        return
    with workspace(where, data=data) as opened:
        yield _find(opened, name)


def _find(opened: Workspace, name: str) -> Any:
    found = opened.get_targets(name)
    if found and not isinstance(found, list):
        return found
    known = [LOCAL_SIMULATOR, *(each.name for each in opened.get_targets())]
    raise TargetError(
        f"the workspace has no target {name!r}{did_you_mean(name, known)}", advice=f"it has {', '.join(sorted(known))}"
    )


def _emulator(url: str) -> Workspace:
    """A workspace of a local service that runs already, in this process or another."""
    from azure.core.credentials import AzureKeyCredential
    from azure.quantum.workspace import Workspace

    key = os.environ.get(KEY_VARIABLE)
    if not key:
        raise SweepError(f"the service at {url} wants a key", advice=f"set {KEY_VARIABLE} to the one that it printed")
    return Workspace(
        subscription_id=_LOCAL_SUBSCRIPTION,
        resource_group="local",
        name="local",
        location="eastus",
        credential=AzureKeyCredential(key),
        _quantum_endpoint=url.rstrip("/"),
    )
