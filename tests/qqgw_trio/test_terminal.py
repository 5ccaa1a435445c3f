"""What the demo looks like to a person and to a program."""

from __future__ import annotations

import json
import signal

import attrs
import pytest
import trio

from qqgw_trio import terminal
from qqgw_trio.demo import DemoReport, Progress
from qqgw_trio.terminal import show_demo

REPORT = DemoReport(
    planned=300,
    sent=300,
    handled=300,
    lost=0,
    duplicated=0,
    types=59,
    replies=33,
    unanswered=0,
    resumes=2,
    replayed=20,
    identifies=1,
    gaps=0,
    latency_p50_ms=1.25,
    latency_p99_ms=900.5,
    events_per_second=58.0,
)


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[DemoReport]:
    """In place of a demo: what it would report in the end."""
    reports = [REPORT]

    async def tell(events: int, seed: int, progress: Progress) -> DemoReport:
        assert (events, seed) == (300, 7)
        progress("ready: a new session stands", 2, 0)
        progress("connected", 2, 0)
        progress("", 150, 149)
        progress("disconnected: [reset] by peer", 150, 149)
        return reports[0]

    monkeypatch.setattr(terminal, "run_demo", tell)
    monkeypatch.setenv("COLUMNS", "60")
    return reports


def test_a_program_gets_one_line_of_json_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_demo(300, 7, as_json=True) == 0
    out, err = capsys.readouterr()
    [line] = out.splitlines()
    assert json.loads(line) == attrs.asdict(REPORT)
    assert {"sent", "handled", "lost", "duplicated", "replies", "resumes", "identifies", "gaps"} <= json.loads(
        line
    ).keys()
    assert "nothing lost, nothing doubled" in err


def test_a_person_gets_the_story_and_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_demo(300, 7, as_json=False) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[:3] == [
        "A bot and a simulated QQ platform on 127.0.0.1: 300 events, seed 7, two forced drops.",
        "  after    2 sent,    0 handled: ready: a new session stands",
        "  after  150 sent,  149 handled: disconnected: [reset] by peer",
    ]
    rows = {tuple(text.strip() for text in line.strip("│").split("│")) for line in out.splitlines() if "│" in line}
    assert {
        ("lost", "0"),
        ("handled twice", "0"),
        ("RESUMEs", "2"),
        ("latency p50, ms", "1.25"),
        ("events per second", "58.0"),
    } <= rows


def test_a_person_at_a_terminal_sees_it_move(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert show_demo(300, 7, as_json=False) == 0
    out = capsys.readouterr().out
    assert "events handled" in out
    assert "149/300" in out


def test_a_broken_promise_is_shown_and_ends_with_1(told: list[DemoReport], capsys: pytest.CaptureFixture[str]) -> None:
    told[0] = attrs.evolve(REPORT, lost=1)
    assert show_demo(300, 7, as_json=True) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["lost"] == 1
    assert "NOT clean" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_with_1_and_no_summary(
    number: signal.Signals, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupt(_events: int, _seed: int, _progress: Progress) -> DemoReport:
        signal.raise_signal(number)
        signal.raise_signal(number)
        await trio.sleep_forever()
        raise AssertionError("nobody wakes it")

    monkeypatch.setattr(terminal, "run_demo", interrupt)
    assert show_demo(300, 7, as_json=True) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[1:] == ["stopped before its end"]
