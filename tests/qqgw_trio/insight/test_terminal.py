"""What the demo looks like to a person and to a program."""

from __future__ import annotations

import json
import signal

import attrs
import pytest
import trio

from qqgw_trio.demos.demo import Progress
from qqgw_trio.demos.demo_report import DemoReport, FaultsReport
from qqgw_trio.demos.faults_demo import Teller
from qqgw_trio.insight import terminal
from qqgw_trio.insight.terminal import show_demo, show_faults_demo
from support.demo_reports import CLEAN, CLEAN_WITH_FAULTS
from support.programs import environment, program


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[DemoReport]:
    """In place of a demo: what it would report in the end."""
    reports = [CLEAN]

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
    assert json.loads(line) == attrs.asdict(CLEAN)
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
    told[0] = attrs.evolve(CLEAN, lost=1)
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


# --- with faults


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[FaultsReport]:
    reports = [CLEAN_WITH_FAULTS]

    async def tell(events: int, seed: int, teller: Teller) -> FaultsReport:
        assert (events, seed) == (300, 7)
        teller.scene(3, 31, "TCP [reset]")
        teller.news("disconnected: " + "x" * 200)
        teller.count(12)
        return reports[0]

    monkeypatch.setattr(terminal, "run_faults_demo", tell)
    return reports


def test_each_fault_is_told_and_below_it_what_the_bot_does(
    played: list[FaultsReport], capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_faults_demo(300, 7, as_json=False) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[1:3] == [
        "[ 3/31] TCP [reset]",
        "        bot: disconnected: " + "x" * 96 + "…",
    ]
    rows = {tuple(text.strip() for text in line.strip("│").split("│")) for line in out.splitlines() if "│" in line}
    assert {("lost", "0"), ("faults", "11, of 2 kinds"), ("SIGKILLs of the bot's process", "4")} <= rows
    assert "nothing lost" in out


def test_a_program_gets_the_keys_of_the_plain_demo_and_more(
    played: list[FaultsReport], capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_faults_demo(300, 7, as_json=True) == 0
    [line] = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told.keys() >= attrs.asdict(CLEAN).keys()
    assert (told["faults"], told["crashes"]) == ({"reset": 10, "eof": 1}, 4)


def test_a_lost_event_ends_it_with_1(played: list[FaultsReport], capsys: pytest.CaptureFixture[str]) -> None:
    played[0] = attrs.evolve(CLEAN_WITH_FAULTS, lost=1)
    assert show_faults_demo(300, 7, as_json=False) == 1
    assert "NOT clean" in capsys.readouterr().out


# --- a pipe that nobody reads to its end


async def test_who_closes_the_pipe_ends_it_without_a_word() -> None:
    async with program("demo", "--events", "57", env=environment()) as qqgw:
        await qqgw.until(lambda: bool(qqgw.out))
        await qqgw.close_out()
        assert await qqgw.end() == 1
    assert qqgw.err == []
