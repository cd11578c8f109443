"""How a job of the service ended, and what it sent: the same for a run, and for whoever recovers it later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qsharp_bridge.states import LOST, SUCCEEDED

if TYPE_CHECKING:
    from qsharp_bridge.azure.answers import JobAnswer
    from qsharp_bridge.azure.client import Service

RESULT_GONE = "the job succeeded and was paid for, but the service no longer has its result"
JOB_GONE = "the job was accepted and may have been paid for, but the service no longer has it"


@dataclass(frozen=True)
class Ending:
    """How a job ended.

    Attributes:
        state: ``Succeeded``, ``Lost``, or the service's word for any other end; ``error``: why, unless it succeeded.
        raw: the result as it came, bytes; there is one just when the job succeeded.
    """

    state: str
    error: str | None
    raw: bytes | None = None


def ending_of(service: Service, job: JobAnswer) -> Ending:
    """The end of a job, whose result is fetched for it; of a job that has not ended its state.

    Raises:
        ServiceError: the service refused, or could not be reached.
    """
    if job.state not in (SUCCEEDED, "Completed"):
        return Ending(job.state, job.error)
    raw = service.output(job)
    return Ending(LOST, RESULT_GONE) if raw is None else Ending(SUCCEEDED, job.error, raw)
