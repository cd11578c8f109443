"""The jobs that were not sent yet, and the limits on sending them: requests at a time, budget, failures."""

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
    """Jobs in the order of their points, with the cost and the failures of those that were sent before them.

    Args:
        limits: of the run.
        cost: the price of a job, in the unit of the target's price.

    Attributes:
        jobs: those that wait.
        held: whether to send nothing for now.
        refusal: the error for which the waiting jobs were dropped; None if they were not.
        succeeded, failed: the numbers of jobs that have ended so.
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
        """Put a job that the service did not accept back in its place; it cost nothing."""
        self._spent -= self._cost(row)
        insort(self.jobs, replace(row, state=JobState.PLANNED), key=_NUMBER)

    def room(self, under_way: int, unknown: int) -> int:
        """Return how many more jobs may be sent.

        Args:
            under_way: the number of jobs that are being sent.
            unknown: the number of jobs that are being sent or were accepted, and have not ended.
        """
        room = self.limits.max_in_flight - under_way
        if self.limits.max_failures is None or self.succeeded:
            return room
        # Nothing has succeeded yet, and every job of the sweep may fail: send no more than max_failures.
        return min(room, self.limits.max_failures - self.failed - unknown)

    def may_go(self, under_way: int, unknown: int) -> bool:
        """Return whether the first job may be sent now. Jobs that may never be sent are dropped."""
        if not self.jobs or self.held:
            return False
        if self.limits.max_failures is not None and self.failed >= self.limits.max_failures:
            self.give_up(
                RunError(
                    f"{counted(self.failed, 'job')} failed, so {self._left} not sent",
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
        """Return the jobs to send into the session now; their prices are counted."""
        batch: list[JobRow] = []
        room = self.room(under_way, unknown)
        while self.jobs and not self.held and len(batch) < room and self._affordable(self.jobs[0]):
            row = self.jobs.popleft()
            if row.state != JobState.SENDING:  # else it was sent before, and charged
                self.charge(row)
            batch.append(replace(row, session_id=session_id, state=JobState.SENDING))
        return batch

    def give_up(self, why: BridgeError) -> None:
        """Drop the jobs that wait, with an error for them; jobs that were sent are still awaited."""
        self.refusal = self.refusal or why
        self.jobs.clear()

    def _affordable(self, row: JobRow) -> bool:
        if self.limits.budget is None or row.state == JobState.SENDING:
            return True
        return within(self._spent + self._cost(row), self.limits.budget)
