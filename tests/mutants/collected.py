"""The core's tests, collected once in this process, to be run again and again in forks of it.

`with_tests` starts pytest, lets it collect, and hands the tests over instead of running them. A failure ends a run at
once: before pytest would look at it, and without hypothesis shrinking its example.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs
import pytest
from hypothesis import Phase, settings

from mutants.forking import Say, no_longer_than

__all__ = ["FOUND", "ROOT", "Collected", "Test", "first_failure", "seconds_of", "with_tests"]

ROOT: Final = Path(__file__).resolve().parents[2]
FOUND: Final = 1
"""Exit code of a fork in which a test failed."""

Test: TypeAlias = pytest.Item
Work: TypeAlias = Callable[[Sequence[Test]], int]


@attrs.define(eq=False)
class Collected:
    """A plugin of pytest: collects, and runs the work instead of the tests.

    Attributes:
        work: Takes the tests, gives the exit code.
        code: What came of it.
    """

    work: Work
    code: int = 3
    failed: Callable[[Test], None] | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Before a test module is imported: examples are tried as ever, but none is shrunk or explained."""
        quick = settings(settings.default, phases=(Phase.explicit, Phase.generate), database=None)
        settings.register_profile("mutants", quick)
        settings.load_profile("mutants")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be imported."""
        if report.failed and self.failed is not None:
            os._exit(FOUND)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of pytest's own."""
        if session.testsfailed:
            raise session.Interrupted("a test module cannot be imported")
        gc.unfreeze()  # The tests' own settings hide from the collector what is looked for among its objects.
        self.code = self.work(session.items)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Test, call: pytest.CallInfo[None]) -> None:
        """A failure, while nobody has formatted it yet."""
        raised = call.excinfo
        if self.failed is not None and raised is not None and not raised.errisinstance(pytest.skip.Exception):
            self.failed(item)


def with_tests(plugin: Collected, tests: Iterable[str]) -> int:
    """Collects and works; gives the work's exit code, 3 where the tests cannot be collected."""
    os.chdir(ROOT)
    quiet = ("-q", "--no-header", "--no-summary", "--assert=plain", "--capture=no", "--tb=no")
    without = [word for name in ("cacheprovider", "randomly") for word in ("-p", f"no:{name}")]
    pytest.main([*quiet, *without, *tests], plugins=[plugin])
    return plugin.code


def run(test: Test) -> None:
    """One test from its set-up to the end of its tear-down; what the core keeps of earlier calls is forgotten."""
    for kept in known_caches():
        kept.cache_clear()
    test.config.hook.pytest_runtest_protocol(item=test, nextitem=None)


def first_failure(plugin: Collected, tests: Iterable[Test], seconds: Callable[[Test], float], say: Say) -> int:
    """Runs tests until one fails, and says its name; a test that takes far longer than before ends the process.

    The name of a test is said before it runs: what was said last is what failed or hangs.
    """

    def failed(test: Test) -> None:
        os._exit(FOUND)

    plugin.failed = failed
    for test in tests:
        say(f"\n{test.nodeid}")
        no_longer_than(2.0 + 20 * seconds(test))
        run(test)
    no_longer_than(0)
    say("\n")
    return 0


@cache
def known_caches() -> tuple[Any, ...]:
    """The core's functions that remember what they have given; to be called first before memory is settled."""
    kind: type[Any] = type(known_caches)
    return tuple(found for found in gc.get_objects() if isinstance(found, kind) and _is_of_the_core(found))


def _is_of_the_core(function: object) -> bool:
    return str(getattr(function, "__module__", "")).startswith("qqgw_proto")


def seconds_of(test: Test) -> float:
    """How much of the processor's time it takes."""
    begun = time.process_time()
    run(test)
    return time.process_time() - begun


def settle_memory() -> None:
    """What is there by now is not looked at again by the collector: forks share its pages for longer."""
    known_caches()
    gc.collect()
    gc.freeze()
