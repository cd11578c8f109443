"""``connect``: one line that chooses where jobs run. Above the other layers, since it also starts the emulator."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

    from .emulator import LocalService


class Connection:
    """A connection to a workspace for the length of a ``with`` block. Made by :func:`connect`.

    Attributes:
        service: the embedded service behind ``connect("local")``, while open; None on Azure.

    >>> connection = qb.connect("local", seed=1)
    >>> workspace = connection.open()
    >>> connection.service.requests.count("jobs.create")
    0
    >>> connection.close()
    """

    def __init__(self, where: str | None, options: dict[str, Any]) -> None:
        self._where, self._options = where, options
        self._workspace: Workspace | None = None
        self.service: LocalService | None = None

    def __enter__(self) -> Workspace:
        return self.open()

    def open(self) -> Workspace:
        """Open the workspace; for use without ``with``, together with :meth:`close`."""
        if self._workspace is None:
            if self._where == "local":
                from .emulator import LocalService

                options = dict(self._options)
                timeout = {"request_timeout": options.pop("request_timeout")} if "request_timeout" in options else {}
                self.service = LocalService(**options)
                self.service.__enter__()
                self._workspace = self.service.workspace(**timeout)
            else:
                from .azure import connect as azure

                running = self._where is not None and self._where.lower().startswith(("http://", "https://"))
                opener = azure.open_local_service if running else azure.open_workspace
                self._workspace = opener(self._where, **self._options)  # type: ignore[arg-type]
        return self._workspace

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"a connection has no {name!r}: the workspace has, inside the block of `with connect(...) as workspace:`"
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the workspace's connections; stop the embedded service."""
        workspace, self._workspace = self._workspace, None
        if workspace is not None:
            workspace.close()
        service, self.service = self.service, None
        if service is not None:
            service.__exit__(None, None, None)


def connect(where: str | None = None, **options: Any) -> Connection:
    """Connect to an Azure Quantum workspace, or to the embedded local service.

    Args:
        where: ``"local"`` for the embedded service (no account; it lives as long as the ``with`` block); the address
            of a local service that runs already, such as ``http://127.0.0.1:8400``; a resource id, a connection
            string or a workspace name for Azure; None to read the environment (``AZURE_QUANTUM_RESOURCE_ID`` or
            ``AZURE_QUANTUM_CONNECTION_STRING``).
        options: for ``"local"`` those of :class:`qsharp_bridge.emulator.LocalService`; for an address ``api_key``
            (or the environment's ``QSHARP_BRIDGE_API_KEY``); else those of ``azure.quantum.Workspace``. For each of
            them ``request_timeout``: the seconds without a byte of an answer after which a run sends a request again,
            10 unless given.

    Returns:
        A context manager that gives an ``azure.quantum.Workspace``.

    Raises:
        ServiceError: nothing names a workspace, or it cannot be reached.

    >>> with connect("local") as workspace:
    ...     target = workspace.get_targets("ionq.simulator")
    >>> target.name
    'ionq.simulator'
    """
    return Connection(where, options)
