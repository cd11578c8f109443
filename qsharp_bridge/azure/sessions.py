"""Sessions and their jobs, for users who manage their own: ``qb.sessions``.

Functions take a workspace (``azure.quantum.Workspace``) and return the client's own objects. A *host* is an object on
which the client can open a session: a target of the workspace, a Qiskit backend or a Cirq target.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from azure.core.exceptions import AzureError, ClientAuthenticationError, ResourceExistsError, ResourceNotFoundError
from azure.quantum.job.job import Job
from azure.quantum.job.session import Session, SessionHost

from qsharp_bridge.errors import RunError, ServiceError, TargetError
from qsharp_bridge.states import ENDED_SESSION_STATES

from .answers import page_check, word
from .client import Service
from .retry import RetryPolicy, brief

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

__all__ = [
    "cancel",
    "close",
    "get_a_session_with_jobs",
    "job",
    "jobs",
    "list_sessions",
    "open_session",
    "show",
    "wait",
]

T = TypeVar("T")

_RETRY_SECONDS = 30.0  # a person waits for the answer
_PAGE = 100


def list_sessions(workspace: Workspace) -> list[Session]:
    """List all sessions of the workspace, oldest first.

    Args:
        workspace: the workspace.

    Raises:
        ServiceError: the service refused or could not be reached.

    >>> with qb.connect("local") as workspace:
    ...     qb.sessions.list_sessions(workspace)
    []
    """
    return _listed("list the sessions", workspace, Session, workspace._get_sessions_client().listv2)


def show(workspace: Workspace, session_id: str) -> Session:
    """Get the present state of a session.

    Args:
        workspace: the workspace of the session.
        session_id: the session's id.

    Raises:
        ServiceError: there is no session of that id, or the service could not be reached.

    >>> with qb.connect("local") as workspace:
    ...     target = workspace.get_targets("ionq.simulator")
    ...     session = qb.sessions.open_session(target, "mine")
    ...     qb.sessions.show(workspace, session.id).details.name
    'mine'
    """
    session_id = id_of(session_id, "session")
    try:
        return _ask(f"get session {session_id}", lambda: _about(session_id, workspace.get_session(session_id)))
    except ResourceNotFoundError:
        raise ServiceError(
            f"there is no session {session_id}",
            advice="list_sessions(workspace) or `qsharp-bridge sessions list` lists them all",
        ) from None


def jobs(workspace: Workspace, session_id: str) -> list[Job]:
    """List the jobs of a session, oldest first.

    Args:
        workspace: the workspace of the session.
        session_id: the session's id.

    Raises:
        ServiceError: as for :func:`show`.

    >>> with qb.connect("local") as workspace:
    ...     target = workspace.get_targets("ionq.simulator")
    ...     session = qb.sessions.open_session(target, "mine")
    ...     qb.sessions.jobs(workspace, session.id)
    []
    """
    session_id = show(workspace, session_id).id
    listed = workspace._get_sessions_client().jobs_list
    found = _listed(f"list the jobs of session {session_id}", workspace, Job, listed, session_id)
    return sorted(found, key=lambda one: str(one.details.creation_time))


def job(workspace: Workspace, job_id: str) -> Job:
    """Get the present state of a job.

    Args:
        workspace: the workspace of the job.
        job_id: the job's id, from ``results.job_ids`` or :func:`jobs`.

    Raises:
        ServiceError: there is no job of that id, or the service could not be reached.

    >>> op = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
    >>> with qb.connect("local") as workspace:
    ...     results = qb.run_sweep(op, qb.Sweep.points([{}]), workspace.get_targets("ionq.simulator"), shots=10)
    ...     qb.sessions.job(workspace, results.job_ids[0]).details.name
    'Flip 0'
    """
    job_id = id_of(job_id, "job")
    try:
        return _ask(f"get job {job_id}", lambda: _about(job_id, workspace.get_job(job_id)))
    except ResourceNotFoundError:
        raise _no_job(job_id) from None


def cancel(workspace: Workspace, job_id: str) -> Job:
    """Request that a job is cancelled, and return its state afterwards. A job that has ended does not change.

    Args:
        workspace: the workspace of the job.
        job_id: the job's id.

    Raises:
        ServiceError: as for :func:`job`.

    >>> op = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
    >>> with qb.connect("local", pace=60) as workspace:  # jobs take a minute
    ...     job = workspace.get_targets("ionq.simulator").submit(op.compile(), shots=10)
    ...     qb.sessions.cancel(workspace, job.id).details.status.value
    'Cancelled'
    """
    job_id = id_of(job_id, "job")
    service = Service(workspace, RetryPolicy(seconds=_RETRY_SECONDS))
    try:
        if service.job(job_id) is None:
            raise _no_job(job_id)
        service.cancel(job_id)
    finally:
        service.close()
    return job(workspace, job_id)


def id_of(named: Any, what: str) -> str:
    """Return the id of a session or job, given as an id or as the client's object.

    Raises:
        ServiceError: it is not a string and has no attribute ``id``.

    >>> id_of("0b5e", "session")
    '0b5e'
    """
    found = getattr(named, "id", named)
    if not isinstance(found, str) or not found:
        raise ServiceError(f"{named!r} is not the id of a {what}", advice=f"give the {what}'s id, a string")
    return found


def _ask(what: str, ask: Callable[[], T]) -> T:
    """Return the client's answer; repeat the request if the client cannot read it, for example a proxy's error page.

    Raises:
        ResourceNotFoundError: the service has no such item.
        ServiceError: the service refused, could not be reached, or gave no answer that can be read.
    """
    for pause in (0.1, 0.2, None):
        try:
            return ask()
        except ResourceNotFoundError:
            raise
        except Exception as error:  # the client reads answers without checks: AttributeError, JSONDecodeError...
            if isinstance(error, AzureError) and getattr(error, "status_code", None) != 200:
                raise service_error(what, error) from error
            if pause is None:
                raise ServiceError(
                    f"cannot {what}: the answer cannot be read",
                    advice="a proxy may have answered instead of the service; try again",
                ) from error
            time.sleep(pause)
    raise AssertionError


def _about(item_id: str, found: T) -> T:
    """Check that an answer is about the requested item and has a state."""
    details: Any = found.details  # type: ignore[attr-defined]
    if not isinstance(item_id, str) or details.id != item_id or not isinstance(details.status, str):
        raise ValueError("the answer is about something else")
    return found


def _listed(what: str, workspace: Workspace, kind: type[T], pages: Callable[..., Iterable[Any]], *of: str) -> list[T]:
    """Return all items of a list. The workspace's own lists treat answers without items as empty pages."""
    where = workspace.subscription_id, workspace.resource_group, workspace.name, *of

    def listed() -> list[T]:
        found = pages(*where, skip=0, top=_PAGE, raw_response_hook=page_check())
        return [_about(details.id, kind(workspace, details)) for details in found]  # type: ignore[call-arg]

    return _ask(what, listed)


