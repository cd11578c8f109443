"""The client's workspace, safe to use in several threads, and with a time-out of its requests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from azure.core.credentials import AzureKeyCredential
from azure.quantum.target import Target
from azure.quantum.target.target_factory import TargetFactory
from azure.quantum.workspace import Workspace as AzureWorkspace

from .connections import Timeouts


class Workspace(AzureWorkspace):  # type: ignore[misc]
    """An ``azure.quantum.Workspace`` that may be used while other threads use other workspaces.

    azure-quantum has one factory of targets for the whole process, and each ``get_targets`` stores its workspace in it:
    a target that another thread makes at that moment gets the wrong workspace, and sends its jobs there. This class
    makes a factory for every call.

    Args:
        arguments: arguments of ``azure.quantum.Workspace``.
        request_timeout: seconds without a byte of an answer after which a run sends a request again. To connect may
            take half of it, a whole request three times as long.
        options: arguments of ``azure.quantum.Workspace``.
    """

    def __init__(self, *arguments: Any, request_timeout: float = 10.0, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.timeouts = Timeouts(request_timeout / 2, request_timeout, request_timeout * 3)

    def get_targets(self, name: str | None = None, provider_id: str | None = None) -> Any:
        """Return the targets of this workspace or of one provider; with a name, that target."""
        return _OwnFactory(base_cls=Target, workspace=self).get_targets(name=name, provider_id=provider_id)


class _OwnFactory(TargetFactory):  # type: ignore[misc]
    def __new__(cls, *_: Any, **__: Any) -> _OwnFactory:
        factory: _OwnFactory = object.__new__(cls)  # the base class returns the one of the process
        return factory


def local_workspace(url: str, key: str, name: str, **options: Any) -> Workspace:
    """Return a workspace of the local service at an address; ``options`` override arguments of the class."""
    settings: dict[str, Any] = {
        "subscription_id": str(UUID(int=0)),
        "resource_group": "local",
        "name": name,
        "location": "eastus",  # the client requires a region of Azure
        "credential": AzureKeyCredential(key),
        "_quantum_endpoint": url.rstrip("/"),
    }
    return Workspace(**{**settings, **options})


def timeouts_of(workspace: AzureWorkspace) -> Timeouts:
    """Return the time-outs of a workspace, or the default ones if ``connect`` did not make it."""
    found = getattr(workspace, "timeouts", None)
    return found if isinstance(found, Timeouts) else Timeouts()
