"""A check that a backend gives exact values, from the state vector."""

from __future__ import annotations

from qsharp_bridge.errors import SweepError
from qsharp_bridge.simulators.select import QSHARP
from qsharp_bridge.targets.backend import Backend


def check_exact(backend: Backend, points_per_job: int | str = 1) -> None:
    """Check that a backend can give exact values.

    Raises:
        SweepError: it is a service, simulates noise, or runs Q# without QIR; or points should share a job.
    """
    if backend.only_samples is not None:
        raise SweepError(
            f"there are no exact values {backend.only_samples}",
            path="shots",
            advice="give a number of shots, or LocalSimulator() without noise",
        )
    if backend.engine == QSHARP:
        raise no_exact_values("it was asked for")
    if points_per_job != 1:
        raise SweepError(
            "exact values are computed for each point by itself", path="points_per_job", advice="leave it out"
        )


def no_exact_values(why: str) -> SweepError:
    """Return the error for the engine that runs Q# without QIR, and the reason for that engine."""
    return SweepError(f"the engine {QSHARP} has no exact values ({why})", path="shots", advice="give a number of shots")
