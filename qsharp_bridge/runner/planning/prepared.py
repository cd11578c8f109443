"""A run that is ready to start: its plan, its programs, and the source of its jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qsharp_bridge.journal.job_rows import JobRow, JobSpan
from qsharp_bridge.sweeps.leaves import Point
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend

from .sweep_plan import SweepPlan

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation
    from qsharp_bridge.programs.binding import BoundPoints
    from qsharp_bridge.runner.local.qsharp import QsharpPoints


@dataclass(frozen=True)
class Prepared:
    """A run that is ready to start: the plan, and the sweep, backend and programs of the run.

    Attributes:
        jobs: the points of each job of the journal.
        programs: of the jobs, one for all jobs that run the same points; where ``batched``, of the points.
        places: the number of the program of each job; where ``batched``, empty.
        batched: whether a job of several points has a program for each of them; see ``journal.manifest.Manifest``.
        untrusted: the points of a resumed run, read without trust in code among their values.
    """

    plan: SweepPlan
    operation: Operation
    sweep: Sweep
    backend: ServiceBackend | LocalBackend
    programs: BoundPoints | QsharpPoints
    jobs: Sequence[JobSpan]
    places: Sequence[int] = ()
    batched: bool = False
    untrusted: Sweep | None = None

    @property
    def points(self) -> Sweep:
        """The points as the results show them."""
        return self.sweep if self.untrusted is None else self.untrusted


class SweepSource:
    """The jobs of a sweep; see :class:`~.jobs.JobSource`."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self.operation = prepared.plan.operation
        self.total: tuple[int, int] | None = (prepared.plan.points, len(prepared.jobs))
        self.batched, self.programs = prepared.batched, prepared.programs

    def program(self, row: JobRow) -> Any:
        """Return the program of a job."""
        return self.programs[row.first if self.batched else self._prepared.places[row.number]]

    def point(self, index: int) -> Point:
        """Return the values of a point."""
        return self._prepared.sweep[index]

    def point_shots(self, index: int) -> int:
        """Return the shots of a point, in all of its jobs."""
        shots = self._prepared.plan.shots
        return shots if isinstance(shots, int) else shots[index]

    def cost(self, row: JobRow) -> float:
        """Return the price of a job; 0 where none is known."""
        return self._prepared.plan.job_costs[row.number] or 0.0
