"""A pytest plugin: the fixture ``azure_quantum_service``, and marks for its noise and its faults.

    @pytest.mark.azure_quantum_noise({"ionq.simulator": {"depolarizing": 0.01}})
    @pytest.mark.azure_quantum_fault("jobs.create", "status", status=503, times=2)
    def test_my_submission(azure_quantum_service):
        workspace = azure_quantum_service.workspace()
        ...
        assert azure_quantum_service.requests.count("jobs.create", status=200) == 1

Each test gets a service of its own, without jobs, with the faults of its marks, and with a running clock. If a test
fails, its report contains the last requests to its service. pytest loads this module in every run on a machine that has
the package; the service is imported only when a test uses the fixture.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .service import LocalService

_SHOWN = 20  # requests in the report of a failure


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks."""
    config.addinivalue_line(
        "markers", "azure_quantum_noise(models): noise models of the azure_quantum_service, target name to model"
    )
    config.addinivalue_line(
        "markers",
        "azure_quantum_fault(point, kind, **settings): a fault of the azure_quantum_service, as for faults.add; "
        "may be repeated",
    )


@pytest.fixture
def azure_quantum_service(request: pytest.FixtureRequest) -> Iterator[LocalService]:
    """Run a local Azure Quantum service, a ``qsharp_bridge.emulator.LocalService``, for one test."""
    from .service import LocalService

    noise: dict[str, Any] = {}
    for mark in request.node.iter_markers("azure_quantum_noise"):
        if len(mark.args) != 1 or mark.kwargs or not isinstance(mark.args[0], Mapping):
            raise pytest.UsageError(
                f"{request.node.nodeid}: azure_quantum_noise takes noise models by target name, such as "
                '{"quantinuum.sim.h1-1e": model}'
            )
        noise = {**mark.args[0], **noise}  # the closest mark comes first
    with LocalService(noise=noise) as service:
        for mark in request.node.iter_markers("azure_quantum_fault"):
            service.faults.add(*mark.args, **mark.kwargs)
        yield service


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the last requests to the report of a failure."""
    report = yield
    service = getattr(item, "funcargs", {}).get("azure_quantum_service")
    if call.when == "call" and report.failed and service is not None:
        entries = service.requests.find()
        lines = [
            f"{one.status or 'reset':>5}  {one.method:<6} {one.operation:<18} {one.path[-60:]}"
            + (f"  fault: {one.fault}" if one.fault else "")
            for one in entries[-_SHOWN:]
        ]
        more = f" (the last {_SHOWN} of {len(entries)})" if len(entries) > _SHOWN else ""
        report.sections.append((f"requests to azure_quantum_service{more}", "\n".join(lines) or "none"))
    return report
