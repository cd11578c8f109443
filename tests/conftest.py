"""What every test shares: no telemetry, and hypothesis profiles."""

import os

os.environ["QDK_PYTHON_TELEMETRY"] = "none"  # before anything imports qdk

from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("default"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
