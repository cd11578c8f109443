"""Journals for tests that need no run."""

from typing import Any

from qsharp_bridge.journal.job_rows import JobSpan
from qsharp_bridge.journal.manifest import Manifest, SourcesRecord


def manifest(**changes: Any) -> Manifest:
    """Return the manifest of a run that never was."""
    known: dict[str, Any] = {
        "operation": "Turn",
        "sources": SourcesRecord(name="source", files=(("", "operation Turn() : Unit {}"),)),
        "source_digest": "digest",
        "profile": "Base",
        "target": "ionq.simulator",
        "place": "workspace s/r/w",
        "provider": "ionq",
        "shots": 5,
        "sweep": None,
        "sweep_digest": "hybrid",
        "session_name": "a sweep",
        "batched": False,
        "failure_policy": "Continue",
        "created": "2026-01-01T00:00:00+00:00",
        "versions": {},
    }
    return Manifest(**{**known, **changes})


def spans(points: int, shots: int = 5) -> list[JobSpan]:
    """Return what the jobs of a sweep run: one point each."""
    return [JobSpan(index, 1, shots) for index in range(points)]
