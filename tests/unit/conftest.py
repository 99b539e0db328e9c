"""How Hypothesis searches in these tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A machine that has other things to do is no reason to fail.
settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")
