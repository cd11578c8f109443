"""The request for an estimate: observables, operation, points and backend, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.estimator.measurement import MeasuredOperation, measured, paulis
from qsharp_bridge.estimator.observables import Observables
from qsharp_bridge.programs import Operation
from qsharp_bridge.programs.coerce import as_operation
from qsharp_bridge.sweeps.sweep import Sweep
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend, backend_of
from qsharp_bridge.targets.limits import profile_for


@dataclass(frozen=True)
class EstimateRequest:
    """What is to be estimated, and where.

    Attributes:
        operation: the operation, which takes the basis of each qubit.
        points: its other parameters.
        wanted: the observables.
        backend, profile: where it runs, and what it is compiled for.
    """

    operation: MeasuredOperation
    points: Sweep
    wanted: Observables
    backend: ServiceBackend | LocalBackend
    profile: str

    @property
    def first(self) -> Mapping[str, Any]:
        """The first point; without parameters where there is none."""
        return self.points[0] if len(self.points) else {}

    def in_bases(self, bases: Sequence[str]) -> Sweep:
        """Return each point in each basis, those of a point one after another."""
        return self.points * Sweep.grid(**{self.operation.basis: list(map(paulis, bases))})


def estimate_request(
    operation: Any, sweep: Any, observable: Any, target: Any, bases: str | None, profile: str | None
) -> EstimateRequest:
    """Return the checked request for the arguments of :func:`estimate`.

    Raises:
        BridgeError: an argument does not fit; or the points have other parameters than the operation.
    """
    wanted = Observables.of(observable)
    asked = measured(operation if isinstance(operation, Operation) else as_operation(operation), bases)
    points = Sweep(sweep)
    names = [one.name for one in asked.parameters]
    if len(points) and set(points.keys) != set(names):
        raise SweepError(
            f"the sweep has the parameters {', '.join(points.keys) or 'none'}, the operation takes "
            f"{', '.join(names) or 'none'} besides the {'bases' if not asked.wrapped else 'qubits'}",
            operation=asked.name,
        )
    backend = backend_of(target)
    try:
        return EstimateRequest(asked, points, wanted, backend, profile_for(backend, profile))
    except BridgeError as error:
        raise error.at(operation=asked.name) from None
