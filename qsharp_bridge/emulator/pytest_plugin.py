"""A pytest plugin: the fixture ``azure_quantum_service``.

    def test_my_submission(azure_quantum_service):
        workspace = azure_quantum_service.workspace()
        ...
        assert azure_quantum_service.requests.count("jobs.create") == 1

Each test gets a service of its own: no jobs, no faults, a clock that runs. pytest loads this module in every run on a
machine that has the package; it imports the service only when a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .service import LocalService

__all__ = ["azure_quantum_service"]


@pytest.fixture
def azure_quantum_service() -> Iterator[LocalService]:
    """Run a local Azure Quantum service, a ``qsharp_bridge.emulator.LocalService``, for one test."""
    from .service import LocalService

    with LocalService() as service:
        yield service
