"""The choice of the runner for a kind of backend."""

from __future__ import annotations

from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend

from .jobs import JobRunner, JobSource, RunSettings


def runner_for(
    backend: ServiceBackend | LocalBackend, journal: Journal, source: JobSource, settings: RunSettings
) -> JobRunner:
    """Return the runner for a kind of backend.

    Args:
        backend: where the jobs run.
        journal: the jobs; it is written as they are sent and end.
        source: their programs, points and prices.
        settings: limits, listeners and the session.
    """
    if isinstance(backend, LocalBackend):
        from .local.simulate import LocalRunner

        return LocalRunner(backend, journal, source, settings)
    from .service.loop import ServiceRunner

    return ServiceRunner(backend, journal, source, settings)
