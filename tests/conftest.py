"""What every test shares: no telemetry, a cache of compiled programs for this run alone, and hypothesis profiles."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ["QDK_PYTHON_TELEMETRY"] = "none"  # before anything imports qdk
if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers share the folder; tests of the compiler turn it off
    os.environ["QSHARP_BRIDGE_CACHE"] = tempfile.mkdtemp(prefix="qsharp-bridge-tests-")
os.environ["MPLBACKEND"] = "Agg"  # files, not windows

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("default"), max_examples=10)  # scripts/check
settings.register_profile("long", settings.get_profile("default"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


MARKS = {
    "azure": ("service",),
    "circuits": ("compiler",),
    "cli": ("service", "compiler"),
    "conformance": ("service",),
    "emulator": ("service",),
    "faults": ("service", "compiler", "slow"),
    "journal": ("compiler",),
    "parallel": ("compiler", "slow"),
    "programs": ("compiler",),
    "results": ("compiler",),
    "runner": ("service", "compiler"),
    "simulators": ("compiler",),
    "sweepfile": ("compiler",),
    "test_benchmarks.py": ("compiler", "slow"),
    "test_connecting.py": ("service",),
    "test_foreign_input.py": ("service", "compiler", "slow"),
    "test_docs.py": ("docs", "service", "compiler", "slow"),
    "test_main_job.py": ("service", "compiler"),
    "test_newcomer.py": ("docs", "service", "compiler", "slow"),
    "test_notebook.py": ("docs", "service", "compiler", "slow"),
    "test_readme.py": ("docs", "service", "compiler"),
    "test_samples.py": ("docs", "service", "compiler", "slow"),
    "test_strategies.py": ("compiler",),
    "user_script.py": ("compiler",),
}
"""The marks of the tests in each folder or file of this one. The others are pure, and quick."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by where they are: ``pytest -m "not service and not compiler"`` runs the pure layers."""
    root = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(root):
            place = item.path.relative_to(root)
            marks = MARKS.get(place.parts[0], ())
            if "qsharp" in getattr(item, "fixturenames", ()):  # what is printed is evaluated in Q#
                marks = (*marks, "compiler")
            for mark in (*marks, *(["browser"] if "chromium" in place.stem else [])):
                item.add_marker(mark)


def pytest_unconfigure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["QSHARP_BRIDGE_CACHE"], ignore_errors=True)


@pytest.fixture(autouse=True, scope="module")
def _contexts_of_a_module_end_with_it() -> Iterator[None]:
    """Contexts that tests made in this thread are freed in this thread, not by a thread of a later test.

    What is left is of imported modules, and millions of objects of Qiskit, Cirq and others would make each later
    collection, one for each start of a service, take a third of a second.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.collect()
