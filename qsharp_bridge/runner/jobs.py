"""The jobs of a run: what they consist of, and who carries them out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from qsharp_bridge._warnings import warn
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.journal.job_rows import JobRow
from qsharp_bridge.sweeps.leaves import Point

from .progress import ProgressListener
from .run_limits import Limits

if TYPE_CHECKING:
    from azure.quantum.workspace import Workspace

    from qsharp_bridge.programs.binding import BoundPoints

    from .local.qsharp import QsharpPoints


class StoppedError(Exception):
    """Raised in the loop of a run that was stopped on request. Never leaves this layer."""


class JobSource(Protocol):
    """What the jobs of a run consist of."""

    @property
    def operation(self) -> str:
        """The operation's name."""

    @property
    def total(self) -> tuple[int, int] | None:
        """The numbers of points and of jobs; None for a loop, which may always ask for more."""

    @property
    def batched(self) -> bool:
        """Whether a job of several points has a program for each of them."""

    @property
    def programs(self) -> BoundPoints | QsharpPoints | None:
        """The programs of all jobs, or of all points where ``batched``; None for a loop."""

    def program(self, row: JobRow) -> Any:
        """Return the program of a job; its ``str`` is the QIR."""

    def point(self, index: int) -> Point:
        """Return the values of a point."""

    def point_shots(self, index: int) -> int:
        """Return the shots of a point, in all of its jobs."""

    def cost(self, row: JobRow) -> float:
        """Return the price of a job, in the unit of the target's price; 0 where none is known."""


def place_of(source: JobSource, row: JobRow) -> int:
    """Return the number of the first program of a job among those of its source."""
    return row.first if source.batched else row.number


class JobRunner(Protocol):
    """Carries jobs out; a context manager. :meth:`hold` and :meth:`stop` may be called from any thread."""

    def settle(self, *, planned: bool = True, retry_failed: bool = False) -> None:
        """Find out what became of the jobs that an earlier process sent.

        Args:
            planned: whether the jobs that were never sent wait to be sent now.
            retry_failed: whether those that failed wait to be sent again, as new jobs.
        """

    def run_jobs(self, rows: Iterable[JobRow] = (), *, close_when_sent: bool = False) -> None:
        """Carry these jobs, and all that are under way, to their end.

        Args:
            rows: of the journal.
            close_when_sent: whether nothing comes after them: the session is closed as soon as all are sent.
        """

    def hold(self) -> None:
        """Send nothing more for now."""

    def stop(self, *, cancel: bool = False) -> None:
        """End :meth:`run_jobs` as soon as possible; the jobs that were sent are cancelled, or run on."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@dataclass
class SharedSession:
    """The session of several runs, one after the other: each leaves it open, and :meth:`close` closes it.

    Attributes:
        id: of the session that the last run was in; None before the first.
        workspace: the workspace of a session that the last run left open, else None.
    """

    id: str | None = None
    workspace: Workspace | None = None

    def close(self) -> None:
        """Close the session that the last run left open, if there is one."""
        if self.id is None or self.workspace is None:
            return
        from qsharp_bridge.azure.client import Service

        service = Service(self.workspace)
        try:
            service.close_session(self.id)
        except BridgeError as problem:  # the service ends an idle session by itself
            warn(f"the session could not be closed: {problem}")
        finally:
            service.close()


@dataclass(frozen=True)
class RunSettings:
    """How a run is carried out.

    Attributes:
        limits: of what it sends.
        link_sessions: whether to go on in another session when one has ended.
        session: the id of a session that was given to the run, and that it leaves open; None to open its own.
        shared: the session that the run has in common with others, and that it leaves open; None for one alone.
        session_timeout: seconds without a job after which the service ends a session.
        listener: called with the progress.
        on_ended: called with each job whose end is on record.
    """

    limits: Limits = field(default_factory=Limits)
    link_sessions: bool = True
    session_timeout: float = 600.0
    listener: ProgressListener = lambda _: None
    session: str | None = None
    shared: SharedSession | None = None
    on_ended: Callable[[JobRow], None] = lambda _: None
