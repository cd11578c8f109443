"""The numbers of points that were sent and have ended. A job may run several points, or a part of their shots."""

from __future__ import annotations

from collections.abc import Iterable

from qsharp_bridge.journal.job_rows import JobRow
from qsharp_bridge.runner.progress import Progress
from qsharp_bridge.states import JobState

_WAITING, _SENT, _DONE, _FAILED = range(4)


class PointTally:
    """Counts points by the state of their jobs.

    A point is sent when all of its jobs are, and has ended when all of them have: failed where one of them has.

    >>> tally = PointTally()
    >>> tally.waiting([JobRow(0, 1, "id", 0, 7, 100, None, JobState.PLANNED, None)])
    >>> str(tally.progress)
    '0/7 points sent, 0 done'
    """

    def __init__(self) -> None:
        self._stages: dict[int, dict[int, int]] = {}  # of jobs by number, in groups by the first point that they run
        self._points = [0] * 4  # numbers of points by the stage of their slowest job

    def waiting(self, rows: Iterable[JobRow]) -> None:
        """Count jobs that are to be sent."""
        for row in rows:
            self._note(row, _WAITING)

    def sent(self, row: JobRow) -> None:
        """Count a job that the service accepted."""
        self._note(row, _SENT)

    def ended(self, row: JobRow, state: str) -> None:
        """Count a job that has ended in this state."""
        self._note(row, _DONE if state == JobState.SUCCEEDED else _FAILED)

    @property
    def progress(self) -> Progress:
        """The numbers of points by stage."""
        waiting, sent, done, failed = self._points
        return Progress(waiting + sent + done + failed, sent + done + failed, done, failed)

    def _note(self, row: JobRow, stage: int) -> None:
        stages = self._stages.setdefault(row.first, {})
        if stages:
            self._points[_together(stages)] -= row.size
        stages[row.number] = stage
        self._points[_together(stages)] += row.size


def _together(stages: dict[int, int]) -> int:
    least = min(stages.values())
    return max(stages.values()) if least >= _DONE else least
