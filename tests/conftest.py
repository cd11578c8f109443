"""What every test shares: no telemetry, a cache of compiled programs for this run alone, and hypothesis profiles."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator

os.environ["QDK_PYTHON_TELEMETRY"] = "none"  # before anything imports qdk
if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers share the folder; tests of the compiler turn it off
    os.environ["QSHARP_BRIDGE_CACHE"] = tempfile.mkdtemp(prefix="qsharp-bridge-tests-")
os.environ["MPLBACKEND"] = "Agg"  # files, not windows

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("default"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_unconfigure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["QSHARP_BRIDGE_CACHE"], ignore_errors=True)


@pytest.fixture(autouse=True, scope="module")
def _contexts_of_a_module_end_with_it() -> Iterator[None]:
    """Contexts that tests made in this thread are freed in this thread, not by a thread of a later test."""
    yield
    gc.collect()
