"""The pytest plugin: the fixture, and what it costs a test run that does not use it."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_the_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_one(azure_quantum_service):
            assert azure_quantum_service.workspace().list_jobs() == []
            azure_quantum_service.faults.add("*", "status", times=None)

        def test_two(azure_quantum_service):
            assert azure_quantum_service.workspace().list_sessions() == []
            assert azure_quantum_service.requests.count("sessions.list") == 1
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)


def test_marks(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.azure_quantum_noise({"ionq.simulator": {"bit_flip": 0.1}, "rigetti.sim.qvm": None})

        @pytest.mark.azure_quantum_noise({"ionq.simulator": {"depolarizing": 0.2}})
        @pytest.mark.azure_quantum_fault("jobs.list", "status", status=500, times=1)
        @pytest.mark.azure_quantum_fault("jobs.create", "status", status=400)
        def test_one(azure_quantum_service):
            assert {one["point"] for one in azure_quantum_service.faults.listed()} == {"jobs.list", "jobs.create"}
            assert azure_quantum_service._noise["ionq.simulator"] == {"depolarizing": 0.2}
            assert "rigetti.sim.qvm" in azure_quantum_service._noise

        @pytest.mark.azure_quantum_fault("job.create", "status")
        def test_a_name_that_is_none(azure_quantum_service):
            pass

        def test_requests_are_in_the_report(azure_quantum_service):
            assert azure_quantum_service.workspace().list_sessions() == []
            assert azure_quantum_service.requests.count("session.list") == 1
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*there is no operation 'job.create'; did you mean jobs.create?*"])
    result.stdout.fnmatch_lines(
        ["*there is no operation 'session.list'; did you mean sessions.list?", "*requests to azure_quantum_service*"]
    )
    result.stdout.fnmatch_lines(["*200  GET    sessions.list *"])


def test_a_mark_of_noise_without_models(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.azure_quantum_noise
        def test_one(azure_quantum_service):
            pass

        @pytest.mark.azure_quantum_noise(bit_flip=0.1)
        def test_two(azure_quantum_service):
            pass
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*test_one: azure_quantum_noise takes noise models by target name, such as *"])


def test_it_imports_nothing_before_its_fixture_is_asked_for() -> None:
    """The packages stand for the time: with them it was 0.57 s for every run of pytest on the machine."""
    code = (
        "import pytest, sys; before = set(sys.modules); import qsharp_bridge.emulator.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    ours = {name for name in done.stdout.split() if name.startswith("qsharp_bridge")}
    assert ours == {
        "qsharp_bridge",
        "qsharp_bridge._lazy",
        "qsharp_bridge._version",
        "qsharp_bridge.emulator",
        "qsharp_bridge.emulator.pytest_plugin",
    }
    assert len(done.stdout.split()) < 15, done.stdout
