"""Points that no QIR profile can run, each run as a call of Q# by qdk's own ``run``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qsharp_bridge.errors import BridgeError, CompileError, SimulationError
from qsharp_bridge.journal.job_rows import JobEnd, JobRow
from qsharp_bridge.programs import Operation
from qsharp_bridge.programs.binding.bound_points import Chunk
from qsharp_bridge.programs.binding.points import PointReader
from qsharp_bridge.programs.compiler.interpret import beyond_profiles, interpret, refusals
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.simulators import LocalSimulator
from qsharp_bridge.simulators.interruption import check_interruption
from qsharp_bridge.simulators.noise import NoiseModel, noise_model
from qsharp_bridge.simulators.outcomes import Outcomes
from qsharp_bridge.simulators.select import QSHARP
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend

from .point import histogram_end

_SEEDS = 2**62  # qdk adds the number of the shot, and takes 64 bits


@dataclass(frozen=True)
class QsharpCall:
    """A call of an operation: the program of a point on the engine ``qsharp``.

    Attributes:
        sources: the program that declares the operation.
        expression: the call.
        why: one sentence on why this engine.
    """

    sources: Sources
    expression: str
    why: str

    def __str__(self) -> str:
        return self.expression


class QsharpPoints(Sequence[QsharpCall]):
    """The programs of a sweep that qdk's own ``run`` runs, in the place of ``BoundPoints``.

    Args:
        operation: what is run.
        points: of the sweep.
        why: one sentence on why this engine.
    """

    one_template = False

    def __init__(self, operation: Operation, points: Sequence[Mapping[str, Any]], why: str) -> None:
        self._operation, self._points, self._reader = operation, points, PointReader(operation)
        self.why = why
        self.methods: Sequence[str] = [QSHARP] * len(points)

    def __len__(self) -> int:
        return len(self._points)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        expression = self._reader.expression(self._points[index], index)
        return QsharpCall(self._operation.sources, expression, self.why)

    def chunks(self, start: int, stop: int) -> Iterator[Chunk]:
        """Yield the points in one chunk without a template."""
        yield Chunk(list(range(start, stop)), None, np.empty((stop - start, 0)))

    def parts(self, start: int, stop: int) -> Iterable[Any]:
        """Yield the programs of some points."""
        return (self[index] for index in range(start, stop))


def qsharp_points(
    operation: Operation,
    points: Sequence[Mapping[str, Any]],
    backend: ServiceBackend | LocalBackend,
    profile: str,
    points_per_job: int | str,
    error: CompileError | None,
) -> QsharpPoints | None:
    """Return the programs for the engine ``qsharp``, or None where the error of a profile stays.

    Args:
        operation: what to run.
        points: of the sweep.
        backend: where to run it.
        profile: that was tried.
        points_per_job: as for ``run_sweep``.
        error: why a point does not compile for the profile; None where this engine was asked for.

    Raises:
        CompileError: a service cannot run it, with the advice to run it here.
        SimulationError: it needs this engine, and was given what this engine has not: an executor, packs of points,
            wrong measurements.
    """
    if error is None:
        programs = QsharpPoints(operation, points, "it was asked for")
        said = refusals(operation.sources, programs[0].expression)
        if said:
            raise SimulationError(
                f"the engine {QSHARP} cannot run it: {said[0].kind}: {said[0].message}", operation=operation.name
            )
    else:
        if backend.engine is not None:
            return None
        programs = QsharpPoints(operation, points, f"no QIR profile can run it: {error.problem}")
        types = [one.type for one in operation.signature.parameters]
        if not beyond_profiles(error, operation.sources, profile, programs[error.point or 0].expression, types):
            return None
    if isinstance(backend, ServiceBackend):
        assert error is not None
        more = f"no QIR profile can run it, so no service can; LocalSimulator() runs it with the engine {QSHARP}"
        raise error.with_advice(*filter(None, (error.advice, more)))
    _check(backend.simulator, points_per_job, operation.name)
    return programs


def _check(simulator: LocalSimulator, points_per_job: int | str, operation: str) -> None:
    problem = advice = None
    if simulator.executor is not None:
        problem, advice = "runs in this process only", "leave the executor out"
    elif points_per_job != 1:
        problem, advice = "runs each point by itself", "leave points_per_job out"
    elif simulator.noise is not None and noise_model(simulator.noise).readout:
        problem, advice = "knows no wrong measurements", "leave measurement out of the noise, or flip in the Q# program"
    if problem:
        raise SimulationError(
            f"no QIR profile can run it, and the engine {QSHARP}, which can, {problem}"
            if simulator.engine is None
            else f"the engine {QSHARP} {problem}",
            operation=operation,
            advice=advice,
        )


def simulate_call(simulator: LocalSimulator, call: QsharpCall, row: JobRow, operation: str) -> JobEnd:
    """Run the point of a job.

    Raises:
        SimulationError: the program fails, or has no outcome; with the operation and the point.
    """
    model = NoiseModel() if simulator.noise is None else noise_model(simulator.noise)
    seed = simulator.point_seed(row.first)
    try:
        shots = interpret(
            call.sources,
            call.expression,
            row.shots,
            seed=None if seed is None else seed % _SEEDS,
            noise=model.config,
            check=check_interruption,
        )
    except BridgeError as error:
        raise error.at(operation=operation, point=row.first) from None
    outcomes = Outcomes.of(shots, engine=QSHARP, why=call.why)
    return histogram_end(row, outcomes.histogram(), outcomes.engine, outcomes.why)
