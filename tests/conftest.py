"""What every test shares: no telemetry, and hypothesis profiles."""

import gc
import os
from collections.abc import Iterator

os.environ["QDK_PYTHON_TELEMETRY"] = "none"  # before anything imports qdk
os.environ["QSHARP_BRIDGE_CACHE"] = "off"  # tests compile; they neither read nor leave files in a user's cache
os.environ["MPLBACKEND"] = "Agg"  # files, not windows

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("default"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True, scope="module")
def _contexts_of_a_module_end_with_it() -> Iterator[None]:
    """Contexts that tests made in this thread are freed in this thread, not by a thread of a later test."""
    yield
    gc.collect()
