"""The client's workspace, with targets that are always its own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from azure.core.credentials import AzureKeyCredential
from azure.quantum.target import Target
from azure.quantum.target.target_factory import TargetFactory
from azure.quantum.workspace import Workspace as AzureWorkspace

from .connections import Timeouts


class Workspace(AzureWorkspace):  # type: ignore[misc]
    """An ``azure.quantum.Workspace`` that several threads may use beside others.

    The factory of targets in azure-quantum is one object for the whole process, and each ``get_targets`` puts its own
    workspace there: what another thread makes at that moment belongs to that workspace, and its jobs go there. This
    class has a factory for every call.

    Args:
        arguments: those of ``azure.quantum.Workspace``.
        request_timeout: seconds without a byte of an answer after which a run sends a request again. A connection gets
            half of it, a whole request three times as much.
        options: those of ``azure.quantum.Workspace``.
    """

    def __init__(self, *arguments: Any, request_timeout: float = 10.0, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.timeouts = Timeouts(request_timeout / 2, request_timeout, request_timeout * 3)

    def get_targets(self, name: str | None = None, provider_id: str | None = None) -> Any:
        """Return the targets of this workspace, or of one provider; the target itself when a name is given."""
        return _OwnFactory(base_cls=Target, workspace=self).get_targets(name=name, provider_id=provider_id)


class _OwnFactory(TargetFactory):  # type: ignore[misc]
    def __new__(cls, *_: Any, **__: Any) -> _OwnFactory:
        made: _OwnFactory = object.__new__(cls)
        return made


def local_workspace(url: str, key: str, name: str, **options: Any) -> Workspace:
    """Return a workspace of the local service at an address; ``options`` are those of the class."""
    settings: dict[str, Any] = {
        "subscription_id": str(UUID(int=0)),
        "resource_group": "local",
        "name": name,
        "location": "eastus",  # the client insists on a region of Azure's
        "credential": AzureKeyCredential(key),
        "_quantum_endpoint": url.rstrip("/"),
    }
    return Workspace(**{**settings, **options})


def timeouts_of(workspace: AzureWorkspace) -> Timeouts:
    """Return the time-outs of a workspace: the usual ones for one that was not made by ``connect``."""
    found = getattr(workspace, "timeouts", None)
    return found if isinstance(found, Timeouts) else Timeouts()
