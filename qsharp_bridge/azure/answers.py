"""Answers of the service about jobs and sessions, checked before they are used.

A proxy or gateway on the way may answer 200 with an error page, with ``{}``, or with an answer to another request. The
client builds its objects from any of them, with ``None`` for everything that is missing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from azure.core.pipeline import PipelineResponse

from qsharp_bridge.states import ENDED_JOB_STATES, ENDED_SESSION_STATES
from qsharp_bridge.targets.spec import TargetSpec

from .retry import UnusableAnswer


@dataclass(frozen=True)
class JobRequest:
    """A job to send. The client makes its id, which makes sending idempotent."""

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
        id, name, target, session_id, metadata: as they were sent; ``metadata`` may be empty.
        state: a state of the service: ``Waiting``, ``Executing``, ``Succeeded``, ``Failed``, ``Cancelled``...
        output_format: the format of the result, such as ``microsoft.quantum-results.v2``.
        output_uri: the address of the result; signed if the job was requested by its id.
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
    def of(cls, job: Any, job_id: str | None = None, session_id: str | None = None) -> JobAnswer:
        """Return the answer in the client's ``JobDetails``, checked.

        Args:
            job: the details.
            job_id: the id of the requested job; None for any, as in a list.
            session_id: the id of the session that the job must belong to; None for any.

        Raises:
            UnusableAnswer: it is not an answer about that job.
        """
        state = _check(job, "job", job_id)
        metadata, error = dict(job.metadata or {}), job.error_data
        if session_id is not None and job.session_id != session_id:
            raise UnusableAnswer("the answer is about a job of another session")
        texts = (job.target, job.output_data_format or "", job.output_data_uri or "", *metadata, *metadata.values())
        if not all(isinstance(text, str) for text in texts):
            raise UnusableAnswer("the answer is not a job")
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
        state: a state of the service: ``Waiting``, ``Failure(s)``...
        target: the target of its jobs; empty if the answer has none.
        policy: ``Abort`` or ``Continue``; empty if the answer has none.
    """

    id: str
    name: str
    state: str
    target: str = ""
    policy: str = ""

    @property
    def ended(self) -> bool:
        """Whether the session takes no more jobs."""
        return self.state in ENDED_SESSION_STATES

    @classmethod
    def of(cls, session: Any, session_id: str) -> SessionAnswer:
        """Return the answer in the client's ``SessionDetails``, checked.

        Raises:
            UnusableAnswer: it is not an answer about that session.
        """
        state = _check(session, "session", session_id)
        policy = getattr(session, "job_failure_policy", None)
        target = getattr(session, "target", None)
        return cls(session.id, str(session.name or ""), state, str(target or ""), word(policy or ""))


def word(status: Any) -> str:
    """Return the text of a state; the client has an enum member for each state that it knows."""
    return str(getattr(status, "value", status))


def page_check() -> Callable[[PipelineResponse[Any, Any]], None]:
    """Return a check of each page of a list, for the client's ``raw_response_hook``.

    The client treats an answer without items as an empty page, and follows links in a circle for ever.

    Raises:
        UnusableAnswer: an answer is not a page, or the same page came before.
    """
    seen: set[str] = set()

    def check(answer: PipelineResponse[Any, Any]) -> None:
        if answer.http_response.status_code != 200:
            return
        page: Any = None
        with contextlib.suppress(ValueError):
            page = answer.http_response.json()
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise UnusableAnswer("the answer is not a list")
        if answer.http_request.url in seen:
            raise UnusableAnswer("the pages of the list link to each other in a circle")
        seen.add(answer.http_request.url)

    return check


def _check(details: Any, kind: str, requested: str | None) -> str:
    """Return the state in an answer after checking that it is about the requested item."""
    found, status = getattr(details, "id", None), getattr(details, "status", None)
    if not isinstance(found, str) or not found or not isinstance(status, str):
        raise UnusableAnswer(f"the answer is not a {kind}")
    if requested is not None and found != requested:
        raise UnusableAnswer(f"the answer is about another {kind}")
    if str(getattr(details, "item_type", kind)).rpartition(".")[2].lower() != kind:
        raise UnusableAnswer(f"the answer is not a {kind}")
    return word(status)