def _change(session: Session, what: str, ask: Callable[[], Any]) -> Session:
    """Send a request whose answer the client stores in a session, and undo that if it is about another session.

    Raises:
        ResourceNotFoundError: the service has no such session.
        ServiceError: as for :func:`_ask`.
    """
    known = session.details

    def changed() -> Session:
        try:
            ask()
            return _about(known.id, session)
        except BaseException:
            session.details = known
            raise

    return _ask(what, changed)


def service_error(what: str, error: AzureError) -> ServiceError:
    """Return a ServiceError for an error of the client during ``what``, such as "list the sessions"."""
    refused = isinstance(error, ClientAuthenticationError) or getattr(error, "status_code", None) in (401, 403)
    advice = "the credentials were refused: check the key, or sign in with `az login`" if refused else None
    return ServiceError(f"cannot {what}: {brief(error)}", advice=advice)


def _no_job(job_id: str) -> ServiceError:
    return ServiceError(
        f"there is no job {job_id}",
        advice="jobs(workspace, session_id) or `qsharp-bridge sessions jobs ID` lists those of a session",
    )


def get_a_session_with_jobs(workspace: Workspace, min_jobs: int = 1) -> Session | None:
    """Return the first session with at least ``min_jobs`` jobs, or None, as on the page "Manage your Sessions".

    Args:
        workspace: the workspace.
        min_jobs: the least number of jobs.

    Raises:
        ServiceError: the service refused or could not be reached.

    >>> with qb.connect("local") as workspace:
    ...     print(qb.sessions.get_a_session_with_jobs(workspace, min_jobs=3))
    None
    """
    for session in list_sessions(workspace):
        if len(jobs(workspace, session.id)) >= min_jobs:
            return session
    return None


