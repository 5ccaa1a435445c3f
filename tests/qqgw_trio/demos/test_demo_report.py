"""What a demo says in the end is counted by event id, and one broken promise is enough."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine import effects as do
from qqgw_trio.demos.demo_report import (
    Observed,
    headline_of,
    make_faults_report,
    make_report,
    percentile,
)
from qqgw_trio.simulator.ledger import Break, Ledger, Reply, ResumeSeen, SentEvent
from support.demo_reports import CLEAN, CLEAN_WITH_FAULTS


def sent(*numbers: int, session_id: str = "one") -> list[SentEvent]:
    return [SentEvent(f"e{n}", "GROUP_AT_MESSAGE_CREATE", (0, 1), session_id, n, 1.0, f"m{n}") for n in numbers]


def reply(number: int) -> Reply:
    return Reply("group", "g", "echo", f"m{number}", None, 1, 2.0)


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([], 0.5, 0.0),
        ([7.0], 0.5, 7.0),
        ([7.0], 0.99, 7.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0),
        ([float(number) for number in range(1, 101)], 0.99, 99.0),
        ([float(number) for number in range(1, 101)], 1.0, 100.0),
        ([1.0, 2.0], 0.0, 1.0),
    ],
)
def test_a_percentile_is_one_of_the_values(values: list[float], share: float, found: float) -> None:
    assert percentile(values, share) == found


@pytest.mark.parametrize(
    "spoil",
    [
        {"lost": 1},
        {"duplicated": 1},
        {"gaps": 1},
        {"unanswered": 1},
        {"identifies": 2},
        {"identifies": 0},
        {"resumes": 1},
        {"sent": 299},
    ],
)
def test_one_broken_promise_is_enough(spoil: dict[str, int]) -> None:
    assert CLEAN.is_clean
    assert not attrs.evolve(CLEAN, **spoil).is_clean


@pytest.mark.parametrize(
    "spoil",
    [
        {"lost": 1},
        {"duplicated": 1},
        {"unanswered": 1},
        {"sent": 299},
        {"gaps": 6},
        {"gaps": 8},
        {"scenes": 30},
    ],
)
def test_with_faults_every_break_is_one_gap_and_every_scene_is_played(spoil: dict[str, Any]) -> None:
    assert CLEAN_WITH_FAULTS.is_clean
    assert not attrs.evolve(CLEAN_WITH_FAULTS, **spoil).is_clean


async def test_the_report_compares_the_ledger_with_the_handler(autojump_clock: object) -> None:
    ledger = Ledger(events=sent(2, 3, 4), replies=[reply(2), reply(3)])
    ledger.resumes += [ResumeSeen(1.0, "one", 2, 5, ""), ResumeSeen(1.0, "one", 2, 0, "by order")]
    observed = Observed(types={"A", "B"}, gaps=["session"])
    for event_id in ("e2", "e3", "e3"):
        observed.finish(event_id)
    report = make_report(ledger, observed, 3, 2.0)
    assert (report.planned, report.sent, report.handled, report.lost, report.duplicated) == (3, 3, 3, 1, 1)
    assert (report.replies, report.unanswered, report.resumes, report.replayed) == (2, 1, 1, 5)
    assert (report.identifies, report.gaps, report.types, report.events_per_second) == (0, 1, 2, 1.5)


async def test_what_a_killed_process_had_finished_is_a_replay_and_no_doubling(autojump_clock: object) -> None:
    ledger = Ledger(events=sent(2, 3), replies=[reply(2), reply(3)])
    ledger.faults["reset"] += 2
    observed = Observed(life=1)
    observed.finish("e2")
    observed.finish("e2")
    observed.life = 2
    observed.finish("e2")
    observed.finish("e3")
    report = make_faults_report(ledger, observed, 2, 1.0, crashes=1, scenes=(4, 5))
    assert (report.handled, report.lost, report.duplicated, report.crash_replays) == (4, 0, 1, 1)
    assert (report.faults, report.crashes, report.scenes, report.scenes_planned) == ({"reset": 2}, 1, 4, 5)


async def test_what_the_platform_threw_away_is_announced_and_not_lost(autojump_clock: object) -> None:
    ledger = Ledger(events=[*sent(2, 3, 4, 5), *sent(12, session_id="two")])
    ledger.breaks += [Break(1.0, "one", "truncated replay", 3, 4), Break(2.0, "one", "close 4006")]
    observed = Observed(gaps=["hole", "session"])
    for event_id in ("e2", "e3"):  # e3 came after all, when a crash had it replayed
        observed.finish(event_id)
    report = make_faults_report(ledger, observed, 5, 1.0, crashes=0, scenes=(1, 1))
    assert (report.lost, report.announced, report.breaks, report.gaps) == (2, 1, 2, 2)
    assert report.unanswered == 3  # no reply names m2, m5 and m12; that of m3 and m4 is nobody's duty


@pytest.mark.parametrize(
    ("notice", "headline"),
    [
        (do.Disconnected(1, ConnectionFailed("the link broke")), "disconnected: the link broke"),
        (do.Gap("hole", 3, 4), "gap: events were lost (hole)"),
        (do.Connected(1), "connected"),
    ],
)
def test_a_notice_in_a_few_words(notice: do.Notice, headline: str) -> None:
    assert headline_of(notice) == headline


# --- the keys that `--json` prints


@pytest.mark.parametrize("page", ["demo.md", "demo.zh.md"])
def test_the_pages_name_every_key_of_both_demos(page: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / page).read_text("utf-8")
    plain, faults = [re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) for part in text.split("\n## ")[1:]]
    assert plain == list(attrs.asdict(CLEAN))
    assert [*plain, *faults] == list(attrs.asdict(CLEAN_WITH_FAULTS))
