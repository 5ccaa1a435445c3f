"""A full report on a running bot: values first, then as text, as a rich table and as JSON.

Nothing secret is in it: no token, no app secret; the session id is, for the platform's support asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from qqgw_trio.insight.diagnostics import Lang, check_lang

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Report", "ShardReport", "StartsLeft", "Trouble"]


class Trouble(msgspec.Struct, frozen=True):
    """Why a connection or an attempt ended.

    Attributes:
        seconds_ago: When.
        cause: What happened, its code and what to do.
    """

    seconds_ago: float
    cause: str


class StartsLeft(msgspec.Struct, frozen=True):
    """Sessions that may be started: what the platform said last, less those begun since.

    Attributes:
        remaining: Still.
        total: In a day.
        max_concurrency: In 5 seconds.
        resets_in: Seconds until there are `total` again.
    """

    remaining: int
    total: int
    max_concurrency: int
    resets_in: float


class ShardReport(msgspec.Struct, frozen=True):
    """One shard. Ages are seconds, None where there is nothing that could have one.

    Attributes:
        shard: Number and count: "0/4".
        state: Where it stands.
        explain: What it waits for, why, until when.
        session_id: The session that stands or can be resumed.
        received: Highest sequence number received.
        settled: Highest one below which every event is finished.
        connected_for: Age of the present connection's session.
        heartbeat_age: Age of the latest heartbeat ACK.
        heartbeat_rtt: The latest round trip, seconds.
        attempts: Connections begun.
        successes: Those that came as far as READY or RESUMED.
        events: Events received.
        waiting: Events not done with.
        troubles: The latest few, the newest last.
    """

    shard: str
    state: str
    explain: str
    session_id: str | None
    received: int
    settled: int
    connected_for: float | None
    heartbeat_age: float | None
    heartbeat_rtt: float | None
    attempts: int
    successes: int
    events: int
    waiting: int
    troubles: tuple[Trouble, ...]


_WORDS: Final[dict[Lang, dict[str, str]]] = {
    "en": {
        "shard": "shard",
        "state": "state",
        "connected_for": "connected for",
        "heartbeat_age": "last heartbeat ACK",
        "heartbeat_rtt": "round trip",
        "connections": "connections",
        "events": "events",
        "waiting": "waiting",
        "troubles": "latest trouble",
        "asked": "intents asked for",
        "unseen": "asked for, but no event of them seen yet",
        "token": "access token good for",
        "starts": "session starts left",
        "session": "session",
        "none": "none",
        "of": "of",
        "again in": "all again in",
        "ago": "ago",
        "not running": "the bot does not run",
    },
    "zh": {
        "shard": "分片",
        "state": "状态",
        "connected_for": "已连接",
        "heartbeat_age": "上次心跳应答",
        "heartbeat_rtt": "往返时间",
        "connections": "连接",
        "events": "事件",
        "waiting": "待处理",
        "troubles": "最近的问题",
        "asked": "请求的 intents",
        "unseen": "已请求但尚未收到其事件",
        "token": "访问令牌剩余有效时间",
        "starts": "剩余的会话启动次数",
        "session": "会话",
        "none": "无",
        "of": "/",
        "again in": "距重置",
        "ago": "前",
        "not running": "机器人未在运行",
    },
}


class Report(msgspec.Struct, frozen=True):
    """All shards of a process and what they share.

    Attributes:
        uptime: Seconds since the bot was started.
        intents: Names of those that are asked for.
        unseen_intents: Those of them of which no event has come yet: perhaps not granted, perhaps just quiet.
        token_expires_in: Seconds; None where there is no token.
        starts: Session starts; None where the platform was not asked.
        shards: One by one.
    """

    uptime: float = 0.0
    intents: tuple[str, ...] = ()
    unseen_intents: tuple[str, ...] = ()
    token_expires_in: float | None = None
    starts: StartsLeft | None = None
    shards: tuple[ShardReport, ...] = ()

    def json(self) -> bytes:
        """One JSON object as UTF-8 bytes, without a line break; `json().decode()` is the text."""
        return msgspec.json.encode(self)

    def text(self, lang: Lang = "en") -> str:
        """A few lines for the bot and some for each shard, in English or Chinese ("zh").

        Raises:
            ConfigurationError: There is no such language.
        """
        check_lang(lang)
        words = _WORDS[lang]
        lines = self._shared(lang)
        for shard in self.shards:
            lines.append(_said(shard.explain, lang))
            lines += [f"  {words[name]}: {value}" for name, value in _cells(shard, lang).items() if name != "shard"]
            lines.append(f"  {words['session']}: {shard.session_id or words['none']}")
            lines += [f"  {words['troubles']}: {_trouble(trouble, lang)}" for trouble in shard.troubles]
        return "\n".join(lines if self.shards else [*lines, words["not running"]])

    def table(self, lang: Lang = "en") -> Table:
        """A row for each shard and below them their latest troubles, for `rich.print`; 80 columns are enough."""
        from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - of all that a bot needs only this table is rich
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        check_lang(lang)
        headings = _HEADINGS[lang]
        rows = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        for name, heading in headings.items():
            # What is too wide for the terminal folds; numbers never do.
            rows.add_column(heading, no_wrap=name != "state", overflow="fold")
        for shard in self.shards:
            cells = _cells(shard, lang, short=True)
            rows.add_row(*(Text(cells[name]) for name in headings))
        page = Table.grid()
        page.add_column(overflow="fold")
        page.add_row(rows)
        troubled = [(shard.shard, shard.troubles[-1]) for shard in self.shards if shard.troubles]
        for line in [*(f"{name}: {_trouble(trouble, lang)}" for name, trouble in troubled), *self._shared(lang)]:
            page.add_row(Text(line, overflow="fold"))
        return page

    def _shared(self, lang: Lang) -> list[str]:
        words, starts = _WORDS[lang], self.starts
        shared = {
            "asked": ", ".join(self.intents) or words["none"],
            "unseen": ", ".join(self.unseen_intents) or words["none"],
            "token": _seconds(self.token_expires_in),
        }
        if starts is not None:
            left, again = f"{starts.remaining} {words['of']} {starts.total}", _short(starts.resets_in)
            shared["starts"] = f"{left}, {words['again in']} {again}"
        return [f"{words[name]}: {value}" for name, value in shared.items()]


_HEADINGS: Final[dict[Lang, dict[str, str]]] = {
    "en": {
        "shard": "shard",
        "state": "state",
        "connected_for": "up for",
        "heartbeat_age": "last ACK",
        "heartbeat_rtt": "RTT",
        "connections": "reached",
        "events": "events",
        "waiting": "queue",
    },
    "zh": {
        "shard": "分片",
        "state": "状态",
        "connected_for": "已连接",
        "heartbeat_age": "心跳应答",
        "heartbeat_rtt": "往返时间",
        "connections": "连接",
        "events": "事件",
        "waiting": "待处理",
    },
}
"""Of the table's columns; short, for they must stand side by side."""

