"""The plan of a sweep: the jobs and the cost of a run, as attributes and as text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qsharp_bridge._markup import facts
from qsharp_bridge._plural import counted
from qsharp_bridge.journal.job_rows import JobSpan
from qsharp_bridge.sweeps.shots import Shots, shots_of_points, shots_text
from qsharp_bridge.targets.limits import most_shots
from qsharp_bridge.targets.prices import Cost

_MOST_GROUPS = 6  # of jobs, in a printed plan


@dataclass(frozen=True)
class SweepPlan:
    """The plan of a run; printing it shows all.

    Attributes:
        operation: the operation's name.
        signature: the operation's signature.
        target: the target's name.
        profile: the QIR target profile of the programs.
        points: the number of points.
        jobs: the number of jobs; with ``points_per_job`` several points share one, and the shots of a point are split
            over several where a job does not take so many.
        shots: for each point: one number where all have the same, else a tuple with one for each; 0 where
            probabilities are exact and nothing is sampled.
        distinct_programs: how many of the jobs have different programs.
        methods: the numbers of programs that were bound from a template and compiled directly.
        qubits: of the largest program.
        gates: the most gates of a program.
        cost: of the whole sweep, in the unit that the provider charges in, such as HQC; or unknown.
        job_costs: of each job, in the same unit; None when unknown.
        unpacked_jobs: the number of jobs of the same sweep with one point a job.
        unpacked_cost: of the same sweep with one point a job.
        job_spans: for each job its first point, the number of its points, and the shots for each.
        input_params: options of the provider that go with each job.
        engine: ``"qsharp"`` where qdk's own ``run`` runs the Q# operation: ``qubits`` and ``gates`` are 0 then, and
            ``profile`` is not used. None elsewhere: each program has its own engine.
        why: one sentence on the reason for that engine; None without one.

    >>> import qsharp_bridge as qb
    >>> op = qb.Program.from_source("operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }").operation("Flip")
    >>> print(qb.plan_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=100))  # doctest: +ELLIPSIS
    operation          Flip() : Result
    target             local.simulator, profile ...
    points             1, 100 shots each, 100 in all
    ...
    """

    operation: str
    signature: str
    target: str
    profile: str
    points: int
    jobs: int
    shots: Shots
    distinct_programs: int
    methods: dict[str, int]
    qubits: int
    gates: int
    cost: Cost
    job_costs: tuple[float | None, ...] = field(repr=False)  # as long as the sweep
    unpacked_jobs: int
    unpacked_cost: Cost
    job_spans: Sequence[JobSpan] = field(repr=False)
    input_params: dict[str, Any]
    engine: str | None = None
    why: str | None = None

    @property
    def total_shots(self) -> int:
        """Shots of all points together."""
        return sum(shots_of_points(self.shots, self.points))

    def _facts(self) -> list[tuple[str, str]]:
        made = ", ".join(f"{number} {method}" for method, number in sorted(self.methods.items()))
        packed = self.jobs != self.unpacked_jobs
        largest = f"{counted(self.qubits, 'qubit')}, {counted(self.gates, 'gate')}"
        grouped = self.jobs != self.points or not isinstance(self.shots, int)
        return [
            ("operation", self.signature),
            ("target", f"{self.target}, " + (f"engine {self.engine}" if self.engine else f"profile {self.profile}")),
            *([("why", self.why)] if self.why else []),
            (
                "points",
                f"{self.points}, {shots_text(self.shots)}" + (f", {self.total_shots} in all" if self.shots else ""),
            ),
            *([("jobs", f"{self.jobs}{self._grouped()}")] if grouped else []),
            *([("input params", json.dumps(self.input_params))] if self.input_params else []),
            ("distinct programs", f"{self.distinct_programs} ({made})"),
            *([] if self.engine else [("largest program", largest)]),
            ("cost", str(self.cost)),
            *([("one point a job", f"{counted(self.unpacked_jobs, 'job')}, {self.unpacked_cost}")] if packed else []),
        ]

    def text(self, **names: str) -> str:
        """Return the plan as lines of text.

        Args:
            names: other names of facts, such as ``points="measurements"``.

        >>> import qsharp_bridge as qb
        >>> source = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) }"
        >>> op = qb.Program.from_source(source).operation("Flip")
        >>> plan = qb.plan_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), shots=10)
        >>> print(plan.text(points="measurements").splitlines()[2])
        measurements       1, 10 shots each, 10 in all
        """
        return "\n".join(f"{names.get(name, name):<19}{value}" for name, value in self._facts())

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        """Return the plan as a table, for a notebook."""
        return facts(self._facts())

    def _grouped(self) -> str:
        """Return the shots of the jobs where they differ or are split; "" where all jobs have the same."""
        most = most_shots(self.target)
        split = most is not None and max(shots_of_points(self.shots, self.points)) > most
        if isinstance(self.shots, int) and not split:
            return ""
        jobs = Counter((span.shots, span.size) for span in self.job_spans)
        groups = [
            f"{counted(number, 'job')} of {counted(size, 'point')} with {counted(shots, 'shot')}"
            for (shots, size), number in list(jobs.items())[:_MOST_GROUPS]
        ]
        return (
            f": {', '.join(groups)}{', ...' if len(jobs) > _MOST_GROUPS else ''}"
            f"{f'; a job takes {most} shots' if split else ''}"
        )
