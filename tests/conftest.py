"""Settings for every test: how hypothesis runs, the bars of coverage, and what is done once for all of them."""

from __future__ import annotations

import gc
import ssl
from collections.abc import Generator

import pytest
import trustme
from hypothesis import HealthCheck, settings

pytest_plugins = ["coverage_bars"]

# No deadline and no check of speed: a busy machine must not fail a test. Failures print what reproduces them.
settings.register_profile(
    "same", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
# `make test ARGS=--hypothesis-profile=search`: new examples at every run, and more of them.
settings.register_profile("search", settings.get_profile("same"), derandomize=False, max_examples=1000)
settings.load_profile("same")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: begun last, it would keep one worker busy while the others have nothing left."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    # The thousands of tests stay until the end. Frozen, they are not walked through by every collection.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """The system trusts one authority, of which nobody has a certificate; so do the processes that tests start.

    No test connects to anything that the real ones vouch for, and every bot that starts would read them all: 50 ms.
    """
    file = tmp_path_factory.mktemp("authority") / "authority.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    names = ssl.get_default_verify_paths()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(names.openssl_cafile_env, str(file))
        patch.setenv(names.openssl_capath_env, str(file.parent / "none"))
        yield
