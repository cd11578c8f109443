"""The records of a job in a journal: its points and shots, its newest state, and its end."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import InitVar, dataclass, field, fields
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, TypeVar

from qsharp_bridge.states import PENDING_JOB_STATES


class JobSpan(NamedTuple):
    """The points of one job: ``size`` consecutive points from the index ``first``, with ``shots`` for each."""

    first: int
    size: int
    shots: int


@dataclass(frozen=True)
class JobRow:
    """A job of some consecutive points, or of a part of their shots, as the journal has it.

    Attributes:
        number: of the job among those of the run, from 0; ``attempt``: from 1.
        id: of the job on the service.
        first, size: its points; ``shots``: for each of them.
        session_id: the session that it was sent into, or None.
        state: a :class:`~qsharp_bridge.states.JobState`; ``error``: the reason of a failure, or None.
    """

    number: int
    attempt: int
    id: str
    first: int
    size: int
    shots: int
    session_id: str | None
    state: str
    error: str | None

    @property
    def points(self) -> range:
        """The indices of its points."""
        return range(self.first, self.first + self.size)

    @property
    def ended(self) -> bool:
        """Whether the end of the job is known."""
        return self.state not in PENDING_JOB_STATES

    @property
    def possible(self) -> bool:
        """Whether its numbers of points and shots are valid."""
        numbers = (self.first, self.size, self.shots)
        return set(map(type, numbers)) == {int} and self.first >= 0 and self.size >= 1 and self.shots >= 0


J = TypeVar("J", JobSpan, JobRow)


def by_points(jobs: Iterable[J]) -> list[list[J]]:
    """Return consecutive jobs in groups that run the same points, each a part of their shots.

    >>> [len(group) for group in by_points([JobSpan(0, 2, 5001), JobSpan(0, 2, 5000), JobSpan(2, 1, 100)])]
    [2, 1]
    """
    return [list(group) for _, group in groupby(jobs, lambda job: (job.first, job.size))]


values_of = attrgetter(*(entry.name for entry in fields(JobRow)))


@dataclass(frozen=True)
class JobEnd:
    """The end of a job with its result, which is compressed by the thread that makes this record.

    Args:
        raw: the result as it was received, in bytes; None where there is none.
        level: the level of compression, 0 to 9.

    Attributes:
        state: the last state; ``error``: the reason of a failure, or None.
        output_format: of the result; ``packed``: the result, compressed, or None.
    """

    job_id: str
    state: str
    error: str | None = None
    output_format: str = ""
    raw: InitVar[bytes | None] = None
    level: InitVar[int] = 6
    packed: bytes | None = field(init=False)

    @property
    def output(self) -> bytes | None:
        """The result as it was received, or None."""
        return None if self.packed is None else zlib.decompress(self.packed)  # compressed by this process

    def __post_init__(self, raw: bytes | None, level: int) -> None:
        object.__setattr__(self, "packed", None if raw is None else zlib.compress(raw, level))
