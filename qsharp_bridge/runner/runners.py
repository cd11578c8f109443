"""Which runner carries out the jobs of each kind of backend."""

from __future__ import annotations

from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.targets.backend import LocalBackend, ServiceBackend

from .jobs import JobRunner, JobSource, RunSettings


def runner_for(
    backend: ServiceBackend | LocalBackend, journal: Journal, source: JobSource, settings: RunSettings
) -> JobRunner:
    """Return what carries out the jobs of a journal on a backend."""
    if isinstance(backend, LocalBackend):
        from .local.simulate import LocalRunner

        return LocalRunner(backend, journal, source, settings)
    from .service.loop import ServiceRunner

    return ServiceRunner(backend, journal, source, settings)
