"""The doors to the service: in process, and blocking for the command line."""

from __future__ import annotations

import secrets
import socket
import threading
import uuid
from concurrent.futures import Executor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import uvicorn

from qsharp_bridge._garbage import collect_contexts

from .engine import Engine
from .faults import Faults
from .http.app import App
from .http.auth import new_key
from .http.request import Service
from .http.request_log import RequestJournal
from .jobs.queue import Execution
from .jobs.runner import Runner
from .jobs.simulation import Simulation
from .server.connections import Connections
from .server.uvicorn_server import Server
from .state.clock import Clock
from .state.lifecycle import Lifecycle
from .state.pace import Pace
from .state.sas import Signer
from .state.store import Store

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

__all__ = ["SUBSCRIPTION", "LocalService"]

SUBSCRIPTION = str(uuid.UUID(int=0))
"""The subscription that ``LocalService.workspace`` names; any other does as well."""


class LocalService:
    """The local Azure Quantum service, in this process, on a thread of its own.

    Args:
        port: the port; 0: a free one.
        data: the folder to keep everything in; None: in memory.
        api_key: the key that clients must send; None: a fresh one.
        session_timeout: seconds without activity after which a session times out.
        pace: "immediate", seconds from submission to result, or "reads:N".
        host: the address to listen on.
        seed: makes the outcomes of jobs repeatable: a job's seed is derived from it, from the job's name and target,
            and from how many of these were before it.
        workers: how many jobs run at once; None: one, and with an executor as many as keep it busy.
        clock: the time of the service.
        noise: ``qdk.simulation.NoiseConfig`` or a mapping (see ``qsharp_bridge.LocalSimulator``) by target id; a
            target without one is ideal.
        certificate, private_key: PEM files; with them the service speaks https.
        cancel_lag: seconds from the failure of a session to the cancellation of its other jobs.
        executor: who simulates the jobs: a ``concurrent.futures.Executor``, or the address of a Dask scheduler; None
            for threads of this process.

    >>> with LocalService(seed=1) as service:
    ...     workspace = service.workspace()
    ...     [target.name for target in workspace.get_targets(provider_id="rigetti")]
    ['rigetti.sim.qvm', 'rigetti.qpu.ankaa-3', 'rigetti.qpu.cepheus-1-36q', 'rigetti.qpu.cepheus-1-108q']
    >>> service = LocalService()
    >>> service.start().wait_idle(timeout=5)
    True
    >>> service.stop()
    """

    def __init__(
        self,
        port: int = 0,
        data: str | Path | None = None,
        api_key: str | None = None,
        session_timeout: float = 600,
        *,
        pace: str | float | Pace = "immediate",
        host: str = "127.0.0.1",
        seed: int | None = None,
        workers: int | None = None,
        clock: Clock | None = None,
        noise: dict[str, Any] | None = None,
        certificate: str | Path | None = None,
        private_key: str | Path | None = None,
        cancel_lag: float = 0.1,
        executor: Executor | str | None = None,
    ) -> None:
        if api_key is not None and not api_key.strip():
            raise ValueError("api_key must not be empty; leave it out for a fresh one")
        self.api_key = api_key or new_key()
        self.clock = clock or Clock()
        self.faults = Faults()
        self.requests = RequestJournal()
        self._host = host
        self._port = self.port = port
        self._data = None if data is None else Path(data)
        self._rules: dict[str, Any] = {
            "pace": Pace.parse(pace),
            "session_timeout": session_timeout,
            "sweep": min(60.0, session_timeout / 10),
            "cancel_lag": cancel_lag,
        }
        self._workers = workers
        self._executor = executor
        self._noise = {name.lower(): model for name, model in (noise or {}).items()}
        self._seed = seed
        self._tls = None if certificate is None else (str(certificate), str(private_key or certificate))
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Start to listen; when this returns the service answers.

        Raises:
            OSError: the port is in use, or the host is not an address of this machine.
            BridgeError: the data folder is in use, or holds something else; no Dask scheduler answers.
        """
        if self._server is not None:
            raise RuntimeError("the service has been started already")
        self._socket = self._bind()
        with ExitStack() as undo:
            undo.callback(self._socket.close)
            simulation = Simulation(self._executor, self._noise)
            undo.callback(simulation.close)
            self.store = Store(self._data)
            undo.pop_all()
        secret = self.store.setting("master", secrets.token_bytes(32))
        seed = secret if self._seed is None else str(self._seed).encode()
        lifecycle = Lifecycle(self.store, self.clock, **self._rules)
        runner = Runner(self._noise, simulation)
        workers = self._workers or simulation.at_once
        execution = Execution(lifecycle, runner, self.faults, seed=seed, workers=workers)
        self.engine = Engine(lifecycle, execution)
        self.signer = Signer(secret)
        self._server = Server(self._config())
        collect_contexts()
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="emulator-http", daemon=True
        )
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                self.stop()
                raise RuntimeError("the service did not start; see its log")
            self._thread.join(0.005)
        return self

    def _bind(self) -> socket.socket:
        # asyncio turns Nagle's delay off only where the protocol is named; it costs 40 ms an answer.
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((self._host, self._port))
        except OSError:
            bound.close()
            raise
        self.port = bound.getsockname()[1]
        return bound

    def _config(self) -> uvicorn.Config:
        connections = Connections()
        shared = Service(self.engine, self.signer, self.api_key, self.faults, self.requests, self._scheme)
        return uvicorn.Config(
            App(shared, connections),
            http=connections.protocol(),
            log_level="warning",
            access_log=False,
            lifespan="off",
            ssl_certfile=self._tls[0] if self._tls else None,
            ssl_keyfile=self._tls[1] if self._tls else None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=60,
        )

    def stop(self) -> None:
        """Stop listening, let the workers finish the jobs they run now, and close the store."""
        if self._server is None or self._thread is None:
            return
        self._server.stop()
        self._thread.join()
        self._socket.close()
        self.engine.stop()
        self.store.close()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _scheme(self) -> str:
        return "https" if self._tls else "http"

    @property
    def url(self) -> str:
        """The address of the service, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{self._scheme}://{host}:{self.port}"

    def workspace(self, name: str = "local", **options: Any) -> Workspace:
        """A genuine ``azure.quantum.Workspace`` that speaks to this service.

        Args:
            name: the workspace; it is made on first use.
            options: further keywords of ``Workspace``.
        """
        from azure.core.credentials import AzureKeyCredential
        from azure.quantum.workspace import Workspace

        settings: dict[str, Any] = {
            "subscription_id": SUBSCRIPTION,
            "resource_group": "local",
            "name": name,
            "location": "eastus",
            "credential": AzureKeyCredential(self.api_key),
            "_quantum_endpoint": self.url,
        }
        return Workspace(**{**settings, **options})

    def wait_idle(self, timeout: float = 60) -> bool:
        """Wait until every accepted job has been simulated; False when that took too long.

        Args:
            timeout: in seconds.
        """
        return self.engine.wait_idle(timeout)
