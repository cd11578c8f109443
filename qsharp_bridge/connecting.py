"""``connect``: a workspace on Azure or of a local service. Above most layers, since it may start the local service."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

    from .emulator import LocalService


class Connection:
    """A connection to a workspace for the length of a ``with`` block. Made by :func:`connect`.

    Attributes:
        service: the embedded service of ``connect("local")`` while the connection is open; else None.

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
        """Open the workspace, for use without ``with``; end with :meth:`close`."""
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
            f"a connection has no {name!r}; use the workspace in the block of `with connect(...) as workspace:`"
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the workspace's connections, and stop the embedded service."""
        workspace, self._workspace = self._workspace, None
        if workspace is not None:
            workspace.close()
        service, self.service = self.service, None
        if service is not None:
            service.__exit__(None, None, None)


def connect(where: str | None = None, **options: Any) -> Connection:
    """Connect to an Azure Quantum workspace, or to the embedded local service.

    Args:
        where: ``"local"`` for the embedded service (it needs no account and runs until the end of the ``with`` block);
            the address of a local service that runs already, such as ``http://127.0.0.1:8400``; a resource id, a
            connection string or a workspace name for Azure; None to read the environment
            (``AZURE_QUANTUM_RESOURCE_ID`` or ``AZURE_QUANTUM_CONNECTION_STRING``).
        options: for ``"local"`` the options of :class:`qsharp_bridge.emulator.LocalService`; for an address
            ``api_key`` (by default ``QSHARP_BRIDGE_API_KEY`` of the environment); else the arguments of
            ``azure.quantum.Workspace``. In each case ``request_timeout``: seconds without a byte of an answer after
            which a run sends a request again, 10 by default.

    Returns:
        A context manager whose value is an ``azure.quantum.Workspace``.

    Raises:
        ServiceError: no workspace is named, or it cannot be reached.

    >>> with connect("local") as workspace:
    ...     target = workspace.get_targets("ionq.simulator")
    >>> target.name
    'ionq.simulator'
    """
    return Connection(where, options)
