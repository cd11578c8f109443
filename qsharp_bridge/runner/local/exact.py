"""Exact probabilities at every point of a sweep, from the state vector: nothing is sampled, and nothing is a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.programs.coerce import as_operation
from qsharp_bridge.qir.reader import read
from qsharp_bridge.results.formats import Output
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.results.results import SweepResults
from qsharp_bridge.simulators.exact import probabilities
from qsharp_bridge.simulators.select import QSHARP
from qsharp_bridge.states import JobState
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend, backend_of
from qsharp_bridge.targets.limits import profile_for

__all__ = ["check_exact", "exact_sweep"]


def check_exact(backend: ServiceBackend | LocalBackend) -> None:
    """Check that a backend can give exact values.

    Raises:
        SweepError: it is a service, simulates noise, or runs Q# without QIR.
    """
    if isinstance(backend, LocalBackend) and backend.simulator.engine == QSHARP:
        raise SweepError(f"the engine {QSHARP} has no exact values", path="shots", advice="give a number of shots")
    if not isinstance(backend, LocalBackend) or backend.simulator.noise is not None:
        raise SweepError(
            f"there are no exact values {'with noise' if isinstance(backend, LocalBackend) else 'on a service'}",
            path="shots",
            advice="give a number of shots, or LocalSimulator() without noise",
        )


def exact_sweep(
    operation: Any, sweep: Sweep | Iterable[Mapping[str, Any]], target: Any, profile: str | None
) -> SweepResults:
    """Return the exact probability of each outcome at every point of a sweep.

    Raises:
        SweepError: the target is a service, or simulates noise; or there are no points.
        SimulationError: a measurement decides what is done afterwards.
        SimulationLimitError: a state does not fit into memory.
    """
    operation, points = as_operation(operation), sweep if isinstance(sweep, Sweep) else Sweep(sweep)
    if len(points) == 0:
        raise SweepError("the sweep has no points")
    backend = backend_of(target)
    try:
        check_exact(backend)
        profile = profile_for(backend, profile)
    except BridgeError as error:
        raise error.at(operation=operation.name) from None
    rows = []
    for index, program in enumerate(operation.bind(points, profile=profile)):
        try:
            found = probabilities(read(str(program)))
        except BridgeError as error:
            raise error.at(operation=operation.name, point=index) from None
        outcomes = {display: outcome for outcome, display, _ in found}
        output = Output({}, outcomes, exact={display: chance for _, display, chance in found})
        rows.append(PointResult(index, points[index], JobState.SUCCEEDED, None, output))
    return SweepResults(rows, operation=operation.name, target=backend.name, shots=0, sweep=points)
