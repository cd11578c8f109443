"""The local service in this process, on a thread of its own."""

from __future__ import annotations

import logging
import secrets
import socket
import ssl
import uuid
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from qsharp_bridge._garbage import collect_contexts
from qsharp_bridge._hosts import is_loopback
from qsharp_bridge.errors import BridgeError

from .engine import Engine
from .faults import Faults
from .http.app import OPERATIONS, create_app
from .http.auth import read_key
from .http.request import Service
from .http.request_log import RequestLog
from .jobs.queue import JobQueue
from .jobs.runner import Runner
from .jobs.simulation import Simulation
from .limits import Limits
from .server.http_server import HttpServer
from .state.clock import Clock
from .state.lifecycle import Lifecycle
from .state.pace import Pace
from .state.sas import Signer
from .state.store import Store

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

_log = logging.getLogger(__name__)

SUBSCRIPTION = str(uuid.UUID(int=0))
"""The subscription of ``LocalService.workspace``. The service accepts every other subscription, too."""

_SHORTEST_KEY = 16
"""Characters at least of the key of a service that other machines can reach."""

_MOST_SECONDS = 1_000_000_000
"""Seconds at most of a time; 30 years from now can still be written as a date."""


class LocalService:
    """The local Azure Quantum service, in this process, on a thread of its own.

    Args:
        port: the port; 0: a free one.
        data: the folder to keep everything in; None: in memory.
        api_key: the key that clients must send; None: a fresh one. At least 16 characters if ``host`` is not a loopback
            address.
        session_timeout: seconds without activity after which a session times out.
        pace: "immediate", seconds from submission to result, or "reads:N".
        host: the address to listen on.
        seed: makes the outcomes of jobs repeatable: a job's seed is derived from it, from the job's name and target,
            and from the number of earlier jobs of that name and target.
        workers: the number of jobs that run at once; None: one, and with an executor as many as keep it busy.
        clock: the time of the service.
        noise: ``qdk.simulation.NoiseConfig`` or a mapping (see ``qsharp_bridge.LocalSimulator``) by target id; a
            target without one is ideal.
        certificate, private_key: PEM files; with them the service speaks https.
        cancel_lag: seconds from the failure of a session to the cancellation of its other jobs.
        executor: runs the simulations: a ``concurrent.futures.Executor``, or the address of a Dask scheduler; None
            for child processes of this one.
        api_key_file: a file that holds the key, in place of ``api_key``.
        allowed_hosts: further names in a Host header that the service answers to, besides numeric addresses, localhost,
            ``host`` and the name of this machine; "*" for all.
        limits: the limits on sizes, times and numbers.
        job_timeout: seconds that a job may run; then its process is ended, and the job has failed.
        sampling: whether the counts of ionq.simulator are drawn at random. By default they are those of IonQ's
            simulator: floor(p * shots) for each basis state, so that their sum may be less than the shots.

    Raises:
        ValueError: a number is out of its range, the key is empty, or both ``api_key`` and ``api_key_file`` are given.
        OSError: the file of the key cannot be read.
        BridgeError: that file does not hold one key, or the certificate cannot be used.

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
        api_key_file: str | Path | None = None,
        allowed_hosts: Iterable[str] = (),
        limits: Limits | None = None,
        job_timeout: float = 600,
        sampling: bool = False,
    ) -> None:
        if api_key_file is not None:
            if api_key is not None:
                raise ValueError("give api_key or api_key_file, not both")
            api_key = read_key(Path(api_key_file))
        if api_key is not None and not api_key.strip():
            raise ValueError("api_key must not be empty; leave it out for a fresh one")
        _check_range("port", port, 0, 65_535)
        _check_range("workers", 1 if workers is None else workers, 1, 1000)
        for name, seconds in (
            ("session_timeout", session_timeout),
            ("cancel_lag", cancel_lag),
            ("job_timeout", job_timeout),
        ):
            _check_range(name, seconds, 0, _MOST_SECONDS)
        self.api_key = api_key or secrets.token_urlsafe(32)
        self.clock = clock or Clock()
        self.faults = Faults(OPERATIONS)
        self.limits = limits or Limits()
        self.requests = RequestLog(size=self.limits.log_bytes, operations=OPERATIONS)
        self._host = host
        self._port = self.port = port
        self._data = None if data is None else Path(data)
        self._pace = Pace.parse(pace)
        self._session_timeout = session_timeout
        self._cancel_lag = cancel_lag
        self._workers = workers
        self._executor = executor
        self._job_timeout = job_timeout
        self._sampling = sampling
        self._noise = {name.lower(): model for name, model in (noise or {}).items()}
        self._seed = seed
        self._tls = _check_certificate(certificate, private_key)
        names = {host, *allowed_hosts}
        if not self.is_loopback:
            names.add(socket.gethostname())
        self._hosts = frozenset(name.lower().rstrip(".") for name in names)
        self._server: HttpServer | None = None

    def start(self) -> Self:
        """Start the service, and return when it answers requests.

        Raises:
            OSError: the port is in use, or the host is not an address of this machine.
            BridgeError: the data folder is in use, or is not of this service; no Dask scheduler answers; the key is too
                short for a service that other machines can reach.
        """
        if self._server is not None:
            raise RuntimeError("the service has been started already")
        self._check_exposure()
        listener = self._bind()
        with ExitStack() as undo:
            undo.callback(listener.close)
            simulation = Simulation(self._executor, self._noise)
            undo.callback(simulation.close)
            self.store = Store(self._data)
            undo.pop_all()
        secret = self.store.setting("master", secrets.token_bytes(32))
        seed = secret if self._seed is None else str(self._seed).encode()
        lifecycle = Lifecycle(
            self.store,
            self.clock,
            pace=self._pace,
            session_timeout=self._session_timeout,
            sweep=min(60.0, self._session_timeout / 10),
            cancel_lag=self._cancel_lag,
        )
        workers = self._workers or simulation.jobs_at_once
        processes = 1 if simulation.available else workers
        runner = Runner(
            self._noise, simulation, seconds=self._job_timeout, processes=processes, sampling=self._sampling
        )
        queue = JobQueue(lifecycle, runner, self.faults, seed=seed, workers=workers)
        self.engine = Engine(lifecycle, queue)
        self.signer = Signer(secret)
        shared = Service(
            self.engine,
            self.signer,
            self.api_key,
            self.faults,
            self.requests,
            self.limits,
            self._hosts,
            self._scheme,
        )
        self._server = HttpServer(create_app(shared), listener, self._tls, self.limits)
        collect_contexts()
        try:
            self._server.start()
        except BaseException:
            self.stop()
            raise
        return self

    def _check_exposure(self) -> None:
        """Warn when other machines can reach the service, and refuse a key that they could guess."""
        if self.is_loopback:
            return
        if len(self.api_key) < _SHORTEST_KEY:
            raise BridgeError(
                f"the key has {len(self.api_key)} characters, and other machines can reach {self._host}",
                advice=f"give a key of at least {_SHORTEST_KEY} characters, or none for a fresh one",
            )
        plain = "" if self._tls else " Keys and results cross the network unencrypted: give a certificate for https."
        _log.warning("other machines can reach this service, at %s.%s", self._host, plain)

    def _bind(self) -> socket.socket:
        # asyncio turns Nagle's algorithm off, which costs 40 ms an answer, only if the protocol is named.
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

    def stop(self) -> None:
        """Stop listening, interrupt the jobs that run, and close the database.

        With a data folder, jobs that have not ended run when a service starts there again.
        """
        server, self._server = self._server, None
        if server is None:
            return
        server.stop()
        self.engine.stop()
        self.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def is_loopback(self) -> bool:
        """True if only this machine can reach the service.

        >>> LocalService().is_loopback
        True
        """
        return is_loopback(self._host)

    @property
    def _scheme(self) -> str:
        return "https" if self._tls else "http"

    @property
    def url(self) -> str:
        """The address of the service, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{self._scheme}://{host}:{self.port}"

    @property
    def connections(self) -> int:
        """Number of open connections.

        >>> with LocalService() as service:
        ...     service.connections
        0
        """
        return 0 if self._server is None else len(self._server.connections)

    def workspace(self, name: str = "local", **options: Any) -> Workspace:
        """Return a genuine ``azure.quantum.Workspace`` that is connected to this service.

        Args:
            name: the name of the workspace; it is created on first use.
            options: further keywords of ``Workspace``.
        """
        from qsharp_bridge.azure.workspace import local_workspace

        return local_workspace(self.url, self.api_key, name, **options)

    def wait_idle(self, timeout: float = 60) -> bool:
        """Wait until every accepted job has been simulated; return False if that takes too long.

        Args:
            timeout: in seconds.
        """
        return self.engine.wait_idle(timeout)


def _check_certificate(certificate: str | Path | None, private_key: str | Path | None) -> tuple[Path, Path] | None:
    """Return the files of a certificate and its key if they can be used: the server would fail in its own thread."""
    if certificate is None:
        if private_key is not None:
            raise BridgeError("a private key needs its certificate", advice="give the certificate, too")
        return None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, private_key)
    except OSError as error:
        raise BridgeError(f"cannot use the certificate {certificate}: {error.strerror or error}") from None
    return Path(certificate), Path(private_key or certificate)


def _check_range(name: str, value: float, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} must be a number from {least} to {most:,}, not {value}")
