"""Sessions and their jobs, for people who manage their own. In Python: ``qb.sessions``.

Each function takes a workspace (``azure.quantum.Workspace``) and returns the client's own objects. A *host* is whatever
the client can open a session on: a target of the workspace, a Qiskit backend or a Cirq target.
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

from .answers import ENDED_SESSION_STATES, page_check, word
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
        workspace: of which the sessions are.

    Raises:
        ServiceError: the service refused or could not be reached.

    >>> with qb.connect("local") as workspace:
    ...     qb.sessions.list_sessions(workspace)
    []
    """
    return _listed("list the sessions", workspace, Session, workspace._get_sessions_client().listv2)


def show(workspace: Workspace, session_id: str) -> Session:
    """Get the session as it is now.

    Args:
        workspace: where the session is.
        session_id: the session's id.

    Raises:
        ServiceError: there is none of that id, or the service could not be reached.

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
        workspace: where the session is.
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
    """Get the job as it is now.

    Args:
        workspace: where the job is.
        job_id: the job's id, from ``results.job_ids`` or :func:`jobs`.

    Raises:
        ServiceError: there is none of that id, or the service could not be reached.

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
    """Ask for a job to be cancelled, and return it as it is then. One that has ended stays as it is.

    Args:
        workspace: where the job is.
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
    """Return the id of a session or job, which may be given as the client's own object.

    Raises:
        ServiceError: it is neither an id, nor has the attribute ``id``.

    >>> id_of("0b5e", "session")
    '0b5e'
    """
    found = getattr(named, "id", named)
    if not isinstance(found, str) or not found:
        raise ServiceError(f"{named!r} is not the id of a {what}", advice=f"give the {what}'s id, a string")
    return found


def _ask(what: str, ask: Callable[[], T]) -> T:
    """Return what the client gives; ask again for an answer that it cannot read, as a proxy's page.

    Raises:
        ResourceNotFoundError: the service has no such thing.
        ServiceError: the service refused, could not be reached, or gave no answer that can be read.
    """
    for pause in (0.1, 0.2, None):
        try:
            return ask()
        except ResourceNotFoundError:
            raise
        except Exception as error:  # the client reads answers without checks: AttributeError, JSONDecodeError...
            if isinstance(error, AzureError) and getattr(error, "status_code", None) != 200:
                raise trouble(what, error) from error
            if pause is None:
                raise ServiceError(
                    f"cannot {what}: the answer cannot be read",
                    advice="something on the way may have answered in the place of the service; try again",
                ) from error
            time.sleep(pause)
    raise AssertionError


def _about(item_id: str, found: T) -> T:
    """Check that an answer is about the item that was asked for, and has a state."""
    details: Any = found.details  # type: ignore[attr-defined]
    if not isinstance(item_id, str) or details.id != item_id or not isinstance(details.status, str):
        raise ValueError("the answer is about something else")
    return found


def _listed(what: str, workspace: Workspace, kind: type[T], pages: Callable[..., Iterable[Any]], *of: str) -> list[T]:
    """Return all items of a list. The workspace's own lists take pages without items for empty ones."""
    where = workspace.subscription_id, workspace.resource_group, workspace.name, *of

    def listed() -> list[T]:
        found = pages(*where, skip=0, top=_PAGE, raw_response_hook=page_check())
        return [_about(details.id, kind(workspace, details)) for details in found]  # type: ignore[call-arg]

    return _ask(what, listed)


def _change(session: Session, what: str, ask: Callable[[], Any]) -> Session:
    """Send a request whose answer the client puts into a session; only one about that session stays there.

    Raises:
        ResourceNotFoundError: the service has no such session.
        ServiceError: as of :func:`_ask`.
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


def trouble(what: str, error: AzureError) -> ServiceError:
    """Return the error for what the client raised while it did ``what``, such as "list the sessions"."""
    refused = isinstance(error, ClientAuthenticationError) or getattr(error, "status_code", None) in (401, 403)
    advice = "the credentials were refused: check the key, or sign in with `az login`" if refused else None
    return ServiceError(f"cannot {what}: {brief(error)}", advice=advice)


def _no_job(job_id: str) -> ServiceError:
    return ServiceError(
        f"there is no job {job_id}",
        advice="jobs(workspace, session_id) or `qsharp-bridge sessions jobs ID` lists those of a session",
    )


def get_a_session_with_jobs(workspace: Workspace, min_jobs: int = 1) -> Session | None:
    """Return the first session with at least ``min_jobs`` jobs, or None, as the page "Manage your Sessions" does.

    Args:
        workspace: where to look.
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
        failure_policy: what a failed job does: ``"abort"`` (the service's default) ends the session, ``"continue"``
            does not.

    A session that the host has already is closed first, as the client does.

    Raises:
        TargetError: a session cannot be opened on it.
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
    session_id = str(uuid.uuid4())  # made here: sending it again does not open another one

    def opened() -> Session:
        host.latest_session = None  # the client would close what the attempt before this one opened
        try:
            session = host.open_session(id=session_id, name=name, job_failure_policy=policy)
        except ResourceExistsError:
            session = host.latest_session
            session.refresh()
        return _about(session_id, session)

    try:
        _leave(host)
        return _ask("open a session", opened)
    except BaseException as error:
        # The client remembers also a session that it failed to open: later ones would fail to close it first.
        host.latest_session = None
        if isinstance(error, AzureError):
            raise trouble("open a session", error) from error
        raise


def _leave(host: SessionHost) -> None:
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
        host: where it was opened. The client never forgets a host's session and would send later jobs into the closed
            one, where they are refused; with ``host`` it forgets the session.

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
        raise trouble(f"close session {session.id}", error) from error
    if host is not None and host.latest_session is not None and host.latest_session.id == session.id:
        host.latest_session = None
    return session


def wait(session: Session, timeout: float | None = None) -> Session:
    """Wait until a session has ended, asking less and less often.

    Args:
        session: the session.
        timeout: seconds; None to wait for ever. A session that is never closed ends by time-out.

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
            raise trouble(f"get session {session.id}", error) from error
        if word(session.details.status) in ENDED_SESSION_STATES:
            return session
        if timeout is not None and time.monotonic() - began + pause > timeout:
            raise RunError(
                f"session {session.id} is {word(session.details.status)} after {timeout:g} s",
                advice="close it if nothing more is to be submitted, or wait longer",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 15.0)
