"""The plan of an estimate: its jobs, its bases, the shots of each, and the cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

from qsharp_bridge.errors import CompileError
from qsharp_bridge.estimator.width import check_width, with_width
from qsharp_bridge.runner.local.exact import check_exact
from qsharp_bridge.runner.options import PlanOptions, complete
from qsharp_bridge.runner.planning.prepare import prepare
from qsharp_bridge.runner.planning.sweep_plan import SweepPlan

from .points import first_shots
from .request import estimate_request
from .rounds import basis_sweep

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation
    from qsharp_bridge.sweeps.sweep import Sweep


@dataclass(frozen=True)
class EstimatePlan:
    """The jobs, bases and shots of an estimate, as text with ``str``; from :func:`plan_estimate`.

    Attributes:
        points: the number of points.
        shots: for each basis, by its letters, one for each qubit: its shots at a point; empty where nothing is
            measured.
        jobs: the plan of the runs, whose points are the bases of all points; with a precision, of the first round.
            None where there are no jobs: values are exact, or the observable is a constant.
        precision: the standard error that further rounds reach, with ``max_shots`` at most; or None.
        max_shots: the most shots of a point.

    >>> import qsharp_bridge as qb
    >>> source = "operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
    >>> op = qb.Program.from_source(source).operation("Prepare")
    >>> plan = qb.plan_estimate(op, [{"theta": 0.0}], "Z", qb.LocalSimulator(), shots=300)
    >>> plan.points, plan.shots, plan.jobs.total_shots
    (1, {'Z': 300}, 300)
    """

    points: int
    shots: dict[str, int]
    jobs: SweepPlan | None
    precision: float | None = None
    max_shots: int | None = None

    def __str__(self) -> str:
        bases = ", ".join(f"{basis}: {count}" for basis, count in self.shots.items())
        lines = [("points", str(self.points)), ("bases", f"{len(self.shots)}, with shots a point: {bases}")]
        if self.jobs is None:
            return "\n".join(f"{name:<19}{value}" for name, value in [lines[0], ("jobs", "none: the values are exact")])
        if self.precision is not None:
            further = (
                f"{self.precision:g}: this is the first round; more follow, {self.max_shots} shots a point at most"
            )
            lines.append(("precision", further))
        return "\n".join([*(f"{name:<19}{value}" for name, value in lines), self.jobs.text(points="measurements")])


def plan_estimate(
    operation: Operation | Any,
    sweep: Sweep | Iterable[Mapping[str, Any]],
    observable: Any,
    target: Any,
    shots: int | None = 1000,
    *,
    precision: float | None = None,
    max_shots: int = 1_000_000,
    bases: str | None = None,
    allocation: str | None = None,
    **options: Unpack[PlanOptions],
) -> EstimatePlan:
    """Return the plan of ``estimate`` with the same arguments: jobs, bases, shots and cost. Nothing is sent.

    Args:
        operation: as for :func:`estimate`, also those below.
        sweep: the points.
        observable: one, or several by name.
        target: ``workspace.get_targets(...)``, or ``LocalSimulator()``.
        shots: for each point. None, on ``LocalSimulator()`` without noise: exact values.
        precision: the standard error to reach for every value; the plan is that of the first round.
        max_shots: with ``precision``, the most shots of a point.
        bases: the name of the parameter that takes the bases.
        allocation: how the shots of a point are shared out, "weight" or "equal".
        options: see :class:`~qsharp_bridge.runner.options.PlanOptions`.

    Returns:
        :class:`EstimatePlan`.

    Raises:
        BridgeError: whatever ``estimate`` would raise before it opens a session.

    >>> import qsharp_bridge as qb
    >>> source = "operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
    >>> op = qb.Program.from_source(source).operation("Prepare")
    >>> plan = qb.plan_estimate(op, [{"theta": 0.0}], "0.5 Z0 - 0.25 X0", qb.LocalSimulator(), shots=300)
    >>> plan.shots, plan.jobs.jobs
    ({'Z': 200, 'X': 100}, 2)
    """
    chosen = complete(PlanOptions, options, "plan_estimate")
    request = estimate_request(operation, sweep, observable, target, bases, chosen["profile"])
    asked, wanted, points = request.operation, request.wanted, len(request.points)
    exact = shots is None and precision is None
    if exact:
        check_exact(request.backend)
    if exact or not points or not wanted.bases:
        return EstimatePlan(points, {}, None)
    try:
        check_width(asked, wanted.qubits, request.first, request.profile)
        each = first_shots(wanted, shots, precision, max_shots, allocation, packed=chosen["points_per_job"] != 1)
        planned = prepare(*basis_sweep(request, [each] * points), chosen).plan
    except CompileError as error:
        raise with_width(error, asked, wanted.qubits, request.first, request.profile) from None
    most = max_shots if precision is not None else None
    return EstimatePlan(points, dict(zip(wanted.bases, each, strict=True)), planned, precision, most)
