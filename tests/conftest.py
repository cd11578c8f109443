"""What every test shares: no telemetry, and hypothesis profiles."""

import os

os.environ["QDK_PYTHON_TELEMETRY"] = "none"  # before anything imports qdk
os.environ["QSHARP_BRIDGE_CACHE"] = "off"  # tests compile; they neither read nor leave files in a user's cache
os.environ["MPLBACKEND"] = "Agg"  # files, not windows

from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("default"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
