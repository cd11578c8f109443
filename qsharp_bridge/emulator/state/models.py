"""The records of jobs, sessions and blobs, as the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from qsharp_bridge.states import JobState, SessionState

from .session_machine import Policy, SessionProgress

FINAL: Final = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
"""The final statuses of a job."""


@dataclass(slots=True)
class Job:
    """Job. Instants are microseconds since 1970, or None.

    Attributes:
        workspace: "subscription/resource group/name", lower case.
        ordinal: the number of jobs of its name and target that the workspace had accepted before it.
        body: the fields of the request that are answered as they came (inputParams, metadata, formats, tags ...).
        begin_due, end_due: when the pace lets it begin, and end.
        reads: the number of answers that have shown it.
        aborted: whether its session was aborted, so that it will be cancelled, and must not succeed any more.
        outcome: the outcome of its run: {"status", "error", "output", "cost", "warnings"}; it is answered when due.
        deaths: the number of child processes that died of it.
    """

    workspace: str
    id: str
    name: str
    provider: str
    target: str
    session: str | None
    created: int
    body: dict[str, Any]
    ordinal: int = 0
    status: str = JobState.WAITING
    job_type: str = "QuantumComputing"
    modified: int | None = None
    began: int | None = None
    ended: int | None = None
    cancelled: int | None = None
    begin_due: int = 0
    end_due: int = 0
    reads: int = 0
    aborted: bool = False
    outcome: dict[str, Any] | None = None
    deaths: int = 0
    seq: int = 0

    @property
    def final(self) -> bool:
        """True if the status is final."""
        return self.status in FINAL

    @property
    def container(self) -> str:
        """The container of its output."""
        return str(self.body.get("container") or self.own_container)

    @property
    def own_container(self) -> str:
        """The container that clients create for the job. It is deleted with the job; others may be of other jobs."""
        return f"job-{self.id}"

    @property
    def input_place(self) -> tuple[str, str]:
        """The container and the blob of its input."""
        return self.body.get("inputContainer") or self.container, self.body.get("inputBlob", "inputData")


@dataclass(slots=True)
class Session:
    """Session: its fields, and its state in ``session_machine``."""

    workspace: str
    id: str
    name: str
    provider: str
    target: str
    created: int
    active: int
    body: dict[str, Any] = field(default_factory=dict)
    status: str = SessionState.WAITING.value
    policy: str = Policy.ABORT.value
    in_flight: int = 0
    closed: bool = False
    ended: int | None = None
    seq: int = 0

    @property
    def state(self) -> SessionProgress:
        """The state in the form of ``session_machine``."""
        return SessionProgress(Policy(self.policy), SessionState(self.status), self.in_flight, self.closed)

    @state.setter
    def state(self, new: SessionProgress) -> None:
        self.policy, self.status = new.policy.value, new.status.value
        self.in_flight, self.closed = new.in_flight, new.closed


BlobPlace: TypeAlias = tuple[str, str, str]
"""The account, the container and the name of a blob."""


@dataclass(slots=True)
class Blob:
    """The properties of a blob; its bytes stay in the store until they are asked for."""

    account: str
    container: str
    name: str
    size: int
    etag: str
    modified: int
    created: int
    content_type: str
    headers: dict[str, str]

    @property
    def place(self) -> BlobPlace:
        """The place of the blob."""
        return self.account, self.container, self.name
