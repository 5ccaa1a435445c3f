"""The demo keeps its promises, and says so where one is broken."""

from __future__ import annotations

import pytest

from qqgw_trio.demos import demo
from qqgw_trio.demos.demo import run_demo
from qqgw_trio.simulator.faults import Fault, FaultKind

FAST = 400.0


class Watcher:
    """Reads the headlines."""

    def __init__(self) -> None:
        self.headlines: list[str] = []
        self.handled: list[int] = []

    def __call__(self, headline: str, _sent: int, handled: int) -> None:
        self.headlines.extend([headline] if headline else [])
        self.handled.append(handled)


async def test_all_events_of_all_types_are_handled_once_through_two_drops() -> None:
    watcher = Watcher()
    report = await run_demo(120, 5, watcher, rate=FAST)
    assert report.is_clean
    assert (report.planned, report.sent, report.handled) == (120, 120, 120)
    assert (report.lost, report.duplicated, report.gaps, report.unanswered) == (0, 0, 0, 0)
    assert (report.identifies, report.resumes) == (1, 2)
    # 57 kinds of events, READY and RESUMED.
    assert report.types == 59
    assert report.replies > 0
    # At least one event was sent at each drop while the bot was away.
    assert report.replayed >= 2
    assert 0 < report.latency_p50_ms <= report.latency_p99_ms
    assert report.events_per_second > 0
    assert max(watcher.handled) == 120


async def test_the_story_of_the_drops_is_told() -> None:
    watcher = Watcher()
    await run_demo(57, 1, watcher, rate=FAST)
    story = [headline for headline in watcher.headlines if headline not in ("connected", "retrying", "stopped")]
    assert story[0] == "ready: a new session stands"
    # How a reset is seen is the operating system's business.
    assert story[1].startswith("disconnected: the connection broke: ")
    assert story[2] == "resumed: nothing was lost"
    assert story[3] == "disconnected: the gateway closed the connection: the connection expired"
    assert story[4] == "resumed: nothing was lost"
    assert len(story) == 5


async def test_a_session_that_is_lost_is_no_clean_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    drops = (Fault(FaultKind.INVALID_SESSION, code=4006), Fault(FaultKind.RESET))
    monkeypatch.setattr(demo, "DROPS", drops)
    monkeypatch.setattr(demo, "PATIENCE", 4.0)
    watcher = Watcher()
    report = await run_demo(57, 1, watcher, rate=FAST)
    assert not report.is_clean
    assert report.gaps == 1
    assert report.resumes == 0
    assert report.sent < 57
    assert "gap: events were lost (session)" in watcher.headlines


async def test_a_bot_that_fails_ends_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "DROPS", (Fault(FaultKind.CLOSE, code=4915), Fault(FaultKind.RESET)))
    watcher = Watcher()
    report = await run_demo(57, 1, watcher, rate=FAST)
    assert not report.is_clean
    assert report.resumes == 0
    assert any(headline.startswith("the bot has failed: ") for headline in watcher.headlines)