def open_session(host: Any, name: str | None = None, *, failure_policy: str = "abort") -> Session:
    """Open a session on a target, a Qiskit backend or a Cirq target. Jobs submitted there belong to it.

    Args:
        host: a target, a Qiskit backend or a Cirq target.
        name: the session's name on the service.
        failure_policy: ``"abort"`` (the service's default) ends the session when a job fails, ``"continue"`` does
            not.

    A session that the host already has is closed first, as by the client.

    Raises:
        TargetError: a session cannot be opened on the host.
        ServiceError: the service refused or could not be reached. The host then has no session.

    >>> with qb.connect("local") as workspace:
    ...     target = workspace.get_targets("ionq.simulator")
    ...     session = qb.sessions.open_session(target, "mine", failure_policy="continue")
    ...     session.details.status.value
    'Waiting'
    """
    if not hasattr(host, "latest_session"):
        raise TargetError(
            f"a session cannot be opened on {host!r}",
            advice='use a target, as of workspace.get_targets("ionq.simulator"), a Qiskit backend or a Cirq target',
        )
    policy = failure_policy.capitalize()
    session_id = str(uuid.uuid4())  # with an id of our own a repeated request opens no second session

    def opened() -> Session:
        host.latest_session = None  # or the client would close the session of an earlier attempt
        try:
            session = host.open_session(id=session_id, name=name, job_failure_policy=policy)
        except ResourceExistsError:
            session = host.latest_session
            session.refresh()
        return _about(session_id, session)

    try:
        _close_session_of(host)
        return _ask("open a session", opened)
    except BaseException as error:
        # The client also remembers a session that it failed to open, and would fail to close it before the next one.
        host.latest_session = None
        if isinstance(error, AzureError):
            raise service_error("open a session", error) from error
        raise


def _close_session_of(host: SessionHost) -> None:
    """Close the host's session, unless the service no longer has it."""
    session, host.latest_session = host.latest_session, None
    if session is not None:
        try:
            _change(session, f"close session {session.id}", session.close)
        except ResourceNotFoundError:
            return


def close(session: Session, host: Any | None = None) -> Session:
    """Close a session; its jobs run on.

    Args:
        session: the session.
        host: the object that it was opened on. The client keeps a host's session after it is closed, and sends later
            jobs there, where they are refused; with ``host`` the session is removed from it.

    Raises:
        ServiceError: the service refused or could not be reached.

    >>> with qb.connect("local") as workspace:
    ...     target = workspace.get_targets("ionq.simulator")
    ...     session = qb.sessions.open_session(target, "mine")
    ...     session = qb.sessions.close(session, target)
    ...     session.details.status.value, target.latest_session
    ('Succeeded', None)
    """
    try:
        _change(session, f"close session {session.id}", session.close)
    except AzureError as error:
        raise service_error(f"close session {session.id}", error) from error
    if host is not None and host.latest_session is not None and host.latest_session.id == session.id:
        host.latest_session = None
    return session


def wait(session: Session, timeout: float | None = None) -> Session:
    """Wait until a session has ended, polling less and less often.

    Args:
        session: the session.
        timeout: seconds; None to wait without a limit. A session that is not closed ends by the service's time-out.

    Raises:
        RunError: it has not ended in time.
        ServiceError: the service refused or could not be reached.

    >>> with qb.connect("local") as workspace:
    ...     target = workspace.get_targets("ionq.simulator")
    ...     session = qb.sessions.open_session(target, "mine")
    ...     qb.sessions.wait(qb.sessions.close(session, target), timeout=60).details.status.value
    'Succeeded'
    """
    began, pause = time.monotonic(), 0.1
    while True:
        try:
            _change(session, f"get session {session.id}", session.refresh)
        except AzureError as error:
            raise service_error(f"get session {session.id}", error) from error
        if word(session.details.status) in ENDED_SESSION_STATES:
            return session
        if timeout is not None and time.monotonic() - began + pause > timeout:
            raise RunError(
                f"session {session.id} is {word(session.details.status)} after {timeout:g} s",
                advice="close it if nothing more is to be submitted, or wait longer",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 15.0)
