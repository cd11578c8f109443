"""Answers of the service about jobs and sessions: checked before they are used.

A proxy or gateway on the way may answer 200 with an error page, with ``{}``, or with an answer to another request. The
client builds its objects from any of them, with ``None`` in the place of what is missing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from azure.core.pipeline import PipelineResponse

from qsharp_bridge.targets.spec import TargetSpec

from .retry import Unsettled

#: States in which a job no longer changes (both vocabularies of the service).
ENDED_JOB_STATES = frozenset({"Succeeded", "Completed", "Failed", "Cancelled"})
#: States in which a session takes no more jobs. ``Failure(s)`` is not one of them.
ENDED_SESSION_STATES = frozenset({"Succeeded", "Failed", "TimedOut"})


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
    input_params: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    priority: str | None = None


@dataclass(frozen=True)
class JobAnswer:
    """A job as the service reports it.

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
        """Return whether the job no longer changes."""
        return self.state in ENDED_JOB_STATES

    @classmethod
    def of(cls, job: Any, job_id: str | None = None, session_id: str | None = None) -> JobAnswer:
        """Check the client's ``JobDetails`` and take over what matters.

        Args:
            job_id: of the job that was asked about; None for any, as in a list.
            session_id: of the session that the job must belong to; None for any.

        Raises:
            Unsettled: it is not an answer about that job.
        """
        state = _check(job, "job", job_id)
        metadata, error = dict(job.metadata or {}), job.error_data
        if session_id is not None and job.session_id != session_id:
            raise Unsettled("the answer is about a job of another session")
        texts = (job.target, job.output_data_format or "", job.output_data_uri or "", *metadata, *metadata.values())
        if not all(isinstance(text, str) for text in texts):
            raise Unsettled("the answer is not a job")
        return cls(
            id=job.id,
            name=str(job.name or ""),
            target=job.target,
            state=state,
            session_id=job.session_id,
            output_format=job.output_data_format or "",
            output_uri=job.output_data_uri or "",
            error=f"{error.code}: {error.message}" if error is not None else None,
            metadata=metadata,
        )


@dataclass(frozen=True)
class SessionAnswer:
    """A session as the service reports it.

    Attributes:
        id, name: of the session.
        state: the service's word: ``Waiting``, ``Failure(s)``...
        target: where its jobs run; ``policy``: ``Abort`` or ``Continue``. Both are empty where the answer has none.
    """

    id: str
    name: str
    state: str
    target: str = ""
    policy: str = ""

    @property
    def ended(self) -> bool:
        """Return whether the session takes no more jobs."""
        return self.state in ENDED_SESSION_STATES

    @classmethod
    def of(cls, session: Any, session_id: str) -> SessionAnswer:
        """Check the client's ``SessionDetails`` and take over what matters.

        Raises:
            Unsettled: it is not an answer about that session.
        """
        state = _check(session, "session", session_id)
        policy = getattr(session, "job_failure_policy", None)
        target = getattr(session, "target", None)
        return cls(session.id, str(session.name or ""), state, str(target or ""), word(policy or ""))


def word(status: Any) -> str:
    """Return the service's word for a state: the client has an enum member for those that it knows."""
    return str(getattr(status, "value", status))


def page_check() -> Callable[[PipelineResponse[Any, Any]], None]:
    """Return a check of each page of a list, for the client's ``raw_response_hook``.

    The client takes a page without items for an empty one, and follows links that lead around in a circle.

    Raises:
        Unsettled: an answer is not a page, or the page was there before.
    """
    seen: set[str] = set()

    def check(answer: PipelineResponse[Any, Any]) -> None:
        if answer.http_response.status_code != 200:
            return
        page: Any = None
        with contextlib.suppress(ValueError):
            page = answer.http_response.json()
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise Unsettled("the answer is not a list")
        if answer.http_request.url in seen:
            raise Unsettled("the pages of the list go round in a circle")
        seen.add(answer.http_request.url)

    return check


def _check(details: Any, kind: str, asked_for: str | None) -> str:
    """Return the state that an answer reports, if it is about the right item."""
    found, status = getattr(details, "id", None), getattr(details, "status", None)
    if not isinstance(found, str) or not found or not isinstance(status, str):
        raise Unsettled(f"the answer is not a {kind}")
    if asked_for is not None and found != asked_for:
        raise Unsettled(f"the answer is about another {kind}")
    if str(getattr(details, "item_type", kind)).rpartition(".")[2].lower() != kind:
        raise Unsettled(f"the answer is not a {kind}")
    return word(status)
