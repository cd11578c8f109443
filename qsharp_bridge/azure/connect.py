"""Opening of workspaces: on Azure, or of a local service that runs already."""

from __future__ import annotations

import os
import socket
import urllib.parse
from typing import Any

from qsharp_bridge._environment import API_KEY, CONNECTION_STRING, LOCATION, RESOURCE_ID, SERVICE_URL
from qsharp_bridge._hosts import is_loopback
from qsharp_bridge._suggest import close_matches
from qsharp_bridge._version import __version__
from qsharp_bridge.errors import ServiceError, without_credentials

from .workspace import Workspace, local_workspace


def open_local_service(url: str, api_key: str | None = None, name: str = "local", **options: Any) -> Workspace:
    """Open a workspace of a local service that runs already, in this process or another.

    Args:
        url: the address of the service, such as ``http://127.0.0.1:8400``.
        api_key: the key that the service printed; None to read ``QSHARP_BRIDGE_API_KEY``.
        name: the workspace's name; the service makes it on first use.
        options: options of :class:`~qsharp_bridge.azure.workspace.Workspace`, such as ``request_timeout``.

    The key of the environment is only sent to this machine or to the address in ``QSHARP_BRIDGE_URL``: a sweep file
    from somebody else may name any address. No key is sent over plain http to another machine.

    Raises:
        ServiceError: there is no key, it is not for this address, or nothing answers at the address.
    """
    key = api_key or os.environ.get(API_KEY)
    if not key:
        raise ServiceError(
            f"the service at {without_credentials(url)} needs a key",
            advice=f"give the key that it printed as api_key, or set {API_KEY}",
        )
    _check_address(url, given=bool(api_key))
    try:
        # The client itself would retry for minutes.
        address = urllib.parse.urlsplit(url)
        port = address.port or (443 if address.scheme == "https" else 80)
        socket.create_connection((address.hostname or "", port), timeout=10).close()
    except (OSError, ValueError) as error:
        # The text of the ValueError has the port, which is a part of the password if that has a slash.
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else "it is not an address"
        raise ServiceError(
            f"no service answers at {without_credentials(url)}: {reason}",
            advice="start one with `qsharp-bridge emulator`",
        ) from None
    try:
        return local_workspace(url, key, name, **options)
    except ValueError as error:  # such as a name of one letter
        raise ServiceError(f"cannot connect to the workspace: {error}") from None


def _check_address(url: str, *, given: bool) -> None:
    """Check that a key may be sent to an address. ``given`` is False for the key of the environment."""
    address = urllib.parse.urlsplit(url)
    host = address.hostname or ""
    if is_loopback(host):
        return
    if address.scheme != "https":
        raise ServiceError(
            f"the key of a local service is not sent to {host} over plain http",
            advice="start the service with --certificate and give its https address, or use a tunnel to this machine",
        )
    bound = os.environ.get(SERVICE_URL, "")
    if not given and url.rstrip("/") != bound.rstrip("/"):
        raise ServiceError(
            f"the key in {API_KEY} is for a service on this machine, not for {host}",
            advice=f"if it is the key of that service, set {SERVICE_URL} to its address",
        )


def open_workspace(where: str | None = None, **options: Any) -> Workspace:
    """Open the workspace named by a resource id, by a connection string, or by the environment.

    Args:
        where: a resource id (``/subscriptions/.../Workspaces/name``), a connection string
            (``SubscriptionId=...;...``), a workspace name, or None to read ``AZURE_QUANTUM_RESOURCE_ID`` (with
            ``AZURE_QUANTUM_LOCATION``) or ``AZURE_QUANTUM_CONNECTION_STRING``.
        options: options of ``azure.quantum.Workspace``, such as ``location`` or ``credential``; ``request_timeout``.

    Raises:
        ServiceError: no workspace is named, or the client refuses its name. The error never has the text of a
            connection string, which holds a key.
    """
    word = "" if where is None or options else where.lower()
    if word == "localhost" or (len(word) <= len("local") and close_matches(word, ["local"], least=0.8)):
        raise ServiceError(
            f"connect({where!r}) is probably not the name of a workspace",
            advice='did you mean connect("local")? Give a workspace on Azure that has this name by its resource id',
        )
    options.setdefault("user_agent", f"qsharp-bridge-{__version__}"[:24])
    where = where or os.environ.get(RESOURCE_ID) or os.environ.get(CONNECTION_STRING)
    try:
        if where is None:
            raise ServiceError(
                "no workspace is named",
                advice=f"give a resource id or a connection string, or set {RESOURCE_ID} or {CONNECTION_STRING}; "
                'connect("local") needs neither',
            )
        if where.lower().startswith("subscriptionid="):
            if "quantumendpoint=http://" in where.lower():
                raise ServiceError(
                    "the connection string names an http:// address, and the client accepts only Azure's own",
                    advice="for a local service give its address itself, such as http://127.0.0.1:8400",
                )
            opened: Workspace = Workspace.from_connection_string(where, **options)
            return opened
        if location := os.environ.get(LOCATION):
            options.setdefault("location", location)
        if where.startswith("/"):
            return Workspace(resource_id=where, **options)
        return Workspace(name=where, **options)
    except ServiceError:
        raise
    except ValueError as error:
        raise ServiceError(f"cannot connect to the workspace: {error}") from None
    except Exception as error:
        # The errors of azure-identity and azure-core are long: they name every credential that was tried.
        raise ServiceError(
            f"cannot connect to the workspace: {type(error).__name__}: {str(error).splitlines()[0][:300]}",
            advice="check the name, `az login`, and the network",
        ) from error
