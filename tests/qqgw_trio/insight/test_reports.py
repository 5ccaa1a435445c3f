"""A full report as text, table and JSON."""

from __future__ import annotations

import io
import json

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

from qqgw_trio.insight.diagnostics import Lang
from qqgw_trio.insight.reports import Report, ShardReport, StartsLeft, Trouble

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
    troubles=(Trouble(8.0, "no HELLO in time"), Trouble(2.0, "the connection broke: Connection reset by peer")),
)
STARTS = StartsLeft(990, 1000, 1, 82_800.0)
REPORT = Report(100.0, ("GUILDS", "INTERACTION"), ("INTERACTION",), 7000.0, STARTS, (SHARD,))


def test_as_text_each_shard_says_where_it_stands_and_why() -> None:
    assert REPORT.text().splitlines() == [
        "intents asked for: GUILDS, INTERACTION",
        "asked for, but no event of them seen yet: INTERACTION",
        "access token good for: 7000.0 s",
        "session starts left: 990 of 1000, all again in 23.0 h",
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
        "  latest trouble: 2.0 s ago: the connection broke: Connection reset by peer",
    ]


def test_as_json_it_is_bytes_of_utf_8_on_one_line() -> None:
    told = replace(REPORT, shards=(replace(SHARD, troubles=(Trouble(1.0, "机器人\n"),)),)).json()
    assert isinstance(told, bytes)
    assert b"\n" not in told
    assert json.loads(told.decode())["shards"][0]["troubles"] == [{"seconds_ago": 1.0, "cause": "机器人\n"}]


def test_and_in_chinese_but_for_what_the_system_said() -> None:
    assert REPORT.text("zh").splitlines() == [
        "请求的 intents: GUILDS, INTERACTION",
        "已请求但尚未收到其事件: INTERACTION",
        "访问令牌剩余有效时间: 7000.0 s",
        "剩余的会话启动次数: 990 / 1000, 距重置 23.0 h",
        "分片 1/4 在等待下一次尝试, 因为上一次已结束; 最迟在 1.0 秒后",
        "  状态: WAITING",
        "  已连接: -",
        "  上次心跳应答: 12.3 s 前",
        "  往返时间: 12.3 ms",
        "  连接: 2/3",
        "  事件: 9",
        "  待处理: 2",
        "  会话: S[1]",
        "  最近的问题: 8.0 s 前: 未按时收到 HELLO",
        "  最近的问题: 2.0 s 前: 连接中断: Connection reset by peer",
    ]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0, "0.0 s"), (119.9, "119.9 s"), (150.0, "2.5 min"), (7200.0, "2.0 h"), (129_600.0, "36.0 h"), (2e6, "23.1 d")],
)
def test_the_starts_say_when_they_are_all_there_again(seconds: float, told: str) -> None:
    report = Report(starts=StartsLeft(0, 1000, 1, seconds))
    assert f"session starts left: 0 of 1000, all again in {told}" in report.text().splitlines()


def test_a_bot_that_does_not_run_says_so() -> None:
    assert Report().text().splitlines() == [
        "intents asked for: none",
        "asked for, but no event of them seen yet: none",
        "access token good for: -",
        "the bot does not run",
    ]


def test_as_json_it_is_one_object() -> None:
    told = json.loads(REPORT.json())
    assert told["starts"] == {"remaining": 990, "total": 1000, "max_concurrency": 1, "resets_in": 82_800.0}
    assert told["unseen_intents"] == ["INTERACTION"]
    [shard] = told["shards"]
    assert (shard["shard"], shard["session_id"]) == ("1/4", "S[1]")
    assert shard["troubles"][1] == {"seconds_ago": 2.0, "cause": "the connection broke: Connection reset by peer"}


# --- as a table

WELL = ShardReport("2/4", "READY", "", None, 0, 0, 1.0, None, None, 1, 1, 0, 0, ())
LARGE = replace(
    SHARD,
    shard="999/1000",
    state="DOUBTING_IDENTIFY",
    connected_for=86_400.0 * 30,
    heartbeat_age=1234.5,
    heartbeat_rtt=1.2345,
    attempts=123,
    successes=122,
    events=12_345_678,
    waiting=1000,
)


def printed(report: Report, lang: Lang, width: int = 80) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(report.table(lang))
    return [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        (
            "en",
            [
                "shard  state    up for  last ACK  RTT      reached  events  queue",
                "─────────────────────────────────────────────────────────────────",
                "1/4    WAITING  -       12.3 s    12.3 ms  2/3      9       2",
                "2/4    READY    1.0 s   -         -        1/1      0       0",
                "1/4: 2.0 s ago: the connection broke: Connection reset by peer",
                "intents asked for: GUILDS, INTERACTION",
                "asked for, but no event of them seen yet: INTERACTION",
                "access token good for: 7000.0 s",
                "session starts left: 990 of 1000, all again in 23.0 h",
            ],
        ),
        (
            "zh",
            [
                "分片  状态     已连接  心跳应答  往返时间  连接  事件  待处理",
                "─────────────────────────────────────────────────────────────",
                "1/4   WAITING  -       12.3 s    12.3 ms   2/3   9     2",
                "2/4   READY    1.0 s   -         -         1/1   0     0",
                "1/4: 2.0 s 前: 连接中断: Connection reset by peer",
                "请求的 intents: GUILDS, INTERACTION",
                "已请求但尚未收到其事件: INTERACTION",
                "访问令牌剩余有效时间: 7000.0 s",
                "剩余的会话启动次数: 990 / 1000, 距重置 23.0 h",
            ],
        ),
    ],
    ids=["en", "zh"],
)
def test_as_a_table_of_80_columns_each_shard_is_a_row_with_its_trouble_below(lang: Lang, lines: list[str]) -> None:
    assert [line.strip() for line in printed(replace(REPORT, shards=(SHARD, WELL)), lang)] == lines


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_in_80_columns_numbers_have_room_and_long_words_are_folded(lang: Lang) -> None:
    why = f"cannot reach {'gateway.' * 20}test:443: refused"
    lines = printed(Report(shards=(replace(LARGE, troubles=(Trouble(2.0, why),)),)), lang)
    assert max(map(cell_len, lines)) <= 80
    _, _, row, rest, *_ = lines
    shard, state, *numbers = row.split()
    assert (shard, numbers) == ("999/1000", ["30.0", "d", "20.6", "min", "1234.5", "ms", "122/123", "12345678", "1000"])
    assert (state + rest.strip()).startswith("DOUBTING_IDENTIFY")
    assert ("gateway." * 20) in "".join(lines)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_in_a_narrower_terminal_nothing_is_wider_than_it(lang: Lang) -> None:
    assert max(map(cell_len, printed(replace(REPORT, shards=(SHARD, WELL)), lang, 60))) <= 60
