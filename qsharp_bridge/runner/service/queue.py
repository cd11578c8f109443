"""The jobs that are not sent yet, and which of them may be sent now: requests at a time, budget, failures."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import attrgetter

from qsharp_bridge._plural import counted
from qsharp_bridge.errors import BridgeError, BudgetError, RunError
from qsharp_bridge.journal.job_rows import JobRow
from qsharp_bridge.runner.run_limits import Limits, within
from qsharp_bridge.states import JobState

_NUMBER = attrgetter("number")


class SubmitQueue:
    """Jobs in the order of their points, and the account of those that went before them.

    Args:
        limits: what to keep to.
        cost: of a job, in the unit of the target's price.

    Attributes:
        jobs: those that wait.
        held: whether nothing more goes for now.
        refusal: why what waited was given up, if it was.
        succeeded, failed: how many jobs have ended so.
    """

    def __init__(self, limits: Limits, cost: Callable[[JobRow], float]) -> None:
        self.limits = limits
        self.jobs: deque[JobRow] = deque()
        self.held = False
        self.refusal: BridgeError | None = None
        self.succeeded = self.failed = 0
        self._cost = cost
        self._spent = 0.0

    def note_end(self, state: str) -> None:
        """Count a job that has ended in this state."""
        if state == JobState.SUCCEEDED:
            self.succeeded += 1
        else:
            self.failed += 1

    def charge(self, row: JobRow) -> None:
        """Count the price of a job that was or may have been accepted."""
        self._spent += self._cost(row)

    def add(self, rows: Iterable[JobRow]) -> None:
        """Add jobs."""
        self.jobs = deque(sorted([*self.jobs, *rows], key=_NUMBER))

    def put_back(self, row: JobRow) -> None:
        """Add a job that the service did not take, in its place; it cost nothing."""
        self._spent -= self._cost(row)
        insort(self.jobs, replace(row, state=JobState.PLANNED), key=_NUMBER)

    def room(self, under_way: int, unknown: int) -> int:
        """Return how many more jobs may go.

        Args:
            under_way: how many are being sent.
            unknown: how many are being sent or were accepted, and have not ended.
        """
        room = self.limits.max_in_flight - under_way
        if self.limits.max_failures is None or self.succeeded:
            return room
        # Nothing has succeeded yet: no more than max_failures are risked on a sweep that may only fail.
        return min(room, self.limits.max_failures - self.failed - unknown)

    def may_go(self, under_way: int, unknown: int) -> bool:
        """Return whether the first job may go now. What may never go is given up."""
        if not self.jobs or self.held:
            return False
        if self.limits.max_failures is not None and self.failed >= self.limits.max_failures:
            self.give_up(
                RunError(
                    f"{self.failed} {'job' if self.failed == 1 else 'jobs'} failed, so {self._left} not sent",
                    advice="look at their errors, then resume",
                )
            )
            return False
        if self.room(under_way, unknown) <= 0:
            return False
        if not self._affordable(self.jobs[0]):
            self.give_up(
                BudgetError(
                    f"the budget of {self.limits.budget:g} is spent: {self._left} not sent",
                    advice="raise the budget and resume",
                )
            )
            return False
        return True

    @property
    def _left(self) -> str:
        points = len({index for row in self.jobs for index in row.points})
        return f"{counted(points, 'point')} {'was' if points == 1 else 'were'}"

    def take(self, under_way: int, unknown: int, session_id: str) -> list[JobRow]:
        """Return the jobs that go now, charged, as rows to be sent into the session."""
        batch: list[JobRow] = []
        room = self.room(under_way, unknown)
        while self.jobs and not self.held and len(batch) < room and self._affordable(self.jobs[0]):
            row = self.jobs.popleft()
            if row.state != JobState.SENDING:  # else it was sent before, and charged
                self.charge(row)
            batch.append(replace(row, session_id=session_id, state=JobState.SENDING))
        return batch

    def give_up(self, why: BridgeError) -> None:
        """Send nothing more; what was sent is waited for."""
        self.refusal = self.refusal or why
        self.jobs.clear()

    def _affordable(self, row: JobRow) -> bool:
        if self.limits.budget is None or row.state == JobState.SENDING:
            return True
        return within(self._spent + self._cost(row), self.limits.budget)
