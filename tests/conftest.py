"""Settings for every test: how hypothesis runs, and the bars of coverage."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["coverage_bars"]

# No deadline and no check of speed: a busy machine must not fail a test. Failures print what reproduces them.
settings.register_profile(
    "same", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
# `make test ARGS=--hypothesis-profile=search`: new examples at every run, and more of them.
settings.register_profile("search", settings.get_profile("same"), derandomize=False, max_examples=1000)
settings.load_profile("same")
