"""The interfaces of a runner: the source of its jobs, its settings, and what it does."""

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
    """A run was stopped on request. Raised and caught inside the runner only."""


class JobSource(Protocol):
    """The programs, points and prices of the jobs of a run."""

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
    """Runs jobs; a context manager. :meth:`hold` and :meth:`stop` may be called from any thread."""

    def settle(self, *, planned: bool = True, retry_failed: bool = False) -> None:
        """Find out the states of the jobs that an earlier process sent.

        Args:
            planned: whether the jobs that were never sent are queued now; else :meth:`run_jobs` is given them.
            retry_failed: whether those that failed are queued again, as new jobs.
        """

    def run_jobs(self, rows: Iterable[JobRow] = (), *, close_when_sent: bool = False) -> None:
        """Run these jobs, and all that are under way, until they have ended.

        Args:
            rows: of the journal; those that have ended or are under way are left out.
            close_when_sent: whether these are the last jobs: the session is closed as soon as all are sent. The jobs
                run on, and no idle time-out can end them.
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
    """The settings of a run.

    Attributes:
        limits: requests at a time, failures and budget.
        link_sessions: whether to continue in another session when one has ended.
        session_timeout: seconds without a job after which the service ends a session.
        listener: called with the progress.
        session: the id of a session that was given to the run, and that it leaves open; None to open its own.
        shared: a session of several runs, which this one leaves open; None for a session of its own.
        on_ended: called with each job whose end is on record.
    """

    limits: Limits = field(default_factory=Limits)
    link_sessions: bool = True
    session_timeout: float = 600.0
    listener: ProgressListener = lambda _: None
    session: str | None = None
    shared: SharedSession | None = None
    on_ended: Callable[[JobRow], None] = lambda _: None
