"""The bars of branch coverage, one for each package; a run with `--cov` fails below them.

The coverage plugin knows one bar for everything together, which would let the shell's tests stand in for the core's.
A run of chosen tests only (`pytest tests/qqgw_proto --cov`, `-k …`) is measured without a bar.

What is marked `no_cover` is not measured, nor are the processes that it starts: tests that go through the same lines
thousands of times, or start a program to see what it prints. Tracing would triple their time, and a line that only
chance or a demonstration reaches has no test of its own.
"""

from __future__ import annotations

import io
import os
from collections.abc import Generator, Iterator

import coverage
import pytest
from coverage.exceptions import NoDataError

OF_PROCESSES = "COVERAGE_PROCESS_"
"""How the variables begin by which coverage measures the processes that a measured one starts."""

BARS = {"qqgw_proto": 100.0, "qqgw_trio": 90.0}

below = pytest.StashKey[dict[str, float]]()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    # A worker is measured as a process that was started, and while its plugins load; from here on the coverage plugin
    # measures it as a worker. If the others went on, they would trace whenever that one pauses.
    while hasattr(session.config, "workerinput") and (running := coverage.Coverage.current()) is not None:
        running.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    with pytest.MonkeyPatch.context() as patch:
        if item.get_closest_marker("no_cover"):
            for name in [name for name in os.environ if name.startswith(OF_PROCESSES)]:
                patch.delenv(name)
        return (yield)


def percent(data: coverage.Coverage, package: str) -> float:
    """Branch coverage of one package; 0 where nothing of it ran."""
    try:
        return data.report(include=[f"*/{package}/*"], file=io.StringIO())
    except NoDataError:
        return 0.0


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    chosen = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.getoption("keyword")
    # A worker of a spread run has only its own share; the bars are for the whole, which its master joins.
    if chosen or not config.getoption("cov_source", None) or hasattr(config, "workerinput"):
        return
    data = coverage.Coverage()
    data.load()
    measured = {package: percent(data, package) for package in BARS}
    config.stash[below] = {package: value for package, value in measured.items() if value < BARS[package]}
    if config.stash[below] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    yield
    stash = terminalreporter.config.stash
    for package, value in stash[below].items() if below in stash else ():
        terminalreporter.line(f"FAIL {package}: coverage {value:.2f} %, the bar is {BARS[package]:g} %", red=True)
