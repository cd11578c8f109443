"""One workspace as a run uses it: kept connections, idempotent requests, plain answers.

Every thread has a REST client and an HTTP session of its own and keeps them: ``Target.submit`` throws the client away
on each submission (it changes the user agent), and with it the connection. The client's own retries are switched off;
:class:`~qsharp_bridge.azure.retry.Patience` does them for all threads together.

Nothing is sent twice: every request names its job or session, so that *already exists* means done, and a request in
doubt is settled by asking for the id.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.core.pipeline.transport import RequestsTransport
from azure.quantum._client.models import BlobDetails, JobDetails, SessionDetails
from azure.quantum.workspace import Workspace
from azure.storage.blob import BlobClient, ContainerClient, ContentSettings

from qsharp_bridge.errors import ServiceError, SessionEndedError
from qsharp_bridge.targets.spec import TargetSpec

from .retry import Patience, brief

T = TypeVar("T")

#: States in which a job no longer changes (both vocabularies of the service).
ENDED_JOB_STATES = frozenset({"Succeeded", "Completed", "Failed", "Cancelled"})
#: States in which a session takes no more jobs. ``Failure(s)`` is not one of them.
ENDED_SESSION_STATES = frozenset({"Succeeded", "Failed", "TimedOut"})
_ACTIVE_JOB_STATES = ("Waiting", "Queued", "Executing", "Finishing", "Cancelling", "CancellationRequested")
_PAGE = 100
_LOOKS = 5  # within a second and a half: for a result that appears after its job's end, a job that one answer missed
_NO_BLOB = ("BlobNotFound", "ContainerNotFound")


@dataclass(frozen=True)
class JobRequest:
    """A job to send. Its id is made here, not by the service: that is what makes sending idempotent."""

    id: str
    name: str
    target: TargetSpec
    session_id: str
    qir: bytes
    shots: int
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class JobAnswer:
    """A job as the service told of it.

    Attributes:
        id, name, target, session_id, metadata: as they were sent; ``metadata`` is empty where there is none.
        state: the service's word: ``Waiting``, ``Executing``, ``Succeeded``, ``Failed``, ``Cancelled``...
        output_format: such as ``microsoft.quantum-results.v2``.
        output_uri: where the result is; signed when the job was asked for by its id.
        error: ``code: message`` of a failed job, else None.
    """

    id: str
    name: str
    target: str
    state: str
    session_id: str | None
    output_format: str
    output_uri: str
    error: str | None
    metadata: dict[str, str]

    @property
    def ended(self) -> bool:
        """Whether the job no longer changes."""
        return self.state in ENDED_JOB_STATES

    @classmethod
    def of(cls, job: Any) -> JobAnswer:
        """From the client's ``JobDetails``."""
        told = job.error_data
        return cls(
            id=job.id,
            name=job.name,
            target=job.target,
            state=word(job.status),
            session_id=job.session_id,
            output_format=job.output_data_format or "",
            output_uri=job.output_data_uri or "",
            error=f"{told.code}: {told.message}" if told is not None else None,
            metadata=dict(job.metadata or {}),
        )


@dataclass(frozen=True)
class SessionAnswer:
    """A session as the service told of it. ``state`` is the service's word: ``Waiting``, ``Failure(s)``..."""

    id: str
    name: str
    state: str

    @property
    def ended(self) -> bool:
        """Whether the session takes no more jobs."""
        return self.state in ENDED_SESSION_STATES

    @classmethod
    def of(cls, session: Any) -> SessionAnswer:
        """From the client's ``SessionDetails``."""
        return cls(session.id, session.name, word(session.status))


def _or_none(get: Callable[[], T]) -> T | None:
    """What a request gives; None when the service has no such thing. Its errors have a code, those from the way not."""
    try:
        return get()
    except ResourceNotFoundError as error:
        if getattr(error.error, "code", None) is None:
            raise
        return None


def word(status: Any) -> str:
    """The service's own word for a state, as the client gives it: an enum member, or a string it does not know."""
    return str(getattr(status, "value", status))


