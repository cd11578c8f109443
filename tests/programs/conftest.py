"""What the tests of programs share: no cache on disk, and the project of the repository."""

from pathlib import Path

import pytest

from qsharp_bridge.programs import Program

PROJECT = Path(__file__).parents[2] / "qsharp"


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    """A comparison with what was kept proves nothing."""
    monkeypatch.setenv("QSHARP_BRIDGE_CACHE", "off")


@pytest.fixture(scope="session")
def project():
    return Program.from_project(PROJECT)


@pytest.fixture(scope="session")
def bits():
    return Program.from_file(PROJECT / "src" / "Bits.qs")
