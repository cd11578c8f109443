"""A genuine Azure Quantum workspace from the words that users have at hand."""

from __future__ import annotations

import os
from typing import Any

from azure.quantum.workspace import Workspace

from .. import __version__
from ..errors import ServiceError

_RESOURCE_ID, _LOCATION, _CONNECTION_STRING = (
    "AZURE_QUANTUM_RESOURCE_ID",
    "AZURE_QUANTUM_LOCATION",
    "AZURE_QUANTUM_CONNECTION_STRING",
)


def open_workspace(where: str | None = None, **options: Any) -> Workspace:
    """The workspace named by a resource id, by a connection string, or by the environment.

    Args:
        where: a resource id (``/subscriptions/.../Workspaces/name``), a connection string
            (``SubscriptionId=...;...``), a workspace name, or None: then ``AZURE_QUANTUM_RESOURCE_ID`` (with
            ``AZURE_QUANTUM_LOCATION``) or ``AZURE_QUANTUM_CONNECTION_STRING`` is read.
        options: passed on to ``azure.quantum.Workspace``: ``location``, ``credential``...

    Raises:
        ServiceError: nothing names a workspace, or the client refuses what names it. The text of a connection string
            is never repeated in the error: it holds a key.
    """
    options.setdefault("user_agent", f"qsharp-bridge-{__version__}"[:24])
    where = where or os.environ.get(_RESOURCE_ID) or os.environ.get(_CONNECTION_STRING)
    try:
        if where is None:
            raise ServiceError(
                "nothing says which workspace to connect to",
                advice=f"give a resource id or a connection string, or set {_RESOURCE_ID} or {_CONNECTION_STRING}; "
                'connect("local") needs neither',
            )
        if where.lower().startswith("subscriptionid="):
            return Workspace.from_connection_string(where, **options)
        if location := os.environ.get(_LOCATION):
            options.setdefault("location", location)
        if where.startswith("/"):
            return Workspace(resource_id=where, **options)
        return Workspace(name=where, **options)
    except ServiceError:
        raise
    except ValueError as error:
        raise ServiceError(f"cannot connect to the workspace: {error}") from None
    except Exception as error:
        # What azure-identity and azure-core raise here is long, and names every credential it tried.
        raise ServiceError(
            f"cannot connect to the workspace: {type(error).__name__}: {str(error).splitlines()[0][:300]}",
            advice="check the name, `az login`, and the network",
        ) from error
