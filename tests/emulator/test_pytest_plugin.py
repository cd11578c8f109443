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
