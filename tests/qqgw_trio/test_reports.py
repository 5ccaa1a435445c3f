"""A full report as text, table and JSON."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from qqgw_trio.reports import Report, ShardReport, StartsLeft, Trouble

SHARD = ShardReport(
    shard="1/4",
    state="WAITING",
    explain="shard 1/4 waits before the next attempt, because the last one ended; at the latest in 1.0 s",
    session_id="S[1]",
    received=9,
    settled=7,
    connected_for=None,
    heartbeat_age=12.34,
    heartbeat_rtt=0.0123,
    attempts=3,
    successes=2,
    events=9,
    waiting=2,
    troubles=(Trouble(8.0, "no HELLO in time"), Trouble(2.0, "the connection broke")),
)
REPORT = Report(100.0, ("GUILDS", "INTERACTION"), ("INTERACTION",), 7000.0, StartsLeft(990, 1000, 1), (SHARD,))


def test_as_text_each_shard_says_where_it_stands_and_why() -> None:
    assert REPORT.text().splitlines() == [
        "intents asked for: GUILDS, INTERACTION",
        "asked for, but no event of them seen yet: INTERACTION",
        "access token good for: 7000.0 s",
        "session starts left: 990 of 1000",
        "shard 1/4 waits before the next attempt, because the last one ended; at the latest in 1.0 s",
        "  state: WAITING",
        "  connected for: -",
        "  last heartbeat ACK: 12.3 s ago",
        "  round trip: 12.3 ms",
        "  connections: 2/3",
        "  events: 9",
        "  waiting: 2",
        "  session: S[1]",
        "  latest trouble: 8.0 s ago: no HELLO in time",
        "  latest trouble: 2.0 s ago: the connection broke",
    ]


def test_and_in_chinese() -> None:
    lines = REPORT.text("zh").splitlines()
    assert lines[0] == "请求的 intents: GUILDS, INTERACTION"
    assert lines[3] == "剩余的会话启动次数: 990 / 1000"
    assert lines[-1] == "  最近的问题: 2.0 s 前: the connection broke"


def test_a_bot_that_does_not_run_says_so() -> None:
    assert Report().text().splitlines() == [
        "intents asked for: none",
        "asked for, but no event of them seen yet: none",
        "access token good for: -",
        "the bot does not run",
    ]


def test_as_json_it_is_one_object() -> None:
    told = json.loads(REPORT.json())
    assert told["starts"] == {"remaining": 990, "total": 1000, "max_concurrency": 1}
    assert told["unseen_intents"] == ["INTERACTION"]
    [shard] = told["shards"]
    assert (shard["shard"], shard["session_id"]) == ("1/4", "S[1]")
    assert shard["troubles"][1] == {"seconds_ago": 2.0, "cause": "the connection broke"}


@pytest.mark.parametrize(("lang", "title"), [("en", "state"), ("zh", "状态")])
def test_as_a_table_each_shard_is_a_row(lang: str, title: str) -> None:
    out = io.StringIO()
    console = Console(file=out, width=200)
    report = Report(shards=(SHARD, ShardReport("2/4", "READY", "", None, 0, 0, 1.0, None, None, 1, 1, 0, 0, ())))
    console.print(report.table("zh" if lang == "zh" else "en"))
    text = out.getvalue()
    assert title in text
    [waiting] = [line for line in text.splitlines() if "WAITING" in line]
    assert "the connection broke" in waiting
    [ready] = [line for line in text.splitlines() if "READY" in line]
    assert " - " in ready
