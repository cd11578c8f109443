"""The local service in the foreground, for the command line."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .service import SUBSCRIPTION, LocalService


def connect_lines(service: LocalService) -> str:
    """Return the lines that show the address of the service, and how to connect to it from Python.

    The address of the page contains the key only if no other machine can reach the service: such addresses are written
    to histories and logs.
    """
    page = f"{service.url}/?key={service.api_key}" if service.is_loopback else f"{service.url}/"
    address = "" if service.is_loopback else f"\n    export QSHARP_BRIDGE_URL={service.url}"
    return f"""\
Local Azure Quantum service at {service.url}
Key: {service.api_key}
Jobs and sessions in a browser: {page}

Connect from Python, with the unmodified client:

    from azure.core.credentials import AzureKeyCredential
    from azure.quantum import Workspace

    workspace = Workspace(
        subscription_id="{SUBSCRIPTION}",
        resource_group="local",
        name="local",
        location="eastus",
        credential=AzureKeyCredential("{service.api_key}"),
        _quantum_endpoint="{service.url}",
    )

The client takes the first four arguments from these variables as well, so that an unmodified script reads them:

    export AZURE_QUANTUM_SUBSCRIPTION_ID={SUBSCRIPTION}
    export AZURE_QUANTUM_WORKSPACE_RG=local
    export AZURE_QUANTUM_WORKSPACE_NAME=local
    export AZURE_QUANTUM_WORKSPACE_LOCATION=eastus

It reads neither the address nor a key from the environment, and refuses a connection string with another address than
https://....quantum.azure.com: give _quantum_endpoint and credential as above.

Or with qsharp_bridge:

    with qsharp_bridge.connect("{service.url}", api_key="{service.api_key}") as workspace:

and from the command line:

    export QSHARP_BRIDGE_API_KEY={service.api_key}{address}
    qsharp-bridge sessions list --workspace {service.url}

Stop with Ctrl-C."""


def serve(
    port: int = 8400,
    data: str | Path | None = None,
    *,
    ready: Callable[[LocalService], None] | None = None,
    **options: Any,
) -> None:
    """Run the service until SIGINT or SIGTERM.

    Args:
        port: the port; 0: a free one.
        data: the folder to keep everything in; None: in memory.
        ready: called with the service when it answers requests; None: print on stdout how to connect to it.
        **options: the other arguments of ``LocalService``.

    Raises:
        OSError: the port is in use, or the address is not one of this machine.
        BridgeError: as of ``LocalService`` and its ``start``.
        ValueError: as of ``LocalService``.

    >>> import os, signal
    >>> def ready(service):
    ...     os.kill(os.getpid(), signal.SIGTERM)  # ends it
    >>> serve(port=0, ready=ready)
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    stopped = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with LocalService(port, data, **options) as service:
            (ready or _print_lines)(service)
            while not stopped.wait(0.5):  # a signal to another thread does not interrupt the wait of this one
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_lines(service: LocalService) -> None:
    print(connect_lines(service), flush=True)