class Service:
    """Requests to one workspace. Thread-safe; close it when done.

    Args:
        workspace: a genuine ``azure.quantum.Workspace``, against Azure or the local service.
        patience: shared by all threads.
    """

    def __init__(self, workspace: Workspace, patience: Patience | None = None) -> None:
        self.workspace = workspace
        self.patience = patience or Patience()
        self._where = (workspace.subscription_id, workspace.resource_group, workspace.name)
        self._local = threading.local()
        self._opened: list[_Connections] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections of every thread."""
        with self._lock:
            opened, self._opened = self._opened, []
        for connections in opened:
            connections.close()
        self._local = threading.local()

    # --- targets

    def availability(self, target: TargetSpec) -> str | None:
        """``Available``, ``Degraded`` or ``Unavailable``, as the service says; None when it has no such target."""

        def listed() -> Any:
            return [
                offered
                for provider in self._rest.providers.list(*self._where, retry_total=0)
                for offered in provider.targets
                if (provider.id.lower(), offered.id.lower()) == (target.provider_id.lower(), target.name.lower())
            ]

        found = self._ask(f"look for the target {target.name}", listed)
        return word(found[0].current_availability) if found else None

    # --- sessions

    def open_session(self, session_id: str, name: str, target: TargetSpec, policy: str) -> SessionAnswer:
        """Create the session under this id, or find it already there.

        Args:
            policy: ``Abort`` or ``Continue``: what the service does when a job of the session fails.
        """
        details = SessionDetails(
            name=name,
            provider_id=target.provider_id,
            target=target.name,
            job_failure_policy=policy,
        )

        def put() -> Any:
            try:
                return self._rest.sessions.open(*self._where, session_id, details, retry_total=0)
            except ResourceExistsError:
                return self._rest.sessions.get(*self._where, session_id, retry_total=0)

        return SessionAnswer.of(self._ask(f"open session {name!r}", put))

    def session(self, session_id: str) -> SessionAnswer | None:
        """The session as the service has it now; None when it has none of that id."""
        session = self._ask(
            f"get session {session_id}",
            lambda: _or_none(lambda: self._rest.sessions.get(*self._where, session_id, retry_total=0)),
        )
        return SessionAnswer.of(session) if session is not None else None

    def close_session(self, session_id: str) -> SessionAnswer:
        """Close the session; its jobs run on. Closing an ended session changes nothing."""

        def close() -> Any:
            try:
                return self._rest.sessions.close(*self._where, session_id, retry_total=0)
            except HttpResponseError as error:
                if error.status_code in (400, 409):  # ended already
                    return self._rest.sessions.get(*self._where, session_id, retry_total=0)
                raise

        return SessionAnswer.of(self._ask(f"close session {session_id}", close))

    def session_jobs(self, session_id: str) -> list[JobAnswer]:
        """The jobs of a session, a hundred a request; none when the service has no such session.

        The listing may lag behind: a job that is missing from it is to be asked for by id.
        """
        return [JobAnswer.of(job) for job in self._list(session_id, None)]

    def active_jobs(self, session_id: str) -> set[str]:
        """The ids of those jobs of a session that have not ended; a hundred a request. It may lag behind.

        No ids when the service has no such session: what became of its jobs is to be asked for by their ids.
        """
        states = " or ".join(f"State eq '{state}'" for state in _ACTIVE_JOB_STATES)
        return {job.id for job in self._list(session_id, f"({states})") if word(job.status) not in ENDED_JOB_STATES}

    def _list(self, session_id: str, wanted: str | None) -> list[Any]:
        def pages() -> list[Any]:
            listed = self._rest.sessions.jobs_list(
                *self._where, session_id, skip=0, top=_PAGE, filter=wanted, retry_total=0
            )
            return _or_none(lambda: list(listed)) or []

        return self._ask(f"list the jobs of session {session_id}", pages)

    # --- jobs

    def submit(self, job: JobRequest) -> JobAnswer:
        """Send a job; send it again after any failure and it is still one job.

        Three requests: a place for the input, the input, the job. *Blob already exists* means that an earlier attempt
        got that far. *Job already exists* means that it got all the way.

        Raises:
            SessionEndedError: the session no longer takes jobs; this one was not accepted.
            ServiceError: the service refused the job, or could not be reached.
        """
        what = f"submit job {job.name!r} ({job.id})"
        container = self._ask(what, lambda: self._sas(f"job-{job.id}"))
        input_uri = self._ask(what, lambda: self._upload(container, f"job-{job.id}", job.qir))
        details = JobDetails(
            name=job.name,
            provider_id=job.target.provider_id,
            target=job.target.name,
            container_uri=container,
            input_data_uri=input_uri,
            input_data_format="qir.v1",
            output_data_format=job.target.output_format,
            input_params=job.target.input_params(job.shots),
            session_id=job.session_id,
            metadata=job.metadata or None,
        )

        def put() -> Any:
            try:
                return self._rest.jobs.create(*self._where, job.id, details, retry_total=0)
            except ResourceExistsError:
                return self._rest.jobs.get(*self._where, job.id, retry_total=0)
            except HttpResponseError as error:
                if error.status_code == 400 and "terminal state" in str(error):
                    # An earlier attempt may have been accepted before the session ended.
                    accepted = self._get_job(job.id)
                    if accepted is not None:
                        return accepted
                    raise SessionEndedError(f"{what}: {brief(error)}") from error
                raise

        return JobAnswer.of(self._ask(what, put))

    def job(self, job_id: str) -> JobAnswer | None:
        """The job as the service has it now, with signed URIs; None when it has none of that id."""
        job = self._ask(f"get job {job_id}", lambda: self._get_job(job_id))
        return JobAnswer.of(job) if job is not None else None

    def accepted_job(self, job_id: str) -> JobAnswer | None:
        """A job that the service once accepted, as it has it now; None when it has lost it, also when asked again.

        Raises:
            ServiceError: as for every request; also when it was somebody else on the way there who had no such page.
        """
        what = f"get job {job_id}"
        for _ in self.patience.looks(what, _LOOKS):
            job = self._ask(what, lambda: self._get_job(job_id))
            if job is not None:
                return JobAnswer.of(job)
        return None

    def cancel(self, job_id: str) -> None:
        """Ask for a job to be cancelled. A job that has ended stays as it is."""

        def cancel() -> None:
            try:
                self._rest.jobs.cancel(*self._where, job_id, retry_total=0)
            except ResourceNotFoundError:
                raise
            except HttpResponseError as error:
                # 204 is the service's historical answer; 400 and 409 mean that it has ended already.
                if error.status_code not in (204, 400, 409):
                    raise

        self._ask(f"cancel job {job_id}", cancel)

    def output(self, job: JobAnswer) -> bytes | None:
        """The raw bytes of a job's result; None when the storage has none, also when it is looked for again.

        Args:
            job: as :meth:`job` gave it: its URI is signed.
        """
        what = f"fetch the result of job {job.id}"
        for _ in self.patience.looks(what, _LOOKS):
            data = self._ask(what, lambda: self._download(job))
            if data is not None:
                return data
        return None

    # --- below

    def _ask(self, what: str, request: Callable[[], T]) -> T:
        try:
            return self.patience.call(what, request)
        except HttpResponseError as error:
            raise ServiceError(f"{what}: {brief(error)}") from error

    def _get_job(self, job_id: str) -> Any | None:
        return _or_none(lambda: self._rest.jobs.get(*self._where, job_id, retry_total=0))

    def _sas(self, container: str, blob: str | None = None) -> str:
        details = BlobDetails(container_name=container, blob_name=blob)
        return str(self._rest.storage.get_sas_uri(*self._where, blob_details=details, retry_total=0).sas_uri)

    def _upload(self, container_uri: str, name: str, data: bytes) -> str:
        def put(uri: str) -> str:
            container = ContainerClient.from_container_url(uri, transport=self._connections.transport(), retry_total=0)
            blob = container.get_blob_client("inputData")
            # Already there: an earlier attempt under this id got this far, with the same content.
            with contextlib.suppress(ResourceExistsError):
                blob.upload_blob(data, content_settings=ContentSettings(content_type="qir.v1"))
            return str(blob.url).partition("?")[0]

        return self._signed(put, container_uri, name)

    def _download(self, job: JobAnswer) -> bytes | None:
        def get(uri: str) -> bytes | None:
            blob = BlobClient.from_blob_url(uri, transport=self._connections.transport(), retry_total=0)
            try:
                data: bytes = blob.download_blob().readall()
            except ResourceNotFoundError as error:
                if getattr(error, "error_code", None) not in _NO_BLOB:
                    raise  # said by somebody on the way there, not by the storage
                return None
            return data

        container, name = f"job-{job.id}", job.output_uri.partition("?")[0].rpartition("/")[2]
        uri = job.output_uri if "se=" in job.output_uri else self._sas(container, name)
        return self._signed(get, uri, container, name)

    def _signed(self, action: Callable[[str], T], uri: str, container: str, blob: str | None = None) -> T:
        """Do something with a signed URI; a signature that ran out while we waited is renewed a few times."""
        for _ in range(4):
            try:
                return action(uri)
            except ClientAuthenticationError:
                uri = self._sas(container, blob)
        return action(uri)

    @property
    def _rest(self) -> Any:
        return self._connections.rest.services

    @property
    def _connections(self) -> _Connections:
        connections: _Connections | None = getattr(self._local, "connections", None)
        if connections is None:
            connections = self._local.connections = _Connections(self.workspace)
            with self._lock:
                self._opened.append(connections)
        return connections


class _Connections:
    """What one thread keeps open."""

    def __init__(self, workspace: Workspace) -> None:
        self.rest: Any = workspace._create_client()
        self.http = requests.Session()

    def transport(self) -> RequestsTransport:
        return RequestsTransport(session=self.http, session_owner=False)

    def close(self) -> None:
        self.rest.close()
        self.http.close()
