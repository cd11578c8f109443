"""Requests of a run to one workspace: kept connections, idempotent requests, checked answers.

Every thread keeps a REST client and an HTTP session of its own. The client's own retries are switched off;
:class:`~qsharp_bridge.azure.retry.RetryPolicy` retries for all threads together.

Nothing is sent twice: every request names its job or session, so that *already exists* means done, and after a request
without an answer the service is asked for the id. Reads may lag behind, so a read that contradicts what is known is
repeated before anything is concluded from it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, MutableMapping
from typing import Any, NoReturn, TypeVar

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.quantum._client import models
from azure.quantum._client.models import BlobDetails, JobDetails, SessionDetails
from azure.quantum.workspace import Workspace

from qsharp_bridge.errors import BridgeError, ServiceError, SessionEndedError
from qsharp_bridge.states import ACTIVE_JOB_STATES, ENDED_JOB_STATES
from qsharp_bridge.targets.spec import TargetSpec

from .answers import JobAnswer, JobRequest, SessionAnswer, page_check, word
from .connections import Connections, Timeouts, Watchdog
from .retry import RetryPolicy, UnusableAnswer, brief, code_of
from .storage import download, signed_address, upload_input
from .workspace import timeouts_of

T = TypeVar("T")

_PAGE = 100  # items of a list for each request
_READS = 5  # within a second and a half, before a read is believed that may lag behind

# Each model of the client completes its class when its first instance is made; two threads doing so at the same time
# end in "RuntimeError: dictionary changed size during iteration". Here it happens under the import lock.
for _kind in vars(models).values():
    if isinstance(_kind, type) and issubclass(_kind, MutableMapping):
        _kind.__new__(_kind)


class Service:
    """Requests to one workspace. Thread-safe; to be closed after use.

    Args:
        workspace: an ``azure.quantum.Workspace`` of Azure or of the local service.
        retry: the retry policy, which all threads share.
    """

    def __init__(self, workspace: Workspace, retry: RetryPolicy | None = None) -> None:
        self.workspace = workspace
        self.retry = retry or RetryPolicy(timeouts=timeouts_of(workspace), service=f"the workspace {workspace.name}")
        self._where = (workspace.subscription_id, workspace.resource_group, workspace.name)
        self._local = threading.local()
        self._watchdog = Watchdog()
        self._restarted = False
        self._ended: dict[str, SessionAnswer] = {}  # a session that has ended stays so; later reads may lag behind

    def stop(self, grace: float = 0.5) -> None:
        """Send nothing more; a call that waits for an answer raises a :class:`ServiceError`.

        The connections of requests under way are cut after ``grace`` seconds.
        """
        if not self._restarted:
            self.retry.stop()
            self._watchdog.cut_after(grace)

    def restart(self, silence: float) -> None:
        """Send requests again after :meth:`stop`, or after the policy gave up, for example to close a session.

        The new policy gives up for good after ``silence`` seconds without an answer to any request.
        """
        self._restarted = True
        old = self.retry
        self.retry = RetryPolicy(
            silence, old.first_wait, old.longest_wait, timeouts=old.timeouts, silence=silence, service=old.service
        )

    def close(self) -> None:
        """Close the connections of every thread."""
        self._watchdog.close()
        self._local = threading.local()

    # --- targets

    def availability(self, target: TargetSpec) -> str | None:
        """Return ``Available``, ``Degraded`` or ``Unavailable``; None when the workspace has no such target."""
        what = f"look for the target {target.name}"
        wanted = (target.provider_id.lower(), target.name.lower())

        def listed() -> str | None:
            for provider in self._rest.providers.list(*self._where, **_once(page_check())):
                for offered in provider.targets:
                    if (provider.id.lower(), offered.id.lower()) == wanted:
                        return word(offered.current_availability)
            return None

        return self._find(what, lambda: self._ask(what, listed))

    # --- sessions

    def open_session(self, session_id: str, name: str, target: TargetSpec, policy: str) -> SessionAnswer:
        """Create the session under an id of the caller, or return it if it exists.

        With the policy ``Abort`` the service ends the session when a job of it fails, with ``Continue`` it does not.
        """
        details = SessionDetails(
            name=name,
            provider_id=target.provider_id,
            target=target.name,
            job_failure_policy=policy,
        )

        def put() -> SessionAnswer:
            try:
                session = self._rest.sessions.open(*self._where, session_id, details, retry_total=0)
            except ResourceExistsError as error:
                return self._get_session(session_id) or _contradiction(error)
            return self._note(SessionAnswer.of(session, session_id))

        return self._ask(f"open session {name!r}", put)

    def session(self, session_id: str, *, reads: int = _READS) -> SessionAnswer | None:
        """Return the present state of the session; None if the service has none of that id.

        A session that is not found is asked for up to ``reads`` times; 1 is for one that probably does not exist.
        """
        what = f"get session {session_id}"
        return self._find(what, lambda: self._ask(what, lambda: self._get_session(session_id)), reads)

    def close_session(self, session_id: str) -> SessionAnswer:
        """Close the session; its jobs run on. Closing an ended session changes nothing.

        Returns:
            The session. If the answer says that it has not ended, its jobs run on; until they end, a read cannot tell
            a closed session from an open one.

        Raises:
            ServiceError: the service refused although the session is open, or could not be reached.
        """
        refusals = _Refusals()

        def close() -> SessionAnswer:
            try:
                session = self._rest.sessions.close(*self._where, session_id, retry_total=0)
            except HttpResponseError as error:
                if error.status_code not in (400, 404, 409):
                    raise
                known = self._get_session(session_id)
                return known if known is not None and known.ended else refusals.again(error)
            return self._note(SessionAnswer.of(session, session_id))

        return self._ask(f"close session {session_id}", close)

    def session_jobs(self, session_id: str) -> list[JobAnswer]:
        """List the jobs of a session, a hundred for each request; none if the service has no such session.

        The list may lag behind: ask for a missing job by its id.
        """
        return self._list(session_id, None)

    def active_jobs(self, session_id: str) -> set[str]:
        """List the ids of the jobs of a session that have not ended, a hundred for each request.

        The list may lag behind, and is empty if the service has no such session: ask for the other jobs by their ids.
        """
        states = " or ".join(f"State eq '{state}'" for state in ACTIVE_JOB_STATES)
        return {job.id for job in self._list(session_id, f"({states})") if job.state not in ENDED_JOB_STATES}

    def _list(self, session_id: str, wanted: str | None) -> list[JobAnswer]:
        def pages() -> list[JobAnswer]:
            listed = self._rest.sessions.jobs_list(
                *self._where, session_id, skip=0, top=_PAGE, filter=wanted, **_once(page_check())
            )
            return _or_none(lambda: [JobAnswer.of(job, session_id=session_id) for job in listed]) or []

        return self._ask(f"list the jobs of session {session_id}", pages)

    # --- jobs

    def submit(self, job: JobRequest) -> JobAnswer:
        """Send a job. Sending it again after a failure does not make a second job.

        Three requests are sent: for an address of the input, the input, and the job. *Blob already exists* means that
        an earlier attempt sent the input, *job already exists* that it sent the job.

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
            input_params={**job.input_params, **job.target.input_params(job.shots)},
            session_id=job.session_id,
            metadata=job.metadata or None,
            tags=list(job.tags) or None,
            priority=job.priority,
        )
        refusals = _Refusals()

        def put() -> JobAnswer:
            try:
                accepted = self._rest.jobs.create(*self._where, job.id, details, retry_total=0)
            except ResourceExistsError as error:
                return self._get_job(job.id) or _contradiction(error)
            except HttpResponseError as error:
                if error.status_code != 400:
                    raise
                # An earlier attempt may have been accepted before the session ended.
                if (known := self._get_job(job.id)) is not None:
                    return known
                # The refusal and the state of the session have to agree: the run then pays in another session.
                session = self._get_session(job.session_id)
                if session is not None and session.ended:
                    raise SessionEndedError(f"{what}: the session is {session.state}; {brief(error)}") from error
                refusals.again(error)
            return JobAnswer.of(accepted, job.id, job.session_id)

        return self._ask(what, put)

    def job(self, job_id: str) -> JobAnswer | None:
        """Return the present state of the job, with signed URIs; None if the service has none of that id.

        The read may lag behind: see :meth:`accepted_job`.
        """
        return self._ask(f"get job {job_id}", lambda: self._get_job(job_id))

    def accepted_job(self, job_id: str) -> JobAnswer | None:
        """Return a job that the service may have accepted; None if repeated reads do not find it.

        Raises:
            ServiceError: as for every request; also if a proxy or gateway answered instead of the service.
        """
        return self._find(f"get job {job_id}", lambda: self.job(job_id))

    def cancel(self, job_id: str) -> None:
        """Request that a job is cancelled. A job that has ended does not change."""

        def cancel() -> None:
            try:
                JobAnswer.of(self._rest.jobs.cancel(*self._where, job_id, retry_total=0), job_id)
            except ResourceNotFoundError:
                raise
            except HttpResponseError as error:
                # 204 is an older answer of the service; 400 and 409 mean that the job has ended already.
                if error.status_code not in (204, 400, 409):
                    raise

        self._ask(f"cancel job {job_id}", cancel)

    def output(self, job: JobAnswer, accept: Callable[[bytes], bool] = lambda _: True) -> bytes | None:
        """Return the raw bytes of a job's result; None if repeated reads do not find them.

        Args:
            job: an answer of :meth:`job`, whose URI is signed.
            accept: returns whether the bytes are a result of the job. If not, they are downloaded a few times more,
                since the download may be broken; the last bytes are returned.
        """
        what, found = f"fetch the result of job {job.id}", None
        for _ in self.retry.attempts(what, _READS):
            data = self._ask(what, lambda: self._download(job))
            if data is not None:
                found = data
                if accept(data):
                    break
        return found

    # --- requests

    def _ask(self, what: str, request: Callable[[], T]) -> T:
        connections = self._connections

        def attempt(timeouts: Timeouts) -> T:
            with connections.sending(timeouts):
                try:
                    return request()
                except (AzureError, BridgeError, UnusableAnswer):
                    raise
                except Exception as error:
                    if not connections.sent:
                        raise
                    # The client reads answers without checks, and raises AttributeError, ValueError... for nonsense.
                    raise UnusableAnswer("the answer cannot be read") from error

        try:
            return self.retry.call(what, attempt)
        except HttpResponseError as error:
            raise ServiceError(f"{what}: {brief(error)}") from error

    def _find(self, what: str, ask: Callable[[], T | None], reads: int = _READS) -> T | None:
        """Repeat a read that finds nothing, since reads may lag behind."""
        for _ in self.retry.attempts(what, reads):
            if (found := ask()) is not None:
                return found
        return None

    def _get_job(self, job_id: str) -> JobAnswer | None:
        return _or_none(lambda: JobAnswer.of(self._rest.jobs.get(*self._where, job_id, retry_total=0), job_id))

    def _get_session(self, session_id: str) -> SessionAnswer | None:
        if session_id in self._ended:
            return self._ended[session_id]
        session = _or_none(lambda: self._rest.sessions.get(*self._where, session_id, retry_total=0))
        return self._note(SessionAnswer.of(session, session_id)) if session is not None else None

    def _note(self, session: SessionAnswer) -> SessionAnswer:
        if session.ended:
            self._ended[session.id] = session
        return session

    def _sas(self, container: str, blob: str | None = None) -> str:
        details = BlobDetails(container_name=container, blob_name=blob)
        answer = self._rest.storage.get_sas_uri(*self._where, blob_details=details, retry_total=0)
        return signed_address(answer, container, blob)

    def _upload(self, container_uri: str, name: str, data: bytes) -> str:
        return self._signed(lambda uri: upload_input(uri, data, self._connections.transport()), container_uri, name)

    def _download(self, job: JobAnswer) -> bytes | None:
        container, name = f"job-{job.id}", job.output_uri.partition("?")[0].rpartition("/")[2]
        uri = job.output_uri if "se=" in job.output_uri else self._sas(container, name)
        return self._signed(lambda uri: download(uri, self._connections.transport()), uri, container, name)

    def _signed(self, action: Callable[[str], T], uri: str, container: str, blob: str | None = None) -> T:
        """Call ``action`` with a signed URI; an expired signature is renewed a few times."""
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
    def _connections(self) -> Connections:
        connections: Connections | None = getattr(self._local, "connections", None)
        if connections is None:
            connections = self._local.connections = Connections(self.workspace)
            self._watchdog.add(connections)
        return connections


class _Refusals:
    """Counter of refusals that contradict what is known; they are believed after ``_READS`` times."""

    def __init__(self) -> None:
        self._count = 0

    def again(self, error: HttpResponseError) -> NoReturn:
        """Raise an error that has the request sent again, or the refusal itself the last time."""
        self._count += 1
        if self._count >= _READS:
            raise error
        raise UnusableAnswer(brief(error)) from error


def _once(check: Callable[..., None]) -> dict[str, Any]:
    """Return the options of a request that the client does not retry and whose answer is checked."""
    return {"retry_total": 0, "raw_response_hook": check}


def _contradiction(error: HttpResponseError) -> NoReturn:
    """Raise an error that has the request sent again: one answer says that it exists, the next that it does not."""
    raise UnusableAnswer(f"{brief(error)}, and it cannot be found yet") from error


def _or_none(get: Callable[[], T]) -> T | None:
    """Return the answer to a request; None for a 404 of the service, which has a code. A proxy's has none."""
    try:
        return get()
    except ResourceNotFoundError as error:
        if code_of(error) is None:
            raise
        return None