_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"))


def _cells(shard: ShardReport, lang: Lang, *, short: bool = False) -> dict[str, str]:
    rtt, age, told = shard.heartbeat_rtt, shard.heartbeat_age, _short if short else _seconds
    return {
        "shard": shard.shard,
        "state": shard.state,
        "connected_for": told(shard.connected_for),
        "heartbeat_age": "-" if age is None else told(age) if short else f"{told(age)} {_WORDS[lang]['ago']}",
        "heartbeat_rtt": "-" if rtt is None else f"{rtt * 1000:.1f} ms",
        "connections": f"{shard.successes}/{shard.attempts}",
        "events": str(shard.events),
        "waiting": str(shard.waiting),
    }


def _said(text: str, lang: Lang) -> str:
    if lang != "zh":
        return text
    from qqgw_trio.language.chinese import in_chinese  # noqa: PLC0415 - tables that a bot needs only here

    return in_chinese(text)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _short(value: float | None) -> str:
    """In the largest unit of which there are at least two."""
    if value is None:
        return "-"
    seconds, unit = next((pair for pair in _UNITS if value >= 2 * pair[0]), (1, "s"))
    return f"{value / seconds:.1f} {unit}"


def _trouble(trouble: Trouble, lang: Lang) -> str:
    return f"{_seconds(trouble.seconds_ago)} {_WORDS[lang]['ago']}: {_said(trouble.cause, lang)}"
